"""Keep one WebSocket connection: frames go in and out, texts go to `heard`, what is sent waits in a bounded outbox.

The reader never waits for the writer: a client that does not read for too long is cut off, as a slow consumer is.
"""

from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.events import Request as Upgrade
from wsproto.utilities import ProtocolError

from krakenio.sim.connections.http import Request
from krakenio.sim.connections.stream import Stream

MAX_WAITING = 64 << 20
"""Bytes that may wait for a client before it is cut off."""
MAX_MESSAGE = 1 << 20
CHUNK = 1 << 16
GOODBYE = 5.0
"""Seconds that a client may take to answer a close frame."""


class WebSocket:
    """Carry whole text messages on an upgraded connection.

    `sent` and `received` are the loop times of the last message each way (control frames are none); `run` returns when
    the connection is over.
    """

    def __init__(self, stream: Stream, heard: Callable[[str], None]) -> None:
        self.sent: float = anyio.current_time()
        self.received: float = self.sent
        self._stream, self._heard = stream, heard
        self._protocol = WSConnection(ConnectionType.SERVER)
        self._outbox: deque[bytes] = deque()
        self._waiting = 0
        self._more = anyio.Event()
        self._parts: list[str] = []
        self._closing = False
        self._quiet = anyio.Event()
        self._tasks = anyio.CancelScope()

    async def accept(self, request: Request) -> bool:
        """Answer the upgrade, with the first subprotocol that is offered; False if it was no WebSocket handshake."""
        try:
            self._protocol.initiate_upgrade_connection(request.raw_headers, request.target)
            asked = next((event for event in self._protocol.events() if isinstance(event, Upgrade)), None)
            if asked is None:
                return False
            subprotocol = next(iter(asked.subprotocols), None)
            await self._stream.send(self._protocol.send(AcceptConnection(subprotocol)))
        except ProtocolError:
            return False
        return True

    def send(self, message: bytes) -> None:
        """Queue a text message."""
        if not self._closing:
            self.sent = anyio.current_time()
            self._queue(self._protocol.send(TextMessage(message.decode())))

    def send_raw(self, frame: bytes) -> None:
        """Queue bytes as they are: a fault."""
        self._queue(frame)

    def place(self) -> int:
        """Return how much waits to be sent; `send_at` puts a message there later."""
        return len(self._outbox)

    def send_at(self, place: int, message: bytes) -> None:
        """Queue a text message ahead of what was queued since `place` was asked for, in the same step."""
        self.send(message)
        if not self._closing:
            self._outbox.rotate(1)
            frame = self._outbox.popleft()
            self._outbox.insert(place, frame)

    def close(self, code: int, reason: str = "") -> None:
        """Queue a close frame; the connection is over when the client answers it, or after `GOODBYE` seconds."""
        if not self._closing:
            self._queue(self._protocol.send(CloseConnection(code, reason)))
            self._closing = True

    def abort(self) -> None:
        """Break off at once."""
        self._stream.abort()
        self._tasks.cancel()

    async def run(self, first: bytes, pulse: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Read and write until either side ends; `pulse` runs beside them."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._write)
            tasks.start_soon(pulse, name="sim: pulse")
            with self._tasks:
                await self._read(first)
            tasks.cancel_scope.cancel()

    async def _read(self, data: bytes) -> None:
        try:
            while self._take(data):
                data = await self._stream.receive()
                if not data:
                    return
            await self._flush()
        except OSError:
            return

    def _take(self, data: bytes) -> bool:
        """Handle what the bytes complete; False once the client's close frame was among it."""
        if not data:
            return True
        try:
            self._protocol.receive_data(data)
            return all(map(self._handle, self._protocol.events()))
        except ProtocolError:
            self.close(1002)
            return False

    def _handle(self, event: object) -> bool:
        if isinstance(event, TextMessage):
            self._collect(event)
        elif isinstance(event, BytesMessage):
            self.close(1003)  # RFC 6455 §7.4.1: a kind of data that is not accepted
        elif isinstance(event, Ping):
            self._respond(event)
        elif isinstance(event, CloseConnection):
            self._respond(event)
            self._closing = True
            return False
        return True

    def _respond(self, event: Ping | CloseConnection) -> None:
        if not self._closing:
            self._queue(self._protocol.send(event.response()))

    def _collect(self, part: TextMessage) -> None:
        self._parts.append(part.data)
        if sum(map(len, self._parts)) > MAX_MESSAGE:
            self.close(1009)
        elif part.message_finished:
            whole, self._parts = "".join(self._parts), []
            self.received = anyio.current_time()
            if not self._closing:
                self._heard(whole)

    def _queue(self, frame: bytes) -> None:
        self._outbox.append(frame)
        self._waiting += len(frame)
        self._more.set()
        if self._waiting > MAX_WAITING:
            self.abort()

    async def _write(self) -> None:
        try:
            while True:
                await self._drain()
                self._quiet.set()
                if self._closing:
                    await anyio.sleep(GOODBYE)
                    self._tasks.cancel()
                await self._more.wait()
        except OSError:
            self._tasks.cancel()

    async def _drain(self) -> None:
        self._more, self._quiet = anyio.Event(), anyio.Event()
        while self._outbox:
            await self._stream.send(self._next_chunk())

    async def _flush(self) -> None:
        """Let the writer finish what waits, for a while."""
        with anyio.move_on_after(GOODBYE):
            while self._outbox or not self._quiet.is_set():
                await self._quiet.wait()

    def _next_chunk(self) -> bytes:
        chunk = bytearray()
        while self._outbox and len(chunk) < CHUNK:
            chunk += self._outbox.popleft()
        self._waiting -= len(chunk)
        return bytes(chunk)
