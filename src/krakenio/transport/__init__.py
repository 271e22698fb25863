"""Reach Kraken: an address goes in, an open byte stream or WebSocket comes out, everything bounded and leak-free.

This folder is the only place that knows trio, asyncio, trio-websocket and wsproto; both loops share the hot path
(`tls.py`, `frames.py`). `open_websocket` is the default of `open_session(connect=...)`.
"""

import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache, partial
from types import ModuleType
from typing import Protocol, runtime_checkable

import anyio

from krakenio.bytestream import ByteStream
from krakenio.endpoints import PRODUCTION, Address, Dial, Endpoints, parse_address
from krakenio.errors import Disconnected
from krakenio.running import on_trio
from krakenio.transport.bounds import CONNECT_TIMEOUT, bounded
from krakenio.transport.proxy import through
from krakenio.transport.tls import TlsStream

__all__ = [
    "CONNECT_TIMEOUT", "ByteStream", "Connect", "WebSocket", "handing", "open_stream", "open_websocket", "start_tls"
]  # fmt: skip


class WebSocket(Protocol):
    """An open WebSocket; one task receives, one task sends. Every end is a `Disconnected`."""

    async def receive(self) -> list[bytes]:
        """Return whole messages, at least one."""
        ...

    async def send(self, message: bytes) -> None:
        """Send one text message."""
        ...

    async def close(self, code: int = 1000) -> None:
        """Send the close frame and wait for the peer's; the caller bounds it."""
        ...


@runtime_checkable
class Handing(Protocol):
    """A WebSocket that hands messages over in the moment when they come; there need be none."""

    def hand_to(self, take: Callable[[list[bytes]], None]) -> None:
        """Let `take` have what comes while the receiver waits; if it fails the receiver raises what it raised."""
        ...


def handing(socket: WebSocket) -> Handing | None:
    """Return a WebSocket that hands messages over; `None` for any other."""
    return socket if isinstance(socket, Handing) else None


Connect = Callable[[str, Endpoints], AbstractAsyncContextManager[WebSocket]]
"""Open a WebSocket to a URL; the socket is gone when the block is left. Raises `Disconnected`."""


async def open_stream(
    host: str, port: int, *, tls: ssl.SSLContext | None, endpoints: Endpoints = PRODUCTION
) -> ByteStream:
    """Open a byte stream, with TLS on top unless `tls` is `None`; raises `OSError` (`ssl.SSLError` is one)."""
    stream = await _dial_of(endpoints)(host, port)
    return stream if tls is None else await start_tls(stream, tls, host)


def _dial_of(endpoints: Endpoints) -> Dial:
    dial: Dial = endpoints.dial or _backend().dial
    if endpoints.proxy is None:
        return dial
    return through(endpoints.proxy, dial, start_tls, endpoints.proxy_ssl_context or _default_context())


async def start_tls(stream: ByteStream, context: ssl.SSLContext, host: str) -> ByteStream:
    """Shake hands over an open stream, which is aborted when that fails or is cancelled.

    A certificate that is not valid is told in words, with the name of `host`: it may be the proxy's.
    """
    secured = TlsStream(stream, context, host)
    try:
        await secured.handshake()
    except BaseException as error:
        stream.abort()
        if isinstance(error, ssl.SSLCertVerificationError):
            error.strerror = f"the TLS certificate of {host} is not valid: {error.verify_message}"
        raise
    return secured


@asynccontextmanager
async def open_websocket(url: str, endpoints: Endpoints) -> AsyncGenerator[WebSocket]:
    """Open a WebSocket; leaving the block aborts it without awaiting the network."""
    address = parse_address(url)
    deadline = anyio.current_time() + CONNECT_TIMEOUT
    stream = await bounded(partial(_reach, address, endpoints), deadline, f"connecting to {address.host}")
    try:
        async with _backend().open_engine(stream, address.authority, address.target, deadline) as engine:
            yield engine
    finally:
        stream.abort()


async def _reach(address: Address, endpoints: Endpoints) -> ByteStream:
    tls = tls_context(endpoints) if address.secure else None
    try:
        return await open_stream(address.host, address.port, tls=tls, endpoints=endpoints)
    except ssl.SSLCertVerificationError as error:
        raise Disconnected(str(error), fatal=True) from error
    except OSError as error:
        raise Disconnected(f"cannot reach {address.host}: {error}") from error


def tls_context(endpoints: Endpoints) -> ssl.SSLContext:
    """Return the user's context, or the default one with its certificate and host name checks."""
    return endpoints.ssl_context or _default_context()


@cache
def _default_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _backend() -> ModuleType:
    """Pick the module of the running loop."""
    if on_trio():
        from krakenio.transport import _trio as backend  # noqa: PLC0415 - asyncio's users do not pay for trio
    else:
        from krakenio.transport import _asyncio as backend  # type: ignore[no-redef] # noqa: PLC0415
    return backend
