"""Know the kept books of one socket, and tell them their pairs' precisions: subscriptions and reference data go in.

While books are kept here, `instrument` is subscribed for them, beside the user's own stream of it if there is one.
"""

from collections.abc import Iterable
from typing import Any

from krakenio.books import Book, KeptBook
from krakenio.books.digits import DECIMALS
from krakenio.errors import ApiError
from krakenio.events import Gap
from krakenio.messages import InstrumentMessage
from krakenio.messages.kinds import Numbers
from krakenio.streams.keeping import Keeper, keeps
from krakenio.streams.mailbox import put_each
from krakenio.subscriptions.channels import CHANNELS, Key, check_params
from krakenio.subscriptions.memory import AllInstruments
from krakenio.subscriptions.wanted import Subscriptions
from krakenio.subscriptions.wires import Sink

_DEFAULTS = {"execution_venue": "international", "include_tokenized_assets": False}
INSTRUMENT = Key("instrument", None, check_params(CHANNELS["instrument"], _DEFAULTS))


class Shelf:
    """Attach and detach sinks, and keep the keepers among them informed; a sink of `instrument` itself."""

    def __init__(self, subscriptions: Subscriptions, instruments: AllInstruments, *, precisions: bool) -> None:
        self._subscriptions = subscriptions
        self._instruments = instruments
        self._wanted = precisions  # whether this host has the channel
        self._following = False
        self._known: dict[str, tuple[int, int]] = {}
        self._keepers: dict[Keeper[Any], None] = {}

    def attach(self, keys: Iterable[Key], sink: Sink) -> None:
        """Add a sink; the user's choice of instruments goes before ours, since only one can be subscribed."""
        wanted = list(keys)
        if wanted[0].channel == INSTRUMENT.channel:
            self._leave()
        try:
            self._subscriptions.attach(wanted, sink)
            if keeps(sink):
                self._add(sink)
        finally:
            self._follow()

    def caught_up(self, key: Key, sink: Sink, numbers: Numbers) -> bool:
        """Tell a sink of a book from one that is kept already; false where only a new snapshot of Kraken's will do."""
        for keeper in self._keepers:
            patient = keeper.patients.get(str(key.symbol)) if keeper.channel == key.channel else None
            if patient is not None and keeper is not sink and patient.book.valid:
                return _tell(sink, patient.book, numbers)
        return False

    def detach(self, sink: Sink) -> None:
        """Remove a sink; the last keeper takes `instrument` with it."""
        self._subscriptions.detach(sink)
        if keeps(sink):
            sink.close("its block was left")
            self._keepers.pop(sink, None)
        if not self._keepers:
            self._leave()
            self._known.clear()

    def digits(self) -> bool:
        """Tell whether books are kept here, so that they need the numbers' text."""
        return bool(self._keepers)

    def stop(self, gap: Gap) -> None:
        """Let no book be read until its next snapshot."""
        for keeper in self._keepers:
            keeper.put_gap(gap)

    def put(self, item: InstrumentMessage) -> None:
        """Learn precisions and pass them on; one that no book could have is none.

        An update may hold only what has changed, so the memory is asked, which has taken the message in before.
        """
        for row in item.data.pairs:
            pair = self._instruments.pair(row.symbol) or row
            price, qty = pair.price_precision, pair.qty_precision
            if price is not None and qty is not None and 0 <= price <= DECIMALS and 0 <= qty <= DECIMALS:
                self._known[pair.symbol] = price, qty
        for keeper in self._keepers:
            keeper.set_precisions(self._known)

    put_run = put_each

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:
        """Go on with the precisions that are known: the next snapshot tells what has changed."""

    def settled(self, key: Key, error: ApiError | None) -> None:
        """Do without, if it was refused: books take the digits as they come."""

    def _add(self, keeper: Keeper[Any]) -> None:
        keeper.renew = self._subscriptions.refresh
        self._keepers[keeper] = None
        keeper.set_precisions(self._known)

    def _leave(self) -> None:
        if self._following:
            self._following = False
            self._subscriptions.detach(self)

    def _follow(self) -> None:
        if self._keepers and self._wanted and not self._following:
            self._following = True
            key = self._subscriptions.current("instrument", None) or INSTRUMENT
            self._subscriptions.attach([key], self)
            if self._subscriptions.is_live(key):
                for row in self._instruments.rows(None):
                    self.put(row)


def _tell(sink: Sink, book: KeptBook[Any, Any, Any], numbers: Numbers) -> bool:
    if keeps(sink):
        sink.adopt(book)
    elif isinstance(book, Book):
        sink.put(book.snapshot(numbers))
    return True
