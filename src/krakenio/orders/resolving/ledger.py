"""Look into Kraken's tables for an order whose reply was lost: first the open orders, then the closed ones.

The order of the two matters: an order moves from the first table to the second, never back, so one that is in neither,
read in this order and after its deadline, was not accepted (contract B8). Where many are in doubt all are read at once.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from krakenio.errors import InvalidRequest, UnknownOrder
from krakenio.models import Order
from krakenio.orders.intents.outcome import Outcome
from krakenio.orders.intents.record import only_checks
from krakenio.orders.resolving.names import Names
from krakenio.orders.resolving.survey import Survey, Tables, first_second
from krakenio.orders.resolving.verdicts import (
    Verdict,
    has_name_of,
    judge_amend,
    judge_edit,
    may_be_of,
    shown_by_history,
)
from krakenio.ordertypes import is_trailing
from krakenio.rest import Rest

if TYPE_CHECKING:
    from krakenio.orders.intents.intent import Intent


class Ledger:
    """Read what Kraken has of an order, over REST."""

    def __init__(self, rest: Rest, names: Names, survey: Survey) -> None:
        self.rest: Rest = rest
        self._names = names
        self._survey = survey

    async def look_for_add(self, intent: "Intent") -> Outcome:
        """Tell whether an add was accepted, by its `cl_ord_id` or a tag of its own."""
        named = _name_over_rest(intent)
        if only_checks(intent.params):  # it places none, and others may have the name
            return Outcome.NOT_ACCEPTED
        tables = await self._survey.tables(intent)
        found = None if tables is None or tables.orders is None else self._found_in(tables.orders, intent)
        if found is None:
            found = await self._asked_for(intent, named)
        if not found:
            return Outcome.NOT_ACCEPTED
        intent.order_id = found[0]
        return Outcome.ACKED

    def _found_in(self, orders: Mapping[str, Order], intent: "Intent") -> list[str] | None:
        """Return an add's orders among all; `None` if one that Kraken lists without any name may be its own."""
        found = self._own(intent, {txid: order for txid, order in orders.items() if has_name_of(order, intent)})
        nameless = (order for order in orders.values() if not (order.cl_ord_id or order.userref))
        return None if not found and any(may_be_of(order, intent) for order in nameless) else found

    async def _asked_for(self, intent: "Intent", named: Any) -> list[str]:  # noqa: ANN401 - one of two keywords
        """Ask for an add alone."""
        found = self._own(intent, (await self.rest.account.open_orders(**named)).open)
        if found:
            return found
        closed = await self.rest.account.closed_orders(**named, start=first_second(intent))
        return self._own(intent, closed.closed)

    async def look_for_amend(self, intent: "Intent") -> Outcome:
        """Tell whether an amend was taken, by the order's history: one to these values, made since it was sent."""
        txid = intent.params.get("order_id") or await self._txid(str(intent.params["cl_ord_id"]), intent)
        if txid is None:
            return Outcome.NOT_ACCEPTED
        try:
            amends = (await self.rest.account.order_amends(order_id=txid)).amends
        except UnknownOrder:
            return Outcome.NOT_ACCEPTED
        recent = [each for each in amends if each.amend_type != "original" and (each.timestamp or 0) >= intent.since_ns]
        told = shown_by_history(intent.params)
        if "limit_price" in told and recent and await self._is_trailing(txid):
            told = [name for name in told if name != "limit_price"]  # an offset was asked for, the history has prices
        return judge_amend(recent, {name: intent.params[name] for name in told}, intent.since_ns)

    async def look_for_edit(self, intent: "Intent") -> Outcome:
        """Tell whether an edit was taken: the new order names the old one; while the old one is open it was not."""
        verdict = await self._edit_among_all(intent) or await self._edit_alone(intent)
        intent.order_id = verdict.order_id or intent.order_id
        return verdict.outcome

    async def _edit_among_all(self, intent: "Intent") -> Verdict | None:
        def judge(tables: Tables) -> Verdict:
            return judge_edit(intent.params, tables.open, tables.orders or {})

        tables = await self._survey.tables(intent, lambda tables: judge(tables).outcome is not Outcome.UNKNOWN)
        return None if tables is None or tables.orders is None else judge(tables)

    async def _edit_alone(self, intent: "Intent") -> Verdict:
        there = (await self.rest.account.open_orders()).open
        if str(intent.params["order_id"]) in there:
            return judge_edit(intent.params, there, {})
        closed = await self.rest.account.closed_orders(start=first_second(intent))
        return judge_edit(intent.params, there, {**there, **closed.closed})

    async def look_for_batch(self, intent: "Intent") -> Outcome:  # noqa: ARG002 - the form of a look
        """Say that this is for each order to tell: ask the legs."""
        message = "a batch has an outcome for each order: await leg.resolve() for each of its legs"
        raise InvalidRequest(message)

    async def look_for_nothing(self, intent: "Intent") -> Outcome:  # noqa: ARG002 - the form of a look
        """Leave it unknown: Kraken tells nobody how its dead-man's switch stands."""
        return Outcome.UNKNOWN

    def _own(self, intent: "Intent", orders: Mapping[str, Order]) -> list[str]:
        """Return which orders of an add's name can be its own: others may have had the name before."""
        mine = [txid for txid, order in orders.items() if may_be_of(order, intent)]
        return [txid for txid in mine if not self._names.is_another(txid, intent)]

    async def _is_trailing(self, txid: str) -> bool:
        found = await self.rest.account.query_orders(txid=[txid])
        return any(is_trailing(order.descr.ordertype or "") for order in found.values())

    async def _txid(self, cl_ord_id: str, intent: "Intent") -> str | None:
        found = (await self.rest.account.open_orders(cl_ord_id=cl_ord_id)).open
        if not found:
            closed = await self.rest.account.closed_orders(cl_ord_id=cl_ord_id, start=first_second(intent))
            found = closed.closed
        return next(iter(found), None)


def _name_over_rest(intent: "Intent") -> Any:  # noqa: ANN401 - one of two keywords
    if intent.cl_ord_id is not None:
        return {"cl_ord_id": intent.cl_ord_id}
    if intent.own_tag:
        return {"userref": intent.params["order_userref"]}
    message = "an order that you named by order_userref cannot be told from others that have it: give it a cl_ord_id"
    raise InvalidRequest(message)
