"""Look into Kraken's tables for an order whose reply was lost: first the open orders, then the closed ones.

The order of the two matters: an order moves from the first table to the second, never back, so one that is in neither,
read in this order and after its deadline, was not accepted (contract B8).
"""

from typing import TYPE_CHECKING

from krakenio.errors import InvalidRequest
from krakenio.orders.outcome import Outcome
from krakenio.rest import Rest

if TYPE_CHECKING:
    from krakenio.orders.intent import Intent

_BEFORE = 120
"""Seconds before the deadline, in Kraken's time, from which closed orders are searched: twice what it can lie ahead."""


class Ledger:
    """Read what Kraken has of an order, over REST."""

    def __init__(self, rest: Rest) -> None:
        self.rest: Rest = rest

    async def look_for_add(self, intent: "Intent") -> Outcome:
        """Tell whether an add was accepted, by its `cl_ord_id`."""
        if intent.cl_ord_id is None:
            message = "an order that is named by order_userref only cannot be told from others: give orders a cl_ord_id"
            raise InvalidRequest(message)
        found = (await self.rest.account.open_orders(cl_ord_id=intent.cl_ord_id)).open
        if not found:
            start = (intent.deadline_ns or 0) // 10**9 - _BEFORE
            found = (await self.rest.account.closed_orders(cl_ord_id=intent.cl_ord_id, start=start)).closed
        if not found:
            return Outcome.NOT_ACCEPTED
        intent.order_id = next(iter(found))
        return Outcome.ACKED

    async def look_for_cancel(self, intent: "Intent") -> Outcome:
        """Tell whether an order is gone; while it is open its cancel may still be on the way, so that stays unknown."""
        orders = (await self.rest.account.open_orders()).open
        ids = intent.params.get("order_id", ())
        names = intent.params.get("cl_ord_id", ())
        is_open = any(txid in ids or order.cl_ord_id in names for txid, order in orders.items())
        return Outcome.UNKNOWN if is_open else Outcome.ACKED
