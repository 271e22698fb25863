"""Let reports decide the adds that no reply decided: an intent and a report of its order go in (contract B6).

A refusal is final (B2), as is that an order was not accepted, so a report that contradicts it is told by an event.
"""

from typing import TYPE_CHECKING

from krakenio.errors import DuplicateClientOrderId
from krakenio.events import RejectedOrderSeen
from krakenio.links.context import Context
from krakenio.messages import Execution
from krakenio.orders.intents.outcome import Acknowledged, Outcome
from krakenio.recent import Recent

if TYPE_CHECKING:
    from krakenio.orders.intents.intent import Intent

_ALIVE = frozenset({"new", "partially_filled", "filled"})
"""A refused order may be reported too, as `pending_new` and then `canceled`: a post-only one that would trade, say."""


_NOT_LISTED = "it was in none of Kraken's tables after its deadline"


class Reported:
    """Hear the reports of orders that were sent here; each contradiction is told once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told: Recent[str, None] = Recent()

    def heard(self, intent: "Intent", report: Execution, now: float) -> None:
        """Learn that Kraken has the order of an add."""
        if intent.outcome is Outcome.UNKNOWN:
            intent.accept(Acknowledged(report.order_id, report.cl_ord_id))
        elif intent.outcome in {Outcome.REJECTED, Outcome.NOT_ACCEPTED} and report.order_status in _ALIVE:
            self._contradicted(intent, report, now)

    def _contradicted(self, intent: "Intent", report: Execution, now: float) -> None:
        if isinstance(intent.error, DuplicateClientOrderId) or report.order_id in self._told:
            return  # the name belongs to another order, sent elsewhere
        self._told.keep(report.order_id, None, now)
        error = str(intent.error) if intent.outcome is Outcome.REJECTED else _NOT_LISTED
        name, at = intent.cl_ord_id or "", self._context.clock()
        self._context.publish(RejectedOrderSeen(at=at, cl_ord_id=name, order_id=report.order_id, error=error))
