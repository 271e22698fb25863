"""A connection that the server ended while it idled carries no request: its outcome would not be known."""

import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing

import anyio
import pytest

from krakenio import Endpoints, open_rest
from krakenio.bytestream import is_silent
from krakenio.sim.connections.certificate import contexts
from krakenio.sim.connections.memory import memory_pair
from krakenio.sim.connections.tcp import RESET
from krakenio.tasks import bare
from krakenio.transport.proxy import Tunnel
from tests.rest.servers import KEYS, http
from tests.transport.peers import TlsPeer

SERVER, CLIENT = contexts()
Serve = Callable[["Raw"], Awaitable[None]]
ANSWER = http(b'{"error":[],"result":{"count":1}}', "Content-Type: application/json")


class Raw:
    """The server's end of a TCP connection, which a test closes in the very moment it wants to."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected

    async def receive(self) -> bytes:
        await anyio.wait_readable(self.socket)
        return self.socket.recv(65_536)

    async def send(self, data: bytes) -> None:
        await anyio.lowlevel.checkpoint()
        self.socket.sendall(data)

    def abort(self) -> None:
        self.socket.close()


async def plain(stream: Raw) -> None:
    """Answer one request."""
    await stream.receive()
    await stream.send(ANSWER)


async def ended_in_tls(stream: Raw) -> None:
    """Answer one request in TLS and say so when nothing more will come."""
    peer = await secured(stream)
    try:
        peer.tls.unwrap()
    except ssl.SSLWantReadError:  # for the client's own farewell
        await peer.flush()


async def left_in_tls(stream: Raw) -> None:
    """Answer one request in TLS and end it without a word."""
    await secured(stream)


async def secured(stream: Raw) -> TlsPeer[Raw]:
    peer = TlsPeer(stream, SERVER)
    await peer.handshake()
    await peer.receive(1)
    peer.tls.read(65_536)  # the rest: what is left unread would make an end a reset
    await peer.send(ANSWER)
    return peer


def finish(connected: socket.socket) -> None:
    """End with FIN."""
    connected.shutdown(socket.SHUT_WR)


def reset(connected: socket.socket) -> None:
    """End with RST."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connected.close()


class Served:
    """Count connections; `idle` is set when one has been answered and ended."""

    def __init__(self) -> None:
        self.connections = 0
        self.idle = anyio.Event()


@asynccontextmanager
async def ending(serve: Serve, end: Callable[[socket.socket], None]) -> AsyncGenerator[tuple[Served, Endpoints]]:
    """Answer one request on each connection, then end it, though nothing in the answer had said so."""
    served = Served()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.setblocking(False)
        secure = "" if serve is plain else "s"
        address = f"http{secure}://127.0.0.1:{listener.getsockname()[1]}"

        async def accept() -> None:
            while True:
                await anyio.wait_readable(listener)
                with closing(listener.accept()[0]) as connected:
                    connected.setblocking(False)
                    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else a reset overtakes the answer
                    served.connections += 1
                    await serve(Raw(connected))
                    end(connected)
                    served.idle.set()

        async with bare(anyio.create_task_group()) as tasks:
            tasks.start_soon(accept)
            yield served, Endpoints(rest=address, ssl_context=CLIENT if secure else None)


@pytest.mark.parametrize("serve", [plain, ended_in_tls, left_in_tls], ids=lambda each: each.__name__)
@pytest.mark.parametrize("end", [finish, reset], ids=lambda each: each.__name__)
async def test_c4_what_is_sent_after_the_server_ended_the_connection_has_a_known_outcome(
    serve: Serve, end: Callable[[socket.socket], None]
) -> None:
    async with ending(serve, end) as (served, endpoints), open_rest(KEYS, endpoints=endpoints) as rest:
        for count in range(1, 4):
            assert await rest.trading.cancel_all() is not None
            await served.idle.wait()
            served.idle = anyio.Event()
            assert served.connections == count


async def test_a_stream_tells_that_something_came_while_nobody_received() -> None:
    near, far = memory_pair()
    tunnel, begun = Tunnel(near, b""), Tunnel(near, b"first")
    assert (is_silent(near), is_silent(tunnel), is_silent(begun)) == (True, True, False)
    await far.send(b"word")
    assert (is_silent(near), is_silent(tunnel)) == (False, False)
    assert await tunnel.receive() == b"word"
    assert is_silent(tunnel)
    far.abort()
    assert not is_silent(tunnel)


async def test_of_a_stream_that_cannot_tell_nothing_is_known() -> None:
    assert is_silent(object())
