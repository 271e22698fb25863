"""Tell Kraken's time from ours: the times of requests and replies go in, an offset comes out. All in nanoseconds."""

from collections import deque
from datetime import UTC, datetime

_SAMPLES = 16  # the best of the last few: a reply that was fast on the way bounds the offset tightest


class Skew:
    """Estimate how far Kraken's clock is ahead of ours, as NTP does, from the reply with the shortest way."""

    def __init__(self) -> None:
        self._samples: deque[tuple[int, int]] = deque(maxlen=_SAMPLES)
        self.offset: int = 0

    @property
    def known(self) -> bool:
        """Tell whether any reply was learnt from; before, `offset` is a guess."""
        return bool(self._samples)

    def observe(self, sent: int, received: int, time_in: int, time_out: int) -> None:
        """Learn from one reply: ours at both ends, Kraken's `time_in` and `time_out` in between."""
        travel = (received - sent) - (time_out - time_in)
        if travel < 0 or time_out < time_in:
            return  # a clock was set meanwhile
        self._samples.append((travel, ((time_in - sent) + (time_out - received)) // 2))
        self.offset = min(self._samples)[1]


def utc(nanoseconds: int) -> datetime:
    """Return a time since 1970 as users read it."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
