"""What is measured: in, a name; out, what the source sends, what its client asks for, and what it does with a frame."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.structs import decode
from krakenio import Book
from krakenio.messages import digits_decoder

Work = Callable[[Any], Any]

FULL_SPEED, PACED, STAMPED = "blast", "pace", "lat"


@dataclass(frozen=True)
class Workload:
    """One kind of traffic: `mode` and `traffic` are the source's, `hz` messages a second (0: as fast as may be)."""

    mode: str
    channels: tuple[str, ...]
    traffic: str = "mix"
    depth: Literal[10, 100] = 10
    hz: int = 0

    @property
    def query(self) -> str:
        """Return what the source must know of it."""
        return f"/{self.mode}?f={self.traffic}&rec=1" + (f"&hz={self.hz}" if self.hz else "")

    @property
    def work(self) -> Work:
        """Return what a client of another library does with each frame after the snapshots."""
        return BookShelf(self.depth) if self.traffic == "books" else decode


class BookShelf:
    """Keep krakenio's own books beside another library, so that only the ways to the book differ."""

    def __init__(self, depth: Literal[10, 100]) -> None:
        self._depth = depth
        self._decode = digits_decoder(float)
        self._books: dict[str, Book] = {}

    def __call__(self, frame: Any) -> None:
        """Decode a frame and apply it; a book that breaks must stop the benchmark."""
        message: Any = self._decode(frame)
        symbol: str = message.data[0].symbol
        book = self._books.get(symbol) or self._books.setdefault(symbol, Book(symbol, self._depth))
        assert book.apply(message) is None


WORKLOADS = {
    "mix": Workload(FULL_SPEED, ("book", "ticker", "trade")),
    "books": Workload(FULL_SPEED, ("book",), traffic="books", depth=100),
    "paced": Workload(PACED, ("book", "ticker", "trade"), hz=10_000),
    "latency": Workload(STAMPED, ("book",), hz=1_000),
}
