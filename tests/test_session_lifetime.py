"""Contract E and F for a session in memory: what it takes to enter and leave, and how exceptions pass through it."""

# ruff: noqa: PT012 -- what is tested is the block itself and how an exception leaves it
# such a block is entered, or the test has failed:
# pyright: reportPossiblyUnboundVariable=false

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, ExitStack
from functools import partial
from typing import Any, TypeVar

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from anyio.lowlevel import checkpoint

from krakenio import Outcome, Session, SessionClosed, SessionRefused, merge, open_session
from krakenio.sim import Exchange
from tests.injection import Injection, sweep
from tests.leaks import living
from tests.sessions import SYMBOL, quiet, quiet_session, requests, session_on, settled
from tests.test_lifetime import RAISED

T = TypeVar("T")
virtual = pytest.mark.virtual
NATIVE = pytest.mark.backends("asyncio-virtual")


async def streaming(session: Session[Any]) -> None:
    """Use both sockets, forever."""
    async with session.ticker(SYMBOL), session.balances():
        await anyio.sleep_forever()


@virtual
async def test_a_normal_exit_says_goodbye_and_takes_no_time_with_a_live_peer() -> None:
    """E1, E5."""
    async with quiet() as exchange:
        before = living()
        async with session_on(exchange) as session, session.ticker(SYMBOL):
            assert exchange.connections == {"rest": 1, "ws": 1, "ws_auth": 1, "ws_l3": 0}
            begun = anyio.current_time()
        assert anyio.current_time() == begun
        assert not {task for task in living() - before if "connection to" not in str(task)}
        await settled()
        assert exchange.connections == {"rest": 0, "ws": 0, "ws_auth": 0, "ws_l3": 0}


@virtual
async def test_leaving_fetches_no_token_and_opens_no_connection() -> None:
    """E1: the end of a connection on the way out is no reason to reconnect."""
    async with quiet() as exchange:
        async with session_on(exchange):
            exchange.freeze("ws", 1000)
        await anyio.sleep(10)
        assert (exchange.tokens_issued, [each.host for each in exchange.attempts]) == (1, ["rest", "ws_auth"])


@virtual
@pytest.mark.parametrize("hosts", [["ws"], ["ws_auth"], ["ws", "ws_auth", "rest"]])
async def test_a_normal_exit_takes_two_seconds_with_a_frozen_peer(hosts: list[str]) -> None:
    """E1."""
    async with quiet() as exchange:
        async with session_on(exchange) as session, session.ticker(SYMBOL):
            for host in hosts:
                exchange.freeze(host, 1000)
            begun = anyio.current_time()
        assert anyio.current_time() - begun == pytest.approx(2.0)
        assert session.failure is None


@virtual
async def test_an_exit_under_cancellation_with_a_dead_peer_takes_no_time() -> None:
    """E1."""
    async with quiet() as exchange:
        with anyio.move_on_after(3) as scope:
            async with session_on(exchange) as session:
                exchange.freeze(None, 1000)
                await streaming(session)
        assert scope.cancelled_caught
        assert anyio.current_time() == pytest.approx(scope.deadline)


@virtual
async def test_an_exit_by_an_exception_with_a_dead_peer_takes_no_time() -> None:
    """E1."""
    async with quiet() as exchange:
        with pytest.raises(ValueError, match="boom"):
            async with session_on(exchange):
                exchange.freeze(None, 1000)
                begun = anyio.current_time()
                raise ValueError("boom")
        assert anyio.current_time() == begun


@virtual
@pytest.mark.parametrize("wait", [0, 5])
@pytest.mark.parametrize("host", ["ws", "ws_auth", None])
async def test_an_exit_from_connections_that_broke_is_silent(host: str | None, wait: float) -> None:
    """E1, F1: the farewell meets a broken socket, known or not yet known to be so."""
    async with quiet() as exchange:
        async with session_on(exchange) as session, session.ticker(SYMBOL):
            exchange.drop(host)
            await anyio.sleep(wait)
            exchange.drop(host)
            begun = anyio.current_time()
        assert anyio.current_time() == begun
        assert session.failure is None


@virtual
@pytest.mark.parametrize("code", [1000, 1012, 1008])
async def test_an_exit_beside_a_close_of_the_server_is_silent(code: int) -> None:
    """E1, F1: both sides say goodbye at once, whatever the server's reason."""
    async with quiet() as exchange:
        async with session_on(exchange):
            exchange.close("ws_auth", code)
            begun = anyio.current_time()
        assert anyio.current_time() - begun <= 2


@virtual
@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
async def test_what_the_body_raises_leaves_bare_and_identical(error: BaseException) -> None:
    """F1, F5."""
    error.__context__ = None
    async with quiet() as exchange:
        with pytest.raises(type(error)) as caught:
            async with session_on(exchange) as session, session.ticker(SYMBOL):
                await checkpoint()
                raise error
    assert caught.value is error
    assert (error.__context__, error.__cause__, getattr(error, "__notes__", [])) == (None, None, [])


@virtual
async def test_a_fatal_failure_while_the_body_waits_raises_one_bare_session_error() -> None:
    """F2, D6: the stream that waits in the body ends with it."""
    async with quiet() as exchange:
        with pytest.raises(SessionRefused, match="1008") as caught:
            async with session_on(exchange) as session:
                exchange.close("ws_auth", 1008, "policy")
                await streaming(session)
    assert caught.value is session.failure
    assert caught.value.__cause__ is not None


@virtual
async def test_if_both_fail_the_users_exception_wins_with_a_note() -> None:
    """F3."""
    error = ValueError("mine")
    async with quiet() as exchange:
        with pytest.raises(ValueError, match="mine") as caught:
            async with session_on(exchange) as session:
                exchange.close("ws_auth", 1008)
                with anyio.CancelScope(shield=True):
                    await anyio.sleep(1)
                raise error
    assert caught.value is error
    assert "krakenio failed too: SessionRefused" in error.__notes__[0]
    assert isinstance(session.failure, SessionRefused)


@virtual
async def test_an_outer_cancel_wins_over_a_failure() -> None:
    """F4."""
    async with quiet() as exchange:
        with anyio.CancelScope() as scope:
            async with session_on(exchange) as session:
                exchange.close("ws_auth", 1008)
                with anyio.CancelScope(shield=True):
                    await anyio.sleep(1)
                scope.cancel()
                await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert isinstance(session.failure, SessionRefused)


@virtual
async def test_a_session_in_a_cancelled_scope_opens_nothing() -> None:
    """E2, A5."""
    async with quiet() as exchange:
        with anyio.CancelScope() as scope:
            scope.cancel()
            async with session_on(exchange):
                raise AssertionError
        assert scope.cancelled_caught
        assert exchange.attempts == []


@virtual
async def test_two_sessions_and_sessions_in_task_groups_mind_their_own() -> None:
    """E5, A4: one is cancelled, the other goes on."""
    async with quiet() as exchange, session_on(exchange) as outer, outer.ticker(SYMBOL):
        async with anyio.create_task_group() as tasks:

            async def inner() -> None:
                async with session_on(exchange) as session:
                    await streaming(session)

            for _ in range(3):
                tasks.start_soon(inner)
            await anyio.sleep(2)
            assert exchange.connections["ws_auth"] == 4
            tasks.cancel_scope.cancel()
        await settled()
        assert exchange.connections == {"rest": 1, "ws": 1, "ws_auth": 1, "ws_l3": 0}
        assert await outer.token()


@virtual
async def test_nothing_of_a_session_can_be_used_after_its_end() -> None:
    """E4."""
    async with quiet_session() as (_, session):
        stream = session.ticker(SYMBOL)
        intent = session.orders.prepare(
            symbol=SYMBOL, side="buy", order_type="limit", order_qty="0.01", limit_price="70000"
        )
    attempts: list[Callable[[], Awaitable[object]]] = [
        stream.__aenter__,
        session.events().__aenter__,
        session.token,
        intent.submit,
        session.rest.account.balance,
        session.rest.market.time,
    ]
    for attempt in attempts:
        with pytest.raises(SessionClosed):
            await attempt()
    for use in (session.balances, session.executions, lambda: session.orders, lambda: session.ticker(SYMBOL)):
        with pytest.raises(SessionClosed):
            use()
    assert session.health.token_trouble is None
    assert [link.state for link in session.health.links.values()] == ["idle"]
    assert session.failure is None


@virtual
async def test_who_waits_on_a_session_from_outside_is_woken_by_its_end() -> None:
    """D6, E4: no waiter is left asleep, whatever it waits for."""
    ends: list[str] = []

    async def end_of(name: str, wait: Callable[[], Awaitable[object]]) -> None:
        try:
            await wait()
        except Exception as error:  # noqa: BLE001 -- its kind is what is tested
            ends.append(f"{name}: {type(error).__name__}")

    async with quiet() as exchange, anyio.create_task_group() as tasks:
        async with session_on(exchange) as session:
            exchange.freeze(None, 1000)
            exchange.expire_token()
            stream = session.ticker(SYMBOL)
            tasks.start_soon(end_of, "rest", session.rest.account.balance)  # noqa: ASYNC111 - it outlives the session, on purpose
            tasks.start_soon(end_of, "stream", stream.__aenter__)
            await anyio.sleep(1)
    assert sorted(ends) == ["rest: SessionClosed", "stream: StreamClosed"]


@virtual
@pytest.mark.parametrize("what", ["token", "halt", "switch", "order"])
async def test_who_waits_for_what_only_a_living_session_can_do_is_woken_by_its_end(what: str) -> None:
    """D6, E4: in another task, where no cancel of the block's reaches."""
    async with quiet() as exchange, anyio.create_task_group() as tasks:

        async def wait() -> None:
            waits: dict[str, Callable[[], Awaitable[object]]] = {
                "token": session.token,
                "halt": session.orders.halt,
                "switch": session.orders.dead_man_switch(60).__aenter__,
                "order": session.orders.cancel_all,
            }
            with pytest.raises(SessionClosed):
                await waits[what]()
            tasks.cancel_scope.cancel()

        async with session_on(exchange) as session:
            exchange.freeze(None, 1000)
            session._token.invalidate()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            tasks.start_soon(wait)
            await anyio.sleep(1)
        with anyio.fail_after(0.1):
            await anyio.sleep_forever()
    assert tasks.cancel_scope.cancelled_caught


@virtual
async def test_a_switch_that_outlives_its_session_says_that_it_stays_armed() -> None:
    """D6, H2: left beside the session or after it, normally; and it can be entered no more."""
    async with quiet() as exchange, anyio.create_task_group() as tasks:

        async def guard(seconds: float) -> None:
            with pytest.raises(SessionClosed, match="the dead man's switch stays armed"):
                async with session.orders.dead_man_switch(60):
                    await anyio.sleep(seconds)

        for seconds in (1.0, 10.0):
            async with session_on(exchange) as session:
                late = session.orders.dead_man_switch(60)
                tasks.start_soon(guard, seconds)
                await anyio.sleep(0.5)
                exchange.freeze(None, 3)
                await anyio.sleep(1.0)
            await anyio.sleep(20)
            with pytest.raises(SessionClosed):
                await late.__aenter__()


@virtual
async def test_entering_twice_is_refused() -> None:
    """E4."""
    async with quiet() as exchange:
        door = session_on(exchange)
        async with door:
            with pytest.raises(RuntimeError, match=r"open_session was entered before; call open_session\(\) again"):
                await door.__aenter__()


@virtual
async def test_leaving_in_another_task_is_refused() -> None:
    """E4."""
    async with quiet() as exchange:
        door = session_on(exchange)
        session = await door.__aenter__()

        async def leave() -> None:
            with pytest.raises(RuntimeError, match="entered in another task"):
                await door.__aexit__(None, None, None)

        async with anyio.create_task_group() as tasks:  # noqa: ASYNC112 - another task is the point
            tasks.start_soon(leave)
        assert await session.token()
        await door.__aexit__(None, None, None)


@pytest.mark.parametrize("backend", ["trio", "asyncio"])
def test_a_program_without_a_loop_uses_a_session_through_a_portal(backend: str) -> None:
    """E4: what is entered there may be made outside, and what is known be read."""
    with start_blocking_portal(backend) as portal, ExitStack() as entered:

        def enter(block: AbstractAsyncContextManager[T]) -> T:
            return entered.enter_context(portal.wrap_async_context_manager(block))

        session = enter(session_on(enter(quiet())))
        for block in (
            session.trades(SYMBOL, backfill=True),
            session.ohlc(SYMBOL, closed=True),
            session.balances_table(),
            session.orders.dead_man_switch(60),
            merge(session.book_updates(SYMBOL), session.executions()),
        ):
            enter(block)
        books, group = enter(portal.call(session.book, SYMBOL)), enter(session.orders.open_group())
        order: Any = {"symbol": SYMBOL, "side": "buy", "order_type": "limit", "order_qty": "0.01"}
        intent = portal.call(partial(group.prepare, **order, limit_price=books.best_bid.price / 2))
        assert portal.call(intent.submit).order_id in session.orders.open
        assert intent.outcome is Outcome.ACKED


@NATIVE
@pytest.mark.parametrize("way", ["cancel", "timeout", "wait_for", "group"])
async def test_asyncios_own_cancels_end_a_session_as_they_end_anything(way: str) -> None:
    """A3, E1, N: with a frozen peer, in no time, and the cancel is seen for what it was."""

    async def hold(exchange: Exchange) -> None:
        async with session_on(exchange) as session:
            exchange.freeze(None, 1000)
            await streaming(session)

    async with quiet() as exchange:
        begun = anyio.current_time()
        if way == "cancel":
            task = asyncio.create_task(hold(exchange))
            await asyncio.sleep(1)
            task.cancel("why")
            with pytest.raises(asyncio.CancelledError, match="why"):
                await task
        elif way == "group":
            with pytest.RaisesGroup(ValueError):
                async with asyncio.TaskGroup() as group:
                    group.create_task(hold(exchange))
                    await asyncio.sleep(1)
                    raise ValueError("boom")
        elif way == "wait_for":
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(hold(exchange), 1)
        else:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await hold(exchange)
        assert anyio.current_time() - begun == pytest.approx(1)
        current = asyncio.current_task()
        assert current is not None
        assert current.cancelling() == 0


@NATIVE
@pytest.mark.parametrize("first", ["the user's", "the library's"])
async def test_a_cancel_of_all_tasks_at_once_ends_a_session_as_its_own_does(first: str) -> None:
    """A3, F4, N: so ends `asyncio.run` where a session lives in a task that it did not wait for."""

    async def hold() -> None:
        async with session_on(exchange) as session, session.orders.open_group() as group:
            await group.add(symbol=SYMBOL, side="buy", order_type="limit", order_qty="0.01", limit_price="50000")
            await streaming(session)  # leaving the group waits, so the session's tasks end before the block

    async with quiet() as exchange:
        await settled()
        before = asyncio.all_tasks()
        task = asyncio.create_task(hold())
        await asyncio.sleep(1)
        ours = [each for each in asyncio.all_tasks() - before - {task} if "connection to" not in each.get_name()]
        for each in [task, *ours] if first == "the user's" else [*ours, task]:
            each.cancel("why")
        await asyncio.wait([task])
        with pytest.raises(asyncio.CancelledError, match="why"):
            task.result()
        assert asyncio.all_tasks() - before == set()


async def visit(exchange: Exchange) -> None:
    """Enter, use both sockets a little, and leave."""
    async with session_on(exchange) as session, session.ticker(SYMBOL) as ticker:
        await ticker.receive()


@virtual
async def test_a_cancel_at_any_checkpoint_of_a_session_leaves_nothing() -> None:
    """E2: entry, streams and exit; no task and no connection survive, and the next session works."""
    before = living()

    async def universe(inject: Injection) -> None:
        async with quiet() as exchange:
            report = await inject(lambda: visit(exchange))
            assert report.error is None
            await settled()
            assert not any(exchange.connections.values())
            await visit(exchange)
        assert living() == before

    assert await sweep(universe) >= 6


@virtual
async def test_open_session_without_keys_opens_nothing_until_a_stream_is_wanted() -> None:
    """E3."""
    async with quiet() as exchange:
        async with open_session(endpoints=exchange.endpoints) as session:
            await settled()
            assert exchange.attempts == []
            async with session.ticker(SYMBOL) as ticker:
                await ticker.receive()
        assert [each.host for each in exchange.attempts] == ["ws"]
        assert requests(exchange, "GetWebSocketsToken") == 0
