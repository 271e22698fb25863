"""Contract E3 and E6: entering is bounded at whatever stage it hangs, and no library task can be cancelled silently."""

import asyncio
import itertools
import ssl
from collections.abc import Callable
from dataclasses import replace

import anyio
import pytest

from krakenio import EntryTimeout, InternalError, SessionInterrupted, SessionRefused
from krakenio.bytestream import ByteStream
from krakenio.endpoints import Dial
from krakenio.sim import Exchange, open_exchange
from krakenio.sim.connections.memory import memory_pair
from tests.injection import Injection, sweep
from tests.leaks import descriptors, living
from tests.sessions import SYMBOL, quiet, session_on, settled

virtual = pytest.mark.virtual
NO_TASK = "krakenio connection to"  # the exchange's own begin so
BROKEN = {"krakenio reader", "krakenio writer", "krakenio watch", "krakenio wsproto"}


async def silent(_host: str, _port: int) -> ByteStream:
    """Connect to somebody who never says a word."""
    await anyio.lowlevel.checkpoint()
    return memory_pair()[0]


async def nowhere(_host: str, _port: int) -> ByteStream:
    """Connect to an address that drops every packet."""
    await anyio.sleep_forever()
    raise AssertionError


def dialling(port: int | None, dial: Dial, *, secure: bool = False) -> Callable[[Exchange], None]:
    """Replace the way to one port of the exchange, or to all."""

    def hang(exchange: Exchange) -> None:
        normal = exchange.endpoints.dial
        assert normal is not None

        async def divert(host: str, wanted: int) -> ByteStream:
            return await (dial if port in {None, wanted} else normal)(host, wanted)

        tls = {"rest": "https://localhost:1", "ssl_context": ssl.create_default_context()} if secure else {}
        exchange.endpoints = replace(exchange.endpoints, dial=divert, **tls)  # type: ignore[arg-type]

    return hang


def reject(error: str) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.reject("GetWebSocketsToken", error, times=None)


HANGS: dict[str, tuple[Callable[[Exchange], None], str]] = {
    "TCP to REST": (dialling(1, nowhere), "no token came"),
    "TLS to REST": (dialling(1, silent, secure=True), "no token came"),
    "the token's answer": (lambda exchange: exchange.freeze("rest", 1000), "no token came"),
    "the token's answer, lost": (lambda exchange: exchange.lose_replies(9, "GetWebSocketsToken"), "no token came"),
    "the token, refused": (reject("EService:Unavailable"), "EService:Unavailable"),
    "the token, rate limited": (reject("EAPI:Rate limit exceeded"), "no token came"),
    "the token, locked out": (reject("EGeneral:Temporary lockout"), "EGeneral:Temporary lockout"),
    "REST, unreachable": (lambda exchange: exchange.refuse("rest", 520, times=None), "520"),
    "TCP to ws_auth": (dialling(3, nowhere), "no connection to ws_auth|took more than 10 s"),
    "the upgrade, frozen": (lambda exchange: exchange.freeze("ws_auth", 1000), "no connection to ws_auth|took more"),
    "the upgrade, silent": (dialling(3, silent), "no connection to ws_auth|took more than 10 s"),
    "the upgrade, refused": (lambda exchange: exchange.refuse("ws_auth", 503, times=None), "503"),
    "maintenance": (lambda exchange: exchange.maintenance(), "503"),
    "the subscription": (lambda exchange: exchange.hold(1000, "ws_auth", "subscribe"), "snapshot of the executions"),
    "the subscription, throttled": (
        lambda exchange: exchange.reject("subscribe", "EAPI:Rate limit exceeded", times=None),
        "snapshot of the executions",
    ),
}


@virtual
@pytest.mark.parametrize("stage", HANGS)
async def test_entering_takes_at_most_ten_seconds_and_says_what_it_waited_for(stage: str) -> None:
    """E3: all or nothing, whatever hangs."""
    hang, reason = HANGS[stage]
    async with quiet() as exchange:
        before = living()
        hang(exchange)
        begun = anyio.current_time()
        with pytest.raises(EntryTimeout, match=reason) as caught:
            async with session_on(exchange):
                raise AssertionError
        assert anyio.current_time() - begun == pytest.approx(10)
        assert not {task for task in living() - before if NO_TASK not in str(task) and "sim" not in str(task)}
        if "refused" in stage or stage == "REST, unreachable":
            assert caught.value.__cause__ is not None
        assert str(caught.value.__cause__ or "") in str(caught.value)


@virtual
async def test_entering_waits_for_an_acknowledgement_that_comes_after_its_snapshot() -> None:
    """E3; and B9: it is the first to tell Kraken's time."""
    async with quiet() as exchange:
        exchange.delay(1, "ws_auth", "subscribe")
        begun = anyio.current_time()
        async with session_on(exchange):
            assert 1 <= anyio.current_time() - begun < 2


@virtual
@pytest.mark.parametrize("stage", HANGS)
async def test_a_shorter_limit_of_the_user_is_obeyed_at_once(stage: str) -> None:
    """A2, E2, E3."""
    async with quiet() as exchange:
        HANGS[stage][0](exchange)
        begun = anyio.current_time()
        with anyio.move_on_after(3) as scope:
            async with session_on(exchange):
                raise AssertionError
        assert scope.cancelled_caught
        assert anyio.current_time() - begun == pytest.approx(3)


@virtual
async def test_entering_survives_what_passes_within_its_time() -> None:
    """E3, G2: a few refusals and a drop in the middle of it."""
    async with quiet() as exchange:
        exchange.refuse("ws_auth", 503, times=2)
        exchange.reject("GetWebSocketsToken", "EService:Busy", times=2)
        async with session_on(exchange) as session:
            assert session.health.ok


def own(before: set[object]) -> dict[str, asyncio.Task[object]]:
    """Name the tasks of the library that are not the exchange's."""
    new = {str(task.get_name()): task for task in living() - before}
    ours = [name for name in new if name.startswith("krakenio") and "sim" not in name and NO_TASK not in name]
    return {name: new[name] for name in ours}


async def interrupt(exchange: Exchange, number: int, passes: int, entered: anyio.Event | None) -> str | None:
    """Cancel one library task natively; return its name. `entered`: break the connections first, and meet the next."""
    before = {task for task in living() if "krakenio session" not in str(task)}
    if entered is not None:
        await entered.wait()
        exchange.drop()
    for _ in range(passes):
        await asyncio.sleep(0)
    tasks = own(before)
    if number >= len(tasks):
        return None
    name = sorted(tasks)[number]
    tasks[name].cancel()
    return name


async def is_interrupted(number: int, passes: int, *, later: bool) -> tuple[str | None, bool]:
    """Cancel one task of a fresh session; tell which, and whether the session says so."""
    interrupted = False
    async with quiet() as exchange:
        await settled()
        entered = anyio.Event()
        job = asyncio.create_task(interrupt(exchange, number, passes, entered if later else None))
        try:
            async with session_on(exchange) as session, session.ticker(SYMBOL):
                entered.set()
                await anyio.sleep(30)
        except SessionInterrupted:
            interrupted = True
        return await job, interrupted


@pytest.mark.backends("asyncio-virtual")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # AnyIO's, for a task that never began
@pytest.mark.parametrize("later", [False, True], ids=["entering", "reconnecting"])
@pytest.mark.parametrize("passes", [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 40, 60])
async def test_no_library_task_of_a_session_can_be_cancelled_silently(passes: int, later: bool) -> None:  # noqa: FBT001 -- a row
    """E6: every one, one at a time, each in a session of its own: never silence, never a hang."""
    seen: list[str] = []
    for number in itertools.count():
        name, interrupted = await is_interrupted(number, passes, later=later)
        if name is None:
            break
        ending = later and passes <= 2 and name in BROKEN  # the drop has cancelled it before we did
        assert interrupted or ending, f"{name} was cancelled"
        seen.append(name.removeprefix("krakenio "))
    assert "session" in seen
    if passes == 60 and not later:
        assert set(seen) >= {"REST lane 4", "reader", "session", "token", "watch", "writer", "ws", "ws_auth", "wsproto"}


async def visit(exchange: Exchange) -> None:
    """Enter, use both sockets a little, and leave."""
    async with session_on(exchange) as session, session.ticker(SYMBOL) as ticker:
        await ticker.receive()


async def test_a_cancel_at_any_checkpoint_over_tls_leaves_no_task_and_no_descriptor() -> None:
    """E2, on real sockets: entry, streams and exit, checked as soon as the call has ended."""
    async with open_exchange(activity=0, markets=[SYMBOL], limits=False) as exchange:
        await settled()
        tasks, depth = living(), [0]

        async def universe(inject: Injection) -> None:
            with anyio.fail_after(20):
                report = await inject(lambda: visit(exchange))
            assert report.error is None
            depth[0] = max(depth[0], report.yields)
            for _ in range(200):
                if living() == tasks and not any(exchange.connections.values()):
                    break
                await anyio.sleep(0.005)
            assert living() == tasks
            assert sum(target.startswith("socket:") for target in descriptors().values()) <= open_sockets

        open_sockets = sum(target.startswith("socket:") for target in descriptors().values())
        assert await sweep(universe) >= 6


@virtual
async def test_a_bad_key_ends_the_entry_at_once() -> None:
    """E3, G1: no repetition helps, so nothing waits."""
    async with quiet() as exchange:
        begun = anyio.current_time()
        with pytest.raises(SessionRefused, match=r"EAPI:Invalid key\. The API key .*: replace it") as caught:
            async with session_on(exchange, keys=type(exchange.keys)("x" * 56, "c2VjcmV0c2VjcmV0")):
                raise AssertionError
        assert not isinstance(caught.value, InternalError)
        assert anyio.current_time() == begun
