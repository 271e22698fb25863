"""Remember one market's trades: trades go in, the 24-hour figures, candles and recent trades come out.

Candles of one minute are kept for weeks; longer ones are made from them when first asked for, and then kept up.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from krakenio.sim.clock import SECOND
from krakenio.sim.markets.orders import Trade

MINUTE = 60 * SECOND
DAY = 1440 * MINUTE
RECENT = 20_000
"""Trades kept; a page of REST `Trades` has up to 1000, the WebSocket snapshot 50."""
MINUTES = 50_000
"""Minutes kept: 34 days of them, more than the longest interval."""
INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
"""Minutes of a candle, on WebSocket and REST alike (ws-v2-market-data §3, rest-endpoints §1)."""
CANDLES = 720
"""Candles of an interval: what REST gives at most (rest-endpoints §1)."""


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

    def rescale(self, price: int, qty: int) -> None:
        """Write the numbers with so many more decimals (fewer: rounded down)."""
        self.open, self.high, self.low, self.close = (
            shifted(each, price) for each in (self.open, self.high, self.low, self.close)
        )
        self.volume, self.value = shifted(self.volume, qty), shifted(self.value, price + qty)


def shifted(number: int, places: int) -> int:
    """Return an integer in units of so many more decimals (fewer: rounded down).

    >>> shifted(5, 2), shifted(567, -1)
    (500, 56)
    """
    factor: int = 10 ** abs(places)
    return number * factor if places >= 0 else number // factor


class History:
    """Keep a market's recent trades and its minutes; `past` is asked once, and late, for what was before."""

    def __init__(self, past: Callable[[], Iterable[Trade]] = tuple) -> None:
        self._past: Callable[[], Iterable[Trade]] | None = past
        self._trades: deque[Trade] = deque(maxlen=RECENT)
        self._minutes: deque[Candle] = deque(maxlen=MINUTES)
        self._today: deque[Candle] = deque()
        self._closed: tuple[tuple[int, int], Candle | None] | None = None
        self._series: dict[int, deque[Candle]] = {}

    @property
    def trades(self) -> deque[Trade]:
        """Return the recent trades, oldest first."""
        self._begin()
        return self._trades

    def add(self, trade: Trade) -> None:
        """Record a trade; they come in the order of time."""
        self._begin()
        self._record(trade)

    def day(self, now: int) -> Candle | None:
        """Return the last 24 hours as one candle, to the minute; None if nothing traded."""
        self._begin()
        while self._today and self._today[0].begin <= now - DAY:
            self._today.popleft()
        if not self._today:
            return None
        last, whole = self._today[-1], self._until_last()
        if whole is None:
            return replace(last)
        whole.include(last)
        return whole

    def candles(self, minutes: int) -> list[Candle]:
        """Return the candles of an interval, oldest first, the running one last; empty ones do not exist."""
        return list(self._of(minutes))

    def running(self, minutes: int) -> Candle:
        """Return the candle that the last trade fell into."""
        return self._of(minutes)[-1]

    def rescale(self, price: int, qty: int) -> None:
        """Write all candles with so many more decimals; past trades keep the digits that they had."""
        for candle in self._minutes:
            candle.rescale(price, qty)
        self._series.clear()
        self._closed = None

    def _begin(self) -> None:
        if self._past is not None:
            past, self._past = self._past, None
            for trade in past():
                self._record(trade)

    def _record(self, trade: Trade) -> None:
        self._trades.append(trade)
        begin = trade.time // MINUTE * MINUTE
        price, qty = trade.price, trade.qty
        candle = Candle(begin, price, price, price, price, qty, price * qty, 1)
        for minutes, series in self._series.items():
            _extend(series, minutes * MINUTE, candle)
        if self._minutes and self._minutes[-1].begin == begin:
            self._minutes[-1].include(candle)
        else:
            self._minutes.append(candle)
            self._today.append(candle)

    def _of(self, minutes: int) -> deque[Candle]:
        self._begin()
        if minutes not in self._series:
            self._series[minutes] = series = deque[Candle](maxlen=CANDLES)
            for candle in self._minutes:
                _extend(series, minutes * MINUTE, candle)
        return self._series[minutes]

    def _until_last(self) -> Candle | None:
        """Return the day but its last minute, as a candle of the caller's own; they are added up once a minute."""
        key = self._today[0].begin, self._today[-1].begin
        if self._closed is None or self._closed[0] != key:
            self._closed = key, _merged(list(self._today)[:-1])
        whole = self._closed[1]
        return None if whole is None else replace(whole)


def _extend(series: deque[Candle], span: int, candle: Candle) -> None:
    begin = candle.begin // span * span
    if series and series[-1].begin == begin:
        series[-1].include(candle)
    else:
        series.append(replace(candle, begin=begin))


def _merged(candles: list[Candle]) -> Candle | None:
    if not candles:
        return None
    whole = replace(candles[0])
    for candle in candles[1:]:
        whole.include(candle)
    return whole


def filled(candles: list[Candle], span: int, now: int) -> Iterator[Candle]:
    """Yield candles without a hole up to the running one; empty ones have the last price and no trades."""
    previous: Candle | None = None
    for candle in candles:
        if previous is not None:
            yield from _empty(previous, span, candle.begin)
        yield candle
        previous = candle
    if previous is not None:
        yield from _empty(previous, span, now // span * span + span)


def _empty(previous: Candle, span: int, end: int) -> Iterator[Candle]:
    price = previous.close
    for begin in range(previous.begin + span, end, span):
        yield Candle(begin, price, price, price, price)
