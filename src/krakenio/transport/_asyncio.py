"""Move bytes and WebSocket frames under asyncio (uvloop included): a `BufferedProtocol`, and wsproto above it."""

import asyncio
import os
import socket
from collections import deque
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import anyio
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Event, Ping, Request
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from krakenio.bytestream import ByteStream, prompt
from krakenio.errors import Disconnected
from krakenio.masking import text_frame
from krakenio.tasks import bare, run_reported
from krakenio.transport.bounds import bounded
from krakenio.transport.dialing import connect_tcp
from krakenio.transport.inlet import Inlet

_READ_SIZE = 32 * 1024  # bytes a read may bring: some hundred messages, which stay in the processor's cache


async def dial(host: str, port: int) -> ByteStream:
    """Open a TCP connection."""
    loop = asyncio.get_running_loop()
    sock = await connect_tcp(host, port, loop.sock_connect)
    return await adopt(sock)


async def adopt(sock: socket.socket) -> ByteStream:
    """Take a connected socket over."""
    loop = asyncio.get_running_loop()
    _, stream = await loop.create_connection(SocketStream, sock=sock)  # closes the socket itself when cancelled
    return stream


class SocketStream(asyncio.BufferedProtocol):
    """Be a `ByteStream` over an asyncio transport."""

    def __init__(self) -> None:
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

    async def receive(self) -> bytes:
        """Return what has arrived; wait if nothing has."""
        while not self._chunks and not self._ended and self._error is None:
            self._readable = self._loop.create_future()
            await self._readable
        if not self._chunks and self._error is not None:
            raise self._error
        return self._take()

    async def send(self, data: bytes) -> None:
        """Write, and wait while the transport's buffer is above its limit."""
        if self._error is not None:
            raise self._error
        self._transport.write(data)
        while self._choked:
            self._writable = self._loop.create_future()
            await self._writable
        if self._error is not None:
            raise self._error

    def is_writable(self) -> bool:
        """Tell whether the transport's buffer is below its limit."""
        return not self._choked and self._error is None

    def send_nowait(self, data: bytes) -> None:
        """Write; what the socket does not take at once the transport keeps, and sends by itself."""
        self._transport.write(data)

    def abort(self) -> None:
        """Close the transport at once."""
        self._transport.abort()
        self._end(OSError("the stream was aborted"))

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Lend one large buffer for every read."""
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        """Keep what was read, and leave the socket alone while a full read waits: uvloop would go on to read 32."""
        self._chunks.append(bytes(self._view[:nbytes]))
        self._waiting += nbytes
        if self._waiting >= _READ_SIZE and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        _wake(self._readable)

    def eof_received(self) -> bool:
        """Remember the peer's end; the transport stays until it is aborted."""
        self._ended = True
        _wake(self._readable)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits."""
        self._end(exc if isinstance(exc, OSError) else OSError("the connection was lost"))

    def pause_writing(self) -> None:
        """Make senders wait."""
        self._choked = True

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._choked = False
        _wake(self._writable)

    def _take(self) -> bytes:
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._waiting = 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return data

    def _end(self, error: OSError) -> None:
        if self._error is None:
            self._error = error
        self._choked = False
        _wake(self._readable)
        _wake(self._writable)


def _wake(waiter: "asyncio.Future[None] | None") -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


@asynccontextmanager
async def open_engine(stream: ByteStream, host: str, target: str, deadline: float) -> AsyncGenerator["WsprotoEngine"]:
    """Upgrade an open stream; a task beside the block answers control frames until it is left."""
    engine = WsprotoEngine(stream)
    await bounded(partial(engine.upgrade, host, target), deadline, "the upgrade to WebSocket")
    async with bare(anyio.create_task_group()) as tasks:
        tasks.start_soon(run_reported, engine.answer_control_frames, "wsproto", engine.end, name="krakenio wsproto")
        yield engine


class WsprotoEngine:
    """Be a `WebSocket`: wsproto shakes hands and answers control frames; data frames pass it by, both ways."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._prompt = prompt(stream)
        self._inlet = Inlet(stream)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._writing = anyio.Lock(fast_acquire=True)  # else each send would cost a pass of the loop before it begins
        self._closed = anyio.Event()

    async def upgrade(self, host: str, target: str) -> None:
        """Ask for the upgrade; raises `Disconnected` when the server refuses."""
        await self._send(Request(host=host, target=target))
        await self._take_in()  # all of the answer, or it raises
        deque(self._protocol.events(), maxlen=0)  # it accepts

    def receive(self) -> Coroutine[Any, Any, list[bytes]]:
        """Return the messages that the next read of the socket completes."""
        return self._inlet.receive()

    async def send(self, message: bytes) -> None:
        """Send one text message."""
        if self._protocol.state is not ConnectionState.OPEN:  # after a close frame no data may follow
            raise self._inlet.broken(EOFError("the connection is closing"))
        await self._write(text_frame(message, os.urandom(4)))

    def is_writable(self) -> bool:
        """Tell whether a message would go out at once: no other frame is being written, nor was the last one ours."""
        if self._prompt is None or self._protocol.state is not ConnectionState.OPEN:
            return False
        return not self._writing.locked() and self._prompt.is_writable()

    def send_nowait(self, message: bytes) -> None:
        """Send one text message at once."""
        assert self._prompt is not None  # noqa: S101 - else it is not writable
        try:
            self._prompt.send_nowait(text_frame(message, os.urandom(4)))
        except OSError as error:
            self.end(self._inlet.broken(error))

    async def close(self, code: int = 1000) -> None:
        """Say goodbye and wait for the peer's answer."""
        self._inlet.leave()
        await self._send(CloseConnection(code=code))
        await self._closed.wait()

    async def answer_control_frames(self) -> None:
        """Let wsproto answer pings and closes, in a task of its own: the reader never waits for a writer."""
        try:
            while True:
                await self._take_in()
                for event in self._protocol.events():
                    await self._answer(event)
                await anyio.lowlevel.checkpoint()  # sending does not: a thousand pings would hold everybody up
        except Disconnected:
            self._stream.abort()  # the reader tells why
        finally:
            self._closed.set()  # nobody will answer a goodbye any more

    async def _answer(self, event: Event) -> None:
        if isinstance(event, CloseConnection):
            self._closed.set()
            if self._protocol.state is ConnectionState.REMOTE_CLOSING:
                await self._send(event.response())
        elif isinstance(event, Ping):
            await self._send(event.response())

    def end(self, error: BaseException) -> None:
        """Make the reader raise what ended the task above."""
        self._inlet.end(error)
        self._stream.abort()

    async def _take_in(self) -> None:
        data = await self._inlet.next_library_bytes()
        if not data:
            raise self._inlet.failure(EOFError())
        try:
            self._protocol.receive_data(data)
        except (RemoteProtocolError, ValueError) as error:  # a `UnicodeError` where a header is not ASCII
            raise self._inlet.failure(error) from error

    async def _send(self, event: Event) -> None:
        try:
            data = self._protocol.send(event)
        except LocalProtocolError as error:
            raise self._inlet.broken(error) from error
        await self._write(data)

    async def _write(self, data: bytes) -> None:
        """Send a frame whole: the library's task and the session's writer take turns."""
        async with self._writing:
            try:
                await self._stream.send(data)
            except OSError as error:
                raise self._inlet.broken(error) from error
