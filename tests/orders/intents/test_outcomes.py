"""What callers of orders are told, against what the exchange really did (contract B1 to B7)."""

import gc
import weakref
from datetime import UTC, datetime
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.abc import TaskGroup

from krakenio import Intent, OrderNotSent, OrderOutcomeUnknown, Outcome, events
from krakenio.links.outbox import Request
from krakenio.orders.batch.cancellist import CancelList
from krakenio.orders.batch.legs import Batch, Leg
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.opened import BTC, CROSSING, RESTING, Valve, ids, later, opened, pending, resting, seen, settled, until

pytestmark = pytest.mark.virtual


async def attempt(intent: Intent, told: list[BaseException | str] | None = None) -> None:
    """Submit, and note how it ended."""
    ends = [] if told is None else told
    try:
        await intent.submit()
        ends.append("acknowledged")
    except anyio.get_cancelled_exc_class():
        ends.append("cancelled")
        raise
    except Exception as error:  # noqa: BLE001 - what the test asks for
        ends.append(error)


def resolutions(session: Session[Any]) -> list[tuple[str, str]]:
    """Collect what the session's events tell about orders, from now on."""
    told: list[tuple[str, str]] = []
    publish = session._context.publish  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def listen(event: events.Event) -> None:
        if isinstance(event, events.OrderResolved):
            told.append((event.cl_ord_id, event.outcome))
        publish(event)

    session._context.publish = listen  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return told


@pytest.mark.parametrize("kind", [Intent, Leg, Batch, CancelList])
def test_what_is_remembered_by_the_thousand_has_no_dict(kind: type[Intent]) -> None:
    assert not kind.__dictoffset__


async def test_a_request_that_is_done_leaves_nothing_for_the_collector() -> None:
    """A6: of an add its intent is remembered, without its bytes; of a cancel nothing."""
    async with opened() as (_, session):
        gc.collect()
        gc.disable()
        try:
            add = session.orders.prepare(**RESTING)
            await add.submit()
            cancel = session.orders.prepare_cancel(cl_ord_id=add.cl_ord_id or "")
            await cancel.submit()
            gone = weakref.ref(cancel)
            del cancel
            assert gone() is None
            assert not [each for each in gc.get_objects() if isinstance(each, Request) and each.waiter is add]
        finally:
            gc.enable()


async def test_preparing_is_synchronous_and_sends_nothing() -> None:
    """B1."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**RESTING)
        assert intent.outcome is Outcome.NOT_SENT
        assert intent.cl_ord_id
        assert (intent.order_id, intent.deadline, intent.written_at) == (None, None, None)
        assert session.orders.intent(intent.cl_ord_id) is intent
        await anyio.sleep(10)
        assert seen(exchange, "add_order") == []
        assert pending(session) == (0, 0, 0)


async def test_an_acknowledged_order_is_there() -> None:
    """B2."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**RESTING)
        acknowledged = await intent.submit()
        [order] = exchange.orders
        assert intent.outcome is Outcome.ACKED
        assert acknowledged.order_id == intent.order_id == order.order_id
        assert intent.cl_ord_id == acknowledged.cl_ord_id == order.cl_ord_id
        assert intent.written_at == datetime(2026, 11, 23, tzinfo=UTC)
        assert (await session.orders.cancel(order_id=order.order_id)).order_id == order.order_id
        assert exchange.orders[0].status == "canceled"


async def test_an_intent_is_submitted_once() -> None:
    """B10: whatever became of it, and by however many tasks."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**RESTING)
        told: list[Any] = []
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(attempt, intent, told)
        assert sorted(map(str, told))[2] == "acknowledged"
        assert sum(isinstance(end, RuntimeError) for end in told) == 2
        with pytest.raises(RuntimeError, match="submitted before; prepare another"):
            await intent.submit()
        assert len(seen(exchange, "add_order")) == 1


async def given_up(tasks: TaskGroup, intent: Intent) -> None:
    """Submit, and be cancelled after a second."""
    with anyio.CancelScope() as scope:
        tasks.start_soon(later, 1, scope.cancel)
        await intent.submit()


async def test_a_cancelled_order_that_is_still_queued_never_goes_out() -> None:
    """B3: the writer is stuck in the order before; when the peer reads again, what was withdrawn is not there."""
    valve = Valve()
    async with opened(valve=valve) as (exchange, session):
        valve.close()
        first, second = session.orders.prepare(**RESTING), session.orders.prepare(**RESTING)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, first)
            await settled()
            await given_up(tasks, second)
            assert (first.outcome, second.outcome) == (Outcome.UNKNOWN, Outcome.NOT_SENT)
            assert second.written_at is None
            valve.open()
        await anyio.sleep(20)
        assert ids(exchange) == [first.cl_ord_id]
        assert first.outcome is Outcome.ACKED
        assert pending(session) == (0, 0, 0)


async def test_an_order_that_was_withdrawn_can_be_submitted_again() -> None:
    """B3: nothing was written, so the same intent and id may go out."""
    valve = Valve()
    async with opened(valve=valve) as (exchange, session):
        valve.close()
        stuck, intent = session.orders.prepare(**RESTING), session.orders.prepare(**RESTING)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, stuck)
            await settled()
            await given_up(tasks, intent)
            valve.open()
        await intent.submit()
        assert ids(exchange).count(intent.cl_ord_id) == 1


async def test_written_and_unanswered_is_unknown_and_not_retried() -> None:
    """B4."""
    async with opened() as (exchange, session):
        exchange.hold(20, "ws_auth", "add_order")
        intent = session.orders.prepare(**RESTING)
        with anyio.move_on_after(2) as scope:
            await intent.submit()
        assert scope.cancelled_caught
        assert intent.outcome is Outcome.UNKNOWN
        assert intent.written_at is not None
        await anyio.sleep(60)
        assert len(seen(exchange, "add_order")) == 1


async def test_a_late_reply_updates_the_intent_and_is_told() -> None:
    """B6."""
    async with opened() as (exchange, session):
        told = resolutions(session)
        exchange.hold(3, "ws_auth", "add_order", times=1)
        intent = session.orders.prepare(**resting(validate=True))  # of which no execution tells
        with anyio.move_on_after(1):
            await intent.submit()
        assert (intent.outcome, pending(session)) == (Outcome.UNKNOWN, (0, 0, 1))
        await anyio.sleep(3)
        # the deadline passed before the exchange took it: its late refusal stays ambiguous
        assert (intent.outcome, told) == (Outcome.UNKNOWN, [])
        exchange.delay(3, "ws_auth", "add_order")
        intent = session.orders.prepare(**resting(validate=True))
        with anyio.move_on_after(1):
            await intent.submit()
        assert intent.outcome is Outcome.UNKNOWN
        await anyio.sleep(3)
        assert (intent.outcome, told) == (Outcome.ACKED, [(intent.cl_ord_id, "acknowledged")])
        assert pending(session) == (0, 0, 0)


async def test_a_late_refusal_updates_the_intent_and_is_told() -> None:
    """B6."""
    async with opened() as (exchange, session):
        told = resolutions(session)
        exchange.delay(3, "ws_auth", "add_order")
        intent = session.orders.prepare(**resting(order_qty="1000"))
        with anyio.move_on_after(1):
            await intent.submit()
        assert intent.outcome is Outcome.UNKNOWN
        await anyio.sleep(3)
        assert (intent.outcome, told) == (Outcome.REJECTED, [(intent.cl_ord_id, "rejected")])
        assert str(intent.error) == "EOrder:Insufficient funds"


async def test_a_late_execution_updates_the_intent_and_is_told() -> None:
    """B6: the reply is lost, the report is not."""
    async with opened() as (exchange, session):
        told = resolutions(session)
        exchange.lose_replies(None, "add_order")
        exchange.hold(0.8, "ws_auth", "add_order")
        intent = session.orders.prepare(**RESTING)
        with anyio.move_on_after(0.7):
            await intent.submit()
        assert (intent.outcome, intent.order_id) == (Outcome.UNKNOWN, None)
        exchange.clear_faults()
        await anyio.sleep(0.2)
        if not exchange.orders:  # its deadline of 0.7 s had passed
            assert intent.outcome is Outcome.UNKNOWN
        exchange.lose_replies(None, "add_order")
        exchange.hold(1, "ws_auth", "add_order")
        intent = session.orders.prepare(**RESTING)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, intent)
            await anyio.sleep(0.5)
            tasks.cancel_scope.cancel()
        assert intent.outcome is Outcome.UNKNOWN
        await anyio.sleep(1)
        assert (intent.outcome, told) == (Outcome.ACKED, [(intent.cl_ord_id, "acknowledged")])
        assert intent.order_id == exchange.orders[-1].order_id


async def test_an_intent_is_remembered_for_ten_minutes_after_it_was_sent() -> None:
    """B6: an intent may be prepared long before it is submitted."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**RESTING)
        await anyio.sleep(700)
        session.orders.prepare(**RESTING)
        exchange.lose_replies(None, "add_order")
        await intent.submit()
        assert intent.outcome is Outcome.ACKED  # told by its execution report
        assert session.orders.intent(str(intent.cl_ord_id)) is intent


async def test_an_intent_of_the_same_id_does_not_hide_the_one_that_was_sent() -> None:
    """B6, B10."""
    async with opened() as (exchange, session):
        exchange.hold(1, "ws_auth", "add_order")
        exchange.lose_replies(None, "add_order")
        intent = session.orders.prepare(**RESTING, cl_ord_id="mine")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, intent)
            await settled()
            session.orders.prepare(**RESTING, cl_ord_id="mine")
        assert intent.outcome is Outcome.ACKED
        assert session.orders.intent("mine") is intent


async def test_an_order_known_from_its_execution_waits_for_nothing_more() -> None:
    """A6: the report may overtake the reply; then nobody waits for that any more."""
    async with opened() as (exchange, session):
        exchange.lose_replies(None, "add_order")
        await session.orders.add(**RESTING)
        assert pending(session) == (0, 0, 1)
        exchange.clear_faults()
        exchange.delay(1, "ws_auth", "add_order")
        await session.orders.add(**RESTING)
        assert pending(session) == (0, 0, 2)
        await anyio.sleep(2)
        assert pending(session) == (0, 0, 1)


async def test_a_lost_connection_tells_the_queued_from_the_written() -> None:
    """B7."""
    valve = Valve()
    async with opened(valve=valve) as (exchange, session):
        valve.close()
        intents = [session.orders.prepare(**RESTING) for _ in range(4)]
        told: list[list[Any]] = [[] for _ in intents]
        async with anyio.create_task_group() as tasks:
            for intent, ends in zip(intents, told, strict=True):
                tasks.start_soon(attempt, intent, ends)
                await settled()
            exchange.drop("ws_auth")
        valve.open()
        assert [type(end) for [end] in told] == [OrderOutcomeUnknown, *[OrderNotSent] * 3]
        [[unknown], [not_sent], *_] = told
        assert unknown.cl_ord_id == intents[0].cl_ord_id
        assert unknown.deadline == intents[0].deadline
        assert unknown.written_at == intents[0].written_at
        assert unknown.written_at is not None
        assert not_sent.cl_ord_id == intents[1].cl_ord_id
        await anyio.sleep(120)
        assert ids(exchange) == []  # nothing was carried over to the next connection
        assert exchange.connections["ws_auth"] == 1


async def test_an_order_accepted_after_its_connection_was_lost_is_found_in_the_next_snapshot() -> None:
    """B6, B7."""
    async with opened() as (exchange, session):
        exchange.hold(2, "ws_auth", "add_order")
        intent, told = session.orders.prepare(**RESTING), list[Any]()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, intent, told)
            await settled()
            exchange.drop("ws_auth")
            exchange.freeze("ws_auth", 3)
        assert isinstance(told[0], OrderOutcomeUnknown)
        await until(lambda: intent.outcome is not Outcome.UNKNOWN)
        assert (intent.outcome, ids(exchange)) == (Outcome.ACKED, [intent.cl_ord_id])


async def test_a_lost_reply_is_told_within_bounded_time() -> None:
    """B7: nothing hangs, though no connection is lost: 10 s beyond the deadline of 5 s."""
    async with opened() as (exchange, session):
        exchange.hold(1000, "ws_auth", "add_order")
        intent, begun = session.orders.prepare(**RESTING), anyio.current_time()
        with pytest.raises(OrderOutcomeUnknown, match=r"resolve\(\)") as caught:
            await intent.submit()
        assert anyio.current_time() - begun == pytest.approx(15, abs=0.1)
        error = caught.value
        assert (error.cl_ord_id, error.deadline, error.written_at) == (
            intent.cl_ord_id,
            datetime(2026, 11, 23, 0, 0, 5, tzinfo=UTC),
            datetime(2026, 11, 23, tzinfo=UTC),
        )
        assert intent.outcome is Outcome.UNKNOWN


async def test_a_lost_reply_to_a_cancel_is_told_within_bounded_time() -> None:
    """B7."""
    async with opened() as (exchange, session):
        order = await session.orders.add(**RESTING)
        exchange.hold(20, "ws_auth", "cancel_order")
        exchange.lose_replies(1, "cancel_order")
        intent, begun = session.orders.prepare_cancel(order_id=order.order_id), anyio.current_time()
        with pytest.raises(OrderOutcomeUnknown):
            await intent.submit()
        assert anyio.current_time() - begun == pytest.approx(10, abs=0.1)
        assert await intent.resolve() is Outcome.UNKNOWN  # the order is open, so its cancel may be on the way
        await anyio.sleep(11)
        assert await intent.resolve() is Outcome.ACKED
        assert exchange.orders[0].status == "canceled"


async def test_a_writer_that_is_stuck_does_not_keep_an_order_for_ever() -> None:
    """B3, B7: what the peer does not take in time is withdrawn, and told as not sent."""
    valve = Valve()
    async with opened(valve=valve, heartbeat=1.0) as (exchange, session):
        await anyio.sleep(1)  # the first ping is answered, so the next is due in 19 s
        valve.close()
        stuck, queued = session.orders.prepare(**RESTING), session.orders.prepare(**RESTING)
        told: list[Any] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, stuck)
            await settled()
            await attempt(queued, told)
            valve.open()
        assert isinstance(told[0], OrderNotSent)
        assert "4.5 s" in str(told[0])
        await anyio.sleep(60)
        assert queued.cl_ord_id not in ids(exchange)


async def test_without_a_connection_an_order_is_refused_at_once() -> None:
    """B7: it neither waits for the next connection nor for a token."""
    async with opened() as (exchange, session):
        exchange.freeze("rest", 1000)
        exchange.drop("ws_auth")
        await settled()
        begun, intent = anyio.current_time(), session.orders.prepare(**RESTING)
        with pytest.raises(OrderNotSent, match="no connection"):
            await intent.submit()
        assert anyio.current_time() == begun
        assert intent.outcome is Outcome.NOT_SENT
        exchange.clear_faults()
        await until(lambda: exchange.connections["ws_auth"])
        await anyio.sleep(60)
        await intent.submit()
        assert ids(exchange) == [intent.cl_ord_id]


async def test_an_order_waits_for_a_token_for_bounded_time() -> None:
    """B7: Kraken refused the token and gives no other one."""
    async with opened() as (exchange, session):
        exchange.freeze("rest", 10_000)
        exchange.expire_token()
        with pytest.raises(Exception, match=r"ESession|[Tt]oken"):
            await session.orders.add(**RESTING)
        begun = anyio.current_time()
        with pytest.raises(OrderNotSent, match="token"):
            await session.orders.add(**RESTING)
        assert 1 <= anyio.current_time() - begun <= 10.1
        assert ids(exchange) == []


async def test_a_bystander_gets_its_answer_while_others_are_cancelled() -> None:
    """A4."""
    async with opened() as (exchange, session):
        exchange.delay(1, "ws_auth", "add_order")
        intents = [session.orders.prepare(**RESTING) for _ in range(10)]
        async with anyio.create_task_group() as bystanders, anyio.create_task_group() as cancelled:
            for index, intent in enumerate(intents):
                (bystanders if index % 2 else cancelled).start_soon(attempt, intent)
            await anyio.sleep(0.1)
            cancelled.cancel_scope.cancel()
        assert [intent.outcome for intent in intents[1::2]] == [Outcome.ACKED] * 5
        assert all(intent.outcome in {Outcome.UNKNOWN, Outcome.ACKED} for intent in intents[::2])
        assert len(ids(exchange)) == 10


async def test_an_order_that_trades_at_once_is_acknowledged_once() -> None:
    async with opened() as (exchange, session):
        acknowledged = await session.orders.add(**CROSSING)
        assert exchange.orders[0].status == "filled"
        assert acknowledged.order_id == exchange.orders[0].order_id
        assert exchange.orders[0].symbol == BTC


def numbered(exchange: Exchange) -> list[int | None]:
    """Return the request ids of the adds that arrived."""
    return [each.req_id for each in exchange.requests if each.method == "add_order"]


async def test_each_request_has_an_id_of_its_own() -> None:
    async with opened() as (exchange, session):
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(partial(session.orders.add, **RESTING))
        assert len(set(numbered(exchange))) == 20
