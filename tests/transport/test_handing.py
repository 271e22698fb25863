"""Messages that are handed over in the moment when they come, under asyncio: the same as those that are received."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import anyio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from krakenio.bytestream import ByteStream
from krakenio.endpoints import Endpoints
from krakenio.errors import Disconnected
from krakenio.sim.connections.certificate import contexts
from krakenio.tasks import bare
from krakenio.transport import WebSocket, handing, open_websocket
from tests.transport.peers import Peer, TlsPeer, both_ends, frame

pytestmark = pytest.mark.backends("asyncio", "uvloop")
SERVER, CLIENT = contexts()
CLOSE, PING, PONG = 8, 9, 10
WIRES = pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])


class Plain:
    """The other end without TLS."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream

    async def receive(self) -> bytes:
        return await self.stream.receive()

    async def send(self, data: bytes) -> None:
        await self.stream.send(data)


class Secured:
    """The other end within TLS."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.tls = TlsPeer(stream, SERVER)

    async def receive(self) -> bytes:
        return await self.tls.receive(1)

    async def send(self, data: bytes) -> None:
        await self.tls.send(data)


Far = Plain | Secured
Finish = Callable[[Far], Awaitable[None]]


@dataclass
class Near:
    """The client: what was handed to it and what it received, in order, and how it ended."""

    socket: WebSocket
    handed: int = 0
    messages: list[bytes] = field(default_factory=list[bytes])
    end: str = ""
    ended: anyio.Event = field(default_factory=anyio.Event)

    def take(self, messages: list[bytes]) -> None:
        self.handed += len(messages)
        self.messages += messages

    async def read(self) -> None:
        try:
            while True:
                self.messages += await self.socket.receive()
        except Disconnected as error:
            self.end = f"{error.code}: {error}"
            self.ended.set()


def let_take(take: Callable[[list[bytes]], None], socket: WebSocket) -> None:
    """Let somebody have what comes while the receiver waits."""
    handover = handing(socket)
    assert handover is not None
    handover.hand_to(take)


async def turns() -> None:
    """Let the loop read, and everyone look at it."""
    for _ in range(6):
        await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def joined(*, secure: bool) -> AsyncGenerator[tuple[WebSocket, Far]]:
    """Open a WebSocket over real sockets."""
    ends: list[Far] = []

    async def serve(stream: ByteStream) -> None:
        far = Secured(stream) if secure else Plain(stream)
        if isinstance(far, Secured):
            await far.tls.handshake()
        peer = Peer(far)  # type: ignore[arg-type]
        await peer.open()
        ends.append(far)

    async with bare(anyio.create_task_group()) as tasks:

        async def dial(_host: str, _port: int) -> ByteStream:
            near, far = await both_ends()
            tasks.start_soon(serve, far)
            return near

        url = f"{'wss' if secure else 'ws'}://localhost:1/v2"
        async with open_websocket(url, Endpoints(ws=url, dial=dial, ssl_context=CLIENT)) as near:
            await turns()
            yield near, ends[0]
        ends[0].stream.abort()
        await turns()


@asynccontextmanager
async def reading(*, secure: bool, hand: bool = True) -> AsyncGenerator[tuple[Near, Far]]:
    """Read it all, in a task that waits."""
    async with joined(secure=secure) as (socket, far), anyio.create_task_group() as tasks:
        near = Near(socket)
        if hand:
            let_take(near.take, socket)
        tasks.start_soon(near.read)
        await turns()
        yield near, far
        tasks.cancel_scope.cancel()


@WIRES
async def test_messages_are_handed_over_while_the_receiver_waits(secure: bool) -> None:  # noqa: FBT001 -- a row
    async with reading(secure=secure) as (near, far):
        for number in range(3):
            await far.send(frame(b"%d" % number) + frame(b"and"))
            await turns()
        assert near.messages == [b"0", b"and", b"1", b"and", b"2", b"and"]
        assert near.handed == 6


@WIRES
async def test_what_a_whole_read_brings_waits_for_the_receiver_in_its_order(secure: bool) -> None:  # noqa: FBT001
    """Others have their turn between two reads, however fast a server sends."""
    sent = [b"%05d" % number * 100 for number in range(2_000)]
    async with reading(secure=secure) as (near, far), anyio.create_task_group() as tasks:
        tasks.start_soon(far.send, b"".join(map(frame, sent)))
        while len(near.messages) < len(sent):  # noqa: ASYNC110 -- what is counted is the turns
            await anyio.lowlevel.checkpoint()
        assert near.messages == sent
        assert near.handed < len(sent)


@WIRES
async def test_very_many_messages_wait_for_the_receiver_in_their_order(secure: bool) -> None:  # noqa: FBT001 -- a row
    """D4: others have their turn between them."""
    payloads = [b"%d" % number for number in range(3000)]
    async with joined(secure=secure) as (socket, far), anyio.create_task_group() as tasks:
        near = Near(socket)
        let_take(near.take, socket)
        tasks.start_soon(near.read)
        await turns()
        await far.send(b"".join([*map(frame, payloads), frame(b"", CLOSE)]))
        await near.ended.wait()
        assert near.messages == payloads
        assert near.handed < 1000


async def test_nothing_is_handed_over_while_nobody_receives() -> None:
    """D2: a receiver that was cancelled finds what came meanwhile."""
    async with joined(secure=False) as (socket, far):
        near = Near(socket)
        let_take(near.take, socket)
        with anyio.move_on_after(0.01):
            await socket.receive()
        await far.send(frame(b"kept"))
        await turns()
        assert near.messages == []
        assert await socket.receive() == [b"kept"]


@WIRES
async def test_what_the_taker_raises_the_receiver_raises(secure: bool) -> None:  # noqa: FBT001 -- a row
    def fail(_messages: list[bytes]) -> None:
        raise ZeroDivisionError

    async with joined(secure=secure) as (socket, far):
        let_take(fail, socket)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(far.send, frame(b"x"))
            for _ in range(2):
                with pytest.raises(ZeroDivisionError):
                    await socket.receive()


@WIRES
async def test_pings_are_answered_though_nothing_wakes_the_receiver(secure: bool) -> None:  # noqa: FBT001 -- a row
    async with reading(secure=secure) as (near, far):
        peer = Peer(far)  # type: ignore[arg-type]
        await far.send(frame(b"one") + frame(b"?", PING) + frame(b"two"))
        with anyio.fail_after(5):
            assert await peer.next_frame() == (PONG, b"?")
        assert near.messages == [b"one", b"two"]


def test_the_taker_may_ask_anyio_where_asyncio_runs_without_it() -> None:
    """No task runs in that moment, by which sniffio would know the loop."""
    seen: list[float] = []

    async def main() -> None:
        async with joined(secure=False) as (socket, far):
            let_take(lambda _messages: seen.append(anyio.current_time()), socket)
            waiting = asyncio.create_task(_received(socket))
            await turns()
            await far.send(frame(b"x"))
            await turns()
            waiting.cancel()

    asyncio.run(main())
    assert len(seen) == 1


async def _received(socket: WebSocket) -> list[bytes]:
    return await socket.receive()


TRAFFIC = b"".join([frame(b"first"), frame(b"?", PING), frame(b"a" * 300), frame(b"b", fin=False), frame(b"c", 0)])
BYE = frame((1001).to_bytes(2) + b"bye", CLOSE)


async def close(far: Far) -> None:
    await far.send(frame(b"last") + BYE)


async def close_in_two(far: Far) -> None:
    await far.send(BYE[:5])
    await turns()
    await far.send(BYE[5:])


async def break_rules(far: Far) -> None:
    await far.send(frame(b"last") + b"\xff" * 10)


async def hang_up(far: Far) -> None:
    far.stream.abort()


async def say_farewell(far: Far) -> None:
    assert isinstance(far, Secured)
    far.tls.tls.write(frame(b"last"))
    with suppress(ssl.SSLWantReadError):  # for our answer
        far.tls.tls.unwrap()
    await far.tls.flush()


async def spoil(far: Far) -> None:
    assert isinstance(far, Secured)
    far.tls.tls.write(frame(b"never"))
    record = far.tls.outgoing.read()
    await far.stream.send(record[:-1] + bytes([record[-1] ^ 1]))


PLAIN_ENDS = (close, close_in_two, break_rules, hang_up)
ENDS = [*((end, False) for end in PLAIN_ENDS), *((end, True) for end in (*PLAIN_ENDS, say_farewell, spoil))]


async def everything(finish: Finish, cuts: list[int], *, secure: bool, hand: bool) -> tuple[list[bytes], str]:
    """Send the traffic in pieces and then the end; return what was read, and how it ended."""
    places = sorted({0, len(TRAFFIC), *cuts})
    async with reading(secure=secure, hand=hand) as (near, far):
        for start, end in pairwise(places):
            await far.send(TRAFFIC[start:end])
            await turns()
        await finish(far)
        with anyio.fail_after(5):
            await near.ended.wait()
        return near.messages, near.end


@pytest.mark.parametrize("uvloop", [False, True], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize(("finish", "secure"), ENDS)
def test_any_cut_of_the_same_bytes_gives_the_same_messages_and_end(
    finish: Finish,
    secure: bool,  # noqa: FBT001 -- a row
    uvloop: bool,  # noqa: FBT001 -- a row
) -> None:
    run = partial(anyio.run, backend_options={"use_uvloop": uvloop})
    told = run(partial(everything, finish, [], secure=secure, hand=False))

    @example([])
    @settings(max_examples=40)
    @given(st.lists(st.integers(0, len(TRAFFIC)), max_size=4))
    def check(cuts: list[int]) -> None:
        assert run(partial(everything, finish, cuts, secure=secure, hand=True)) == told

    assert told[0][:3] == [b"first", b"a" * 300, b"bc"]
    check()
