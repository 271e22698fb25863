"""Hold the state of one market: its book, its past, and the orders that wait for a price or a time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from krakenio.sim.markets.book import Book
from krakenio.sim.markets.history import History, shifted
from krakenio.sim.markets.listing import Market
from krakenio.sim.markets.orders import Order
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import units

SPREADS = 200
"""The changes of the best prices that `Spread` looks back on (rest-endpoints §1)."""


class Spread(NamedTuple):
    """Hold the best prices since a moment, in the digits that the market had then; 0 for an empty side."""

    time: int
    bid: int
    ask: int
    places: int


@dataclass(slots=True)
class Place:
    """Hold the state of one market; `index` is the price of other exchanges, None where there is no such feed.

    `fill` puts into the book what it opens with, once somebody looks at it: most markets are never looked at.
    """

    market: Market
    status: str = "online"
    fill: Callable[[], None] | None = None
    orders: Book = field(default_factory=Book)
    history: History = field(default_factory=History)
    trade_id: int = 0
    stamped: int = 0
    waiting: dict[str, Order] = field(default_factory=dict[str, Order])
    index: int | None = None
    spreads: deque["Spread"] = field(default_factory=lambda: deque["Spread"](maxlen=SPREADS))

    @property
    def book(self) -> Book:
        """Return the orders that rest, filled by now."""
        if self.fill is not None:
            fill, self.fill = self.fill, None
            fill()
        return self.orders

    def note_best(self, now: int) -> None:
        """Remember the best prices if they are others than before."""
        found = Spread(now, self.book.bids.best or 0, self.book.asks.best or 0, self.market.price_precision)
        if not self.spreads or self.spreads[-1][1:] != found[1:]:
            self.spreads.append(found)

    def stamp(self, now: int) -> int:
        """Return a time that no trade and no place in a queue of this market has yet: now, or soon after."""
        self.stamped = max(self.stamped + 1, now)
        return self.stamped

    @property
    def names(self) -> tuple[str, ...]:
        """Return what REST takes for this market: `XXBTZUSD`, `XBTUSD`, `XBT/USD` or `BTC/USD`, and `BTCUSD`."""
        market = self.market
        twin = (market.twin,) if market.twin else ()
        return market.rest, market.altname, market.wsname, market.symbol, market.symbol.replace("/", ""), *twin

    @property
    def last(self) -> int:
        """Return the price of the last trade, before any the one that the market began with."""
        if self.history.trades:
            trade = self.history.trades[-1]
            return shifted(trade.price, self.market.price_precision - trade.market.price_precision)
        return units(self.market.start_price.quantize(self.market.price_unit), self.market.price_precision) or 1

    def reference(self, name: str) -> int:
        """Return the price that a trigger watches; refuses an index that there is not (errors.md §4)."""
        if name == "last":
            return self.last
        if self.index is None:
            raise Refused("EGeneral:Invalid arguments:Index unavailable")
        return self.index
