"""Say what the server core stands on: the exchange's end of a connection, TCP or memory."""

from typing import Protocol


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
