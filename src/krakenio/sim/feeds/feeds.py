"""Send what markets and accounts do to whoever subscribed: transactions go in, frames go to connections.

A frame is written once for each channel, symbol and depth or interval, whoever listens.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from krakenio.sim.accounts.access import Token
from krakenio.sim.chance import chance
from krakenio.sim.faults import FaultTable
from krakenio.sim.feeds import market_data, private
from krakenio.sim.feeds.level3 import Queues
from krakenio.sim.feeds.windows import Window
from krakenio.sim.markets.history import INTERVALS
from krakenio.sim.markets.orders import Entry, Owner, Report, Transaction
from krakenio.sim.markets.places import Place

__all__ = ["HOST_OF", "Feed", "Feeds", "Listener", "Window"]

HOST_OF = {"executions": "ws_auth", "balances": "ws_auth", "level3": "ws_l3"}
"""The host of each channel; all others are at `ws` (ws-v2-overview §1)."""

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

    def lose_private(self, channel: str) -> None:
        """Count a private message that is never sent."""
        ...


class Feeds:
    """Know who listens to what."""

    def __init__(self, clock: Callable[[], int], faults: FaultTable, seed: int) -> None:
        self._clock, self._faults, self._seed = clock, faults, seed
        self._listeners: dict[Feed, dict[Listener, None]] = {}
        self._windows: dict[str, dict[Feed, Window | Queues]] = {}
        self._private: dict[str, dict[Listener, private.Terms]] = {"executions": {}, "balances": {}}
        self._bests: dict[str, tuple[object, ...]] = {}

    def join(self, feed: Feed, listener: Listener, place: Place | None) -> None:
        """Begin to send a feed; a book's window opens with its first listener."""
        self._listeners.setdefault(feed, {})[listener] = None
        if place is None:
            return
        windows = self._windows.setdefault(feed[1], {})
        if feed[0] in {"book", "level3"} and feed not in windows:
            windows[feed] = self._open_window(feed, place)
        if feed[0] == "ticker":
            self._bests.setdefault(feed[1], _best(place))

    def leave(self, feed: Feed, listener: Listener) -> None:
        """Stop sending a feed."""
        others = self._listeners.get(feed, {})
        others.pop(listener, None)
        if not others:
            self._listeners.pop(feed, None)
            self._windows.get(feed[1], {}).pop(feed, None)

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
        channel, symbol, detail = feed
        now = self._clock()
        match channel:
            case "book" | "level3":
                return self._windows[symbol][feed].snapshot(now)
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
            self.publish_entry(account, entry)

    def publish_instrument(self, place: Place) -> None:
        """Send changed reference data to whoever asked for this pair's kind, and go on in its precisions."""
        for feed in list(self._listeners):
            if feed[0] == "instrument" and market_data.is_listed(place.market, str(feed[2])):
                self._send_written(feed, market_data.instrument("update", [place]))
        for window in self._windows.get(place.market.symbol, {}).values():
            window.measure()
        if place.market.symbol in self._bests:
            self._bests[place.market.symbol] = _best(place)

    def _open_window(self, feed: Feed, place: Place) -> Window | Queues:
        channel, symbol, depth = feed
        if channel == "book":
            return Window(place, int(depth))
        return Queues(place, int(depth), chance(self._seed, f"queues of {symbol}"))

    def _publish_books(self, place: Place, deal: Transaction) -> None:
        for feed, window in self._windows.get(place.market.symbol, {}).items():
            strikes = partial(self.strikes, feed)
            frame = window.update(deal, wrong=partial(strikes, "checksum"), strikes=strikes)
            if frame is not None and not strikes("lose update"):
                self._send_written(feed, frame)

    def strikes(self, feed: Feed, kind: str) -> bool:
        """Tell whether a fault of a kind is planned for a feed now, and count it."""
        channel, symbol, _ = feed
        return self._faults.take(kind, HOST_OF.get(channel, "ws"), f"{channel} {symbol}") is not None

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
        symbol = place.market.symbol
        if symbol in self._bests and self._bests[symbol] != (best := _best(place)):
            self._bests[symbol] = best
            self._send(("ticker", symbol, "bbo"), lambda: market_data.ticker(place, "update", deal.time))

    def _publish_reports(self, reports: list[Report]) -> None:
        for group in private.frames(reports):
            for listener, terms in list(self._private["executions"].items()):
                rows = [row for report in group if (row := private.execution(report, terms))]
                if rows:
                    self._push_private(listener, "executions", rows)

    def publish_entry(self, account: Owner, entry: Entry) -> None:
        """Tell who follows the balances of an account what changed one."""
        for listener, terms in list(self._private["balances"].items()):
            if terms.token.key.account is account:
                self._push_private(listener, "balances", [private.ledger_row(entry)])

    def _push_private(self, listener: Listener, channel: str, rows: list[dict[str, object]]) -> None:
        if self._faults.take("lose report", HOST_OF[channel], channel) is not None:
            listener.lose_private(channel)
        else:
            listener.push_private(channel, "update", rows)

    def _send(self, feed: Feed, frame: Callable[[], bytes]) -> None:
        if feed in self._listeners:
            self._send_written(feed, frame())

    def _send_written(self, feed: Feed, frame: bytes) -> None:
        for listener in list(self._listeners.get(feed, ())):
            listener.push(frame)


def _best(place: Place) -> tuple[object, ...]:
    book = place.book
    return book.bids.best, book.bids.best_qty, book.asks.best, book.asks.best_qty
