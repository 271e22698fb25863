"""Labels of the contract that say what is so after a cancel: by a scope on either loop, and by `task.cancel()`.

The sweeps cancel at every checkpoint; here each label is one sentence at one telling moment (contract B1, B6, B7, B9,
H1, H3).
"""

import itertools
from collections.abc import Awaitable, Callable

import anyio
import pytest

from krakenio import Intent, OrderNotSent, OrderOutcomeUnknown, Outcome
from krakenio.events import Event, SwitchFired, SwitchLate
from tests.injection import Kind, Moment, Report
from tests.opened import RESTING, Valve, ids, later, opened, pending, resting, seen, settled, until
from tests.orders.intents.test_outcomes import resolutions
from tests.orders.intents.test_scopes import seconds_ahead
from tests.orders.switches.test_switch import TIMEOUT, asked, listen, status

pytestmark = pytest.mark.virtual


async def cancelled(kind: Kind, seconds: float, call: Callable[[], Awaitable[object]]) -> Report[object]:
    """Make a call that is cancelled after some time, and require that it saw the cancel and nothing else."""
    report = await Moment(kind, 0, seconds)(call)
    assert report.cancelled
    assert report.error is None
    return report


async def test_an_outcome_can_be_read_in_the_midst_of_a_cancel_and_after(cancel_kind: Kind) -> None:
    """B1: without awaiting."""
    read: list[Outcome] = []

    async def submit(intent: Intent) -> None:
        try:
            await intent.submit()
        finally:
            read.append(intent.outcome)

    async with opened() as (exchange, session):
        exchange.hold(3, "ws_auth", "add_order")
        intent = session.orders.prepare(**RESTING)
        await cancelled(cancel_kind, 1, lambda: submit(intent))
        assert read == [intent.outcome] == [Outcome.UNKNOWN]
        assert intent.cl_ord_id
        assert intent.written_at is not None
        await anyio.sleep(3)
        assert intent.outcome is Outcome.ACKED


@pytest.mark.parametrize(
    ("change", "outcome"), [({"validate": True}, Outcome.ACKED), ({"order_qty": "1000"}, Outcome.REJECTED)]
)
async def test_a_reply_after_the_cancel_is_told(cancel_kind: Kind, change: dict[str, object], outcome: Outcome) -> None:
    """B6."""
    async with opened() as (exchange, session):
        told = resolutions(session)
        exchange.delay(3, "ws_auth", "add_order")
        intent = session.orders.prepare(**resting(**change))
        await cancelled(cancel_kind, 1, intent.submit)
        assert (intent.outcome, pending(session)) == (Outcome.UNKNOWN, (0, 0, 1))
        await anyio.sleep(3)
        assert (intent.outcome, [name for name, _ in told]) == (outcome, [intent.cl_ord_id])
        assert pending(session) == (0, 0, 0)


async def test_an_execution_after_the_cancel_is_told_though_the_reply_is_lost(cancel_kind: Kind) -> None:
    """B6."""
    async with opened() as (exchange, session):
        told = resolutions(session)
        exchange.lose_replies(None, "add_order")
        exchange.hold(2, "ws_auth", "add_order")
        intent = session.orders.prepare(**RESTING)
        await cancelled(cancel_kind, 1, intent.submit)
        assert intent.outcome is Outcome.UNKNOWN
        await anyio.sleep(2)
        assert (intent.outcome, told) == (Outcome.ACKED, [(intent.cl_ord_id, "acknowledged")])
        assert intent.order_id == exchange.orders[0].order_id


@pytest.mark.parametrize("dropped_at", [0.9, 1.0, 1.1])
async def test_a_connection_lost_around_a_cancel_tells_the_queued_from_the_written(
    cancel_kind: Kind, dropped_at: float
) -> None:
    """B7: whether a caller still sees the loss or its own cancel, its outcome is the same; nothing is carried over."""
    valve = Valve()
    async with opened(valve=valve) as (exchange, session):
        valve.close()
        written, queued = (session.orders.prepare(**RESTING) for _ in range(2))
        reports: dict[Intent, Report[object]] = {}

        async def submit(intent: Intent) -> None:
            reports[intent] = await Moment(cancel_kind, 0, 1.0)(intent.submit)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(submit, written)
            await settled()
            tasks.start_soon(submit, queued)
            tasks.start_soon(later, dropped_at, lambda: exchange.drop("ws_auth"))
        assert (written.outcome, queued.outcome) == (Outcome.UNKNOWN, Outcome.NOT_SENT)
        ends = [type(reports[intent].error) for intent in (written, queued)]
        assert ends == ([OrderOutcomeUnknown, OrderNotSent] if dropped_at < 1 else [type(None)] * 2)
        valve.open()
        await anyio.sleep(120)
        assert ids(exchange) == []
        assert await written.resolve() is Outcome.NOT_ACCEPTED


async def test_the_deadline_of_a_cancelled_order_keeps_it_from_coming_to_life(cancel_kind: Kind) -> None:
    """B9: it is the scope's around the call, however the call ends."""
    async with opened() as (exchange, session):
        exchange.hold(3, "ws_auth", "add_order")
        intent = session.orders.prepare(**RESTING)

        async def submit() -> None:
            with anyio.fail_after(2):
                await intent.submit()

        await cancelled(cancel_kind, 1, submit)
        await anyio.sleep(30)
        assert seconds_ahead(exchange) == pytest.approx(2, abs=0.01)
        assert ids(exchange) == []
        assert await intent.resolve() is Outcome.NOT_ACCEPTED


async def test_what_would_be_late_does_not_go_out_though_its_caller_is_cancelled(cancel_kind: Kind) -> None:
    """B9: it stands behind others until too little time is left, and its caller is cancelled in that moment."""
    valve = Valve()
    async with opened(valve=valve) as (exchange, session), anyio.create_task_group() as tasks:
        valve.close()
        first, second = (session.orders.prepare(**RESTING) for _ in range(2))
        tasks.start_soon(Moment(cancel_kind, 0, 1.0), first.submit)
        await settled()
        report = await Moment(cancel_kind, 0, 4.5)(second.submit)
        assert report.cancelled or isinstance(report.error, OrderNotSent)
        assert second.outcome is Outcome.NOT_SENT
        valve.open()
        await anyio.sleep(30)
        assert [params.get("cl_ord_id") for params in seen(exchange, "add_order")] == [first.cl_ord_id]


async def test_the_switch_is_armed_while_a_cancelled_block_unwinds(cancel_kind: Kind) -> None:
    """H1, H2: library tasks refresh it until the block is left, and nothing is sent from then on."""
    async with opened() as (exchange, session):
        await session.orders.add(**RESTING)

        async def block() -> None:
            async with session.orders.dead_man_switch(TIMEOUT):
                try:
                    await anyio.sleep_forever()
                finally:
                    with anyio.CancelScope(shield=True):
                        await anyio.sleep(3 * TIMEOUT)

        await cancelled(cancel_kind, 20, block)
        times = [at for at, _ in asked(exchange)]
        count = len(times)
        assert count > 9
        assert max(second - first for first, second in itertools.pairwise(times)) <= TIMEOUT / 3
        assert status(exchange) == "new"
        await anyio.sleep(2 * TIMEOUT)
        assert len(asked(exchange)) == count
        assert status(exchange) == "canceled"


async def test_a_late_switch_is_told_while_a_cancelled_block_unwinds(cancel_kind: Kind) -> None:
    """H3: before it fires, and after it may have."""
    heard: list[Event] = []
    async with opened() as (exchange, session), anyio.create_task_group() as tasks:
        tasks.start_soon(listen, session, heard)
        await settled()
        order = await session.orders.add(**RESTING)

        async def block() -> None:
            async with session.orders.dead_man_switch(TIMEOUT) as switch:
                try:
                    await anyio.sleep_forever()
                finally:
                    exchange.freeze(None, 100)
                    with anyio.CancelScope(shield=True):
                        await until(lambda: heard)
                        assert switch.late
                        assert status(exchange) == "new"
                        await until(lambda: len(heard) == 2)

        await cancelled(cancel_kind, 20, block)
        late, fired = heard
        assert isinstance(late, SwitchLate)
        assert isinstance(fired, SwitchFired)
        assert fired.orders == (order.order_id,)
        assert status(exchange) == "canceled"
        tasks.cancel_scope.cancel()
