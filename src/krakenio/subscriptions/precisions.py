"""Tell kept books how many decimals their pairs have: rows of `instrument` go in, precisions come out.

While books are kept, of this socket or of one that does not serve the channel, `instrument` is subscribed for them,
beside the user's own stream of it if there is one.
"""

from collections.abc import Callable
from typing import Any

from krakenio.books.digits import DECIMALS
from krakenio.errors import ApiError
from krakenio.events import Gap
from krakenio.messages import InstrumentMessage
from krakenio.streams.keeping import Keeper
from krakenio.streams.mailbox import put_each
from krakenio.subscriptions.channels import CHANNELS, Key, check_params
from krakenio.subscriptions.memory import AllInstruments
from krakenio.subscriptions.wanted import Subscriptions

_DEFAULTS = {"execution_venue": "international", "include_tokenized_assets": False}
INSTRUMENT = Key("instrument", None, check_params("instruments", CHANNELS["instrument"], _DEFAULTS))


class Precisions:
    """A sink of `instrument` that keeps keepers informed; `wake` lets its socket send what they have changed."""

    def __init__(self, subscriptions: Subscriptions, instruments: AllInstruments, wake: Callable[[], None]) -> None:
        self._subscriptions = subscriptions
        self._instruments = instruments
        self._wake = wake
        self._following = False
        self._known: dict[str, tuple[int, int]] = {}
        self._keepers: dict[Keeper[Any], None] = {}

    def add(self, keeper: Keeper[Any]) -> None:
        """Inform a keeper from now on; the first one brings `instrument`."""
        self._keepers[keeper] = None
        keeper.set_precisions(self._known)
        self.follow()
        self._wake()

    def remove(self, keeper: Keeper[Any]) -> None:
        """Inform it no more; the last one takes `instrument` with it."""
        self._keepers.pop(keeper, None)
        if not self._keepers:
            self.leave()
            self._known.clear()
        self._wake()

    def follow(self) -> None:
        """Listen to the variant that is subscribed, or to ours where there is none, if anybody wants to know."""
        if not self._keepers or self._following:
            return
        self._following = True
        key = self._subscriptions.current("instrument", None) or INSTRUMENT
        self._subscriptions.attach([key], self)
        if self._subscriptions.is_live(key):
            for row in self._instruments.rows(None):
                self.put(row)

    def leave(self) -> None:
        """Listen no more."""
        if self._following:
            self._following = False
            self._subscriptions.detach(self)

    # what the subscription brings

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
