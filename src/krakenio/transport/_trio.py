"""Move bytes and WebSocket frames under trio: the raw non-blocking socket, and trio-websocket beside it."""

import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import trio
import trio_websocket
from wsproto.utilities import RemoteProtocolError

from krakenio.bytestream import ByteStream, prompt
from krakenio.masking import text_frame
from krakenio.tasks import bare, run_reported
from krakenio.transport.alarm import new_alarm
from krakenio.transport.bounds import bounded
from krakenio.transport.dialing import connect_tcp
from krakenio.transport.inlet import Inlet
from krakenio.transport.peeking import nothing_came

_READ_SIZE = 32 * 1024  # bytes a read may bring: some hundred messages, which stay in the processor's cache
_ABORTED = "the stream was aborted"


async def dial(host: str, port: int) -> ByteStream:
    """Open a TCP connection."""
    return SocketStream(await connect_tcp(host, port, _connect))


async def _connect(sock: socket.socket, address: Any) -> None:  # noqa: ANN401 - what getaddrinfo gave
    await trio.socket.from_stdlib_socket(sock).connect(address)


class SocketStream:
    """A `ByteStream` over a connected non-blocking socket."""

    __slots__ = ("_buffer", "_full", "_left", "_socket", "_view")

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._buffer = bytearray(_READ_SIZE)
        self._view = memoryview(self._buffer)
        self._left = b""  # of what was sent at once
        self._full = False  # the last read filled the buffer, so there is probably more

    async def receive(self) -> bytes:
        """Wait until something is there, then take it with one system call; after a full buffer just take more."""
        if self._full:
            await trio.lowlevel.checkpoint()
        else:
            await self._wait(trio.lowlevel.wait_readable)
        while True:
            try:
                count = self._socket.recv_into(self._buffer)
            except BlockingIOError:
                await self._wait(trio.lowlevel.wait_readable)
            else:
                self._full = count == _READ_SIZE
                return bytes(self._view[:count])

    async def send(self, data: bytes) -> None:
        """Write all of it, after what is left; waits only when the socket takes no more."""
        view, self._left = memoryview(self._left + data), b""
        while view:
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                await self._wait(trio.lowlevel.wait_writable)

    def is_writable(self) -> bool:
        """Tell whether nothing is left of what was sent at once."""
        return not self._left and self._socket.fileno() >= 0

    def send_nowait(self, data: bytes) -> None:
        """Write what the socket takes; the rest goes ahead of what is sent next."""
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        self._left = data[sent:]

    def is_silent(self) -> bool:
        """Tell whether the socket has nothing to be read."""
        return nothing_came(self._socket)

    def abort(self) -> None:
        """Close the descriptor and wake whoever waits on it."""
        if self._socket.fileno() >= 0:
            trio.lowlevel.notify_closing(self._socket)
            self._socket.close()

    async def _wait(self, ready: Callable[[socket.socket], Awaitable[None]]) -> None:
        if self._socket.fileno() < 0:
            raise OSError(_ABORTED)
        try:
            await ready(self._socket)
        except trio.ClosedResourceError as error:
            raise OSError(_ABORTED) from error


@asynccontextmanager
async def open_engine(
    stream: ByteStream, host: str, target: str, deadline: float
) -> AsyncGenerator["TrioWebSocketEngine"]:
    """Upgrade an open stream; trio-websocket's reader answers control frames until the block is left."""
    inlet = Inlet(stream)
    async with bare(trio.open_nursery()) as nursery:
        underlay = _Underlay(stream, inlet)
        reader = _Reader(nursery, stream, inlet)
        step = partial(_upgrade, reader, underlay, inlet, host, target)
        engine = TrioWebSocketEngine(await bounded(step, deadline, "the upgrade to WebSocket"), underlay, inlet)
        nursery.start_soon(run_reported, engine.send_what_is_left, "what is left to send", reader.end)
        yield engine


class _Reader:
    """What trio-websocket takes for a nursery: its one task, the reader, must not raise into ours.

    It raises when the upgrade is refused or is no HTTP, and then nothing wakes whoever waits for the upgrade.
    """

    def __init__(self, nursery: trio.Nursery, stream: ByteStream, inlet: Inlet) -> None:
        self.upgrading = trio.CancelScope()
        self._nursery = nursery
        self._stream = stream
        self._inlet = inlet

    def start_soon(self, read: Callable[[], Awaitable[None]]) -> None:
        """Run the reader."""
        self._nursery.start_soon(run_reported, partial(self._run, read), "trio-websocket", self.end)

    async def _run(self, read: Callable[[], Awaitable[None]]) -> None:
        try:
            await read()
        except Exception as error:  # to what is no upgrade the library answers as a server would: h11 will not have it
            raise self._inlet.failure(_cause(error)) from error
        finally:
            self.upgrading.cancel()

    def end(self, error: BaseException) -> None:
        """Make the session's reader raise what ended the library's."""
        self._inlet.end(error)
        self._stream.abort()


def _cause(error: BaseException) -> BaseException:
    """Return what the library found wrong, where its own answer to that failed."""
    if isinstance(error, RemoteProtocolError) or error.__context__ is None:
        return error
    return _cause(error.__context__)


async def _upgrade(reader: _Reader, underlay: "_Underlay", inlet: Inlet, host: str, target: str) -> Any:  # noqa: ANN401
    wrap: Any = trio_websocket.wrap_client_stream  # its annotation names two classes, its code any trio stream
    with reader.upgrading:
        return await wrap(reader, underlay, host, target, message_queue_size=0)
    raise inlet.failure(EOFError())


class TrioWebSocketEngine:
    """A `WebSocket`: trio-websocket shakes hands and answers control frames; data frames pass it by, both ways."""

    def __init__(self, connection: trio_websocket.WebSocketConnection, underlay: "_Underlay", inlet: Inlet) -> None:
        self._connection = connection
        self._underlay = underlay
        self._inlet = inlet
        self._is_left = False  # the socket has not taken all
        self._left = new_alarm()
        self._said_goodbye = False

    def receive(self) -> Coroutine[Any, Any, list[bytes]]:
        """Return the messages that the next read of the socket completes."""
        return self._inlet.receive()

    async def send(self, message: bytes) -> None:
        """Send one text message."""
        if self._said_goodbye or self._connection.closed is not None:  # after a close frame no data may follow
            raise self._inlet.broken(EOFError("the connection is closing"))
        await self._write(text_frame(message, os.urandom(4)))

    def is_writable(self) -> bool:
        """Tell whether a message would go out at once: no other frame is being written, nor was the last one ours."""
        return not self._said_goodbye and self._connection.closed is None and self._underlay.is_writable()

    def send_nowait(self, message: bytes) -> None:
        """Send one text message at once, but for what the socket does not take."""
        self._underlay.send_nowait(text_frame(message, os.urandom(4)))
        if not self._underlay.is_writable():
            self._is_left = True
            self._left.set()

    async def send_what_is_left(self) -> None:
        """Send what the socket did not take at once, or tell that it broke, in a task of its own: no sender waits."""
        while True:
            while not self._is_left:
                await self._left.wait()
            self._is_left = False
            await self._write(b"")

    async def _write(self, data: bytes) -> None:
        try:
            await self._underlay.send_all(data)
        except trio.BrokenResourceError as error:
            raise self._inlet.broken(error.__cause__ or error) from error

    async def close(self, code: int = 1000) -> None:
        """Say goodbye; the peer's answer ends `receive`."""
        self._said_goodbye = True
        self._inlet.leave()
        await self._connection.aclose(code)


class _Underlay(trio.abc.Stream):
    """Show trio-websocket the handshake and the control frames, never the data; keep what both send apart."""

    def __init__(self, stream: ByteStream, inlet: Inlet) -> None:
        self._stream = stream
        self._prompt = prompt(stream)
        self._inlet = inlet
        self._sending = anyio.Lock(fast_acquire=True)  # else each send would cost a turn of the loop before it begins
        self._failed: OSError | None = None

    async def receive_some(self, max_bytes: int | None = None) -> bytes:  # noqa: ARG002 - trio's signature
        """Return what the library is to see next."""
        return await self._inlet.next_library_bytes()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send a frame whole, the library's or ours; behind half a frame nothing may follow."""
        try:
            async with self._sending:
                if self._failed is None:
                    return await self._stream.send(bytes(data))
        except OSError as error:
            self._failed = error
        await self._inlet.drained()  # before the library aborts the stream
        raise trio.BrokenResourceError from self._failed

    def is_writable(self) -> bool:
        """Tell whether neither is sending, and nothing is left to be."""
        if self._prompt is None or self._failed is not None:
            return False
        return not self._sending.locked() and self._prompt.is_writable()

    def send_nowait(self, data: bytes) -> None:
        """Send a frame of ours at once; that it failed the next `send_all` tells."""
        assert self._prompt is not None  # noqa: S101 - else it is not writable
        try:
            self._prompt.send_nowait(data)
        except OSError as error:
            self._failed = error

    async def wait_send_all_might_not_block(self) -> None:
        """Exist because trio's interface asks for it; trio-websocket does not use it."""
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        """Abort: there is nothing to wait for."""
        self._stream.abort()
        await trio.lowlevel.checkpoint()
