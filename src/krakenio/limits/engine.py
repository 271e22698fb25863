"""Count as Kraken's matching engine counts, for each pair: costs and reports go in, how long to wait comes out.

What a request costs is set aside while it is queued and on its way, falls with time once Kraken has counted it, and is
put right by what Kraken tells. Times are seconds of any clock that only goes forward. Source: limits.md A, B.
"""

from typing import NamedTuple

from krakenio.limits.costs import DEAREST, Cost

HEADROOM = 1.0
"""What is left free below the threshold: requests reach the engine faster or slower than those before them, and
whether the threshold itself may be reached is (unverified)."""

TOLD_WITHIN = 10.0
"""Seconds after which Kraken has counted a request for certain, though no reply came."""


class Tier(NamedTuple):
    """What a verification tier may do on each pair: the counter's threshold and decay a second, open orders."""

    threshold: int
    decay: float
    open_orders: int

    @property
    def most(self) -> float:
        """Return what requests lift a counter to at most: over its threshold only cancels of open orders are taken."""
        return self.threshold + DEAREST * self.open_orders


TIERS = (Tier(60, 1.0, 60), Tier(125, 2.34, 80), Tier(180, 3.75, 225))
"""Starter, Intermediate and Pro; until Kraken tells its `maxratecount` the first holds, the safe one."""


def tier_of(maxratecount: int) -> Tier:
    """Return the tier of a threshold that Kraken told; of one in no table, the decay of the next lower tier."""
    known = [tier for tier in TIERS if tier.threshold <= maxratecount] or [TIERS[0]]
    return known[-1]._replace(threshold=maxratecount)


class PairCounter:
    """Count for one pair: what Kraken has counted decays, what may still be on its way to it does not."""

    def __init__(self) -> None:
        self._value = self._since = 0.0
        self._held: dict[Charge, float] = {}
        self._written: dict[Charge, tuple[float, float]] = {}

    def value(self, now: float, decay: float) -> float:
        """Return the count of what Kraken has counted."""
        while self._written and now - (since := next(iter(self._written.values()))[0]) > TOLD_WITHIN:
            self._fall(max(self._since, since + TOLD_WITHIN), decay)  # though no reply may ever come
            self._value += self._written.pop(next(iter(self._written)))[1]
        self._fall(now, decay)
        return self._value

    def predicted(self, now: float, decay: float) -> float:
        """Return the count once everything that is queued or on its way has arrived."""
        counted = self.value(now, decay)
        return counted + sum(cost for _, cost in self._written.values()) + sum(self._held.values())

    def hold(self, charge: "Charge", cost: float) -> None:
        """Set aside what a queued request will cost."""
        self._held[charge] = cost

    def withdraw(self, charge: "Charge") -> None:
        """Take it back; nothing was counted."""
        self._held.pop(charge, None)

    def write(self, charge: "Charge", now: float) -> None:
        """Know that it is on its way."""
        self._written[charge] = now, self._held.pop(charge, 0.0)

    def settle(self, charge: "Charge", now: float, decay: float, *, less: float = 0.0) -> None:
        """Know that Kraken has counted it, but for what it cost less."""
        _, cost = self._written.pop(charge, (now, less))
        self._value = self.value(now, decay) + cost - less

    def told(self, count: float, now: float, decay: float) -> None:
        """Believe Kraken."""
        self.value(now, decay)  # what was written long ago is in that
        self._value = count

    def _fall(self, now: float, decay: float) -> None:
        """Let the count decay."""
        self._value = max(0.0, self._value - decay * (now - self._since))
        self._since = now


class EngineCounter:
    """Count for all pairs of an account."""

    def __init__(self) -> None:
        self.tier: Tier = TIERS[0]
        self._pairs: dict[str, PairCounter] = {}

    def told_threshold(self, maxratecount: int) -> None:
        """Learn the account's tier from the acknowledgement of `executions`."""
        self.tier = tier_of(maxratecount)

    def told(self, symbol: str, ratecount: float, now: float) -> None:
        """Learn a pair's counter from a report; for more than requests come to an order would wait without an end."""
        self.pair(symbol).told(min(ratecount, self.tier.most), now, self.tier.decay)

    def exceeded(self, symbol: str, now: float) -> None:
        """Learn from `EOrder:Rate limit exceeded` that a pair's counter is at its threshold at least."""
        pair = self.pair(symbol)
        pair.told(max(pair.value(now, self.tier.decay), self.tier.threshold), now, self.tier.decay)

    def pair(self, symbol: str) -> PairCounter:
        """Return the counter of one pair."""
        found = self._pairs.get(symbol)
        if found is None:
            found = self._pairs[symbol] = PairCounter()
        return found

    def predicted(self, symbol: str, now: float) -> float:
        """Return a pair's count with everything that is queued."""
        return self.pair(symbol).predicted(now, self.tier.decay)

    def seconds_until_free(self, symbol: str, cost: float, now: float) -> float:
        """Return how long until the engine takes a request of this cost; one that fits never is let in at zero."""
        over = self.predicted(symbol, now) + min(cost, self._room) - self._room
        return max(0.0, over / self.tier.decay)

    @property
    def _room(self) -> float:
        return self.tier.threshold - HEADROOM

    def hold(self, symbol: str, cost: Cost) -> "Charge":
        """Set aside what a request will cost."""
        return Charge(self, symbol, cost)


class Charge:
    """What one request costs for one order, from when it is queued until Kraken's answer; each step counts once."""

    def __init__(self, counter: EngineCounter, symbol: str, cost: Cost) -> None:
        self.symbol = symbol
        self.cost = cost
        self._counter = counter
        self._pair = counter.pair(symbol)
        self._pair.hold(self, cost.total)

    def withdrawn(self) -> None:
        """Give it back: no byte was written."""
        self._pair.withdraw(self)

    def written(self, now: float) -> None:
        """Know that it is on its way."""
        self._pair.write(self, now)

    def counted(self, now: float) -> None:
        """Know that Kraken has counted it: its next word includes it."""
        self._pair.settle(self, now, self._counter.tier.decay)

    def refused(self, now: float) -> None:
        """Know that Kraken refused the request, which costs its fixed part only."""
        self._pair.settle(self, now, self._counter.tier.decay, less=self.cost.aged)
