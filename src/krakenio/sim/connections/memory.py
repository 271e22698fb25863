"""Join two ends in memory: bytes go in at one, bounded and in order they come out at the other.

Back-pressure is real (a full pipe makes the sender wait), either end may finish its half or break off abruptly,
and a seed may cut what is received into small pieces.
"""

import random
from collections.abc import Callable

import anyio
from anyio.lowlevel import checkpoint

CAPACITY = 65_536
"""Bytes a pipe holds before its sender waits: about what a socket's buffers hold."""


class Pipe:
    """Carry bytes one way."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._finished = self._broken = False
        self._changed = anyio.Event()

    async def put(self, data: bytes) -> None:
        """Hand over all bytes, waiting for room; raises `OSError` once the pipe is broken or finished."""
        await checkpoint()
        rest = memoryview(data)
        while rest:
            await self._until(lambda: len(self._held) < CAPACITY)
            if self._broken or self._finished:
                raise BrokenPipeError("the connection was broken off")
            room = CAPACITY - len(self._held)
            self._held += rest[:room]
            rest = rest[room:]
            self._wake()

    def is_open(self) -> bool:
        """Tell whether it takes bytes without waiting."""
        return not self._broken and not self._finished and len(self._held) < CAPACITY

    def is_silent(self) -> bool:
        """Tell whether there is nothing to get and it has not ended."""
        return not (self._held or self._broken or self._finished)

    def put_nowait(self, data: bytes) -> None:
        """Hold all bytes, though they be more than it holds otherwise; raises `OSError` as `put` does."""
        if self._broken or self._finished:
            raise BrokenPipeError("the connection was broken off")
        self._held += data
        self._wake()

    async def get(self, most: int) -> bytes:
        """Return at least one byte, or none once the pipe is finished; raises `OSError` once it is broken."""
        await checkpoint()
        await self._until(lambda: bool(self._held))
        if self._broken:
            raise ConnectionResetError("the connection was broken off")
        data = bytes(self._held[:most])
        del self._held[:most]
        self._wake()
        return data

    def finish(self) -> None:
        """Say that no more bytes will come."""
        self._finished = True
        self._wake()

    def break_off(self) -> None:
        """End it at once for both sides; what it held is gone."""
        self._broken = True
        self._held.clear()
        self._wake()

    async def _until(self, ready: Callable[[], bool]) -> None:
        while not (ready() or self._broken or self._finished):
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


class MemoryStream:
    """One end of a pair: a `krakenio.transport.ByteStream`, with `finish` for half-close."""

    def __init__(self, incoming: Pipe, outgoing: Pipe, slices: random.Random | None) -> None:
        self._incoming, self._outgoing, self._slices = incoming, outgoing, slices

    async def begin(self) -> None:
        """Be ready at once."""
        await checkpoint()

    async def receive(self) -> bytes:
        """Return at least one byte, or none at the end."""
        return await self._incoming.get(self._slices.randint(1, 64) if self._slices else CAPACITY)

    async def send(self, data: bytes) -> None:
        """Hand over all of the data."""
        await self._outgoing.put(data)

    def is_writable(self) -> bool:
        """Tell whether the other end has room."""
        return self._outgoing.is_open()

    def send_nowait(self, data: bytes) -> None:
        """Hand over all of the data at once."""
        self._outgoing.put_nowait(data)

    def is_silent(self) -> bool:
        """Tell whether nothing has come from the other end, nor its end."""
        return self._incoming.is_silent()

    async def finish(self) -> None:
        """End this half; the other may still speak."""
        await checkpoint()
        self._outgoing.finish()

    def leave(self) -> None:
        """End both halves at once, but let the other end read what is on its way."""
        self._outgoing.finish()
        self._incoming.break_off()

    def abort(self) -> None:
        """Break off both ways at once."""
        self._incoming.break_off()
        self._outgoing.break_off()


def memory_pair(slices: random.Random | None = None) -> tuple[MemoryStream, MemoryStream]:
    """Return the two ends of a connection; `slices` cuts what either receives into pieces of 1 to 64 bytes."""
    one, other = Pipe(), Pipe()
    return MemoryStream(one, other, slices), MemoryStream(other, one, slices)
