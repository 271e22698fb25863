"""Give the user books: one `async with` subscribes and waits until they can be read; leaving it unsubscribes."""

from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from krakenio.books import KeptBook, Levels
from krakenio.books.levels import L_co
from krakenio.errors import InvalidRequest
from krakenio.streams.keeping import Keeper
from krakenio.streams.stream import Source, Stream
from krakenio.symbols import check_symbol

SHOWN = 5
"""How many symbols an error names."""

K = TypeVar("K", bound=KeptBook[Any, Any, Any])


class BookStream(Stream[K, Literal["raise"]], Generic[K, L_co]):
    """Read books that are kept true: `books["ETH/USD"]`; where there is one only, the stream reads as the book itself.

    `async for book in books` gives each book that changed since it was given last, also one that cannot be read any
    more: `book.valid` tells. What reads such a book raises `StaleBook`, with the reason and since when: before the
    snapshot, after a mismatch until it is healed by a new one, while disconnected, and after the block. One that three
    snapshots did not heal raises `BookNotHealed`, here once. `conflated` counts the changes that a later one covered.
    """

    def __init__(self, source: Source[K], keeper: Keeper[K]) -> None:
        super().__init__(source, "raise")
        self._raise_gaps = False  # none ever comes: a book itself tells what it lacks
        self._keeper = keeper

    def _open(self) -> None:
        for patient in self._keeper.patients.values():
            patient.await_snapshot()
        super()._open()

    def __getitem__(self, symbol: str) -> K:
        """Return the book of a symbol, live: it follows the market."""
        patient = self._keeper.patients.get(symbol)
        if patient is None:
            raise InvalidRequest(f"no book of {check_symbol(symbol)!r} is kept here, only of {self._held()}")
        return patient.book

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return whose books are here."""
        return tuple(self._keeper.patients)

    @property
    def healed(self) -> int:
        """Return how often a book that was lost came back by a new snapshot."""
        return sum(patient.healed for patient in self._keeper.patients.values())

    @property
    def mismatches(self) -> int:
        """Return how often a book was lost: its checksum did not hold, or an update could not be applied."""
        return sum(patient.mismatches for patient in self._keeper.patients.values())

    # the one book

    @property
    def symbol(self) -> str:
        """Return the symbol of the one book."""
        return self._only.symbol

    @property
    def depth(self) -> int:
        """Return how many price levels a side the books hold."""
        return next(iter(self._keeper.patients.values())).book.depth

    @property
    def valid(self) -> bool:
        """Tell whether every book can be read."""
        return all(patient.book.valid for patient in self._keeper.patients.values())

    @property
    def timestamp(self) -> str | None:
        """Return Kraken's time of the last change of the one book."""
        return self._only.timestamp

    @property
    def bids(self) -> Levels[L_co]:
        """Return the bids of the one book, highest first."""
        return self._only.bids

    @property
    def asks(self) -> Levels[L_co]:
        """Return the asks of the one book, lowest first."""
        return self._only.asks

    @property
    def best_bid(self) -> L_co:
        """Return the highest bid of the one book."""
        return self._only.best_bid

    @property
    def best_ask(self) -> L_co:
        """Return the lowest ask of the one book."""
        return self._only.best_ask

    @property
    def spread(self) -> Decimal:
        """Return how far the best ask of the one book lies above its best bid."""
        return self._only.spread

    @property
    def mid(self) -> Decimal:
        """Return the price halfway between best bid and best ask of the one book."""
        return self._only.mid

    def imbalance(self, levels: int = 1) -> Decimal:
        """Return (bids - asks) / (bids + asks) of the quantities in so many best levels of the one book."""
        return self._only.imbalance(levels)

    def checksum(self) -> int:
        """Return the CRC32 of the one book, as Kraken computes it."""
        return self._only.checksum()

    def _held(self) -> str:
        symbols, more = self.symbols[:SHOWN], len(self.symbols) - SHOWN
        return ", ".join(symbols) + (f" and {more} more" if more > 0 else "")

    @property
    def _only(self) -> KeptBook[L_co, Any, Any]:
        if len(self._keeper.patients) > 1:
            raise InvalidRequest(f"here are the books of {self._held()}: name one, like books[{self.symbols[0]!r}]")
        return self[self.symbols[0]]
