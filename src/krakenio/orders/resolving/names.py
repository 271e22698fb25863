"""Find the adds of a session by their names: adds and reports go in, the adds that the reports are of come out.

Kraken wants a `cl_ord_id` to be unique among open orders only, so another program, or this one in an earlier life, can
have had an order of the same name: that one's reports say nothing about ours (contract B2).
"""

from collections.abc import Callable, Mapping
from typing import Any

from krakenio.messages import Execution
from krakenio.orders.intents.identity import same_form, tag_key
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.outcome import Outcome
from krakenio.recent import Recent
from krakenio.subscriptions.standing import NEW, time_of, updated

_NEVER_CHANGED = ("symbol", "side")
_DESCRIPTION = (*_NEVER_CHANGED, "order_type", "order_qty")


class Names:
    """Keep the adds of a session, 10 000 of them for 10 minutes; `known` returns an order by either of its names."""

    def __init__(self, known: Callable[[str], Execution | None]) -> None:
        self._intents: Recent[str, Intent] = Recent()
        self._known = known

    def find(self, name: str) -> Intent | None:
        """Return the add of a name."""
        return self._intents.find(same_form(name))

    def keep(self, intent: Intent, now: float) -> None:
        """Remember an add that is prepared; one that was sent keeps its name, one that is only checked has none."""
        name = intent.new_key
        if name is not None and name not in self._intents:
            self._intents.keep(name, intent, now)

    def enter(self, intent: Intent, now: float) -> None:
        """Remember an add that is being sent, and which order has its name by then."""
        name = intent.new_key
        if name is not None:
            known = self._known(name)
            intent.namesake = None if known is None else known.order_id
            self._intents.keep(name, intent, now)

    def of(self, report: Execution) -> Intent | None:
        """Return the add whose order a report is of, unless Kraken is known to have taken it."""
        intent = self.find(report.cl_ord_id or tag_key(report.order_userref))
        if intent is None or intent.outcome is Outcome.ACKED or not self._is_of(report, intent):
            return None
        return intent

    def is_another(self, order_id: str, intent: Intent) -> bool:
        """Tell whether an order that has an add's name is known to be another one."""
        known = self._known(order_id)
        told = known is None or is_described(known, intent.params, _NEVER_CHANGED)  # quantities can be amended
        return order_id == intent.namesake or not told

    def _is_of(self, report: Execution, intent: Intent) -> bool:
        if report.order_id == intent.namesake or time_of(report, unreadable=NEW) < intent.since_ns:
            return False
        return is_described(updated(self._known(report.order_id), report), intent.params)


def is_described(report: Execution, params: Mapping[str, Any], fields: tuple[str, ...] = _DESCRIPTION) -> bool:
    """Tell whether what a report says of its order is what an add asked for; either may leave something out."""
    pairs = ((getattr(report, name), params.get(name)) for name in fields)
    return all(told is None or asked is None or told == asked for told, asked in pairs)
