"""Say how long to wait before connecting again: failures, the time and a chance go in, seconds come out."""

from collections import deque

BASE = 1.0
"""Seconds: the first wait is drawn from 0 to this (Kraken: a random drop may be followed at once)."""

CAP = 60.0
"""Seconds: the longest wait (Kraken's reconnection guide)."""

STABLE = 60.0
"""Seconds that a connection must have lived before its loss counts as the first again (contract G5)."""

BAN = 600.0
"""Seconds: Kraken's longest ban of an address; no server is heeded that asks to be left alone for longer."""

AFTER_MAINTENANCE = 5.0
"""Seconds: after maintenance not faster than this (Kraken's reconnection guide)."""

_LARGEST_EXPONENT = 16


class Backoff:
    """Count failures in a row; full jitter spreads the clients that one outage hit."""

    def __init__(self) -> None:
        self.failures: int = 0

    def lived(self, seconds: float) -> None:
        """Tell how long a connection was up: only a stable one resets the count."""
        if seconds >= STABLE:
            self.failures = 0

    def failed(self, chance: float, *, least: float = 0.0) -> float:
        """Return the seconds to wait after one more failure; `chance` lies in [0, 1)."""
        span = min(CAP, BASE * 2.0 ** min(self.failures, _LARGEST_EXPONENT))
        self.failures += 1
        return max(least, chance * span)


class ConnectionBudget:
    """Keep the connection attempts of this process below Kraken's ban (about 150 in 10 minutes per address).

    Times are nanoseconds of a wall clock; one that was set back makes the budget wait a whole window at most.
    """

    LIMIT = 100
    WINDOW = 600 * 10**9

    def __init__(self) -> None:
        self._attempts: deque[int] = deque()

    def seconds_until_free(self, now: int) -> float:
        """Return how long the next attempt must wait, 0 when it may start."""
        if self._attempts and self._attempts[-1] > now:
            self._attempts = deque(min(attempt, now) for attempt in self._attempts)
        while self._attempts and now - self._attempts[0] >= self.WINDOW:
            self._attempts.popleft()
        if len(self._attempts) < self.LIMIT:
            return 0.0
        return (self._attempts[0] + self.WINDOW - now) / 1e9

    def spend(self, now: int) -> None:
        """Count one attempt."""
        self._attempts.append(now)
