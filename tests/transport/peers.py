"""The other end of a WebSocket, byte by byte: a script goes in, an address to connect to comes out."""

import base64
import hashlib
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import anyio

from krakenio.bytestream import ByteStream
from krakenio.endpoints import Endpoints
from krakenio.running import on_trio
from krakenio.sim.connections.memory import MemoryStream, memory_pair
from krakenio.tasks import bare

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
URL = "ws://localhost:1/v2"
S = TypeVar("S", bound=ByteStream)
Script = Callable[["Peer"], Awaitable[None]]


def frame(payload: bytes, opcode: int = 1, *, fin: bool = True) -> bytes:
    """Build a server's frame."""
    size = len(payload)
    head = bytes([opcode | (0x80 if fin else 0)])
    if size < 126:
        return head + bytes([size]) + payload
    return head + (b"\x7e" + size.to_bytes(2) if size < 65536 else b"\x7f" + size.to_bytes(8)) + payload


def accepting(request: bytes) -> bytes:
    """Return the answer that completes the upgrade."""
    key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    digest = base64.b64encode(hashlib.sha1(key.split(b":")[1].strip() + GUID).digest())  # noqa: S324 -- RFC 6455
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + digest + b"\r\n\r\n"
    )


class Peer:
    """A server on one connection."""

    def __init__(self, stream: MemoryStream) -> None:
        self.stream = stream
        self.request = b""
        self.heard = bytearray()

    async def read_request(self) -> None:
        while b"\r\n\r\n" not in self.request:
            self.request += await self.stream.receive()

    def accept(self) -> bytes:
        """Return the answer that completes the upgrade."""
        return accepting(self.request)

    async def open(self, *data: bytes) -> None:
        """Complete the upgrade, and send frames in the same breath."""
        await self.read_request()
        await self.stream.send(self.accept() + b"".join(data))

    async def next_frame(self) -> tuple[int, bytes]:
        """Return opcode and payload of the client's next frame."""
        while len(self.heard) < 2 or len(self.heard) < self._size():
            data = await self.stream.receive()
            if not data:
                raise EOFError
            self.heard += data
        size = self._size()
        offset = size - self._length()
        mask, masked = self.heard[offset - 4 : offset], self.heard[offset:size]
        opcode = self.heard[0] & 15
        payload = bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked))
        del self.heard[:size]
        return opcode, payload

    def _length(self) -> int:
        short = self.heard[1] & 127
        return short if short < 126 else int.from_bytes(self.heard[2:4])

    def _size(self) -> int:
        return (6 if self.heard[1] & 127 < 126 else 8) + self._length()


@dataclass
class TlsPeer(Generic[S]):
    """The other end: Python's own TLS over a byte stream."""

    stream: S
    context: ssl.SSLContext

    def __post_init__(self) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self.context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    async def flush(self) -> None:
        if self.outgoing.pending:
            await self.stream.send(self.outgoing.read())

    async def fill(self) -> None:
        data = await self.stream.receive()
        if not data:
            raise EOFError
        self.incoming.write(data)

    async def handshake(self) -> None:
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                await self.flush()
                await self.fill()
            else:
                return await self.flush()

    async def send(self, *records: bytes) -> None:
        for record in records:
            self.tls.write(record)
        await self.flush()

    async def receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            try:
                data += self.tls.read(size - len(data))
            except ssl.SSLWantReadError:
                await self.fill()
        return data


async def both_ends() -> tuple[ByteStream, ByteStream]:
    """Return the two ends of a connection, each a stream of the running loop."""
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    if on_trio():
        from krakenio.transport._trio import SocketStream  # noqa: PLC0415

        return SocketStream(near), SocketStream(far)
    from krakenio.transport._asyncio_socket import adopt  # noqa: PLC0415

    return await adopt(near), await adopt(far)


@asynccontextmanager
async def serving(script: Script) -> AsyncGenerator[Endpoints]:
    """Run the script for each connection; leaving the block ends it."""
    async with bare(anyio.create_task_group()) as tasks:

        async def serve(stream: MemoryStream) -> None:
            try:
                await script(Peer(stream))
            except (OSError, EOFError):
                return
            finally:
                stream.leave()

        async def dial(_host: str, _port: int) -> ByteStream:
            await anyio.lowlevel.checkpoint()
            ours, theirs = memory_pair()
            tasks.start_soon(serve, ours)
            return theirs

        yield Endpoints(ws=URL, ws_auth=URL, dial=dial)
