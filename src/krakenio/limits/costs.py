"""Say what a request costs in Kraken's matching engine: a method and the orders' ages go in, a cost comes out.

Source: limits.md A.2, from docs.kraken.com, guides/general/ratelimits (August 2026). An age is the time since an order
was created or last amended; that a batch of mixed ages is charged for each order is (unverified).
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

AGES = (5.0, 10.0, 15.0, 45.0, 90.0, 300.0)
"""Seconds: below each the cost of its column holds, from the last on nothing is added."""

_BY_AGE: dict[str, tuple[int, ...]] = {
    "amend_order": (3, 2, 1, 0, 0, 0, 0),
    "edit_order": (6, 5, 4, 2, 1, 0, 0),
    "cancel_order": (8, 6, 5, 4, 2, 1, 0),
    "batch_cancel": (8, 6, 5, 4, 2, 1, 0),
}
DEAREST = max(_BY_AGE["batch_cancel"])
"""What the cancel of one order costs at most."""

_FIXED: dict[str, float] = {"add_order": 1, "batch_add": 0.5, "amend_order": 1, "edit_order": 1}

ALWAYS_TAKEN = frozenset({"batch_cancel", "cancel_all"})
"""What Kraken does even where it lifts the counter over its threshold; so it never waits."""


class Cost(NamedTuple):
    """What one request adds to a pair's counter: `fixed` on receipt, even if refused, `aged` if it is done."""

    fixed: float
    aged: float = 0.0

    @property
    def total(self) -> float:
        """Return both together."""
        return self.fixed + self.aged


def cost_of(method: str, ages: Sequence[float] = (0.0,)) -> Cost:
    """Return what a request costs that concerns orders of these ages in seconds, new ones included."""
    by_age = _BY_AGE.get(method)
    aged = 0 if by_age is None else sum(by_age[bisect_right(AGES, age)] for age in ages)
    return Cost(_FIXED.get(method, 0) * len(ages), aged)


OF_NEW = {method: cost_of(method) for method in ("add_order", "batch_add")}
"""What each new order costs."""
