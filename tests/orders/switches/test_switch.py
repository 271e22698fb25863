"""The dead-man's switch (contract H): armed while the block runs, whatever happens to the socket.

The exchange is the oracle: what it was asked and when, and which orders it cancelled.
"""

import contextlib
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from krakenio import InvalidRequest, PermissionDenied, TransportError, open_rest
from krakenio.events import Event, SwitchFired, SwitchLate
from krakenio.rest import Rest
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.injection import Driven
from tests.opened import RESTING, Valve, opened, pending, settled, until

pytestmark = pytest.mark.virtual

TIMEOUT = 60
ARM = ("cancel_all_orders_after", "CancelAllOrdersAfter")


def asked(exchange: Exchange) -> list[tuple[float, int]]:
    """Return when the switch was set, in seconds, and to what, on either way."""
    return [(each.time / 1e9, int(str(each.params["timeout"]))) for each in exchange.requests if each.method in ARM]


def status(exchange: Exchange) -> str:
    return exchange.orders[0].status


async def listen(session: Session[Any], heard: list[Event]) -> None:
    async with session.events() as events:
        async for event in events:
            heard += [event] if isinstance(event, SwitchLate | SwitchFired) else []


async def test_it_is_armed_on_entering_and_disarmed_on_leaving() -> None:
    """H2: leaving waits for the acknowledgement."""
    async with opened() as (exchange, session):
        await session.orders.add(**RESTING)
        async with session.orders.dead_man_switch(TIMEOUT) as switch:
            assert [timeout for _, timeout in asked(exchange)] == [TIMEOUT]
            assert switch.fires_in == pytest.approx(TIMEOUT, abs=0.1)
        assert asked(exchange)[-1][1] == 0
        assert switch.fires_in is None
        await anyio.sleep(1000)
        assert status(exchange) == "new"


async def test_it_is_armed_anew_at_least_every_third_of_its_timeout() -> None:
    """H1."""
    async with opened() as (exchange, session):
        async with session.orders.dead_man_switch(TIMEOUT):
            await anyio.sleep(600)
            times = [at for at, _ in asked(exchange)]
        assert len(times) >= 31
        assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= TIMEOUT / 3


async def test_it_goes_ahead_of_other_requests() -> None:
    """H1: a queue of orders behind a slow peer does not hold it back."""
    valve = Valve()
    async with opened(valve=valve) as (exchange, session), anyio.create_task_group() as tasks:
        async with session.orders.dead_man_switch(TIMEOUT):
            await anyio.sleep(TIMEOUT / 4 - 0.5)
            valve.close()
            for _ in range(20):
                tasks.start_soon(lambda: session.orders.add(**RESTING))
            await anyio.sleep(0.7)
            valve.open()
            await anyio.sleep(0.1)
            methods = [each.method for each in exchange.requests if each.method in {"add_order", *ARM}]
            assert methods[1:3] == ["add_order", ARM[0]]  # the first was at the socket already


async def test_while_the_socket_is_down_it_is_armed_over_rest() -> None:
    """H1: an outage of minutes does not let it fire."""
    async with opened() as (exchange, session):
        await session.orders.add(**RESTING)
        async with session.orders.dead_man_switch(TIMEOUT):
            exchange.refuse("ws_auth", 503, times=None)
            exchange.drop("ws_auth")
            await anyio.sleep(600)
            assert Counter(each.method for each in exchange.requests)["CancelAllOrdersAfter"] > 30
            assert status(exchange) == "new"
            exchange.clear_faults()
        assert asked(exchange)[-1][1] == 0


async def test_a_socket_that_does_not_answer_is_helped_out_by_rest() -> None:
    """H1: the bytes may go nowhere long before the connection is found to be dead."""
    async with opened() as (exchange, session):
        await session.orders.add(**RESTING)
        async with session.orders.dead_man_switch(TIMEOUT):
            exchange.lose_replies(None, ARM[0], "ws_auth")
            await anyio.sleep(600)
            assert status(exchange) == "new"


@pytest.mark.parametrize("place", ["here", "in another session"])
async def test_a_call_that_hangs_does_not_keep_it_from_rest(place: str) -> None:
    """H1, C1: calls of one key go one at a time, and Kraken may take half a minute to answer one."""
    async with opened() as (exchange, session), open_rest(**same(exchange)) as other:
        await session.orders.add(**RESTING)
        async with session.orders.dead_man_switch(TIMEOUT), anyio.create_task_group() as tasks:
            exchange.freeze("ws_auth", 300)
            exchange.hold(29, "rest", "Balance")
            for _ in range(12):
                tasks.start_soon(ask, session.rest if place == "here" else other)
            await anyio.sleep(280)
            times = [at for at, _ in asked(exchange)]
            assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= TIMEOUT / 3 + 2
            assert status(exchange) == "new"
            tasks.cancel_scope.cancel()


async def ask(rest: Rest) -> None:
    """Make a call that may not be answered in time."""
    with contextlib.suppress(TransportError):
        await rest.account.balance()


def same(exchange: Exchange) -> dict[str, Any]:
    """Return how to reach an exchange as the session does that is open on it."""
    return {"keys": exchange.keys, "endpoints": exchange.endpoints, "clock": exchange.clock}


async def leave(way: str, scope: anyio.CancelScope) -> None:
    """Leave the block that this is called in."""
    if way == "error":
        raise ZeroDivisionError
    scope.cancel()
    await anyio.sleep_forever()


async def test_a_request_that_was_stuck_on_its_way_does_not_arm_it_after_it_was_disarmed() -> None:
    """H2: the peer read nothing, REST disarmed, and then the socket brought what had been sent long before."""
    valve = Valve(spare_rest=True)
    async with opened(valve=valve) as (exchange, session):
        await session.orders.add(**RESTING)
        async with session.orders.dead_man_switch(12):
            await anyio.sleep(2.5)
            valve.close()
            await anyio.sleep(1.5)
        assert asked(exchange)[-1][1] == 0
        valve.open()
        await anyio.sleep(30)
        assert [timeout for _, timeout in asked(exchange)][-3:] == [0, 12, 0]
        assert status(exchange) == "new"


@pytest.mark.parametrize("way", ["error", "cancel"])
async def test_any_other_exit_leaves_it_armed_and_sends_nothing(way: str) -> None:
    """H2, A2: nor does it wait for anything."""
    async with opened() as (exchange, session):
        await session.orders.add(**RESTING)
        count, left_at = 0, 0.0
        with anyio.CancelScope() as scope:
            try:
                async with session.orders.dead_man_switch(TIMEOUT):
                    await anyio.sleep(20)
                    count, left_at = len(asked(exchange)), anyio.current_time()
                    await leave(way, scope)
            except ZeroDivisionError:
                assert way == "error"
        assert anyio.current_time() == left_at
        await anyio.sleep(TIMEOUT)
        assert len(asked(exchange)) == count
        assert status(exchange) == "canceled"


async def test_the_user_hears_before_it_fires_and_after_it_may_have() -> None:
    """H3: late is told first, then which orders may be gone; afterwards it is armed again."""
    heard: list[Event] = []
    async with opened() as (exchange, session), anyio.create_task_group() as tasks:
        tasks.start_soon(listen, session, heard)
        await settled()
        order = await session.orders.add(**RESTING)
        async with session.orders.dead_man_switch(TIMEOUT) as switch:
            exchange.freeze(None, 100)
            await until(lambda: heard)
            assert switch.late
            assert status(exchange) == "new"
            assert switch.fires_in is not None
            assert switch.fires_in > TIMEOUT / 4
            await until(lambda: status(exchange) == "canceled")
            await until(lambda: len(heard) == 2)
            late, fired = heard
            assert isinstance(late, SwitchLate)
            assert isinstance(fired, SwitchFired)
            assert fired.orders == (order.order_id,)
            await until(lambda: switch.fires_in is not None)
            assert not switch.late
        tasks.cancel_scope.cancel()


async def test_nobody_is_alarmed_by_a_short_outage() -> None:
    """H3: it is late only when it could not be armed in time."""
    heard: list[Event] = []
    async with opened() as (exchange, session), anyio.create_task_group() as tasks:
        tasks.start_soon(listen, session, heard)
        await settled()
        async with session.orders.dead_man_switch(TIMEOUT):
            for _ in range(20):
                exchange.drop()
                await anyio.sleep(30)
        assert heard == []
        tasks.cancel_scope.cancel()


def computer(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return what lets the whole computer sleep: the loops' clocks stand still, the one since its start does not."""
    usual, asleep = time.clock_gettime, list[float]()

    def told(clock: int) -> float:
        return usual(clock) + (sum(asleep) if clock == time.CLOCK_BOOTTIME else 0)

    monkeypatch.setattr(time, "clock_gettime", told)
    return asleep.append


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no clock of Python's goes on through a sleep")
@pytest.mark.parametrize("seconds", [TIMEOUT * 0.7, TIMEOUT + 1])
async def test_what_fired_in_a_sleep_of_the_computer_is_told_with_the_next_sign_of_life(
    seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H3."""
    heard: list[Event] = []
    sleep = computer(monkeypatch)
    async with opened() as (_, session), anyio.create_task_group() as tasks:
        tasks.start_soon(listen, session, heard)
        await settled()
        order = await session.orders.add(**RESTING)
        async with session.orders.dead_man_switch(TIMEOUT) as switch:
            await settled()
            sleep(seconds)
            assert switch.fires_in == pytest.approx(TIMEOUT - seconds, abs=1)
            await anyio.sleep(TIMEOUT / 4 + 1)
            assert switch.fires_in is not None
            assert switch.fires_in > TIMEOUT - 2
            await anyio.sleep(TIMEOUT)
        fired = [event.orders for event in heard if isinstance(event, SwitchFired)]
        assert fired == ([(order.order_id,)] if seconds > TIMEOUT else [])
        assert len(heard) == len(fired)
        tasks.cancel_scope.cancel()


async def test_leaving_passes_a_checkpoint_though_the_switch_has_fired_just_then() -> None:
    """A1."""
    async with opened() as (exchange, session):
        switch = await session.orders.dead_man_switch(TIMEOUT).__aenter__()
        exchange.freeze(None, 2 * TIMEOUT)
        await until(lambda: switch.fires_in is None)
        driven = Driven(switch.__aexit__(None, None, None), "park", 0, lambda: None)
        await driven
        assert driven.yields > 0


async def test_what_an_unanswered_request_may_have_armed_is_disarmed_too() -> None:
    """H2: Kraken may have been asked again since it fired, as far as is known, and its answers were lost."""
    async with opened() as (exchange, session):
        async with session.orders.dead_man_switch(TIMEOUT) as switch:
            for method in ARM:
                exchange.lose_replies(10_000, method)
            await anyio.sleep(2 * TIMEOUT)
            assert switch.fires_in is None
            exchange.clear_faults()
            await session.orders.add(**RESTING)
            exchange.lose_replies(2, ARM[0])
            exchange.lose_replies(1, ARM[1])
        assert asked(exchange)[-1][1] == 0
        await anyio.sleep(1000)
        assert status(exchange) == "new"


async def test_a_second_switch_is_refused() -> None:
    """Kraken has one for the account; a later one, after the first has ended, is fine."""
    async with opened() as (exchange, session):
        async with session.orders.dead_man_switch(TIMEOUT):
            with pytest.raises(InvalidRequest, match="there is one already, and Kraken has a single one"):
                async with session.orders.dead_man_switch(30):
                    pass
            assert [timeout for _, timeout in asked(exchange)] == [TIMEOUT]
        async with session.orders.dead_man_switch(30):
            pass


async def test_a_switch_is_entered_once() -> None:
    """H1: one that its block has left arms nothing, and whoever enters it again must not wait for that for ever."""
    async with opened() as (_exchange, session):
        switch = session.orders.dead_man_switch(TIMEOUT)
        async with switch:
            pass
        with pytest.raises(RuntimeError, match="entered before"):
            await switch.__aenter__()
        async with session.orders.dead_man_switch(TIMEOUT) as another:
            assert another.fires_in is not None


@pytest.mark.parametrize("seconds", [0, -1, 86_400, 1.5, True, "60"])
async def test_a_timeout_that_kraken_does_not_take_is_refused(seconds: Any) -> None:
    async with opened() as (exchange, session):
        with pytest.raises(InvalidRequest, match="pass whole seconds from 1 to 86399"):
            session.orders.dead_man_switch(seconds)
        assert asked(exchange) == []


async def test_krakens_refusal_is_raised_on_entering() -> None:
    async with opened() as (exchange, session):
        exchange.reject(ARM[0], "EGeneral:Permission denied", None)
        exchange.reject(ARM[1], "EGeneral:Permission denied", None)
        with pytest.raises(PermissionDenied):
            async with session.orders.dead_man_switch(TIMEOUT):
                raise AssertionError
        assert pending(session)[:2] == (0, 0)
