"""Count as Kraken's REST limiter counts, for each key: calls go in, how long to wait comes out.

Times are seconds of any clock. Source: docs.kraken.com, guides/rest/ratelimits: a call that would lift the counter over
its maximum is refused, and refused calls keep it high; orders count in the matching engine instead.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

TierName = Literal["starter", "intermediate", "pro"]
"""The account's verification; Kraken tells it on the executions channel only, by `maxratecount`."""


class Rate(NamedTuple):
    """What a counter may reach, and how fast it falls a second."""

    most: float
    decay: float


TIERS: Mapping[str, Rate] = {"starter": Rate(15, 0.33), "intermediate": Rate(20, 0.5), "pro": Rate(20, 1.0)}

PUBLIC = Rate(20, 5.0)
"""For an address: Kraken publishes no number; other clients keep to 5 a second for the whole host (unverified)."""

HEADROOM = 0.1
"""What is left free after a wait: calls reach Kraken a little sooner or later than those before them."""

_FREE = ("AddOrder", "AmendOrder", "EditOrder", "AddOrderBatch", "CancelOrder", "CancelOrderBatch")
_COSTS: Mapping[str, float] = {
    **dict.fromkeys(_FREE, 0),
    # of "ledger and trade history" Kraken's texts say 2 and 4: the safe one; of the others 2 or 1
    **dict.fromkeys(("TradesHistory", "Ledgers"), 4),
    **dict.fromkeys(("ClosedOrders", "QueryTrades", "QueryLedgers", "OpenOrders"), 2),
}


AT_ONCE = ("GetWebSocketsToken", "CancelAll", "CancelAllOrdersAfter")
"""What is counted and never held back: without these a session ends, or orders live on."""


def waits(path: str) -> bool:
    """Tell whether a call may be held back for the counter."""
    return path.rpartition("/")[2] not in AT_ONCE


def cost_of(path: str) -> float:
    """Return what a signed call adds to the counter of its key."""
    return _COSTS.get(path.rpartition("/")[2], 1)


class RestCounter:
    """Rise by costs and fall with time, as Kraken's counter does; it may be put right by what Kraken refuses."""

    def __init__(self, rate: Rate) -> None:
        self.rate: Rate = rate
        self._value = self._since = 0.0

    def value(self, now: float) -> float:
        """Return the count; a clock that goes back lets nothing fall."""
        self._value = max(0.0, self._value - self.rate.decay * max(0.0, now - self._since))
        self._since = now
        return self._value

    def wait(self, cost: float, now: float) -> float:
        """Return the seconds until there is room for a cost."""
        over = self.value(now) + cost - self.rate.most
        return (over + HEADROOM) / self.rate.decay if cost and over > 0 else 0.0

    def spend(self, cost: float, now: float) -> None:
        """Count a call that is to be sent."""
        self._value = self.value(now) + cost

    def refund(self, cost: float, now: float) -> None:
        """Take back a call of which nothing was sent."""
        self._value = max(0.0, self.value(now) - cost)

    def exceeded(self, now: float) -> None:
        """Learn that Kraken's counter is full, whatever was counted here: what it refuses it does not add."""
        self._value, self._since = self.rate.most, now
