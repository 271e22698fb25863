"""Move bytes under asyncio (uvloop included): a socket goes in, a `ByteStream` over a `BufferedProtocol` comes out."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import cast

from krakenio.bytestream import ByteStream, LookAgainError
from krakenio.transport.dialing import connect_tcp
from krakenio.transport.peeking import nothing_came

_READ_SIZE = 32 * 1024  # bytes a read may bring: some hundred messages, which stay in the processor's cache


async def dial(host: str, port: int) -> ByteStream:
    """Open a TCP connection."""
    loop = asyncio.get_running_loop()
    sock = await connect_tcp(host, port, loop.sock_connect)
    return await adopt(sock)


async def adopt(sock: socket.socket) -> ByteStream:
    """Take a connected socket over."""
    loop = asyncio.get_running_loop()
    stream = SocketStream(sock)
    await loop.create_connection(lambda: stream, sock=sock)  # closes the socket itself when cancelled
    return stream


class SocketStream(asyncio.BufferedProtocol):
    """A `ByteStream` over an asyncio transport."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._view = memoryview(bytearray(_READ_SIZE))
        self._chunks: list[bytes] = []
        self._waiting = 0  # bytes in `_chunks`
        self._paused = False
        self._ended = False
        self._error: OSError | None = None
        self._readable: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._choked = False
        self._listener: Callable[[], None] | None = None

    async def receive(self) -> bytes:
        """Return what has arrived; wait if nothing has."""
        while not self._chunks and not self._ended and self._error is None:
            self._readable = self._loop.create_future()
            await self._readable
        if not self._chunks and self._error is not None:
            raise self._error
        return self._take()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call it from within the loop's read."""
        context = copy_context()
        context.run(_name_library)
        self._listener = partial(context.run, listener)

    def receive_nowait(self) -> bytes:
        """Return what has arrived."""
        return self._take()

    def look_again(self) -> None:
        """Wake the receiver with nothing."""
        if self._readable is not None and not self._readable.done():
            self._readable.set_exception(LookAgainError())

    async def send(self, data: bytes) -> None:
        """Write, and wait until the socket has taken all of it."""
        if self._error is not None:
            raise self._error
        self._transport.write(data)
        while self._choked:
            self._writable = self._loop.create_future()
            await self._writable
        if self._error is not None:
            raise self._error

    def is_writable(self) -> bool:
        """Tell whether the socket has taken all that was sent."""
        return not self._choked and self._error is None

    def send_nowait(self, data: bytes) -> None:
        """Write; what the socket does not take at once the transport keeps, and sends by itself."""
        self._transport.write(data)

    def is_silent(self) -> bool:
        """Tell whether nothing has come, the loop's next read included."""
        return not self._chunks and not self._ended and self._error is None and nothing_came(self._socket)

    def abort(self) -> None:
        """Close the transport at once."""
        self._transport.abort()
        self._end(OSError("the stream was aborted"))

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, and have it say when the socket does not take all.

        By default it would first keep 64 KiB of orders that nobody can take back from there.
        """
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._transport.set_write_buffer_limits(high=0)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Lend one large buffer for every read."""
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        """Keep what was read, or have it taken at once where the receiver waits.

        A full read waits for him: there is more to come, and others must have their turn. Until he takes it the socket
        is left alone, since uvloop would go on to read 32.
        """
        self._chunks.append(bytes(self._view[:nbytes]))
        self._waiting += nbytes
        if self._waiting >= _READ_SIZE:
            self._pause()
        elif self._listener is not None and self._readable is not None and not self._readable.done():
            self._listener()
        if self._chunks:
            _wake(self._readable)

    def eof_received(self) -> bool:
        """Remember the peer's end; the transport stays until it is aborted."""
        self._ended = True
        _wake(self._readable)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Keep what came before, and wake whoever waits."""
        self._take_the_rest()
        self._end(exc if isinstance(exc, OSError) else OSError("the connection was lost"))

    def pause_writing(self) -> None:
        """Make senders wait."""
        self._choked = True

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._choked = False
        _wake(self._writable)

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _take(self) -> bytes:
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._waiting = 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return data

    def _take_the_rest(self) -> None:
        """Read what the system still has: where writing fails asyncio reads no more, and the peer may have said why."""
        if self._error is None and not self._ended:
            with suppress(OSError):  # there is nothing more
                while count := self._socket.recv_into(self._view):
                    self._chunks.append(bytes(self._view[:count]))

    def _end(self, error: OSError) -> None:
        if self._error is None:
            self._error = error
        self._choked = False
        _wake(self._readable)
        _wake(self._writable)


def _name_library() -> None:
    """Let AnyIO know the loop where no task runs: it asks sniffio, where that is installed, as trio does it."""
    with suppress(ModuleNotFoundError):
        import sniffio  # noqa: PLC0415 - it need not be there

        sniffio.current_async_library_cvar.set("asyncio")


def _wake(waiter: "asyncio.Future[None] | None") -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
