"""Tell the exchange's time: AnyIO's clock goes in, wall-clock nanoseconds and Kraken's time texts come out."""

import math
import re
import time
from datetime import UTC, datetime
from functools import lru_cache

import anyio

SECOND = 1_000_000_000
MINUTE_SPAN = 60 * SECOND
EPOCH = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp()) * SECOND
"""Where virtual time begins, so that a run in memory replays to the last digit."""
_FRACTION = re.compile(r"[.,]([0-9]+)")


class Clock:
    """Count wall-clock nanoseconds from an epoch, at the pace of the loop's clock (so virtual time works).

    It can be set: Kraken's clock and a client's need not agree, nor stay as they are.
    """

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch
        self._started = anyio.current_time()
        self._shifted = anyio.Event()

    def __call__(self) -> int:
        """Return the Unix time in nanoseconds."""
        return self._epoch + self.steady()

    def steady(self) -> int:
        """Return nanoseconds that no setting of the clock changes: what limits decay by."""
        return round((anyio.current_time() - self._started) * SECOND)

    def shift(self, by: int) -> None:
        """Jump so many nanoseconds, forwards or back."""
        self._epoch += by
        self._shifted.set()
        self._shifted = anyio.Event()

    async def until(self, moment: int) -> None:
        """Wait for a moment, however the clock jumps meanwhile."""
        while (left := moment - self()) > 0:
            with anyio.move_on_after(math.nextafter(left / SECOND, math.inf)):
                await self._shifted.wait()


def open_clock(*, virtual: bool) -> Clock:
    """Start a clock now: at a fixed epoch, or at the machine's time."""
    return Clock(EPOCH if virtual else time.time_ns())


def micros(moment: int) -> str:
    """Return RFC 3339 with microseconds, as most of Kraken's messages have it."""
    return f"{_whole(moment)}.{moment % SECOND // 1000:06d}Z"


def nanos(moment: int) -> str:
    """Return RFC 3339 with nanoseconds: `ohlc` and `level3`."""
    return f"{_whole(moment)}.{moment % SECOND:09d}Z"


def seconds(moment: int) -> str:
    """Return RFC 3339 in whole seconds: SystemStatus, the dead man's switch."""
    return f"{_whole(moment)}Z"


@lru_cache(maxsize=256)
def _text_of(whole: int) -> str:
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _whole(moment: int) -> str:
    return _text_of(moment // SECOND)


def parse(text: str) -> int | None:
    """Read an RFC 3339 time with a zone into nanoseconds, or return None."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    fraction = _FRACTION.search(text)  # a datetime ends with microseconds
    return int(moment.timestamp()) * SECOND + (int(fraction[1][:9].ljust(9, "0")) if fraction else 0)
