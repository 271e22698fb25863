"""Keep the trades of one symbol whole: live ones go in; what may be given, what is missing and what waits come out.

`trade_id` counts up by one within a symbol, so a hole shows by itself, and so does a repetition.
"""

from collections import deque
from decimal import Decimal
from typing import Any

from krakenio.errors import DecodeError
from krakenio.messages import Trade, rfc3339, unix_ns
from krakenio.models import PublicTrade

HELD = 1_000
"""Live trades of a symbol that wait behind a hole; any more are fetched too."""

FILLABLE = 10_000
"""The largest hole that is filled, in trades: ten pages of REST."""

MICROSECOND = 1_000

LATER = 1_000_000_000
"""Nanoseconds by which a trade is later than one with a higher number if the numbers began anew."""

RENUMBERED = "the numbers of {}'s trades began anew"

_SIDES = {"b": "buy", "s": "sell"}
_ORD_TYPES = {"m": "market", "l": "limit"}


class Tape:
    """Follow the numbers of one symbol's trades."""

    __slots__ = ("_begun_ns", "_cut", "held", "last", "open", "over")

    def __init__(self) -> None:
        self._begun_ns: int | None = None
        self.last: Trade[Any] | None = None  # the last one that was given
        self.open: bool = False  # something is missing, or may be: live trades wait
        self.held: deque[Trade[Any]] = deque()
        self._cut = False  # some that came were not held
        self.over: bool = False  # the numbers began anew, on another tape

    def began_anew(self, trade: Trade[Any]) -> bool:
        """Tell whether a live trade shows that the numbers began anew."""
        if self.last is None or trade.trade_id > self.last.trade_id:
            newest = self.held[-1] if self.held else None
        else:
            newest = self.last
        return newest is not None and is_renumbered(trade, newest)

    def end(self) -> None:
        """Give nothing more: another tape goes on."""
        self.open, self._cut, self.over = False, False, True
        self.held.clear()

    def admit(self, trade: Trade[Any], *, room: bool) -> bool:
        """Tell whether a live trade may be given now; else it is a repetition, or waits."""
        if self.last is not None and trade.trade_id <= self.last.trade_id:
            return False
        if room and not self.open and self._is_next(trade):
            self.last = trade
            return True
        self.open = True
        self._hold(trade)
        return False

    def begin(self, now_ns: int) -> None:
        """Learn that trades come from now on, in Kraken's time; a market may have none for long."""
        if self._begun_ns is None:
            self._begun_ns = now_ns

    def missed(self) -> bool:
        """Learn that trades may be missing behind the last one; false if there was no time for one yet."""
        self.open = self.since is not None
        return self.open

    @property
    def since(self) -> str | None:
        """Return what REST must be asked for: a moment before the last trade, whose time was rounded and is shared."""
        known = self._begun_ns if self.last is None else self._before(self.last)
        return None if known is None else str(known)

    @property
    def waits(self) -> bool:
        """Tell whether live trades wait that were not fetched meanwhile."""
        while self.held and self.last is not None and self.held[0].trade_id <= self.last.trade_id:
            self.held.popleft()
        return bool(self.held)

    @property
    def missing(self) -> int | None:
        """Return how many trades are missing before those that wait; None where only REST can tell."""
        if not self.waits or self.last is None:
            return None
        return self.held[0].trade_id - self.last.trade_id - 1

    def wanted(self, fetched: list[Trade[Any]]) -> list[Trade[Any]]:
        """Return those of a page that were not given and do not wait."""
        if self.over:
            return []
        last = -1 if self.last is None else self.last.trade_id
        end = self.held[0].trade_id if self.held else None
        return [trade for trade in fetched if trade.trade_id > last and (end is None or trade.trade_id < end)]

    def skipped(self, trade: Trade[Any]) -> int:
        """Return how many are missing right before a trade, and count it as given."""
        lost = 0 if self.last is None else trade.trade_id - self.last.trade_id - 1
        self.last = trade
        return lost

    def close(self) -> None:
        """Go on live, now that all that waited was given; what could not wait is still missing."""
        self.open, self._cut = self._cut, False

    def _before(self, trade: Trade[Any]) -> int | None:
        """Return a moment before a trade; where its time cannot be read, when trades began to come."""
        try:
            return unix_ns(trade.timestamp) - MICROSECOND
        except DecodeError:
            return self._begun_ns

    def _is_next(self, trade: Trade[Any]) -> bool:
        return self.last is None or trade.trade_id == self.last.trade_id + 1

    def _hold(self, trade: Trade[Any]) -> None:
        if self.held and trade.trade_id <= self.held[-1].trade_id:
            return
        if len(self.held) < HELD:
            self.held.append(trade)
        else:
            self._cut = True


def is_renumbered(trade: Trade[Any], newest: Trade[Any]) -> bool:
    """Tell whether a trade is no repetition though its number is not above the newest's: it happened well after."""
    if trade.trade_id > newest.trade_id or trade.timestamp <= newest.timestamp:
        return False
    try:
        return unix_ns(trade.timestamp) > unix_ns(newest.timestamp) + LATER
    except DecodeError:
        return False


def as_trade(symbol: str, row: PublicTrade, numbers: type[Any]) -> Trade[Any]:
    """Return a trade of REST as the WebSocket tells it; one without a number as the one before all others."""
    time = rfc3339(int(row.time.scaleb(9)), 6)
    trade_id = -1 if row.trade_id is None else row.trade_id
    side, ord_type = _SIDES.get(row.side, row.side), _ORD_TYPES.get(row.ord_type, row.ord_type)
    return Trade(symbol, side, _as(row.price, numbers), _as(row.qty, numbers), ord_type, trade_id, time)


def _as(number: Decimal, numbers: type[Any]) -> Any:  # noqa: ANN401 - Decimal or float
    return number if numbers is Decimal else float(number)
