"""Know the kept books of one socket: subscriptions go in, and each book begins, goes on and ends with them."""

from collections.abc import Iterable
from typing import Any

from krakenio.books import Book, KeptBook
from krakenio.events import Gap
from krakenio.messages.kinds import Numbers
from krakenio.streams.keeping import Keeper, keeps
from krakenio.subscriptions.channels import Key
from krakenio.subscriptions.precisions import INSTRUMENT, Precisions
from krakenio.subscriptions.wanted import Subscriptions
from krakenio.subscriptions.wires import Sink


class Shelf:
    """Attach and detach sinks, and know the keepers among them; `precisions` may be those of another socket."""

    def __init__(self, subscriptions: Subscriptions, precisions: Precisions) -> None:
        self._subscriptions = subscriptions
        self._precisions = precisions
        self._keepers: dict[Keeper[Any], None] = {}

    def attach(self, keys: Iterable[Key], sink: Sink) -> None:
        """Add a sink; the user's choice of instruments goes before ours, since only one can be subscribed."""
        wanted = list(keys)
        if wanted[0].channel == INSTRUMENT.channel:
            self._precisions.leave()
        try:
            self._subscriptions.attach(wanted, sink)
        finally:
            self._precisions.follow()
        if keeps(sink):
            sink.renew = self._subscriptions.refresh
            self._keepers[sink] = None
            self._precisions.add(sink)

    def caught_up(self, key: Key, sink: Sink, numbers: Numbers) -> bool:
        """Tell a sink of a book from one that is kept already; false where only a new snapshot of Kraken's will do."""
        for keeper in self._keepers:
            patient = keeper.patients.get(str(key.symbol)) if keeper.channel == key.channel else None
            if patient is not None and keeper is not sink and patient.book.valid:
                return _tell(sink, patient.book, numbers)
        return False

    def detach(self, sink: Sink) -> None:
        """Remove a sink."""
        self._subscriptions.detach(sink)
        if keeps(sink):
            sink.close("its block was left")
            self._keepers.pop(sink, None)
            self._precisions.remove(sink)

    def digits(self) -> bool:
        """Tell whether books are kept here, so that they need the numbers' text."""
        return bool(self._keepers)

    def stop(self, gap: Gap) -> None:
        """Let no book be read until its next snapshot."""
        for keeper in self._keepers:
            keeper.put_gap(gap)


def _tell(sink: Sink, book: KeptBook[Any, Any, Any], numbers: Numbers) -> bool:
    if keeps(sink):
        sink.adopt(book)
    elif isinstance(book, Book):
        sink.put(book.snapshot(numbers))
    return True
