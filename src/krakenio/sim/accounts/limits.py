"""Count what a tier allows: calls go in with their cost, "too many" comes out.

Source: limits.md §A (matching engine, per pair), §B (open orders), §C (REST, per key), §D (`level3`).
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from krakenio.sim.clock import SECOND

Clock = Callable[[], int]

LEVEL3_SYMBOLS = 200
"""Symbols of `level3` that a connection may have (limits.md §D)."""
LEVEL3_COSTS = {10: 5, 100: 25, 1000: 100}
"""What subscribing to a symbol costs, by depth."""

CANCEL_AGES = (5, 10, 15, 45, 90, 300)
CANCEL_COSTS = (8, 6, 5, 4, 2, 1, 0)
"""What cancelling an order costs while it is younger than so many seconds (limits.md §A.2)."""


class Counter:
    """Rise by costs, fall with time, never below zero."""

    def __init__(self, clock: Clock, limit: float, decay: float) -> None:
        self._clock, self._limit, self._decay = clock, limit, decay
        self._value, self._since = 0.0, clock()

    @property
    def value(self) -> float:
        """Return the count after the decay up to now."""
        now = self._clock()
        self._value = max(0.0, self._value - self._decay * (now - self._since) / SECOND)
        self._since = now
        return self._value

    def add(self, cost: float) -> None:
        """Count a transaction that is made in any case."""
        self._value = self.value + cost

    def admits(self, cost: float) -> bool:
        """Count a transaction unless it would lift the counter over its limit; then return False."""
        if self.value + cost > self._limit:
            return False
        self._value += cost
        return True


@dataclass(frozen=True, slots=True)
class Tier:
    """Hold the numbers of a verification tier."""

    clock: Clock
    engine_limit: int
    engine_decay: float
    open_orders: int
    rest_limit: int
    rest_decay: float
    level3_rate: int
    enforced: bool

    def rest_counter(self) -> Counter:
        """Return the counter of one API key."""
        return Counter(self.clock, self.rest_limit if self.enforced else float("inf"), self.rest_decay)

    def level3_counter(self) -> Counter:
        """Return the budget for subscribing to `level3`: so much at once, and as much again each second."""
        return Counter(self.clock, self.level3_rate if self.enforced else float("inf"), self.level3_rate)

    def engine_counters(self) -> Callable[[str], Counter]:
        """Return a function that keeps one counter for each pair of an account."""
        counters: dict[str, Counter] = {}

        def of(symbol: str) -> Counter:
            limit = self.engine_limit if self.enforced else float("inf")
            return counters.setdefault(symbol, Counter(self.clock, limit, self.engine_decay))

        return of


_NUMBERS: dict[str, tuple[int, float, int, int, float, int]] = {
    "starter": (60, 1, 60, 15, 0.33, 200),
    "intermediate": (125, 2.34, 80, 20, 0.5, 200),
    "pro": (180, 3.75, 225, 20, 1, 500),
}


def open_tier(name: str, clock: Clock, *, enforced: bool) -> Tier:
    """Return a tier by its name; raises `ValueError` that names the three."""
    if name not in _NUMBERS:
        message = f"open_exchange(tier={name!r}): expected one of {', '.join(_NUMBERS)}"
        raise ValueError(message)
    return Tier(clock, *_NUMBERS[name], enforced)


_AMEND_COSTS = (3, 2, 1, 0)
_EDIT_COSTS = (6, 5, 4, 2, 1, 0)
"""What amending and editing an order costs beside the fixed 1, while it is younger than 5, 10, 15, 45 and 90 s."""


def amend_cost(age: int) -> int:
    """Return what amending an order of this age in nanoseconds costs."""
    return _AMEND_COSTS[bisect_right(CANCEL_AGES[:3], age / SECOND)]


def edit_cost(age: int) -> int:
    """Return what editing an order of this age in nanoseconds costs."""
    return _EDIT_COSTS[bisect_right(CANCEL_AGES[:5], age / SECOND)]


def cancel_cost(age: int) -> int:
    """Return what cancelling an order of this age in nanoseconds costs."""
    return CANCEL_COSTS[bisect_right(CANCEL_AGES, age / SECOND)]
