"""Calls keep below Kraken's counter by themselves; all uses of one key share counter and nonces (contract C1)."""

import random
import threading
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.from_thread import run, run_sync

from krakenio import CallLimitAhead, InvalidRequest, Rest, SessionClosed, open_rest
from krakenio.sim import Exchange, open_exchange
from tests.injection import Injection, sweep

pytestmark = pytest.mark.virtual


def calls(exchange: Exchange, name: str) -> int:
    return sum(request.method == name for request in exchange.requests)


async def all_at_once(rest: Rest, count: int) -> list[Any]:
    results: list[Any] = []

    async def one() -> None:
        results.append(await rest.account.balance())

    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(one)
    return results


@pytest.mark.parametrize(("tier", "seconds"), [("starter", 5.1 / 0.33), ("intermediate", 0), ("pro", 0)])
async def test_a_burst_waits_for_the_counter_and_is_never_refused(tier: Any, seconds: float) -> None:
    async with open_exchange(transport="memory", tier=tier, activity=0) as exchange:
        opening = open_rest(exchange.keys, endpoints=exchange.endpoints, tier=tier, clock=exchange.clock)
        async with opening as rest:
            begun = anyio.current_time()
            assert len(await all_at_once(rest, 20)) == 20
            assert anyio.current_time() - begun == pytest.approx(seconds, abs=0.5)
        assert calls(exchange, "Balance") == 20  # none was refused and repeated


async def test_whoever_does_not_want_to_wait_is_told_for_how_long_and_nothing_is_sent() -> None:
    async with open_exchange(transport="memory", activity=0) as exchange:
        opening = open_rest(exchange.keys, endpoints=exchange.endpoints, on_limit="raise", clock=exchange.clock)
        async with opening as rest:
            for _ in range(15):
                await rest.account.balance()
            with pytest.raises(CallLimitAhead, match="room for it in 3") as caught:
                await rest.account.balance()
            assert caught.value.retry_in == pytest.approx(1.1 / 0.33, abs=0.1)
            assert caught.value.wait == caught.value.retry_in  # what every error tells
            assert calls(exchange, "Balance") == 15
            await anyio.sleep(caught.value.retry_in)
            assert await rest.account.balance()


async def test_a_cancelled_waiter_takes_nothing_from_the_counter() -> None:
    async with open_exchange(transport="memory", activity=0) as exchange:
        async with open_rest(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as rest:
            await all_at_once(rest, 15)
            for _ in range(10):
                with anyio.move_on_after(0.1):
                    await rest.account.ledgers()
            begun = anyio.current_time()
            assert await rest.account.balance()
            assert anyio.current_time() - begun < 1 / 0.33
        assert calls(exchange, "Ledgers") == 0


async def waiting_universe(inject: Injection, others: int, refused: bool) -> None:  # noqa: FBT001 - a row of the table
    """Cancel a call that waits for room, behind others of which the first has the turn, or for another try."""
    chance = random.Random(1)
    async with open_exchange(transport="memory", activity=0) as exchange:
        opening = open_rest(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock, random=chance)
        async with opening as rest, anyio.create_task_group() as tasks:
            await all_at_once(rest, 0 if refused else 15)
            if refused:
                exchange.reject("TradeBalance", "EService:Unavailable", times=1)
            tasks.start_soon(all_at_once, rest, others)
            await anyio.wait_all_tasks_blocked()
            await inject(rest.account.trade_balance)
            with anyio.fail_after((others + 2) * 1.1 / 0.33):
                assert await rest.account.balance()
        assert calls(exchange, "Balance") == (0 if refused else 15) + others + 1


@pytest.mark.parametrize(("others", "refused"), [(0, False), (2, False), (0, True)], ids=["room", "turn", "retry"])
async def test_a_wait_for_room_a_turn_or_another_try_can_be_cancelled_anywhere(others: int, refused: bool) -> None:  # noqa: FBT001
    """A4, A6: the turn goes to the next, and nothing is taken from the counter for nobody."""
    assert await sweep(partial(waiting_universe, others=others, refused=refused)) >= 2


async def test_orders_do_not_wait_behind_what_the_counter_holds_back() -> None:
    async with open_exchange(transport="memory", activity=0) as exchange:
        opening = open_rest(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock)
        async with opening as rest, anyio.create_task_group() as tasks:
            await all_at_once(rest, 15)
            tasks.start_soon(rest.account.balance)
            await anyio.sleep(0.1)
            begun = anyio.current_time()
            order: dict[str, Any] = {"pair": "BTC/USD", "type": "buy", "ordertype": "limit", "volume": "0.01"}
            await rest.trading.add_order(**order, price="50000")
            await rest.trading.get_websockets_token()
            assert anyio.current_time() - begun < 1
            tasks.cancel_scope.cancel()


async def test_whoever_waits_for_the_counter_is_told_at_once_when_the_block_ends() -> None:
    """D6: a task that outlives the client would sleep on, up to a minute, for a call that nobody serves."""
    ends = list[tuple[str, float]]()

    async def ask(rest: Rest) -> None:
        with pytest.raises(SessionClosed, match="when its block ended") as caught:
            await rest.account.balance()
        ends.append((type(caught.value).__name__, anyio.current_time()))

    async with open_exchange(transport="memory", activity=0) as exchange, anyio.create_task_group() as tasks:
        async with open_rest(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as rest:
            await all_at_once(rest, 15)
            for _ in range(3):
                tasks.start_soon(ask, rest)  # noqa: ASYNC111 - it is meant to
            await anyio.sleep(0.1)
        left = anyio.current_time()
        await anyio.wait_all_tasks_blocked()
        assert ends == [("SessionClosed", left)] * 3


async def test_whoever_waits_to_try_again_is_told_at_once_when_the_block_ends() -> None:
    async with open_exchange(transport="memory", activity=0) as exchange, anyio.create_task_group() as tasks:
        exchange.reject("Balance", "EService:Unavailable", None)
        chance = random.Random(1)
        opening = open_rest(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock, random=chance)
        ended = anyio.Event()

        async def ask() -> None:
            with pytest.raises(SessionClosed, match="when its block ended"):
                await rest.account.balance()
            ended.set()

        async with opening as rest:
            tasks.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            assert calls(exchange, "Balance") == 1
        left = anyio.current_time()
        await ended.wait()
        assert anyio.current_time() == left


async def test_two_clients_of_one_key_share_its_counter_and_never_break_the_order_of_its_nonces() -> None:
    """C1, beyond one session."""
    async with open_exchange(transport="memory", activity=0) as exchange:
        async with (
            open_rest(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as one,
            open_rest(exchange.keys, endpoints=exchange.endpoints, clock=lambda: exchange.clock() - 10**9) as two,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(all_at_once, one, 12)
            tasks.start_soon(all_at_once, two, 12)
        assert calls(exchange, "Balance") == 24  # an invalid nonce or a refusal would have been repeated


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"tier": "gold"}, "tier: pass one of 'starter', 'intermediate', 'pro'"),
        ({"on_limit": "hope"}, "on_limit: pass one of 'wait', 'raise', 'ignore'"),
        ({"user_agent": "bad\r\nHost: x"}, "visible ASCII text"),
    ],
)
async def test_options_that_cannot_be_right_say_what_can(options: dict[str, Any], told: str) -> None:
    await anyio.lowlevel.checkpoint()
    with pytest.raises(InvalidRequest, match=told):
        open_rest(**options)


@pytest.mark.backends("trio", "asyncio", "uvloop")
async def test_a_call_from_a_thread_whose_task_was_cancelled_before_ends() -> None:
    """A2: under asyncio AnyIO hands that cancel to no call of the thread, and its locks look for it for ever."""
    began, cancelled, ends = anyio.Event(), threading.Event(), list[str]()
    async with open_exchange(transport="memory", activity=0) as exchange:
        async with open_rest(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as rest:

            async def ask() -> object:
                with anyio.fail_after(5):
                    return await rest.account.balance()

            def work() -> None:
                run_sync(began.set)
                cancelled.wait()
                try:
                    ends.append(type(run(ask)).__name__)
                except BaseException as error:  # noqa: ASYNC103, BLE001 - a value: there is no task here
                    ends.append(type(error).__name__)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.to_thread.run_sync, work)
                await began.wait()
                tasks.cancel_scope.cancel()
                cancelled.set()
        assert ends in (["Cancelled"], ["dict"])  # trio's; asyncio's
