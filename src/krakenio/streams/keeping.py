"""Keep a stream's books: messages of its subscriptions go in and are applied at once; the books that changed come out.

A sink as any other, but it holds no messages: each symbol waits at most once, however far its reader is behind.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeGuard, TypeVar

import anyio

from krakenio.books import KeptBook
from krakenio.errors import ApiError, BookNotHealed
from krakenio.events import BookHealed, BookMismatch, Gap
from krakenio.links.context import Context
from krakenio.streams.healing import News, Patient
from krakenio.streams.intake import Intake
from krakenio.streams.mailbox import put_each
from krakenio.subscriptions.channels import Key

K = TypeVar("K", bound=KeptBook[Any, Any, Any])

_CHANGED, _NOTHING = News.CHANGED, News.NOTHING  # an enum's member costs more to find than a message to put down

Renew = Callable[[str, str], None]
"""Ask for a new snapshot, by channel and symbol."""


class Keeper(Intake[K], Generic[K]):
    """Apply what comes to one book for each symbol."""

    __slots__ = ("_absent", "_context", "_untold", "channel", "patients", "renew")
    conflated: int

    def __init__(self, books: Mapping[Key, K], context: Context) -> None:
        super().__init__(books, len(books), "conflate")
        self.channel: str = self.keys[0].channel
        self.patients: dict[str, Patient[K]] = {book.symbol: Patient(book, context.clock) for book in books.values()}
        self.renew: Renew | None = None
        self._context = context
        self._absent = dict.fromkeys(self.patients)  # what cannot be read now
        self._untold: list[BookNotHealed] = []

    # what the reader brings

    def put(self, item: Any) -> None:  # noqa: ANN401 - a message of one row
        """Apply a message."""
        row = item.data[0]
        patient = self.patients[row.symbol]
        news = patient.take(row, snapshot=item.type == "snapshot")
        if news is _CHANGED and patient.waiting:  # most often: its reader has yet to see an earlier change
            self.conflated += 1
        elif news is _CHANGED:
            self._tell(patient)
        elif news is not _NOTHING:
            self._heed(patient, news)

    def put_run(self, items: Sequence[Any]) -> None:
        """Apply messages that came together."""
        put_each(self, items)

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:
        """Learn that something is missing: the book of the symbol, or each, waits for its next snapshot."""
        for patient in self.patients.values() if symbol is None else (self.patients[symbol],):
            if patient.stop(gap.reason):
                self._absent[patient.book.symbol] = None
                self._tell(patient)

    def adopt(self, book: K) -> None:
        """Begin a book as another keeper has it, which costs no snapshot."""
        patient = self.patients[book.symbol]
        if not patient.book.valid:
            self._heed(patient, patient.adopt(book))

    def settled(self, key: Key, error: ApiError | None) -> None:
        """Learn that Kraken accepted or refused one subscription, now or on a later connection."""
        accepted_before = key not in self._outstanding
        super().settled(key, error)
        if error is not None and key.symbol is not None:
            self._refuse(self.patients[key.symbol], error, told=accepted_before)

    def set_precisions(self, known: Mapping[str, tuple[int, int]]) -> None:
        """Learn how many decimals the price and the quantity of each pair have."""
        for symbol, patient in self.patients.items():
            if symbol in known:
                patient.book.set_precision(*known[symbol])

    def finish(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come: no book can be read from now on (contract D5)."""
        self.close("its session has ended")
        super().finish(error)

    def close(self, reason: str) -> None:
        """Let nobody read the books ever again."""
        for patient in self.patients.values():
            patient.close(reason)
        self.items.clear()

    # what the stream takes

    def take(self) -> K:
        """Return the next book that changed; raises `BookNotHealed` once for each that was given up."""
        self._raise_untold()
        book: Any = self.items.popleft()  # never a gap: that shows in the book
        self.patients[book.symbol].waiting = False
        return book  # type: ignore[no-any-return]

    def take_all(self) -> list[K | Gap]:
        """Return every book that changed."""
        self._raise_untold()
        for patient in self.patients.values():
            patient.waiting = False
        return super().take_all()

    async def wait_settled(self) -> None:
        """Wait until each symbol was refused, or accepted and its book can be read, or nothing more will come."""
        while (self._outstanding or self._absent) and not self.finished:
            self._changed = anyio.Event()
            await self._changed.wait()

    def _heed(self, patient: Patient[K], news: News) -> None:
        symbol = patient.book.symbol
        if news is News.LOST:
            self._absent[symbol] = None
        else:
            self._absent.pop(symbol, None)
            self._changed.set()
        self._report(symbol, patient.reason, news)
        self._tell(patient)
        if news is News.LOST and self.renew is not None:
            self.renew(self.channel, symbol)
        if news is News.GIVEN_UP:
            self._give_up(symbol, patient.reason)

    def _report(self, symbol: str, reason: str, news: News) -> None:
        at, given_up = self._context.clock(), news is News.GIVEN_UP
        if news is News.HEALED:
            self._context.publish(BookHealed(at=at, channel=self.channel, symbol=symbol))
        if given_up or news is News.LOST:
            self._context.publish(
                BookMismatch(at=at, channel=self.channel, symbol=symbol, reason=reason, given_up=given_up)
            )

    def _refuse(self, patient: Patient[K], error: ApiError, *, told: bool) -> None:
        """Let the stream give a book that is refused later on, and end where no other is left."""
        patient.refuse(f"Kraken refused it: {error}")
        self._absent.pop(patient.book.symbol, None)
        if self._none_left:
            self.finish(self._refused())
        elif told:
            self._tell(patient)

    def _give_up(self, symbol: str, reason: str) -> None:
        """Let the stream raise: once where others go on, for ever where this was the last one."""
        error = BookNotHealed(reason, symbol=symbol)
        if self._none_left:
            self.finish(error)
        else:
            self._untold.append(error)

    @property
    def _none_left(self) -> bool:
        refused = {key.symbol for key in self.rejected}
        return all(patient.given_up or name in refused for name, patient in self.patients.items())

    def _raise_untold(self) -> None:
        if self._untold:
            raise self._untold.pop(0)

    def _tell(self, patient: Patient[K]) -> None:
        if patient.waiting:
            self.conflated += 1
        else:
            patient.waiting = True
            self.items.append(patient.book)
        if self._waiter is not None:
            self._wake()


def keeps(sink: object) -> TypeGuard[Keeper[Any]]:
    """Tell whether a sink keeps books."""
    return isinstance(sink, Keeper)
