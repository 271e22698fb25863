"""Judge what became of a request by what Kraken's tables have: rows of REST go in, a verdict comes out.

An order is replaced by an edit once, but many may have asked for it; an amend leaves its values in the order's history.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from krakenio.models import Order, OrderAmend
from krakenio.orders.intents.deadlines import CLOCKS
from krakenio.orders.intents.identity import same_form
from krakenio.orders.intents.outcome import Outcome
from krakenio.orders.intents.record import Record

_AMENDED = ("order_qty", "display_qty", "limit_price", "trigger_price")


def has_name_of(order: Order, add: Record) -> bool:
    """Tell whether an order has the name of an add, or its tag where it has no name."""
    if add.cl_ord_id is None:
        return bool(order.userref == add.params["order_userref"])
    return order.cl_ord_id is not None and same_form(order.cl_ord_id) == same_form(add.cl_ord_id)


def may_be_of(order: Order, add: Record) -> bool:
    """Tell whether an order can be what became of an add; the market is not compared, REST has other names for it."""
    opened = add.since_ns if order.opentm is None else int(order.opentm.scaleb(9))
    return opened >= add.since_ns and order.descr.type in {None, add.params["side"]}


# amends


def shown_by_history(params: Mapping[str, Any]) -> list[str]:
    """Name what an amend asks for that the history shows as it was asked: no price that is relative to another."""
    return [name for name in _AMENDED if name in params and params.get(f"{name}_type", "static") == "static"]


def judge_amend(recent: Sequence[OrderAmend], asked: Mapping[str, Any], since_ns: int) -> Outcome:
    """Tell by the changes of an order: an equal one from before is not taken for this one, nor a later one for none."""
    found = [each for each in recent if _is_to(each, asked)]
    if not found:
        return Outcome.NOT_ACCEPTED
    certain = found[-1] is recent[-1] or (found[-1].timestamp or 0) >= since_ns + 2 * CLOCKS
    return Outcome.ACKED if asked and certain else Outcome.UNKNOWN


def _is_to(amend: OrderAmend, asked: Mapping[str, Any]) -> bool:
    """Tell whether an amend has the values that were asked for; a quantity below what is filled becomes that."""
    below = amend.remaining_qty == 0 and (amend.order_qty or 0) > asked.get("order_qty", math.inf)
    return all(getattr(amend, name) == value for name, value in asked.items() if not (name == "order_qty" and below))


# edits


class Verdict(NamedTuple):
    """What became of an edit, and the new order's name if it was taken."""

    outcome: Outcome
    order_id: str | None = None


def judge_edit(asked: Mapping[str, Any], there: Mapping[str, Order], orders: Mapping[str, Order]) -> Verdict:
    """Tell whether an edit was taken, by the open orders and by all; while the old order is open it was not."""
    old = str(asked["order_id"])
    if old in there:
        return Verdict(Outcome.NOT_ACCEPTED)
    replacing = (txid for txid, order in orders.items() if order.link_id == old)
    txid = next(replacing, None)
    return Verdict(Outcome.UNKNOWN) if txid is None else _judge_new(asked, txid, orders[txid], orders.get(old))


def _judge_new(asked: Mapping[str, Any], txid: str, new: Order, old: Order | None) -> Verdict:
    """Tell whether it is this edit that an order was replaced by."""
    if (asked.get("order_userref", new.userref) or None) != new.userref:
        return Verdict(Outcome.NOT_ACCEPTED)
    executed = Decimal(0) if old is None else old.vol_exec
    qty = asked.get("order_qty", new.vol) in {new.vol, new.vol + executed}  # whether it is subtracted is (unverified)
    price = "limit_price" not in asked or asked["limit_price"] in {_number(new.descr.price), _number(new.descr.price2)}
    if not qty or not price:  # it may have been amended since
        return Verdict(Outcome.UNKNOWN)
    return Verdict(Outcome.ACKED, txid)


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text or "")
    except InvalidOperation:
        return None
