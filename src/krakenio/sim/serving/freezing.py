"""Let a connection suffer: a stream and the table of faults go in, one that stalls or sends in pieces comes out."""

from krakenio.sim.connections.stream import Stream
from krakenio.sim.faults import FaultTable


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
