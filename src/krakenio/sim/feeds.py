"""Send what markets and accounts do to whoever subscribed: transactions go in, frames go to connections.

A frame is written once for each channel, symbol and depth or interval, whoever listens.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from krakenio.sim import market_data, private
from krakenio.sim.access import Token
from krakenio.sim.accounts import Account
from krakenio.sim.book import Side
from krakenio.sim.engine import Place
from krakenio.sim.faults import FaultTable
from krakenio.sim.market_data import INTERVALS, Rows
from krakenio.sim.orders import Entry, Report, Transaction

Feed = tuple[str, str, int | str]
"""Channel, symbol, and what else makes a subscription its own: depth, interval or trigger."""


class Listener(Protocol):
    """Take what the feeds send."""

    def push(self, frame: bytes) -> None:
        """Queue a frame."""
        ...

    def push_private(self, channel: str, kind: str, data: list[dict[str, object]]) -> None:
        """Queue a private message, numbered within its channel."""
        ...


class Window:
    """Follow what a book of one depth shows, to tell which levels a client must hear of.

    Clients cut their book to the depth after each message and hear of no level that was pushed out; so a level that
    comes back is sent again (ws-v2-market-data §5.2). `_edges` are the worst prices shown, None while not full.
    """

    def __init__(self, place: Place, depth: int) -> None:
        self._place, self._depth = place, depth
        self._edges = [self._edge(place.book.bids), self._edge(place.book.asks)]

    def snapshot(self, now: int) -> bytes:
        """Return the whole window."""
        bids, asks = (self._rows(side, side.top(self._depth)) for side in self._sides())
        return market_data.book(self._place, "snapshot", bids, asks, now)

    def update(self, deal: Transaction, *, wrong: Callable[[], bool]) -> bytes | None:
        """Return what a transaction changed in the window, None if nothing."""
        touched = (deal.bids, deal.asks)
        bids, asks = (self._changes(*each) for each in zip(self._sides(), touched, self._edges, strict=True))
        self._edges = [self._edge(side) for side in self._sides()]
        if not bids and not asks:
            return None
        return market_data.book(self._place, "update", bids, asks, deal.time, wrong=wrong())

    def _sides(self) -> tuple[Side, Side]:
        return self._place.book.bids, self._place.book.asks

    def _edge(self, side: Side) -> int | None:
        return side.top(self._depth)[-1] if len(side) >= self._depth else None

    def _changes(self, side: Side, touched: dict[int, None], edge: int | None) -> Rows:
        rows = [row for price in touched if (row := self._change(side, price, edge))]
        if edge is None:
            return rows
        return rows + self._rows(side, self._refill(side, touched, edge))

    def _change(self, side: Side, price: int, edge: int | None) -> tuple[int, int] | None:
        level = side.levels.get(price)
        if level is None:
            return (price, 0) if edge is None or not side.worse(price, edge) else None
        return (price, level.qty) if side.rank(price) < self._depth else None

    def _refill(self, side: Side, touched: dict[int, None], edge: int) -> list[int]:
        first = side.rank(edge)
        return [price for price in side.top(self._depth)[first:] if side.worse(price, edge) and price not in touched]

    def _rows(self, side: Side, prices: Iterable[int]) -> Rows:
        return [(price, side.levels[price].qty) for price in prices]


class Feeds:
    """Know who listens to what."""

    def __init__(self, clock: Callable[[], int], faults: FaultTable) -> None:
        self._clock, self._faults = clock, faults
        self._listeners: dict[Feed, dict[Listener, None]] = {}
        self._windows: dict[Feed, Window] = {}
        self._private: dict[str, dict[Listener, private.Terms]] = {"executions": {}, "balances": {}}
        self._bests: dict[str, tuple[object, ...]] = {}

    def join(self, feed: Feed, listener: Listener, place: Place | None) -> None:
        """Begin to send a feed; a book's window opens with its first listener."""
        self._listeners.setdefault(feed, {})[listener] = None
        if place is not None and feed[0] == "book" and feed not in self._windows:
            self._windows[feed] = Window(place, int(feed[2]))

    def leave(self, feed: Feed, listener: Listener) -> None:
        """Stop sending a feed."""
        others = self._listeners.get(feed, {})
        others.pop(listener, None)
        if not others:
            self._listeners.pop(feed, None)
            self._windows.pop(feed, None)

    def join_private(self, channel: str, listener: Listener, terms: private.Terms) -> None:
        """Begin to send an account's channel."""
        self._private[channel][listener] = terms

    def leave_private(self, channel: str, listener: Listener) -> Token | None:
        """Stop sending it; return the token it lived by."""
        terms = self._private[channel].pop(listener, None)
        return terms.token if terms else None

    def terms(self, channel: str, listener: Listener) -> private.Terms | None:
        """Return what a connection asked for on a private channel, None if it is not subscribed."""
        return self._private[channel].get(listener)

    def snapshot(self, feed: Feed, place: Place) -> bytes:
        """Return a feed's snapshot."""
        channel, _, detail = feed
        now = self._clock()
        match channel:
            case "book":
                return self._windows[feed].snapshot(now)
            case "ticker":
                return market_data.ticker(place, "snapshot", now)
            case "trade":
                return market_data.trades("snapshot", list(place.history.trades)[-market_data.SNAPSHOT_TRADES :])
            case _:
                return market_data.ohlc(place.market, "snapshot", place.history.candles(int(detail)), int(detail), now)

    def publish(self, place: Place, deal: Transaction) -> None:
        """Send all that a transaction changed."""
        self._publish_books(place, deal)
        if deal.trades:
            self._publish_trades(place, deal)
        self._publish_best(place, deal)
        self._publish_reports(deal.reports)
        for account, entry in deal.entries:
            self._publish_entry(account, entry)

    def publish_instruments(self, places: Iterable[Place]) -> None:
        """Send changed reference data."""
        self._send(("instrument", "", ""), lambda: market_data.instrument("update", places))

    def _publish_books(self, place: Place, deal: Transaction) -> None:
        symbol = place.market.symbol
        for depth in market_data.DEPTHS:
            feed: Feed = ("book", symbol, depth)
            if window := self._windows.get(feed):
                frame = window.update(deal, wrong=lambda: self._faults.take("checksum", "ws", symbol) is not None)
                if frame is not None:
                    self._send_written(feed, frame)

    def _publish_trades(self, place: Place, deal: Transaction) -> None:
        symbol, history = place.market.symbol, place.history
        self._send(("trade", symbol, ""), lambda: market_data.trades("update", deal.trades))
        self._send(("ticker", symbol, "trades"), lambda: market_data.ticker(place, "update", deal.time))
        for minutes in INTERVALS:
            feed: Feed = ("ohlc", symbol, minutes)
            if feed in self._listeners:
                candles = [history.running(minutes)]
                self._send_written(feed, market_data.ohlc(place.market, "update", candles, minutes, deal.time))

    def _publish_best(self, place: Place, deal: Transaction) -> None:
        symbol, book = place.market.symbol, place.book
        best = (book.bids.best, book.bids.best_qty, book.asks.best, book.asks.best_qty)
        if self._bests.get(symbol) != best:
            self._bests[symbol] = best
            self._send(("ticker", symbol, "bbo"), lambda: market_data.ticker(place, "update", deal.time))

    def _publish_reports(self, reports: list[Report]) -> None:
        for group in private.frames(reports):
            for listener, terms in list(self._private["executions"].items()):
                rows = [row for report in group if (row := private.execution(report, terms))]
                if rows:
                    listener.push_private("executions", "update", rows)

    def _publish_entry(self, account: Account, entry: Entry) -> None:
        for listener, terms in list(self._private["balances"].items()):
            if terms.token.key.account is account:
                listener.push_private("balances", "update", [private.ledger_row(entry)])

    def _send(self, feed: Feed, frame: Callable[[], bytes]) -> None:
        if feed in self._listeners:
            self._send_written(feed, frame())

    def _send_written(self, feed: Feed, frame: bytes) -> None:
        for listener in list(self._listeners.get(feed, ())):
            listener.push(frame)
