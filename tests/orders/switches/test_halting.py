"""The kill switch: nothing new goes out, everything is cancelled, and the call returns when the exchange confirms."""

from typing import Any

import anyio
import pytest

from krakenio import Intent, OrdersHalted, Outcome
from krakenio.errors import PermissionDenied
from krakenio.orders.intents.deadlines import MARGIN, WITHOUT_SCOPE
from krakenio.orders.intents.needs import Via
from krakenio.orders.switches.halting import Halt
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.injection import Inject, sweep
from tests.opened import (
    BTC,
    CROSSING,
    RESTING,
    Valve,
    attempt,
    ids,
    opened,
    pending,
    resting,
    row,
    seen,
    settled,
    until,
)
from tests.orders.groups.test_groups import AT_ETH, still_open

pytestmark = pytest.mark.virtual

WEATHERS = ("idle", "dead socket", "reconnecting", "lost answers")


def spoil(exchange: Exchange, weather: str) -> None:
    """Make the weather."""
    if weather == "dead socket":
        exchange.freeze("ws_auth", 20)
    elif weather == "reconnecting":
        exchange.drop("ws_auth")
    elif weather == "lost answers":
        exchange.lose_replies(3, "cancel_all")
        exchange.lose_replies(3, "CancelAll")


async def fill(session: Session[Any]) -> None:
    for order in (RESTING, RESTING, AT_ETH):
        await session.orders.add(**order)


@pytest.mark.parametrize("weather", WEATHERS)
async def test_it_returns_when_the_exchange_has_no_open_order(weather: str) -> None:
    async with opened() as (exchange, session):
        await fill(session)
        spoil(exchange, weather)
        await session.orders.halt()
        assert still_open(exchange) == []
        assert session.orders.halted


async def test_a_key_that_may_not_cancel_is_told_so_and_orders_stay_refused() -> None:
    """G1: what no repetition heals is raised; another halt tries again."""
    async with opened() as (exchange, session):
        await fill(session)
        for method in ("cancel_all", "CancelAll"):
            exchange.reject(method, "EGeneral:Permission denied", 2)
        for count in (1, 2):
            with anyio.fail_after(0.1), pytest.raises(PermissionDenied):
                await session.orders.halt()
            assert session.orders.halted
            await anyio.sleep(100)
            assert len(seen(exchange, "cancel_all")) == count
        with pytest.raises(OrdersHalted):
            await session.orders.add(**RESTING)
        await session.orders.halt()
        assert still_open(exchange) == []


async def test_where_only_the_socket_refuses_rest_cancels() -> None:
    async with opened() as (exchange, session):
        await fill(session)
        exchange.reject("cancel_all", "EGeneral:Permission denied", None)
        await session.orders.halt()
        assert still_open(exchange) == []


async def test_new_orders_are_refused_until_trading_is_resumed() -> None:
    async with opened() as (exchange, session):
        prepared = session.orders.prepare(**RESTING)
        await session.orders.halt()
        with pytest.raises(OrdersHalted, match=r"call s\.orders\.resume\(\)"):
            await session.orders.add(**RESTING)
        with pytest.raises(OrdersHalted):
            await prepared.submit()
        assert prepared.outcome is Outcome.NOT_SENT
        assert ids(exchange) == []
        session.orders.resume()
        await prepared.submit()
        assert ids(exchange) == [prepared.cl_ord_id]


async def test_it_stops_new_orders_before_anything_is_awaited() -> None:
    """Also where the caller is cancelled at once: a kill switch that needs luck is none."""
    async with opened() as (exchange, session):
        await fill(session)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await session.orders.halt()
        with pytest.raises(OrdersHalted):
            session.orders.prepare(**RESTING)
        await anyio.sleep(5)
        assert still_open(exchange) == []


async def test_what_is_queued_is_taken_back_and_what_waits_for_the_counter_too() -> None:
    """B3: nothing of it was or will be written."""
    valve, ends = Valve(), list[object]()

    async with opened(valve=valve, limits=True, tier="starter") as (exchange, session):
        for _ in range(55):
            await session.orders.add(**RESTING)
        valve.close()
        queued = [session.orders.prepare(**RESTING) for _ in range(10)]
        async with anyio.create_task_group() as tasks:
            for intent in queued:
                tasks.start_soon(attempt, intent, ends)
            await settled()
            tasks.start_soon(session.orders.halt)
            await settled()
            assert [type(end) for end in ends] == [OrdersHalted] * 9  # one was at the socket already
            valve.open()
        unsent = [intent for intent in queued if intent.outcome is Outcome.NOT_SENT]
        assert len(unsent) == 9
        assert not {intent.cl_ord_id for intent in unsent} & {*ids(exchange)}
        assert still_open(exchange) == []


async def test_an_order_that_arrives_late_is_cancelled_before_it_returns() -> None:
    """An add that was written before may be accepted after the first cancel of all."""
    async with opened() as (exchange, session), anyio.create_task_group() as tasks:
        exchange.hold(3, "ws_auth", "add_order")
        intent = session.orders.prepare(**RESTING)
        tasks.start_soon(intent.submit)
        await anyio.sleep(0.5)
        await session.orders.halt()
        assert ids(exchange) == [intent.cl_ord_id]
        assert still_open(exchange) == []


async def test_a_cancel_of_all_that_is_stuck_does_not_hit_the_orders_that_follow() -> None:
    """The socket was frozen and REST cancelled: what the socket still holds must be done before this returns."""
    async with opened() as (exchange, session):
        await fill(session)
        exchange.freeze("ws_auth", 4)
        await session.orders.halt()
        session.orders.resume()
        order = await session.orders.add(**RESTING)
        await anyio.sleep(30)
        assert [each.order_id for each in exchange.orders if each.status == "new"] == [order.order_id]


async def test_a_call_that_hangs_does_not_keep_it_from_rest() -> None:
    """C1: calls of one key go one at a time, and Kraken may take half a minute to answer one."""
    async with opened() as (exchange, session), anyio.create_task_group() as tasks:
        await fill(session)
        exchange.freeze("ws_auth", 300)
        exchange.hold(29, "rest", "Balance")
        tasks.start_soon(session.rest.account.balance)
        await settled()
        tasks.start_soon(session.orders.halt)
        await anyio.sleep(4)
        assert still_open(exchange) == []
        tasks.cancel_scope.cancel()


async def test_while_kraken_refuses_it_leaves_room_in_the_counter_of_calls() -> None:
    """Else the session could fetch no token any more, and reach nothing when Kraken is back."""
    async with opened(limits=True, tier="starter") as (exchange, session), anyio.create_task_group() as tasks:
        await fill(session)
        exchange.maintenance()
        tasks.start_soon(session.orders.halt)
        await anyio.sleep(60)
        exchange.drop("ws_auth")
        await anyio.sleep(60)
        exchange.maintenance("online")
        with anyio.fail_after(60):  # for the back-off of the connection
            await session.orders.halt()
        assert still_open(exchange) == []
        assert len(seen(exchange, "CancelAll")) <= 180 / 3
        with anyio.fail_after(1):
            await session.rest.account.balance()


async def test_orders_of_groups_are_stopped_too() -> None:
    async with opened() as (exchange, session), session.orders.open_group() as group:
        await group.add(**RESTING)
        await session.orders.halt()
        assert still_open(exchange) == []
        with pytest.raises(OrdersHalted):
            await group.add(**RESTING)


async def test_a_second_call_waits_for_the_same_and_resume_ends_the_wait() -> None:
    async with opened() as (exchange, session), anyio.create_task_group() as tasks:
        await fill(session)
        exchange.freeze(None, 30)
        tasks.start_soon(session.orders.halt)
        tasks.start_soon(session.orders.halt)
        await anyio.sleep(1)
        session.orders.resume()
        session.orders.resume()
        assert not session.orders.halted


async def test_trading_may_be_resumed_before_the_halt_has_begun_to_wait() -> None:
    async with opened() as (_exchange, session), anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(session.orders.halt)
        while not session.orders.halted:  # noqa: ASYNC110 - trio begins its tasks in any order
            await anyio.lowlevel.checkpoint()
        session.orders.resume()


async def test_who_asked_for_a_halt_that_was_ended_does_not_wait_for_the_next_one() -> None:
    """Trading may be resumed and stopped again before the first caller has begun to wait."""
    async with opened() as (exchange, session):
        exchange.freeze(None, 1000)  # nothing is confirmed
        first, second = Halt(session.orders), Halt(session.orders)
        first.begin()
        first.end()
        second.begin()
        with anyio.fail_after(1):
            await first.wait()
        with anyio.move_on_after(1) as waiting:
            await second.wait()
        assert waiting.cancelled_caught
        second.end()
        exchange.clear_faults()


async def test_while_the_socket_is_down_the_list_of_open_orders_confirms() -> None:
    """The back-off of a line that drops again and again is longer than anyone waits for a kill switch."""
    async with opened(markets=[BTC]) as (exchange, session):
        for _ in range(3):
            await session.orders.add(**RESTING)
        exchange.refuse("ws_auth", 503, times=None)
        exchange.drop("ws_auth")
        await anyio.sleep(30)
        assert not session.orders.in_sync
        begun = anyio.current_time()
        await session.orders.halt()
        assert anyio.current_time() - begun < 5
        assert [order.status for order in exchange.orders] == ["canceled"] * 3
        assert not session.orders.in_sync


async def test_an_order_that_is_on_its_way_is_waited_for_before_the_list_is_believed() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.hold(3, "ws_auth", "add_order", times=1)
        intent, ends = session.orders.prepare(**RESTING), list[object]()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, intent, ends)
            await anyio.sleep(1)
            exchange.refuse("ws_auth", 503, times=None)
            exchange.drop("ws_auth")
        assert intent.outcome is Outcome.UNKNOWN
        await session.orders.halt()
        assert {order.status for order in exchange.orders} <= {"canceled"}
        assert not session.orders.undecided()
        await anyio.sleep(30)
        assert {order.status for order in exchange.orders} <= {"canceled"}


ADDS = {("ws", 1): "add_order", ("ws", 2): "batch_add", ("rest", 1): "AddOrder", ("rest", 2): "AddOrderBatch"}


def prepared(session: Session[Any], via: Via, legs: int, *, validate: bool = False) -> Intent:
    """Prepare so many orders."""
    if legs == 1:
        return session.orders.prepare(**RESTING, validate=validate, via=via)
    return session.orders.prepare_batch(BTC, [row()] * legs, validate=validate, via=via)


async def seconds_to_halt(session: Session[Any]) -> float:
    """Return how long it takes until the exchange has confirmed."""
    began = anyio.current_time()
    with anyio.fail_after(100):
        await session.orders.halt()
    return anyio.current_time() - began


@pytest.mark.parametrize(("via", "legs"), ADDS)
async def test_an_add_whose_answer_decides_nothing_is_waited_for_until_its_deadline(via: Via, legs: int) -> None:
    """B4, B8: then it cannot become an order any more, and the exchange has confirmed that none is open."""
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.reject(ADDS[via, legs], "EService:Busy")
        intent = prepared(session, via, legs)
        await attempt(intent, [])
        assert intent.outcome is Outcome.UNKNOWN
        assert WITHOUT_SCOPE < await seconds_to_halt(session) < WITHOUT_SCOPE + MARGIN + 3
        assert exchange.orders == []


async def test_an_add_that_is_never_answered_is_waited_for_until_its_deadline() -> None:
    """B4, B8."""
    async with opened(markets=[BTC]) as (exchange, session), anyio.create_task_group() as tasks:
        exchange.hold(300, "ws_auth", "add_order")
        tasks.start_soon(attempt, prepared(session, "ws", 1), list[object]())
        await settled()
        assert WITHOUT_SCOPE < await seconds_to_halt(session) < WITHOUT_SCOPE + MARGIN + 3


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize(("via", "legs"), ADDS)
async def test_what_kraken_only_checks_is_not_waited_for(via: Via, legs: int, busy: bool) -> None:  # noqa: FBT001
    """With `validate` nothing is placed, whatever is answered."""
    async with opened(markets=[BTC]) as (exchange, session):
        if busy:
            exchange.reject(ADDS[via, legs], "EService:Busy")
        await attempt(prepared(session, via, legs, validate=True), [])
        assert await seconds_to_halt(session) < 1
        assert len(seen(exchange, "cancel_all")) == 1


async def test_what_a_batch_was_refused_is_not_waited_for() -> None:
    """B11."""
    async with opened(markets=[BTC]) as (exchange, session):
        batch = await session.orders.batch_add(BTC, [row(), row(order_qty="1000000")])
        assert [leg.outcome for leg in batch.legs] == [Outcome.ACKED, Outcome.REJECTED]
        assert await seconds_to_halt(session) < 1
        assert still_open(exchange) == []


@pytest.mark.parametrize("lost", [False, True])
async def test_an_order_that_came_and_went_while_the_socket_was_down_is_not_waited_for(lost: bool) -> None:  # noqa: FBT001
    """No snapshot lists it and no report tells of it; REST does, when the executions are healed."""
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.refuse("ws_auth", 503)
        exchange.drop("ws_auth")
        await settled()
        if lost:
            exchange.lose_replies(method="AddOrder")
        await attempt(session.orders.prepare(**CROSSING, via="rest"), [])
        await until(lambda: session.orders.in_sync and not session.orders.undecided())
        assert [order.status for order in exchange.orders] == ["filled"]
        assert await seconds_to_halt(session) < 5


@pytest.mark.parametrize("named", [{"order_userref": 7}, {}])
async def test_it_confirms_by_a_cancel_of_all_that_follows_each_answer(named: dict[str, Any]) -> None:
    """An order may be open of which no report came yet: only what is cancelled after it is sure to hit it."""
    async with opened(markets=[BTC]) as (exchange, session), anyio.create_task_group() as tasks:
        exchange.hold(3, "ws_auth", "add_order", times=1)
        tasks.start_soon(attempt, session.orders.prepare(**resting(**named)), list[object]())
        await settled()
        exchange.lose_report(2)  # pending and new
        await seconds_to_halt(session)
        assert [order.status for order in exchange.orders] == ["canceled"]


async def halt_universe(inject: Inject) -> None:
    """Cancel the call anywhere: the halt goes on."""
    async with opened(markets=2) as (exchange, session):
        await fill(session)
        report = await inject(session.orders.halt)
        assert report.error is None
        await anyio.sleep(3.3)
        assert still_open(exchange) == []
        assert session.orders.halted
        assert pending(session)[:2] == (0, 0)
        session.orders.resume()
        await session.orders.add(**RESTING)


async def test_cancelling_the_call_anywhere_does_not_end_the_halt() -> None:
    """A3, A6."""
    assert await sweep(halt_universe) >= 2
