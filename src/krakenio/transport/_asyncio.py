"""Move WebSocket frames under asyncio (uvloop included): an open stream goes in, wsproto above it comes out."""

import os
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Event, Ping, Request
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from krakenio.bytestream import ByteStream, prompt, pushing
from krakenio.errors import Disconnected
from krakenio.masking import text_frame
from krakenio.tasks import bare, run_reported
from krakenio.transport._asyncio_socket import dial
from krakenio.transport.bounds import bounded
from krakenio.transport.inlet import Inlet

__all__ = ["dial", "open_engine"]


@asynccontextmanager
async def open_engine(stream: ByteStream, host: str, target: str, deadline: float) -> AsyncGenerator["WsprotoEngine"]:
    """Upgrade an open stream; a task beside the block answers control frames until it is left."""
    engine = WsprotoEngine(stream)
    await bounded(partial(engine.upgrade, host, target), deadline, "the upgrade to WebSocket")
    async with bare(anyio.create_task_group()) as tasks:
        tasks.start_soon(run_reported, engine.answer_control_frames, "wsproto", engine.end, name="krakenio wsproto")
        yield engine


class WsprotoEngine:
    """A `WebSocket`: wsproto shakes hands and answers control frames; data frames pass it by, both ways."""

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

    def hand_to(self, take: Callable[[list[bytes]], None]) -> None:
        """Let `take` have the messages that come while the receiver waits, in that moment; if it fails he is told."""
        if (stream := pushing(self._stream)) is not None:
            stream.listen(partial(self._hand_over, take))

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

    def _hand_over(self, take: Callable[[list[bytes]], None]) -> None:
        try:
            if messages := self._inlet.receive_nowait():
                take(messages)
        except Exception as error:  # noqa: BLE001 - any: it is the receiver's to raise
            self.end(error)

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
        try:
            async with self._writing:
                await self._stream.send(data)
        except OSError as error:
            await self._inlet.drained()  # noqa: ASYNC120 - a cancel goes before the error
            raise self._inlet.broken(error) from error
