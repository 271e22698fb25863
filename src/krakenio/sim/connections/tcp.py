"""Listen on loopback: sockets come in, byte streams with the certificate's TLS on top go out."""

import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
from anyio.abc import AnyByteStream, SocketAttribute, SocketListener, SocketStream
from anyio.streams.tls import TLSStream

from krakenio.sim.connections.stream import Stream

HANDSHAKE = 10.0
"""Seconds that a client may take over TLS."""

GOODBYE = 1.0
"""Seconds that a client may take to answer the end of TLS."""

_BROKEN = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, ssl.SSLError)
RESET = struct.pack("ii", 1, 0)
"""The option SO_LINGER, on and with 0 s: closing sends RST."""


class TcpStream:
    """The exchange's end of a TCP connection, encrypted once `secure` has run."""

    def __init__(self, sock: SocketStream, context: ssl.SSLContext | None) -> None:
        self._socket, self._context = sock, context
        self._stream: AnyByteStream = sock

    async def begin(self) -> None:
        """Do the TLS handshake, if there is a certificate; raises `OSError` when the client does not."""
        if self._context is None:
            return
        try:
            with anyio.fail_after(HANDSHAKE):
                self._stream = await TLSStream.wrap(
                    self._socket, server_side=True, ssl_context=self._context, standard_compatible=False
                )
        except (ssl.SSLError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
            raise ConnectionAbortedError("no TLS handshake") from error

    async def receive(self) -> bytes:
        """Return at least one byte, or none at the end."""
        try:
            return await self._stream.receive()
        except anyio.EndOfStream:
            return b""
        except _BROKEN as error:
            raise ConnectionResetError("the client broke off") from error

    async def send(self, data: bytes) -> None:
        """Hand over all of the data."""
        try:
            await self._stream.send(data)
        except _BROKEN as error:
            raise BrokenPipeError("the client broke off") from error

    async def finish(self) -> None:
        """Say goodbye in TLS; the socket is closed by whoever accepted it."""
        if isinstance(self._stream, TLSStream):
            with suppress(*_BROKEN, OSError), anyio.move_on_after(GOODBYE):
                await self._stream.unwrap()

    def abort(self) -> None:
        """Make the close that follows a reset."""
        reset_by_close(self._socket)


Serve = Callable[[Stream], Awaitable[None]]


async def listen(listener: SocketListener, context: ssl.SSLContext | None, serve: Serve) -> None:
    """Serve every connection of a listener, each in a task of its own, until cancelled."""

    async def accept(sock: SocketStream) -> None:
        try:
            await serve(TcpStream(sock, context))
        finally:
            await anyio.aclose_forcefully(sock)  # closing must not wait for the client

    await listener.serve(accept)


def reset_by_close(stream: SocketStream) -> None:
    """Make the close that follows a reset."""
    with suppress(OSError, AttributeError):  # uvloop has no socket any more where the other side was faster
        raw = stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - AnyIO's, not Django's
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


async def open_listener(port: int = 0) -> SocketListener:
    """Listen on a port of 127.0.0.1, a free one by default."""
    sock = socket.create_server(("127.0.0.1", port), backlog=1024)
    sock.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    return await SocketListener.from_socket(sock)
