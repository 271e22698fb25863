"""Hold a stream of closed candles: the rows of `ohlc` and the time go in, the stream takes closed candles out."""

from collections.abc import Callable, Iterable
from typing import Any

import anyio

from krakenio.events import Gap
from krakenio.streams.candles import Closing
from krakenio.streams.mailbox import OnFull
from krakenio.streams.tended import TendedIntake
from krakenio.subscriptions.channels import Key

TICK = 1.0
"""Seconds between two looks at the clock."""


class ClosingIntake(TendedIntake[Any]):
    """Close the candles of each symbol; `time` gives Kraken's, in nanoseconds, or None before it is known."""

    __slots__ = ("_closings", "_time")

    def __init__(self, keys: Iterable[Key], limit: int, on_full: OnFull, time: Callable[[], int | None]) -> None:
        super().__init__(keys, limit, on_full)
        self._closings = {key.topic: Closing[Any](key.topic[1]) for key in self.keys if isinstance(key.topic, tuple)}
        self._time = time

    def put(self, item: Any) -> None:  # noqa: ANN401 - a Candle of either kind of numbers
        """Take a row in."""
        self._give(self._closings[item.symbol, item.interval].row(item, self._time()))

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:
        """Wait for the snapshot: mostly it holds what was missed, and then nothing is missing."""
        missed = [closing.missed() for topic, closing in self._closings.items() if symbol in {None, topic[0]}]
        if not all(missed):
            super().put_gap(gap, symbol)

    async def _tend(self) -> None:
        while not self.finished:
            now = self._time()
            if now is not None:
                for closing in self._closings.values():
                    self._give(closing.passed(now))
            await anyio.sleep(TICK)

    def _give(self, items: Iterable[Any]) -> None:
        for item in items:
            if isinstance(item, Gap):
                super().put_gap(item)
            else:
                super().put(item)
