"""Put the server where clients reach it: loopback listeners or memory go in, `Endpoints` come out."""

import random
import ssl
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from functools import partial

import anyio
from anyio.abc import SocketAttribute, SocketListener

from krakenio.endpoints import Endpoints
from krakenio.lifetime import Lifetime
from krakenio.sim.connections.memory import MemoryStream, memory_pair
from krakenio.sim.connections.tcp import listen, open_listener
from krakenio.sim.faults import HOSTS
from krakenio.sim.serving.server import Server

Contexts = tuple[ssl.SSLContext, ssl.SSLContext]


def in_memory(server: Server, life: Lifetime, pieces: random.Random | None) -> Endpoints:
    """Serve whoever dials; the addresses look like loopback ones, their ports stand for the hosts."""
    hosts = dict(enumerate(HOSTS, start=1))

    async def dial(_host: str, port: int) -> MemoryStream:
        await anyio.lowlevel.checkpoint()
        if port not in hosts:
            raise ConnectionRefusedError(f"nothing listens on port {port} of the simulated exchange")
        ours, theirs = memory_pair(pieces)
        life.spawn(partial(_serve_memory, server, hosts[port], ours), f"connection to {hosts[port]}")
        return theirs

    rest, *sockets = (f"//localhost:{port}" for port in hosts)
    ws, ws_auth, ws_l3 = (f"ws:{address}/v2" for address in sockets)
    return Endpoints(rest=f"http:{rest}", ws=ws, ws_auth=ws_auth, ws_l3=ws_l3, dial=dial)


async def _serve_memory(server: Server, host: str, stream: MemoryStream) -> None:
    try:
        await server.serve(host, stream)
    finally:
        stream.leave()


def on_loopback(server: Server, life: Lifetime, listeners: list[SocketListener], tls: Contexts | None) -> Endpoints:
    """Serve whoever connects to the listeners, one for each host."""
    ours, theirs = tls or (None, None)
    secure = "s" if tls else ""
    for host, listener in zip(HOSTS, listeners, strict=True):
        life.spawn(partial(listen, listener, ours, partial(server.serve, host)), f"listener of {host}")
    bound = [listener.extra(SocketAttribute.local_port) for listener in listeners]  # noqa: S610 - AnyIO's, not Django's
    rest, *sockets = (f"{secure}://127.0.0.1:{port}" for port in bound)
    ws, ws_auth, ws_l3 = (f"ws{address}/v2" for address in sockets)
    return Endpoints(rest=f"http{rest}", ws=ws, ws_auth=ws_auth, ws_l3=ws_l3, ssl_context=theirs)


def ports(first: int) -> list[int]:
    """Return a port for each host: `first` and the next ones, or 0 for free ones."""
    return [first + place if first else 0 for place in range(len(HOSTS))]


@asynccontextmanager
async def listening(numbers: Iterable[int]) -> AsyncGenerator[list[SocketListener]]:
    """Listen on ports, 0 for a free one; they are closed after the tasks that accept on them have ended."""
    opened: list[SocketListener] = []
    try:
        for number in numbers:
            opened.append(await open_listener(number))  # noqa: PERF401 - what is open must be closed if the next fails
        yield opened
    finally:
        with anyio.CancelScope(shield=True):  # bounded: forcing waits for nothing, and a cancel must not spare the rest
            for listener in opened:
                await anyio.aclose_forcefully(listener)
