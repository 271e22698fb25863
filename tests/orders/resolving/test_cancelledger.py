"""A cancel whose reply was lost is done once its orders are gone, and not before they have come (contract B8)."""

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from krakenio import Intent, OrderOutcomeUnknown, Orders, Outcome
from krakenio.events import OrderResolved
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.injection import Injection, sweep
from tests.opened import CROSSING, RESTING, ended, ids, left_unknown, opened, resting, seen, settled

pytestmark = pytest.mark.virtual

NAME = "0f3c4f3a-8f4b-4a57-9c6e-2b1a5f0d7e11"
TAG = 7


async def test_a_cancel_whose_reply_was_lost_is_resolved_by_what_is_still_open() -> None:
    async with opened() as (exchange, session):
        order = await session.orders.add(**RESTING)
        exchange.hold(30, "ws_auth", "cancel_order")
        intent = session.orders.prepare_cancel(cl_ord_id=order.cl_ord_id)
        with anyio.move_on_after(1):
            await intent.submit()
        assert await intent.resolve() is Outcome.UNKNOWN  # it may still arrive
        await anyio.sleep(40)
        assert exchange.orders[0].status == "canceled"
        assert await intent.resolve() is Outcome.ACKED


@pytest.mark.parametrize("listed", [False, True])
async def test_which_cancel_is_known_to_be_done_is_told_by_name(*, listed: bool) -> None:
    """B6: an event that says `acknowledged` is not to be taken for the order's own."""
    async with opened() as (exchange, session), session.events() as events:
        await session.orders.add(**resting(cl_ord_id="mine"))
        exchange.delay(2, "ws_auth", "cancel_order")
        exchange.freeze("ws_auth", 1)
        intent = session.orders.prepare_cancel(cl_ord_id=["mine"] if listed else "mine")
        with anyio.move_on_after(0.5):
            await intent.submit()
        assert repr(intent) == "<Intent cancel_order mine: unknown>"
        with anyio.fail_after(5):
            told = await events.receive()
        assert isinstance(told, OrderResolved)
        assert (told.method, told.cl_ord_id, told.outcome) == ("cancel_order", "mine", "acknowledged")


async def test_what_cancels_all_is_told_by_its_method_alone() -> None:
    async with opened() as (exchange, session):
        exchange.hold(30, "ws_auth", "cancel_all")
        intent = session.orders.prepare_cancel_all()
        with pytest.raises(OrderOutcomeUnknown, match="no reply told what became of cancel_all: await"):
            await intent.submit()
        assert repr(intent) == "<Intent cancel_all: unknown>"


Prepare = Callable[[Orders], Intent]
CANCELS: dict[str, Prepare] = {
    "name": lambda orders: orders.prepare_cancel(cl_ord_id=NAME),
    "other form of the name": lambda orders: orders.prepare_cancel(cl_ord_id=NAME.replace("-", "")),
    "batch": lambda orders: orders.prepare_batch_cancel(order_id=["OAAAAA-BBBBB-CCCCCC"], cl_ord_id=[NAME]),
    "all": lambda orders: orders.prepare_cancel_all(),
}
TAGGED: dict[str, Prepare] = {
    "tag": lambda orders: orders.prepare_cancel(order_userref=TAG),
    "batch with a tag": lambda orders: orders.prepare_batch_cancel(order_userref=[TAG, 8]),
}


async def overtaken(exchange: Exchange, session: Session[Any], order: dict[str, Any], what: Prepare) -> Outcome:
    """Resolve a cancel while the add that it overtook is held up; return what is said."""
    exchange.hold(4, "ws_auth", "add_order", times=1)
    cancel = what(session.orders)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(session.orders.prepare(**order).submit)
        await settled()
        await left_unknown(exchange, cancel)
        assert exchange.orders == []
        await cancel.resolve()
    return cancel.outcome


@pytest.mark.parametrize("what", CANCELS)
async def test_an_order_that_is_on_its_way_is_not_gone(what: str) -> None:
    async with opened() as (exchange, session):
        assert await overtaken(exchange, session, resting(cl_ord_id=NAME), CANCELS[what]) is Outcome.UNKNOWN
        assert [order.status for order in exchange.orders] == ["new"]


@pytest.mark.parametrize("what", TAGGED)
async def test_an_order_with_the_tag_that_is_on_its_way_is_not_gone(what: str) -> None:
    async with opened() as (exchange, session):
        assert await overtaken(exchange, session, resting(order_userref=TAG), TAGGED[what]) is Outcome.UNKNOWN
        assert [order.status for order in exchange.orders] == ["new"]


@pytest.mark.parametrize("what", ["name", "all"])
async def test_an_order_that_never_came_is_gone(what: str) -> None:
    async with opened() as (exchange, session):
        exchange.hold(100, "ws_auth", "add_order", times=1)  # past its deadline
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ended, session.orders.prepare(**resting(cl_ord_id=NAME)))
            await settled()
            cancel, begun = await left_unknown(exchange, CANCELS[what](session.orders)), anyio.current_time()
            assert await cancel.resolve() is Outcome.ACKED
            assert anyio.current_time() - begun == pytest.approx(7, abs=0.1)  # the add's deadline, and a margin


@pytest.mark.parametrize("what", ["name", "all"])
async def test_finding_out_can_be_cancelled_at_every_checkpoint_and_repeated(what: str) -> None:
    """B8: whether it waits for an add, or asks for the open orders or how one has ended."""

    async def universe(inject: Injection) -> None:
        async with opened(markets=1) as (exchange, session):
            exchange.hold(4, "ws_auth", "add_order", times=1)
            cancel, add = CANCELS[what](session.orders), session.orders.prepare(**CROSSING, cl_ord_id=NAME)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(add.submit)
                await settled()
                await left_unknown(exchange, cancel)
                report = await inject(cancel.resolve)
                assert report.cancelled or report.value is Outcome.ACKED
            assert add.outcome is Outcome.ACKED, "a bystander"
            assert await cancel.resolve() is Outcome.ACKED
            assert len(session.rest._private) == 0  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    assert await sweep(universe) >= 3


@pytest.mark.parametrize("what", ["name", "other form of the name", "batch"])
async def test_an_order_that_is_filled_at_once_is_gone(what: str) -> None:
    async with opened(markets=1) as (exchange, session):
        assert await overtaken(exchange, session, CROSSING | {"cl_ord_id": NAME}, CANCELS[what]) is Outcome.ACKED
        assert exchange.orders[0].status == "filled"


@pytest.mark.parametrize("what", ["other form of the name", "all", *TAGGED])
async def test_an_order_that_arrived_a_moment_ago_is_not_gone_though_the_tables_lag(what: str) -> None:
    """Kraken has acknowledged it after the cancel was sent."""
    async with opened() as (exchange, session):
        exchange.late_tables(1.0)
        order = resting(order_userref=TAG) if what in TAGGED else resting(cl_ord_id=NAME)
        assert await overtaken(exchange, session, order, {**CANCELS, **TAGGED}[what]) is Outcome.UNKNOWN
        assert [order.status for order in exchange.orders] == ["new"]


@pytest.mark.parametrize("lag", [1.0, 30.0])
async def test_an_order_that_is_not_in_the_tables_yet_is_not_gone(lag: float) -> None:
    """Kraken has acknowledged it, so it is somewhere."""
    async with opened() as (exchange, session):
        exchange.late_tables(lag)
        order = await session.orders.add(**RESTING)
        cancels = [
            session.orders.prepare_cancel(order_id=order.order_id),
            session.orders.prepare_cancel(cl_ord_id=order.cl_ord_id),
        ]
        for cancel in cancels:
            assert await (await left_unknown(exchange, cancel)).resolve() is Outcome.UNKNOWN
        await session.orders.cancel(order_id=order.order_id)
        await anyio.sleep(lag)
        assert [await cancel.resolve() for cancel in cancels] == [Outcome.ACKED] * 2


async def test_what_another_program_placed_of_late_is_waited_for_a_moment() -> None:
    """Nothing told us of it, so the margin alone can."""
    async with opened() as (exchange, session):
        exchange.late_tables(1.0)
        params: dict[str, Any] = {"type": "buy", "ordertype": "limit", "volume": "0.001", "price": "50000"}
        exchange.freeze("ws_auth", 5)  # else its report would tell
        placed = await session.rest.trading.add_order(pair="BTC/USD", **params)
        cancel = session.orders.prepare_cancel(order_id=str(placed.order_id), via="rest")
        exchange.reject("CancelOrder", "EService:Unavailable")
        await ended(cancel)
        assert await cancel.resolve() is Outcome.UNKNOWN


async def test_orders_that_came_after_a_cancel_of_all_are_not_waited_for() -> None:
    async with opened() as (exchange, session):
        cancel = await left_unknown(exchange, session.orders.prepare_cancel_all())
        await anyio.sleep(2)
        exchange.hold(4, "ws_auth", "add_order", times=1)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(session.orders.prepare(**RESTING).submit)
            await settled()
            assert await cancel.resolve() is Outcome.ACKED
            assert exchange.orders == []


async def test_of_a_list_whose_orders_are_gone_each_is_known_to_be() -> None:
    """B11."""
    async with opened() as (exchange, session):
        names = [(await session.orders.add(**RESTING)).order_id for _ in range(2)]
        cancels = session.orders.prepare_cancel(order_id=names)
        exchange.freeze("ws_auth", 10_000)
        await ended(cancels)
        await session.rest.trading.cancel_all()
        assert await cancels.resolve() is Outcome.ACKED
        assert cancels.outcomes == dict.fromkeys(names, Outcome.ACKED)


async def test_fifty_orders_are_asked_for_at_once() -> None:
    async with opened() as (exchange, session):
        names = [(await session.orders.add(**resting(cl_ord_id=f"n{at}"))).order_id for at in range(50)]
        batch = session.orders.prepare_batch_cancel(order_id=names)
        exchange.freeze("ws_auth", 10_000)
        await ended(batch)
        await session.rest.trading.cancel_all()
        assert await batch.resolve() is Outcome.ACKED
        assert len(ids(exchange)) == 50
        asked = [params["txid"] for params in seen(exchange, "QueryOrders")]
        assert [len(names.split(",")) for names in asked] == [50]
