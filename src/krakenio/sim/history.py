"""Remember one market's trades: trades go in, the 24-hour figures, candles and recent trades come out.

Candles of one minute are kept for a day of trading; longer ones are made from them, so they reach back as far as those.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from krakenio.sim.clock import SECOND
from krakenio.sim.orders import Trade

MINUTE = 60 * SECOND
DAY = 1440 * MINUTE
RECENT = 1000
"""Trades kept; REST `Trades` gives up to 1000, the WebSocket snapshot 50."""


@dataclass(slots=True)
class Candle:
    """Hold the trades of an interval: prices and volumes are integers, `value` is the sum of price times quantity."""

    begin: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    value: int = 0
    trades: int = 0

    @property
    def vwap(self) -> int:
        """Return the volume-weighted average price, rounded half up to the price precision."""
        return (2 * self.value + self.volume) // (2 * self.volume) if self.volume else self.close

    def include(self, other: "Candle") -> None:
        """Take in a later candle."""
        self.high, self.low, self.close = max(self.high, other.high), min(self.low, other.low), other.close
        self.volume += other.volume
        self.value += other.value
        self.trades += other.trades


class History:
    """Keep a market's recent trades and its minutes of the last day."""

    def __init__(self) -> None:
        self.trades: deque[Trade] = deque(maxlen=RECENT)
        self._minutes: deque[Candle] = deque(maxlen=1440)

    def add(self, trade: Trade) -> None:
        """Record a trade; they come in the order of time."""
        self.trades.append(trade)
        begin = trade.time // MINUTE * MINUTE
        price, qty = trade.price, trade.qty
        candle = Candle(begin, price, price, price, price, qty, price * qty, 1)
        if self._minutes and self._minutes[-1].begin == begin:
            self._minutes[-1].include(candle)
        else:
            self._minutes.append(candle)

    def day(self, now: int) -> Candle | None:
        """Return the last 24 hours as one candle, to the minute; None if nothing traded."""
        while self._minutes and self._minutes[0].begin <= now - DAY:
            self._minutes.popleft()
        return next(_merged(self._minutes, DAY * 366_000), None)

    def candles(self, minutes: int) -> list[Candle]:
        """Return the candles of an interval, oldest first, the running one last; empty ones do not exist."""
        return list(_merged(self._minutes, minutes * MINUTE))

    def running(self, minutes: int) -> Candle:
        """Return the candle that the last trade fell into."""
        span = minutes * MINUTE
        begin = self._minutes[-1].begin // span * span
        inside: deque[Candle] = deque()
        for candle in reversed(self._minutes):
            if candle.begin < begin:
                break
            inside.appendleft(candle)
        return next(_merged(inside, span))


def _merged(minutes: deque[Candle], span: int) -> Iterator[Candle]:
    whole: Candle | None = None
    for candle in minutes:
        begin = candle.begin // span * span
        if whole is None or whole.begin != begin:
            if whole is not None:
                yield whole
            whole = Candle(begin, candle.open, candle.high, candle.low, candle.close)
        whole.include(candle)
    if whole is not None:
        yield whole
