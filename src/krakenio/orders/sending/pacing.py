"""Hold requests back until Kraken's matching engine will take them: requests go in, each is let through in time.

What a request costs is predicted from the pair's counter, and put right by the reports of the executions channel.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import anyio

from krakenio.errors import ApiError, OrderNotSent, RateLimitAhead, RateLimited, SessionClosed
from krakenio.limits.ages import OrderAges
from krakenio.limits.costs import ALWAYS_TAKEN
from krakenio.limits.engine import Charge
from krakenio.limits.policy import OnLimit
from krakenio.limits.pricing import price, totals
from krakenio.links.context import Context
from krakenio.messages import Execution
from krakenio.orders.intents.deadlines import LEAST
from krakenio.orders.intents.outcome import Outcome
from krakenio.orders.intents.record import only_checks
from krakenio.orders.sending.line import Line
from krakenio.recent import Recent
from krakenio.subscriptions.standing import time_of

_ADDS = frozenset({"add_order", "batch_add"})
SHOWN_BY = {"amend_order": "amended", "edit_order": "canceled", "cancel_order": "canceled", "batch_cancel": "canceled"}
"""The report that shows a request done; an order that was added shows by any."""

PLACED = "placed"
"""Any report of an order."""

Due = tuple[str, str]
"""A report that is awaited: of which order, and what it must tell."""


class Pacing:
    """Keep a session's order requests below the matching engine's limits."""

    def __init__(self, context: Context) -> None:
        self.ages: OrderAges = OrderAges()
        self._context = context
        self._counter = context.engine
        self._on_limit: OnLimit = context.on_limit
        self._lines: dict[str, Line] = {}
        self._finished = False
        self._due: Recent[Due, Charge] = Recent()  # of what was lost no report may ever come

    async def admit(self, method: str, params: Mapping[str, Any], check: Callable[[], None]) -> bool:
        """Wait for the counter, or raise, as the session was told; true if it had to wait.

        Hold the charge before anything else is awaited. `check` raises if the request may not go out any more.
        Raises `RateLimitAhead` where the caller's scopes end before the wait would.
        """
        if self._on_limit == "ignore":
            return False
        waited = False
        for symbol in totals(price(method, params, self.ages, self._context.now())):
            self._check_room(method, params, symbol)
            if method not in ALWAYS_TAKEN:
                waited = await self._pass(method, params, symbol, check) or waited
        return waited

    def fits(self, method: str, params: Mapping[str, Any]) -> bool:
        """Tell whether the engine would take a request now."""
        now = self._context.now()
        costs = totals(price(method, params, self.ages, now)).items()
        return all(self._counter.seconds_until_free(symbol, cost, now) <= 0 for symbol, cost in costs)

    def hold(self, method: str, params: Mapping[str, Any], within: float = 0.0) -> "Toll":
        """Set aside what a request costs that is being queued.

        An order counts as open from here on; without an answer or a report for `within` seconds only, after which it
        cannot become one any more.
        """
        now, checks = self._context.now(), only_checks(params)
        toll = Toll(self, self._context.now)
        for item in price(method, params, self.ages, now):
            charge, name = self._counter.hold(item.symbol, item.cost), None if checks else item.name
            toll.add(charge, (name or "", SHOWN_BY.get(method, PLACED)))
            if method in _ADDS and name is not None:
                self.ages.placed(name, item.symbol, now, now + within)
        return toll

    def decided(self, cl_ord_id: str, outcome: Outcome) -> None:
        """Count an order as open once Kraken took it, and no more once it is certain that it did not."""
        if outcome is Outcome.ACKED:
            self.ages.confirmed(cl_ord_id)
        elif outcome is not Outcome.UNKNOWN:
            self.ages.gone(cl_ord_id)

    def placed(self, order_id: str, cl_ord_id: str | None, symbol: str) -> None:
        """Know what a new order's cancel costs, though no report of it has come."""
        self.ages.acknowledged(order_id, cl_ord_id, symbol, self._context.now())

    def amended(self, name: str) -> None:
        """Know that an order's next change or cancel is dear again."""
        self.ages.amended(name, self._context.now())

    def expect(self, due: Due, charge: Charge) -> None:
        """Take a report as the sign that a charge was counted."""
        self._due.keep(due, charge, self._context.now())

    def settled(self, due: Due) -> None:
        """Await a report no longer: the reply came, or nothing was sent."""
        self._due.forget(due)

    def heard(self, row: Execution) -> None:
        """Learn from a report: an order's pair and age, that a request was counted, and the pair's counter."""
        now, theirs = self._context.now(), self._context.kraken_ns()
        age = (theirs - time_of(row, unreadable=theirs)) / 1e9
        self.ages.heard(row, now, 0.0 if self.ages.symbol(row.order_id) else age)
        for name in (row.order_id, row.cl_ord_id or ""):
            for told in (PLACED, row.exec_type):
                if (charge := self._due.forget((name, told))) is not None:
                    charge.counted(now)
        symbol = row.symbol or self.ages.symbol(row.order_id)
        if row.ratecount is not None and symbol is not None:
            self._counter.told(symbol, float(row.ratecount), now)
            self.ring()

    def ring(self) -> None:
        """Let the waiters look again."""
        for line in self._lines.values():
            line.ring()

    def finish(self) -> None:
        """Let nobody wait any longer: the session has ended."""
        self._finished = True
        self.ring()

    def exceeded(self, symbol: str) -> None:
        """Learn that Kraken counts more than we do."""
        self._counter.exceeded(symbol, self._context.now())

    async def _pass(
        self, method: str, params: Mapping[str, Any], symbol: str, check: Callable[[], None]
    ) -> bool:
        line = self._lines.setdefault(symbol, Line())

        def seconds() -> float:
            check()
            if self._finished:
                raise SessionClosed(f"{method} was waiting for its turn when the session ended: nothing was sent")
            return self._seconds(method, params, symbol)

        if line.empty and seconds() <= 0:
            return False
        if self._on_limit == "raise":
            raise _ahead(method, params, symbol, seconds())
        await line.turn(seconds, first=method == "cancel_order")
        return True

    def _seconds(self, method: str, params: Mapping[str, Any], symbol: str) -> float:
        """Return how long the request must wait as things are now; orders get older, so it may become cheaper."""
        now = self._context.now()
        cost = totals(price(method, params, self.ages, now)).get(symbol, 0.0)
        seconds = self._counter.seconds_until_free(symbol, cost, now)
        left = anyio.current_effective_deadline() - now
        if seconds > 0 and 0 < left < seconds + (LEAST if method in _ADDS else 0.0):
            raise _ahead(method, params, symbol, seconds, ", too late for the caller's deadline")
        return seconds

    def _check_room(self, method: str, params: Mapping[str, Any], symbol: str) -> None:
        """Refuse an add beyond the open orders that a pair may have; no waiting helps there."""
        most, there = self._counter.tier.open_orders, self.ages.open_orders(symbol, self._context.now())
        if method in _ADDS and there + len(params.get("orders", (None,))) > most:
            message = f"{there} orders are open on {symbol} and this account's tier allows {most}: cancel some first"
            raise OrderNotSent(message, cl_ord_id=params.get("cl_ord_id"))


class Toll:
    """What one request has set aside, from when it is queued until Kraken's answer."""

    def __init__(self, pacing: Pacing, now: Callable[[], float]) -> None:
        self._pacing = pacing
        self._now = now
        self._charges: list[tuple[Charge, Due]] = []

    def add(self, charge: Charge, due: Due) -> None:
        """Set aside what it costs for one order."""
        self._charges.append((charge, due))
        if due[0]:
            self._pacing.expect(due, charge)

    def written(self) -> None:
        """Count it."""
        for charge, _ in self._charges:
            charge.written(self._now())

    def withdrawn(self) -> None:
        """Give it back, since nothing was written; whoever waits may look again."""
        for charge, due in self._charges:
            charge.withdrawn()
            if due[1] == PLACED:
                self._pacing.ages.gone(due[0])
        self._settle()

    def accepted(self) -> None:
        """Know that Kraken's next word about the counter includes it."""
        for charge, _ in self._charges:
            charge.counted(self._now())
        self._settle()

    def absent(self) -> None:
        """Learn that Kraken never had the order."""
        self._settle()

    def refused(self, error: ApiError) -> None:
        """Learn what a refusal tells about the counter."""
        for charge, _ in self._charges:
            charge.refused(self._now())
        self.heard([error])
        self._settle()

    def heard(self, refusals: Iterable[ApiError]) -> None:
        """Learn what refusals of its orders tell about the counter, though others may have been taken."""
        if any(isinstance(error, RateLimited) and error.scope == "pair" for error in refusals):
            for charge, _ in self._charges:
                self._pacing.exceeded(charge.symbol)

    def _settle(self) -> None:
        for _, due in self._charges:
            self._pacing.settled(due)
        self._pacing.ring()


def _ahead(method: str, params: Mapping[str, Any], symbol: str, seconds: float, why: str = "") -> RateLimitAhead:
    message = (
        f"{method} would lift the rate counter of {symbol} over its threshold, and Kraken would refuse it; "
        f"there is room in {seconds:.1f} s{why}: nothing was sent"
    )
    name = params.get("cl_ord_id")
    return RateLimitAhead(message, cl_ord_id=name if isinstance(name, str) else None, retry_in=seconds)
