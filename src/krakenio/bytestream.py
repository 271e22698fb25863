"""Say what an open byte stream is: the seam between sockets and everything above them."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable


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


@runtime_checkable
class Prompt(Protocol):
    """A stream, or a WebSocket, that takes what is sent in the moment of the call, whoever calls.

    There need be none of it: what cannot do so has its one writing task for everything. A stream may keep a part that
    nothing below takes yet; then it is not writable, and the next `send`, of `b""` too, sends that first.
    """

    def is_writable(self) -> bool:
        """Tell whether nobody is sending and nothing waits to be: only then may `send_nowait` be called."""
        ...

    def send_nowait(self, data: bytes) -> None:
        """Take all of `data`. A stream that is broken raises `OSError`; a WebSocket tells whoever receives."""
        ...


def prompt(stream: object) -> Prompt | None:
    """Return a stream, or a WebSocket, that takes what is sent in the moment of the call; `None` for any other."""
    return stream if isinstance(stream, Prompt) else None


class LookAgainError(Exception):
    """End a `receive` that waits, with nothing: whoever called it has something to look after first."""


@runtime_checkable
class Pushing(Protocol):
    """A stream that tells of bytes in the moment when they come, which saves a pass of the loop for each read.

    There need be none of it. The receiver goes on calling `receive`, and gets what `receive_nowait` does not take.
    """

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener`, which must not fail, whenever bytes come while the receiver waits."""
        ...

    def receive_nowait(self) -> bytes:
        """Return what has come, `b""` for nothing; only the listener may call it."""
        ...

    def look_again(self) -> None:
        """Make the receiver that waits leave with `LookAgainError`; the stream is as it was."""
        ...


def pushing(stream: object) -> Pushing | None:
    """Return a stream that tells of bytes in the moment when they come; `None` for any other."""
    return stream if isinstance(stream, Pushing) else None


@runtime_checkable
class Resting(Protocol):
    """A stream that tells what happened while nobody received, before it is used again. There need be none of it."""

    def is_silent(self) -> bool:
        """Tell whether nothing has come since, the peer's end neither; takes nothing."""
        ...


def is_silent(stream: object) -> bool:
    """Tell whether nothing is known to have come, or to have ended, while nobody received."""
    return not isinstance(stream, Resting) or stream.is_silent()
