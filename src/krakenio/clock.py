"""Tell Kraken's time from ours: the times of requests and replies go in, an offset comes out. All in nanoseconds.

Ours is a clock that nobody sets: the wall clock may jump at any time, and deadlines of orders must not.
"""

from collections import deque
from datetime import UTC, datetime

_SAMPLES = 16  # the best of the last few: a reply that was fast on the way bounds the offset tightest
_DRIFT = 50_000_000  # nanoseconds that two clocks may come apart while the samples are gathered

Sample = tuple[int, int]
"""How long a reply was on its way, both ways, and the offset that it tells, to half of that."""


class Skew:
    """Estimate how far Kraken's clock is ahead of ours, as NTP does, from the reply with the shortest way."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=_SAMPLES)
        self._odd: Sample | None = None  # it contradicts those before: the next one tells which are right
        self.offset: int = 0
        self.known: bool = False  # whether any reply was learnt from; before, `offset` is a guess

    def observe(self, sent: int, received: int, time_in: int, time_out: int) -> None:
        """Learn from one reply: ours at both ends, Kraken's `time_in` and `time_out` in between."""
        travel = (received - sent) - (time_out - time_in)
        if travel < 0 or time_out < time_in:
            return  # a clock was set meanwhile
        self._take((travel, ((time_in - sent) + (time_out - received)) // 2))

    def _take(self, sample: Sample) -> None:
        """Believe the best sample; where two in a row say that a clock was set, those from before are worth nothing."""
        if self._samples and _contradict(sample, min(self._samples)):
            if self._odd is None or _contradict(sample, self._odd):
                self._odd = sample
                return
            self._samples.clear()
        self._odd = None
        self._samples.append(sample)
        self.known = True
        self.offset = min(self._samples)[1]


def _contradict(one: Sample, other: Sample) -> bool:
    return abs(one[1] - other[1]) > (one[0] + other[0]) // 2 + _DRIFT


def utc(nanoseconds: int) -> datetime:
    """Return a time since 1970 as users read it."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
