"""Say what an open byte stream is: the seam between sockets and everything above them."""

from typing import Protocol


class ByteStream(Protocol):
    """Carry bytes both ways: TCP, memory, or TLS on top of either.

    One task receives and one task sends; neither may be called by two tasks at a time.
    """

    async def receive(self) -> bytes:
        """Return at least one byte, or `b""` once the peer has ended.

        Raises `OSError` when the stream is broken or was aborted.
        """
        ...

    async def send(self, data: bytes) -> None:
        """Hand over all of `data`, or raise `OSError`. A cancelled send leaves the stream unusable: abort it."""
        ...

    def abort(self) -> None:
        """Close at once without awaiting anything; whoever waits on the stream gets `OSError`. May be repeated."""
        ...
