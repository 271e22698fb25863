"""Let reports settle what lost replies left open: requests go in, those that a report shows to be done are told so.

An amend's report has the new values, a cancel's the order's name (ws-v2-private §2.3). A fill decides nothing: an order
that is gone may have been filled before its cancel came. An edit is left to `resolve()`: that Kraken's reports name the
order which it replaced is unverified.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from krakenio.limits.pricing import named
from krakenio.messages import Execution
from krakenio.orders.intents.identity import same_form
from krakenio.orders.intents.outcome import Outcome
from krakenio.orders.sending.pacing import SHOWN_BY
from krakenio.recent import Recent
from krakenio.subscriptions.standing import NEW, time_of

if TYPE_CHECKING:
    from krakenio.orders.intents.intent import Intent

_PROOFS = {method: shown for method, shown in SHOWN_BY.items() if method != "edit_order"}
_TOLD = ("order_qty", "limit_price")  # of what an amend can change, what its report is known to have


class Doubts:
    """Keep the requests that are on their way or unknown: at most 10 000, for 10 minutes (contract B6)."""

    def __init__(self) -> None:
        self._requests: Recent[Intent, Intent] = Recent()
        self._by_order: dict[str, dict[Intent, None]] = {}

    def __iter__(self) -> "Iterator[Intent]":
        """Yield the requests, the oldest first."""
        return iter(self._requests)

    def enter(self, request: "Intent", now: float) -> None:
        """Remember a request that is being sent."""
        for old in self._requests.keep(request, request, now):
            self._forget_names(old)
        for name in names_in(request.method, request.params):
            self._by_order.setdefault(name, {})[request] = None

    def leave(self, request: "Intent") -> None:
        """Forget a request, if what became of it is known."""
        if request.outcome is Outcome.UNKNOWN or self._requests.forget(request) is None:
            return
        if request.method in _PROOFS:
            self._forget_names(request)

    def heard(self, report: Execution) -> None:
        """Tell the requests that a report shows to be done."""
        if report.exec_type not in _PROOFS.values():
            return
        for name in map(same_form, (report.order_id, report.cl_ord_id or "")):
            for request in [*self._by_order.get(name, ())]:
                if request.outcome is Outcome.UNKNOWN and _settles(report, request):
                    request.shown(name, report)

    def _forget_names(self, request: "Intent") -> None:
        for name in names_in(request.method, request.params):
            requests = self._by_order.get(name, {})
            requests.pop(request, None)
            if not requests:
                self._by_order.pop(name, None)


def names_in(method: str, params: Mapping[str, Any]) -> list[str]:
    """Return the ids of the orders that a request changes or cancels, each in one form."""
    return list(map(same_form, named(params))) if method in _PROOFS else []


def _settles(report: Execution, request: "Intent") -> bool:
    return shows(report, request.method, request.params, request.since_ns)


def shows(report: Execution, method: str, params: Mapping[str, Any], since: int) -> bool:
    """Tell whether a report of an order shows that a request about it, sent at `since`, was done."""
    if report.exec_type != _PROOFS.get(method) or time_of(report, unreadable=NEW) < since:
        return False
    return method != "amend_order" or _has_values(report, params)


def _has_values(report: Execution, params: Mapping[str, Any]) -> bool:
    wanted = {name: params[name] for name in _TOLD if name in params}
    if not wanted or params.get("limit_price_type", "static") != (report.limit_price_type or "static"):
        return False
    return all(getattr(report, name) == value for name, value in wanted.items())
