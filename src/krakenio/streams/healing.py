"""Look after one kept book: rows go in; what became of the book, and whether it wants a new snapshot, comes out.

Source of the rule: ws-v2-market-data §5.2: one resubscription for each desync, updates are ignored until the snapshot.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from typing import Any, Generic, TypeVar

from krakenio.books import KeptBook
from krakenio.books.kept import AWAITED, kraken_time
from krakenio.clock import utc

K = TypeVar("K", bound=KeptBook[Any, Any, Any])

HEALINGS = 3
"""New snapshots in a row, with no true update after any of them, until a book is given up."""

NOT_ENTERED = "its block was not entered; use `async with` around it"


class News(Enum):
    """What a row did to a book."""

    NOTHING = auto()  # an update of a book that waits for its snapshot, or that nobody looks after any more
    CHANGED = auto()
    BEGUN = auto()  # it can be read: its snapshot is in
    HEALED = auto()  # the same, after it was lost
    LOST = auto()  # a new snapshot is wanted
    GIVEN_UP = auto()


_CHANGED = News.CHANGED  # found once: it is the answer to nearly every row


class Patient(Generic[K]):
    """One book and what it went through; `clock` gives nanoseconds of the wall clock.

    `waiting`: its stream has yet to tell of a change. `reason`: why it was lost last.
    """

    __slots__ = (
        "_clock", "_closed", "_losses", "_sick", "book", "given_up", "healed", "mismatches", "reason", "waiting",
    )  # fmt: skip

    def __init__(self, book: K, clock: Callable[[], int]) -> None:
        self.book: K = book
        self.healed: int = 0
        self.mismatches: int = 0
        self.given_up: bool = False
        self.waiting: bool = False
        self.reason: str = AWAITED
        self._clock = clock
        self._closed = self._sick = False
        self._losses = 0  # since the last true update
        book.invalidate(NOT_ENTERED, self._now())

    def await_snapshot(self) -> None:
        """Learn that the book's stream is entered."""
        self.book.invalidate(AWAITED, self._now())

    def take(self, row: Any, *, snapshot: bool) -> News:  # noqa: ANN401 - a row of its channel
        """Apply a row of the book's channel."""
        book = self.book
        if self._closed or not (snapshot or book.valid):
            return News.NOTHING
        if book.apply_row(row, snapshot=snapshot) is not None:
            return self._lose(row)
        if snapshot:
            return self._recover()
        self._losses = 0
        return _CHANGED

    def adopt(self, other: K) -> News:
        """Begin as a book that can be read, of whoever keeps it too."""
        self.book.adopt(other)
        return self._recover()

    def stop(self, reason: str) -> bool:
        """Let nobody read the book until its next snapshot; what stopped it first stays the reason."""
        if not self.book.valid:
            return False
        self.book.invalidate(reason, self._now())
        return True

    def refuse(self, reason: str) -> None:
        """Let nobody read the book, since Kraken does not have it; one that was given up stays that."""
        if not self.given_up:
            self.book.invalidate(reason, self._now())

    def close(self, reason: str) -> None:
        """Let nobody read the book ever again."""
        self.stop(reason)
        self._closed = True

    def _recover(self) -> News:
        if not self._sick:
            return News.BEGUN
        self._sick = False
        self.healed += 1
        return News.HEALED

    def _lose(self, row: Any) -> News:  # noqa: ANN401
        self.mismatches += 1
        self._losses += 1
        self._sick = True
        self.reason = "it was lost" if self.book.desync is None else self.book.desync.reason
        if self._losses > HEALINGS:
            self.given_up = self._closed = True
            self.reason = f"{HEALINGS} new snapshots in a row did not heal it, at last {self.reason}"
            self.book.give_up(self.reason, self._now())
            return News.GIVEN_UP
        if kraken_time(row.timestamp) is None:
            self.book.invalidate(self.reason, self._now())
        return News.LOST

    def _now(self) -> datetime:
        return utc(self._clock())
