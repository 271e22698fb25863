"""Follow Kraken's countdown from here: when it was armed goes in, when to arm it again and when it fires comes out.

Times are seconds of any clock that only goes forward. Kraken's countdown begins when it takes a request, so no earlier
than that was sent: it cannot fire before this one says.
"""

from krakenio.errors import InvalidRequest

LONGEST = 86_399
"""Seconds: Kraken takes less than a day."""


class Countdown:
    """The countdown of one dead-man's switch."""

    def __init__(self, timeout: int) -> None:
        self.timeout: int = check_timeout(timeout)
        self._armed_at: float | None = None
        self._asked_at: float | None = None

    def asked(self, sent_at: float) -> None:
        """Learn that a request to arm it is sent: Kraken may take it though no answer comes."""
        self._asked_at = sent_at

    def armed(self, sent_at: float) -> None:
        """Learn that Kraken took a request that was sent then."""
        self._armed_at, self._asked_at = sent_at, None

    def off(self) -> None:
        """Learn that it must have fired."""
        self._armed_at = None

    def disarmed(self) -> None:
        """Learn that Kraken has disarmed it."""
        self._armed_at = self._asked_at = None

    def may_fire_after(self, now: float) -> bool:
        """Tell whether it is armed, or may be by a request that had no answer."""
        return self._armed_at is not None or (self._asked_at is not None and now < self._asked_at + self.timeout)

    def fired_before(self, sent_at: float) -> bool:
        """Tell whether it may have fired before something was sent."""
        return self.fires_at is not None and self.fires_at <= sent_at

    @property
    def fires_at(self) -> float | None:
        """Return when it fires at the earliest unless it is armed again; `None` while it is off."""
        return None if self._armed_at is None else self._armed_at + self.timeout

    @property
    def due_at(self) -> float | None:
        """Return when to arm it again: at a quarter, so that a second try still comes within the third."""
        return None if self._armed_at is None else self._armed_at + self.timeout / 4

    @property
    def late_at(self) -> float | None:
        """Return when it is time to warn: at half of it the third has passed and further tries have failed."""
        return None if self._armed_at is None else self._armed_at + self.timeout / 2

    @property
    def patience(self) -> float:
        """Return how many seconds one try may take."""
        return self.timeout / 12


def check_timeout(timeout: object) -> int:
    """Return a timeout that Kraken takes."""
    if isinstance(timeout, bool) or not isinstance(timeout, int) or not 0 < timeout <= LONGEST:
        message = (
            f"dead_man_switch({timeout!r}): pass whole seconds from 1 to {LONGEST}, as an int; "
            "Kraken recommends 60, and this many seconds after the last sign of life all orders are cancelled"
        )
        raise InvalidRequest(message)
    return timeout
