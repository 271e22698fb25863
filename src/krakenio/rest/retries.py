"""Decide whether a read is sent again, and when: an error, the attempts made and chance go in, seconds come out. Pure.

Only reads get here (contract C3). Kraken's own SDK makes three attempts in all, with exponential back-off and jitter.
"""

from krakenio.errors import ApiError, InvalidNonce, KrakenError, RateLimited, TransportError

ATTEMPTS = 3
"""Attempts in all."""

BASE = 0.5
"""Seconds: the first wait is drawn from 0 to this, each next one from twice as much."""

LONGEST = 15.0
"""Seconds: an error that asks for more than this goes to the caller."""


def seconds_until_retry(error: KrakenError, attempts: int, chance: float, now: float) -> float | None:
    """Return how long to wait for the next attempt, `None` if there is none.

    `attempts` have been made, `chance` lies in [0, 1), `now` is in Unix seconds.
    """
    jitter = chance * BASE * 2.0 ** (attempts - 1)
    if attempts >= ATTEMPTS or not passes(error, attempts):
        return None
    wait = jitter + _asked_for(error, now)
    return wait if wait <= LONGEST else None


def passes(error: KrakenError, attempts: int = 1) -> bool:
    """Tell whether the same read may succeed later, after so many attempts."""
    if isinstance(error, InvalidNonce):
        return attempts == 1  # a second one means that somebody else uses the key (contract G2)
    return error.retryable if isinstance(error, ApiError) else isinstance(error, TransportError) and not error.fatal


def _asked_for(error: KrakenError, now: float) -> float:
    if isinstance(error, RateLimited) and error.retry_at is not None:
        return max(0.0, error.retry_at - now)
    return error.wait
