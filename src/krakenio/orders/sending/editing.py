"""Say an edit in the words of REST: its parameters and what is known of the order go in, a call of EditOrder comes out.

The WebSocket tells limit and trigger apart by name. REST has `price` and `price2`, and which is which depends on the
order's type, which an edit does not tell: `s.orders.open` must know it. Source: rest-api, EditOrder and AddOrder.
"""

from collections.abc import Mapping
from typing import Any

from krakenio.messages import Execution
from krakenio.orders.sending.overrest import RENAMED, market, prices, refuse
from krakenio.rest import trading
from krakenio.rest.methods import Call

_SAME = ("deadline", "validate")
_KEPT = "EditOrder leaves it as the order has it: leave it out"
_KEPT_NAMES = ("fee_preference", "reduce_only")


def edit_call(params: Mapping[str, Any], order: Execution | None) -> Call[Any]:
    """Return the call that does the same; raises `InvalidRequest` for what REST cannot do."""
    kind = _type_of(params, order)
    for name in _KEPT_NAMES:
        if name in params:
            refuse(name, _KEPT)
    if "reference" in params.get("triggers", {}):
        refuse("triggers.reference", _KEPT)
    said = {"txid": params["order_id"], **market(params["symbol"]), **prices(params, kind)}
    said |= {name: params[name] for name in _SAME if name in params}
    said |= {theirs: params[ours] for ours, theirs in RENAMED.items() if ours in params}
    if params.get("post_only"):
        said["oflags"] = ["post"]
    return trading.EDIT_ORDER.call(said)


def _type_of(params: Mapping[str, Any], order: Execution | None) -> str:
    """Return the order's type; without it a limit could become a trigger."""
    if order is None or order.order_type is None:
        name = params["order_id"]
        refuse(
            f"an edit of {name!r}",
            "s.orders.open does not know the order's type, by which REST tells a limit from a trigger; send it over "
            "the socket, or call s.rest.trading.edit_order(price=..., price2=...) with REST's own words",
        )
    if order.cl_ord_id is not None:
        refuse("an edit of an order with a cl_ord_id", "Kraken edits none over REST: amend it instead")
    return order.order_type
