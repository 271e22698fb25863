"""Close candles: the rows of one symbol and interval and Kraken's time go in, each candle comes out once, for good.

Kraken sends the running candle with each trade, says nothing when it ends, and sends nothing for an interval without
trades. So a candle is closed by a row of a later one, or by the clock, a margin after its end.
"""

from collections.abc import Iterator
from typing import Any, Generic

from msgspec.structs import replace

from krakenio.errors import DecodeError
from krakenio.events import Gap
from krakenio.messages import Candle, rfc3339, unix_ns
from krakenio.wire import N

MARGIN = 8_000_000_000
"""Nanoseconds after its end until the clock closes a candle: by then a connection that fell silent is found out."""

MAX_EMPTY = 10_080
"""Intervals without trades that are given one by one, a week of minutes; a longer silence is a gap."""

AHEAD = 60_000_000_000
"""Nanoseconds by which a candle may begin ahead of Kraken's time as we know it; one of later has a wrong time."""

_MINUTE = 60_000_000_000


class Closing(Generic[N]):
    """Follow the candles of one symbol, from the one that runs when `passed` is first asked.

    An interval without trades has the last close as its prices, no volume, and no `vwap`.
    """

    __slots__ = ("_begin", "_begun", "_running", "_span", "_unsure")

    def __init__(self, interval: int) -> None:
        self._span = interval * _MINUTE
        self._running: Candle[N] | None = None
        self._begin = 0
        self._begun = False
        self._unsure = False  # something may be missing, until a snapshot is here

    def row(self, row: Candle[N], now: int | None = None) -> list[Candle[N] | Gap]:
        """Take a row in; return the candles that it closes, or a gap where the snapshot does not reach back to them.

        Raises `DecodeError` where it begins after `now`, Kraken's time: it would close all that is still to come.
        """
        begin = unix_ns(row.interval_begin)
        if now is not None and begin > now + AHEAD:
            message = "a candle begins in the future"
            raise DecodeError(message)
        missing = self._unsure and begin > self._begin
        self._unsure = False
        if begin < self._begin:
            return []  # closed, or before our time
        told: list[Candle[N] | Gap] = []
        if self._begun:
            told = [Gap(f"the candles of {row.symbol} have a hole")] if missing else self._until(begin)
        self._running, self._begin = row, begin
        return told

    def passed(self, now: int) -> list[Candle[N] | Gap]:
        """Return the candles that Kraken's time has closed; none while something may be missing."""
        if not self._begun and self._begin > now + AHEAD:
            self._running, self._begin = None, 0  # it came before the time was known
        if self._unsure or self._running is None:
            return []
        closed = self._until(self._begin + max(0, (now - MARGIN - self._begin) // self._span) * self._span)
        begun, self._begun = self._begun, True
        return closed if begun else []  # what had ended before is history

    def missed(self) -> bool:
        """Learn that rows may be missing from now on; tell whether there is anything that a snapshot can join."""
        self._unsure = self._running is not None
        return self._unsure

    def _until(self, end: int) -> list[Candle[N] | Gap]:
        """Return the running candle and the empty ones behind it, if they end by then; what begins there runs now."""
        told: list[Candle[N] | Gap] = []
        behind = (end - self._begin) // self._span - 1
        if self._running is not None and behind > MAX_EMPTY:
            told += [self._running, Gap(f"{self._running.symbol} had {behind} candles without trades", lost=behind)]
            self._begin = end
            self._running = _empty(self._running, end)
        told.extend(self._closed(end))
        return told

    def _closed(self, end: int) -> Iterator[Candle[N]]:
        while self._running is not None and self._begin + self._span <= end:
            yield self._running
            self._begin += self._span
            self._running = _empty(self._running, self._begin)


def _empty(before: Candle[Any], begin: int) -> Candle[Any]:
    price = before.close
    nothing = price - price  # of the same kind of numbers
    return replace(
        before,
        open=price,
        high=price,
        low=price,
        trades=0,
        volume=nothing,
        interval_begin=rfc3339(begin, 9),
        vwap=None,
        timestamp=None,
    )
