"""Look into Kraken's tables for an order whose reply was lost: first the open orders, then the closed ones.

The order of the two matters: an order moves from the first table to the second, never back, so one that is in neither,
read in this order and after its deadline, was not accepted (contract B8). Where many are in doubt all are read at once.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from krakenio.errors import InvalidRequest, UnknownOrder
from krakenio.models import Order, OrderAmend
from krakenio.orders.deadlines import CLOCKS
from krakenio.orders.identity import same_form
from krakenio.orders.names import Names
from krakenio.orders.outcome import Outcome
from krakenio.orders.record import only_checks
from krakenio.orders.survey import Survey, Tables, first_second
from krakenio.ordertypes import is_trailing
from krakenio.rest import Rest

if TYPE_CHECKING:
    from krakenio.orders.intent import Intent

_AMENDED = ("order_qty", "display_qty", "limit_price", "trigger_price")


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
        found = self._own(intent, {txid: order for txid, order in orders.items() if _has_name_of(intent, order)})
        nameless = (order for order in orders.values() if not (order.cl_ord_id or order.userref))
        return None if not found and any(_may_be(order, intent) for order in nameless) else found

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
        told = _told(intent.params)
        if "limit_price" in told and recent and await self._is_trailing(txid):
            told = [name for name in told if name != "limit_price"]  # an offset was asked for, the history has prices
        return _of_amends(recent, {name: intent.params[name] for name in told}, intent.since_ns)

    async def look_for_edit(self, intent: "Intent") -> Outcome:
        """Tell whether an edit was taken: the new order names the old one; while the old one is open it was not."""
        tables = await self._survey.tables(intent, lambda tables: _by(tables, intent) is not Outcome.UNKNOWN)
        if tables is not None and tables.orders is not None:
            return _by(tables, intent)
        there = (await self.rest.account.open_orders()).open
        if str(intent.params["order_id"]) in there:
            return Outcome.NOT_ACCEPTED
        closed = await self.rest.account.closed_orders(start=first_second(intent))
        return _of_edits(intent, {**there, **closed.closed})

    async def look_for_batch(self, intent: "Intent") -> Outcome:  # noqa: ARG002 - the form of a look
        """Say that this is for each order to tell: ask the legs."""
        message = "a batch has an outcome for each order: await leg.resolve() for each of its legs"
        raise InvalidRequest(message)

    async def look_for_nothing(self, intent: "Intent") -> Outcome:  # noqa: ARG002 - the form of a look
        """Leave it unknown: Kraken tells nobody how its dead-man's switch stands."""
        return Outcome.UNKNOWN

    def _own(self, intent: "Intent", orders: Mapping[str, Order]) -> list[str]:
        """Return which orders of an add's name can be its own: others may have had the name before."""
        mine = [txid for txid, order in orders.items() if _may_be(order, intent)]
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


def _has_name_of(intent: "Intent", order: Order) -> bool:
    if intent.cl_ord_id is None:
        return bool(order.userref == intent.params["order_userref"])
    return order.cl_ord_id is not None and same_form(order.cl_ord_id) == same_form(intent.cl_ord_id)


def _may_be(order: Order, intent: "Intent") -> bool:
    """Tell whether an order can be what became of an add; the market is not compared, REST has other names for it."""
    opened = intent.since_ns if order.opentm is None else int(order.opentm.scaleb(9))
    return opened >= intent.since_ns and order.descr.type in {None, intent.params["side"]}


def _of_amends(recent: Sequence[OrderAmend], asked: Mapping[str, Any], since: int) -> Outcome:
    """Tell by the changes of an order: an equal one from before is not taken for this one, nor a later one for none."""
    found = [each for each in recent if _is_to(each, asked)]
    if not found:
        return Outcome.NOT_ACCEPTED
    certain = found[-1] is recent[-1] or (found[-1].timestamp or 0) >= since + 2 * CLOCKS
    return Outcome.ACKED if asked and certain else Outcome.UNKNOWN


def _told(params: Mapping[str, Any]) -> list[str]:
    """Name what an amend asks for that the history shows as it was asked: no price that is relative to another."""
    return [name for name in _AMENDED if name in params and params.get(f"{name}_type", "static") == "static"]


def _is_to(amend: OrderAmend, asked: Mapping[str, Any]) -> bool:
    below = amend.remaining_qty == 0 and (amend.order_qty or 0) > asked.get("order_qty", math.inf)  # of what is filled
    return all(getattr(amend, name) == value for name, value in asked.items() if not (name == "order_qty" and below))


def _by(tables: Tables, intent: "Intent") -> Outcome:
    """Tell by all orders whether an edit was taken."""
    if str(intent.params["order_id"]) in tables.open:
        return Outcome.NOT_ACCEPTED
    return _of_edits(intent, tables.orders or {})


def _of_edits(intent: "Intent", orders: Mapping[str, Order]) -> Outcome:
    """Tell by the order that replaced the old one, if one did."""
    old = str(intent.params["order_id"])
    for txid, order in orders.items():
        if order.link_id == old:
            return _of_edit(intent, txid, order, orders.get(old))
    return Outcome.UNKNOWN


def _of_edit(intent: "Intent", txid: str, new: Order, old: Order | None) -> Outcome:
    """Tell whether it is this edit that replaced an order: an order is replaced once, but edits may have been many."""
    asked = intent.params
    if (asked.get("order_userref", new.userref) or None) != new.userref:
        return Outcome.NOT_ACCEPTED
    executed = Decimal(0) if old is None else old.vol_exec
    qty = asked.get("order_qty", new.vol) in {new.vol, new.vol + executed}  # whether it is subtracted is (unverified)
    price = "limit_price" not in asked or asked["limit_price"] in {_number(new.descr.price), _number(new.descr.price2)}
    if not qty or not price:  # it may have been amended since
        return Outcome.UNKNOWN
    intent.order_id = txid
    return Outcome.ACKED


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text or "")
    except InvalidOperation:
        return None
