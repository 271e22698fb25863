"""Several orders cancelled by one request: each id has its own outcome, though refusals name none (contract B11)."""

from typing import Any

import anyio
import pytest

from krakenio import CancelList, InvalidRequest, OrderNotSent, OrderOutcomeUnknown, Outcome, PermissionDenied
from krakenio.events import OrderResolved
from krakenio.session import Session
from tests.opened import RESTING, later, opened, pending, resting, seen

pytestmark = pytest.mark.virtual

GONE = "OAAAAA-BBBBB-CCCCCC"


async def placed(session: Session[Any], count: int) -> list[str]:
    """Place orders that rest, under names of ours."""
    return [(await session.orders.add(**resting(cl_ord_id=f"n{at}"))).order_id for at in range(count)]


async def test_several_orders_are_cancelled_by_one_request() -> None:
    async with opened() as (exchange, session), session.events() as events:
        names = await placed(session, 3)
        cancels = await session.orders.cancel(order_id=names)
        assert cancels.outcomes == dict.fromkeys(names, Outcome.ACKED)
        assert [leg.order_id for leg in cancels.legs] == names
        assert cancels.acknowledged is not None
        assert cancels.acknowledged.count == 3
        assert [params["order_id"] for params in seen(exchange, "cancel_order")] == [names]
        assert {order.status for order in exchange.orders} == {"canceled"}
        assert pending(session) == (0, 0, 0)
        with anyio.move_on_after(1):
            async for event in events:
                assert not isinstance(event, OrderResolved), "the call told it"


async def test_a_refusal_belongs_to_the_id_that_no_other_reply_names() -> None:
    """B11."""
    async with opened() as (_exchange, session):
        names = await placed(session, 2)
        cancels = await session.orders.cancel(order_id=[names[0], GONE, names[1], names[0]])
        assert cancels.outcomes == {
            names[0]: Outcome.ACKED, GONE: Outcome.REJECTED, names[1]: Outcome.ACKED
        }  # fmt: skip
        assert "Unknown order" in str(cancels.legs[1].error)
        assert pending(session) == (0, 0, 0)


async def test_client_ids_do_as_well_and_a_list_may_have_one() -> None:
    async with opened() as (_exchange, session):
        await placed(session, 2)
        both = await session.orders.cancel(cl_ord_id=("n0", "n1"))
        assert both.outcomes == {"n0": Outcome.ACKED, "n1": Outcome.ACKED}
        again = await session.orders.cancel(cl_ord_id=["n1"])
        assert again.outcomes == {"n1": Outcome.REJECTED}
        assert again.outcome is Outcome.ACKED


async def test_what_is_refused_as_a_whole_raises() -> None:
    async with opened() as (exchange, session):
        names = await placed(session, 2)
        exchange.reject("cancel_order", "EGeneral:Permission denied")
        cancels = session.orders.prepare_cancel(order_id=names)
        with pytest.raises(PermissionDenied):
            await cancels.submit()
        assert cancels.outcomes == dict.fromkeys(names, Outcome.REJECTED)
        assert {order.status for order in exchange.orders} == {"new"}


async def test_a_lost_connection_leaves_each_unknown_until_it_is_found_out() -> None:
    """B4, B7, B8."""
    async with opened() as (exchange, session):
        names = await placed(session, 2)
        exchange.hold(1, "ws_auth", "cancel_order")
        cancels = session.orders.prepare_cancel(order_id=names)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(later, 0.5, lambda: exchange.drop("ws_auth"))
            with pytest.raises(OrderOutcomeUnknown):
                await cancels.submit()
        assert cancels.outcomes == dict.fromkeys(names, Outcome.UNKNOWN)
        await anyio.sleep(1)
        assert [await leg.resolve() for leg in cancels.legs] == [Outcome.ACKED] * 2
        assert await cancels.resolve() is Outcome.ACKED


async def test_without_a_connection_nothing_is_sent() -> None:
    """B3."""
    async with opened() as (exchange, session):
        names = await placed(session, 2)
        exchange.drop("ws_auth")
        await anyio.sleep(0.001)
        cancels = session.orders.prepare_cancel(order_id=names)
        with pytest.raises(OrderNotSent):
            await cancels.submit()
        assert cancels.outcomes == dict.fromkeys(names, Outcome.NOT_SENT)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"order_id": []}, "1 to 50 ids at once, not 0"),
        ({"order_id": [f"O{at}" for at in range(51)]}, "not 51"),
        ({"order_id": ["O"], "cl_ord_id": ["c"]}, "exactly one of"),
        ({"cl_ord_id": ["x" * 19]}, "18 visible"),
        ({"order_id": ["O", 7]}, "pass one id as text"),
        ({"order_id": {"O"}}, "pass one id as text"),
    ],
)
async def test_a_list_that_cannot_be_right_is_refused(names: dict[str, Any], told: str) -> None:
    async with opened() as (exchange, session):
        with pytest.raises(InvalidRequest, match=told):
            await session.orders.cancel(**names)
        assert seen(exchange, "cancel_order") == []
        assert isinstance(session.orders.prepare_cancel(order_id=["O"]), CancelList)
        await session.orders.add(**RESTING)
