"""Say what the server core stands on: the exchange's end of a connection, TCP or memory, and the frozen form of it."""

from typing import Protocol

from krakenio.sim.faults import FaultTable


class Stream(Protocol):
    """Carry bytes both ways; `OSError` when broken."""

    async def begin(self) -> None:
        """Do what comes before the first byte, such as the TLS handshake."""
        ...

    async def receive(self) -> bytes:
        """Return at least one byte, or none at the end."""
        ...

    async def send(self, data: bytes) -> None:
        """Hand over all of the data."""
        ...

    async def finish(self) -> None:
        """Say that no more bytes will come."""
        ...

    def abort(self) -> None:
        """Break off at once, without awaiting."""
        ...


class FreezingStream:
    """Hold bytes back both ways while the host is frozen, and send in pieces while that is planned."""

    def __init__(self, stream: Stream, host: str, faults: FaultTable) -> None:
        self._stream, self._host, self._faults = stream, host, faults

    async def begin(self) -> None:
        """Begin, not before the thaw."""
        await self._faults.thawed(self._host)
        await self._stream.begin()

    async def receive(self) -> bytes:
        """Return what came, not before the thaw."""
        data = await self._stream.receive()
        await self._faults.thawed(self._host)
        return data

    async def send(self, data: bytes) -> None:
        """Hand over the data, not before the thaw."""
        for piece in self._faults.pieces(self._host, data):
            await self._faults.thawed(self._host)
            await self._stream.send(piece)

    async def finish(self) -> None:
        """Say that no more bytes will come."""
        await self._stream.finish()

    def abort(self) -> None:
        """Break off at once."""
        self._stream.abort()
