"""The lane keeps contract A and C: cancelled callers harm nobody, nonces arrive in order, no socket is left."""

import asyncio
import gc
import random
import time
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import pytest
import sniffio

from krakenio import (
    Endpoints,
    InvalidRequest,
    KrakenError,
    Rest,
    SessionClosed,
    SessionInterrupted,
    TransportError,
    open_rest,
)
from krakenio.errors import TemporaryLockout
from krakenio.lifetime import open_lifetime
from krakenio.models import AddedOrder
from krakenio.rest import RestOptions, start_rest
from krakenio.rest.client import CALL_LIMIT, PUBLIC_LANES
from krakenio.rest.line import EXCHANGE_LIMIT, KEEP_ALIVE
from krakenio.rest.network import Network
from krakenio.sim import open_exchange
from krakenio.sim.connections.http import Answer, HttpConnection, Request
from krakenio.sim.connections.memory import MemoryStream
from tests.injection import Injection, Report, sweep
from tests.leaks import descriptors
from tests.rest.servers import KEYS, TIME, answering, http, open_server, silent

VIRTUAL = pytest.mark.backends("trio-virtual", "asyncio-virtual")
BALANCE = Answer(200, b'{"error":[],"result":{"ZUSD":"1.5"}}')


async def start_natively(calls: list[Callable[[], Awaitable[object]]], cancelled: list[int]) -> None:
    tasks = [asyncio.ensure_future(call()) for call in calls]
    await anyio.sleep(0.01)
    for victim in cancelled:
        tasks[victim].cancel()
        await asyncio.sleep(0)
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, AddedOrder | asyncio.CancelledError) for end in ends), ends


async def start_in_scopes(calls: list[Callable[[], Awaitable[object]]], cancelled: list[int]) -> None:
    scopes = [anyio.CancelScope() for _ in calls]

    async def run(call: Callable[[], Awaitable[object]], scope: anyio.CancelScope) -> None:
        with scope:
            await call()

    async with anyio.create_task_group() as tasks:
        for call, scope in zip(calls, scopes, strict=True):
            tasks.start_soon(run, call, scope)
        await anyio.sleep(0.01)
        for victim in cancelled:
            scopes[victim].cancel()
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("start", [start_in_scopes, start_natively])
@pytest.mark.parametrize("seed", [1, 2])
async def test_c1_c2_cancelling_a_fifth_of_200_signed_calls_breaks_no_nonce_and_leaks_no_socket(
    start: Callable[..., Awaitable[None]], seed: int
) -> None:
    if start is start_natively and sniffio.current_async_library() == "trio":
        return
    chance = random.Random(seed)
    opening = open_exchange(limits=False)
    async with opening as exchange, open_rest(exchange.keys, endpoints=exchange.endpoints) as rest:

        async def check() -> object:  # a write: nothing of it is repeated, so an invalid nonce would show
            return await rest.trading.add_order(
                pair="BTC/USD", type="buy", ordertype="limit", volume="0.01", price="10000", validate=True
            )

        await check()
        baseline = len(descriptors())
        assert not gc.isenabled()
        for _ in range(2):
            await start([check] * 200, chance.sample(range(200), 40))
            assert await check()
        assert rest.pending == 0
        assert len(descriptors()) <= baseline + 2
        assert rest.sockets == 1


async def wait_for(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(5):
        while not condition():  # noqa: ASYNC110 - polls what has no event: another side's count of sockets
            await anyio.sleep(0.001)


def recording(seen: list[Request], answer: Answer = BALANCE) -> Callable[[Request], Answer]:
    def act(request: Request) -> Answer:
        seen.append(request)
        return answer if request.method == "POST" else Answer(200, TIME)

    return act


def nonces_of(seen: list[Request]) -> list[int]:
    return [int(request.body.decode().partition("nonce=")[2].partition("&")[0]) for request in seen if request.body]


@pytest.mark.parametrize("others", [0, 3])
async def test_a4_a6_c1_a_call_cancelled_at_any_checkpoint_harms_no_other_and_leaves_nothing(others: int) -> None:
    async def universe(inject: Injection) -> None:
        seen: list[Request] = []
        got: list[object] = []

        async def bystander(rest: Rest) -> None:
            got.append(await rest.account.balance())

        async with open_server(answering(recording(seen))) as server:
            async with open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
                report = Report[object]()
                async with anyio.create_task_group() as tasks:
                    for _ in range(others):
                        tasks.start_soon(bystander, rest)
                    report = await inject(rest.account.balance)
                assert report.error is None
                assert report.cancelled or report.value
                await bystander(rest)
                assert len(got) == others + 1
                await wait_for(lambda: rest.pending == 0)
                assert rest.sockets <= 1
                assert nonces_of(seen) == sorted(nonces_of(seen))
                assert others + 1 <= len(seen) <= others + 2
                assert report.cancelled or len(seen) == others + 2
            await wait_for(lambda: server.open == 0)

    assert await sweep(universe) >= 2


async def test_e2_a_client_cancelled_at_any_checkpoint_from_entry_to_exit_leaves_no_socket() -> None:
    async def universe(inject: Injection) -> None:
        async with open_server(answering(recording([]))) as server:

            async def use() -> None:
                async with open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
                    await rest.market.time()
                    await rest.account.balance()

            report = await inject(use)
            assert report.error is None
            await wait_for(lambda: server.open == 0)

    assert await sweep(universe) >= 4


async def test_a5_a_call_that_is_cancelled_on_entry_sends_nothing() -> None:
    serving = open_server(answering(recording([])))
    async with serving as server, open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
        calls = (rest.market.time, rest.account.balance, rest.trading.get_websockets_token, lambda: rest.call("Time"))
        for call in calls:
            with anyio.CancelScope() as scope:
                scope.cancel()
                await call()
            assert scope.cancelled_caught
        assert server.connections == 0
        assert rest.pending == 0


async def test_a1_a_call_passes_a_checkpoint_before_it_refuses_its_input() -> None:
    async with open_rest() as rest:
        for call in (lambda: rest.call("nonsense"), rest.account.balance):
            report = await Injection("scope", "park", 0)(call)
            assert isinstance(report.error, ValueError)
            assert report.yields >= 1


@VIRTUAL
async def test_a2_a_cancelled_call_leaves_at_once() -> None:
    async with open_server(silent) as server, open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
        began = anyio.current_time()
        with anyio.move_on_after(2):
            await rest.account.balance()
            raise AssertionError("the call was not cancelled")
        left = anyio.current_time()
    assert left - began == pytest.approx(2)
    assert anyio.current_time() == left


@VIRTUAL
async def test_a_queued_call_that_is_cancelled_is_never_sent() -> None:
    seen: list[Request] = []
    gate = anyio.Event()

    async def slow(stream: object) -> None:
        await gate.wait()
        await answering(recording(seen))(stream)  # type: ignore[arg-type]

    async with open_server(slow) as server, open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rest.account.balance)
            await anyio.sleep(0.1)
            with anyio.move_on_after(1):
                await rest.account.open_orders()
            gate.set()
        assert [request.path for request in seen] == ["/0/private/Balance"]
        assert rest.pending == 0


@VIRTUAL
async def test_b3_a_taken_call_that_is_cancelled_before_its_first_byte_is_never_sent() -> None:
    seen: list[Request] = []
    async with open_server(answering(recording(seen))) as server:

        async def slow_dial(host: str, port: int) -> object:
            await anyio.sleep(5)
            return await server.dial(host, port)

        endpoints = Endpoints(rest="http://127.0.0.1:8080", dial=slow_dial)  # type: ignore[arg-type]
        async with open_rest(KEYS, endpoints=endpoints) as rest:
            with anyio.move_on_after(1):
                await rest.account.balance()
            await anyio.sleep(10)
            assert (rest.pending, seen, rest.sockets) == (0, [], 0)
            assert await rest.call("Time")


@VIRTUAL
async def test_a_written_call_that_is_cancelled_is_finished_by_the_lane_before_the_next_one() -> None:
    seen: list[Request] = []

    async def slow(stream: object) -> None:
        await anyio.sleep(3)
        await answering(recording(seen))(stream)  # type: ignore[arg-type]

    async with open_server(slow) as server, open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
        with anyio.move_on_after(1):
            await rest.account.balance()
        assert rest.pending == 1
        assert await rest.account.balance()
        assert server.connections == 1
        assert len(seen) == 2


async def test_public_calls_run_beside_each_other_and_private_ones_one_at_a_time() -> None:
    running, most = 0, {"GET": 0, "POST": 0}

    async def serve(stream: object) -> None:
        nonlocal running
        connection = HttpConnection(stream)  # type: ignore[arg-type]
        while (request := await connection.request()) is not None:
            running += 1
            most[request.method] = max(most[request.method], running)
            await anyio.sleep(0.005)
            running -= 1
            await connection.answer(BALANCE if request.method == "POST" else Answer(200, TIME))

    async with open_server(serve) as server, open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
        for call in (rest.market.time, rest.account.balance):
            async with anyio.create_task_group() as tasks:
                for _ in range(12):
                    tasks.start_soon(call)
        assert most == {"GET": PUBLIC_LANES, "POST": 1}
        assert rest.sockets == PUBLIC_LANES + 1


async def test_calls_one_after_the_other_use_one_connection() -> None:
    serving = open_server(answering(recording([])))
    async with serving as server, open_rest(endpoints=server.endpoints, on_limit="ignore") as rest:
        for _ in range(20):
            await rest.market.time()
        assert server.connections == 1


@VIRTUAL
async def test_a_connection_that_idled_too_long_is_not_used_again() -> None:
    serving = open_server(answering(recording([])))
    async with serving as server, open_rest(endpoints=server.endpoints, on_limit="ignore") as rest:
        for pause in (KEEP_ALIVE - 1, KEEP_ALIVE + 1, 0):
            await rest.market.time()
            await anyio.sleep(pause)
        assert (server.connections, rest.sockets) == (2, 1)


@VIRTUAL
@pytest.mark.parametrize(
    ("said", "longest"),
    [("timeout=5", 4), ("max=100, Timeout = 5", 4), ("timeout=600", KEEP_ALIVE), ("timeout=soon", KEEP_ALIVE)],
)
async def test_c4_a_connection_is_not_used_again_when_the_server_may_be_about_to_end_it(
    said: str, longest: float
) -> None:
    async def serve(stream: MemoryStream) -> None:
        while await stream.receive():
            await stream.send(http(TIME, "Content-Type: application/json", f"Keep-Alive: {said}"))

    async with open_server(serve) as server, open_rest(endpoints=server.endpoints, on_limit="ignore") as rest:
        for pause in (longest - 0.1, longest + 0.1, 0):
            await rest.market.time()
            await anyio.sleep(pause)
        assert (server.connections, rest.sockets) == (2, 1)


@VIRTUAL
async def test_a_server_that_keeps_no_connection_gets_a_new_one_each_time() -> None:
    async def serve(stream: MemoryStream) -> None:
        while await stream.receive():
            await stream.send(http(TIME, "Content-Type: application/json", "Keep-Alive: timeout=1"))

    async with open_server(serve) as server, open_rest(endpoints=server.endpoints, on_limit="ignore") as rest:
        for _ in range(3):
            await rest.market.time()
        assert (server.connections, rest.sockets) == (3, 1)


@VIRTUAL
async def test_c3_every_call_is_bounded_as_a_whole() -> None:
    async with open_server(silent) as server, open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
        cancel = partial(rest.trading.cancel_order, txid="O")
        bounds: list[tuple[Callable[[], Awaitable[object]], float]] = [
            (rest.market.time, CALL_LIMIT),
            (cancel, EXCHANGE_LIMIT),
        ]
        for call, bound in bounds:
            began = anyio.current_time()
            with pytest.raises(TransportError, match=r"/0/(public|private)/.*(in time|within)") as caught:
                await call()
            assert caught.value.ambiguous
            assert anyio.current_time() - began <= bound + 0.01
        await anyio.sleep(EXCHANGE_LIMIT)
        assert (rest.pending, rest.sockets, server.open) == (0, 0, 0)


@VIRTUAL
async def test_a_call_that_never_got_its_turn_says_so() -> None:
    errors: list[KrakenError] = []
    async with open_server(silent) as server, open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:

        async def place() -> None:
            try:
                await rest.trading.cancel_order(txid="OAAAAA-BBBBB-CCCCCC")
            except TransportError as error:
                errors.append(error)

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(place)
    assert sorted(error.ambiguous for error in errors if isinstance(error, TransportError)) == [False, True, True]
    assert any("was not sent" in str(error) for error in errors)


@VIRTUAL
async def test_g2_after_a_lockout_nothing_private_is_sent_for_15_minutes() -> None:
    seen: list[Request] = []
    locked = Answer(200, b'{"error":["EGeneral:Temporary lockout"]}')
    serve = answering(recording(seen, locked))
    async with open_server(serve) as server, open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
        for wait in (900, 450):
            with pytest.raises(TemporaryLockout) as caught:
                await rest.account.balance()
            assert caught.value.wait == pytest.approx(wait)
            await anyio.sleep(450)
        assert len(seen) == 1
        assert await rest.call("Time")
        with pytest.raises(TemporaryLockout):
            await rest.account.balance()
        assert len([request for request in seen if request.body]) == 2


async def test_d6_a_call_that_waits_elsewhere_is_told_when_the_block_ends() -> None:
    ends: list[KrakenError] = []
    gate = anyio.Event()

    async def stuck(_stream: object) -> None:
        await gate.wait()

    async with open_server(stuck) as server, anyio.create_task_group() as tasks:
        async with open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:

            async def wait() -> None:
                try:
                    await rest.trading.cancel_order(txid="O")
                except KrakenError as error:
                    ends.append(error)

            for _ in range(3):
                tasks.start_soon(wait)
            await wait_for(lambda: rest.pending == 3 and server.open == 1)
            await anyio.sleep(0.01)
        await wait_for(lambda: len(ends) == 3)
    assert sorted(type(end).__name__ for end in ends) == ["SessionClosed", "SessionClosed", "TransportError"]


async def test_a_client_used_after_its_block_says_so() -> None:
    async with open_rest(KEYS) as rest:
        pass
    for call in (rest.market.time, rest.account.balance, lambda: rest.call("Time")):
        with pytest.raises(SessionClosed, match="after its block"):
            await call()


async def test_e4_a_client_is_entered_once() -> None:
    client = open_rest(KEYS)
    async with client:
        pass
    with pytest.raises(RuntimeError, match="entered before"):
        await client.__aenter__()


async def test_a1_entering_a_client_passes_a_checkpoint() -> None:
    """A5: where the caller is cancelled already nothing begins."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with open_rest(KEYS):
            raise AssertionError  # pragma: no cover - a body that runs although it is cancelled
    assert scope.cancelled_caught


async def test_the_bodys_exception_leaves_bare() -> None:
    error = InvalidRequest("mine")
    with pytest.raises(InvalidRequest) as caught:
        async with open_rest(KEYS):
            raise error
    assert caught.value is error


@pytest.mark.backends("asyncio", "uvloop")
async def test_e6_a_lane_that_is_cancelled_from_outside_ends_the_client() -> None:
    async with open_server(silent) as server:

        async def use() -> None:
            async with open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
                await anyio.sleep(0.01)
                next(task for task in asyncio.all_tasks() if task.get_name() == "krakenio REST lane 4").cancel()
                await rest.account.balance()

        with pytest.raises(SessionInterrupted, match="REST lane 4"):
            await use()
        await wait_for(lambda: server.open == 0)


async def test_e2_lanes_that_live_in_another_lifetime_leave_no_socket() -> None:
    async with open_exchange(limits=False) as exchange:
        async with open_lifetime("test") as life:
            rest = start_rest(life, exchange.keys, RestOptions(exchange.endpoints, time.time_ns, random.SystemRandom()))
            await rest.account.balance()
            await rest.market.time()
            assert rest.sockets == 2
        assert rest.sockets == 0
        with pytest.raises(SessionClosed):
            await rest.account.balance()


@VIRTUAL
async def test_e1_leaving_waits_for_no_network_even_under_a_cancel() -> None:
    async with open_server(silent) as server:
        began = anyio.current_time()
        with anyio.move_on_after(1):
            opening = open_rest(KEYS, endpoints=server.endpoints)
            async with opening as rest, anyio.create_task_group() as tasks:
                for call in (rest.market.time, rest.account.balance, rest.trading.get_websockets_token):
                    tasks.start_soon(call)
        assert anyio.current_time() - began == pytest.approx(1)


@VIRTUAL
async def test_e2_a_connection_that_arrives_after_the_end_is_closed() -> None:
    async with open_server(silent) as server:
        network = Network(server.endpoints)
        network.abort()
        await network.connect_tcp("127.0.0.1", 8080)
        await wait_for(lambda: server.open == 0)
        assert (server.connections, len(network)) == (1, 0)
