"""`order_userref` names many orders: Kraken answers once for each, and how many there are only Kraken knows."""

from typing import Any

import anyio
import pytest

from krakenio import (
    Intent,
    InvalidRequest,
    KrakenError,
    OrderOutcomeUnknown,
    Outcome,
    PermissionDenied,
    RateLimitAhead,
    UnknownOrder,
)
from krakenio.events import OrderResolved
from krakenio.messages import Reply, Result
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.opened import later, opened, pending, resting, seen
from tests.orders.sending.test_pacing import ROOM, fill, on_limit

pytestmark = pytest.mark.virtual

TAG = 7


async def placed(session: Session[Any], *tags: int) -> list[str]:
    return [(await session.orders.add(**resting(order_userref=tag))).order_id for tag in tags]


def statuses(exchange: Exchange) -> list[str]:
    return [order.status for order in exchange.orders]


@pytest.mark.parametrize("via", ["ws", "rest"])
async def test_all_orders_of_a_tag_are_cancelled_and_no_other(via: Any) -> None:
    async with opened() as (exchange, session):
        await placed(session, TAG, 8, TAG, TAG)
        told = await session.orders.cancel(order_userref=TAG, via=via)
        assert told.count == (3 if via == "rest" else None)
        await anyio.sleep(0.1)
        assert statuses(exchange) == ["canceled", "new", "canceled", "canceled"]
        assert pending(session)[:2] == (0, 0)
        assert len(session.orders.open) == 1


async def test_the_request_has_the_tag_in_a_list() -> None:
    async with opened() as (exchange, session):
        await placed(session, TAG)
        await session.orders.cancel(order_userref=TAG)
        assert [params["order_userref"] for params in seen(exchange, "cancel_order")] == [[TAG]]
        await placed(session, -TAG)
        await session.orders.cancel(order_userref=-TAG, via="rest")
        assert [params["txid"] for params in seen(exchange, "CancelOrder")] == [str(-TAG)]


@pytest.mark.parametrize("via", ["ws", "rest"])
async def test_a_tag_that_no_open_order_has_is_refused(via: Any) -> None:
    """B4: after a second in which another of the orders could have been told to be cancelled."""
    async with opened() as (_exchange, session), session.events() as events:
        intent, begun = session.orders.prepare_cancel(order_userref=TAG, via=via), anyio.current_time()
        with pytest.raises(UnknownOrder):
            await intent.submit()
        assert anyio.current_time() - begun == pytest.approx(1, abs=0.1)
        assert intent.outcome is Outcome.REJECTED
        with anyio.move_on_after(1):
            assert await events.receive() is None, "whoever called has been told"


async def test_a_refusal_before_the_connection_is_lost_decides_nothing() -> None:
    """B4: the reply for another order, which was cancelled, may have been lost with it."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare_cancel(order_userref=TAG)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(later, 0.5, lambda: exchange.drop("ws_auth"))
            with pytest.raises(OrderOutcomeUnknown):
                await intent.submit()
        assert intent.outcome is Outcome.UNKNOWN
        assert await intent.resolve() is Outcome.ACKED


async def test_what_refuses_whoever_asks_is_told_at_once() -> None:
    async with opened() as (exchange, session):
        exchange.reject("cancel_order", "EGeneral:Permission denied")
        begun = anyio.current_time()
        with pytest.raises(PermissionDenied):
            await session.orders.cancel(order_userref=TAG)
        assert anyio.current_time() - begun < 0.1


def asked(session: Session[Any]) -> Intent:
    """Return a cancel that has left, as the writer would tell it."""
    intent = session.orders.prepare_cancel(order_userref=TAG)
    intent.written()
    return intent


GONE = Reply("cancel_order", success=False, error="EOrder:Unknown order")
DONE = Reply("cancel_order", success=True, result=Result(order_id="O1"))


@pytest.mark.parametrize("replies", [[GONE, DONE], [DONE, GONE], [GONE, GONE, DONE, DONE], [DONE]])
async def test_one_order_that_is_cancelled_decides_whatever_the_replies_for_others_say(replies: list[Reply]) -> None:
    """B2: one may have been filled a moment ago."""
    async with opened() as (_exchange, session):
        intent = asked(session)
        assert {intent.answered(reply) for reply in replies} == {False}, "one that comes late is still its own"
        assert (intent.outcome, intent.order_id) == (Outcome.ACKED, "O1")


async def test_a_caller_who_is_cancelled_after_a_refusal_does_not_know_yet() -> None:
    """B5: nor does anybody else."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare_cancel(order_userref=TAG)
        with anyio.move_on_after(0.5):
            await intent.submit()
        assert intent.outcome is Outcome.UNKNOWN
        assert await intent.resolve() is Outcome.ACKED  # none is open that has the tag
        assert len(seen(exchange, "OpenOrders")) == 1


async def test_a_lost_reply_is_found_out_by_the_tag() -> None:
    """B8."""
    async with opened() as (exchange, session), session.events() as events:
        await placed(session, TAG, 8)
        exchange.hold(20, "ws_auth", "cancel_order")
        intent = session.orders.prepare_cancel(order_userref=TAG)
        with pytest.raises(KrakenError):
            await intent.submit()
        assert await intent.resolve() is Outcome.UNKNOWN
        await anyio.sleep(20)
        assert await intent.resolve() is Outcome.ACKED
        assert statuses(exchange) == ["canceled", "new"]
        with anyio.move_on_after(1):
            assert isinstance(await events.receive(), OrderResolved)


async def test_each_order_that_has_the_tag_is_counted_before_it_is_cancelled() -> None:
    async with opened(**on_limit("raise")) as (exchange, session):
        await placed(session, TAG, TAG, TAG)
        await fill(session, ROOM - 3 - 20)  # three young cancels cost 24
        with pytest.raises(RateLimitAhead):
            await session.orders.cancel(order_userref=TAG)
        await anyio.sleep(10)  # they get older, and the counter falls
        await session.orders.cancel(order_userref=TAG)
        assert statuses(exchange)[:3] == ["canceled"] * 3


@pytest.mark.parametrize("via", ["ws", "rest"])
async def test_a_batch_may_name_tags_too(via: Any) -> None:
    async with opened() as (exchange, session):
        ids = await placed(session, TAG, TAG, 8, 9)
        told = await session.orders.batch_cancel(order_userref=[TAG], order_id=[ids[2]], via=via)
        assert told.count == 3
        assert statuses(exchange) == ["canceled", "canceled", "canceled", "new"]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"order_userref": [TAG]}, "pass one order_userref"),
        ({"order_userref": "7"}, "integer of 32 bits"),
        ({"order_userref": 2**31}, "integer of 32 bits"),
        ({"order_userref": TAG, "cl_ord_id": "c"}, "exactly one of order_id, cl_ord_id and order_userref"),
        ({}, "exactly one of"),
    ],
)
async def test_a_tag_that_cannot_be_right_is_refused(names: dict[str, Any], told: str) -> None:
    async with opened() as (exchange, session):
        with pytest.raises(InvalidRequest, match=told):
            await session.orders.cancel(**names)
        assert seen(exchange, "cancel_order") == []


@pytest.mark.parametrize("tags", [["7", "8"], [TAG], TAG, [TAG, 2.0]])
async def test_tags_of_a_batch_are_a_list_of_whole_numbers(tags: Any) -> None:
    async with opened() as (exchange, session):
        with pytest.raises(InvalidRequest, match=r"order_userref|2 to 50"):
            await session.orders.batch_cancel(order_userref=tags)
        assert seen(exchange, "batch_cancel") == []


async def test_a_prepared_one_is_an_intent_like_any_other() -> None:
    async with opened() as (_exchange, session):
        intent: Intent = session.orders.prepare_cancel(order_userref=TAG)
        assert (intent.outcome, intent.cl_ord_id, intent.params) == (Outcome.NOT_SENT, None, {"order_userref": [TAG]})
