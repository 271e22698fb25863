"""Say what REST has of orders and fills as the executions channel would have: rows of REST go in, reports come out.

REST names pairs in its own way, so the symbol is passed in where the order itself does not tell. What it lacks stays
`None`. Source: docs.kraken.com, rest-api, ClosedOrders and TradesHistory.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from krakenio.messages import Execution, Fee, rfc3339
from krakenio.models import AccountTrade, Order
from krakenio.ordertypes import is_limited, usual_limit_type
from krakenio.subscriptions.standing import Standing

_ENDS = {"closed": "filled", "canceled": "canceled", "expired": "expired"}
_ASKED = ("cl_ord_id", "order_userref", "symbol", "side", "order_type", "order_qty", "cash_order_qty")
_KEPT_BY_EDITS = ("symbol", "side", "order_type", "order_qty", "limit_price")
_LIQUIDITY = {True: "m", False: "t", None: None}


class Ended(NamedTuple):
    """An order that has ended: `opening` describes it, `end` tells how it stands for good.

    `amount` is what its fills must add up to: of the base currency, or of money (`in_cost`) for an order that said how
    much to spend, since of those REST tells no quantity.
    """

    opening: Execution
    end: Execution
    amount: Decimal
    in_cost: bool


def as_ended(order_id: str, order: Order, symbol: str | None) -> Ended | None:
    """Return an order of ClosedOrders; `None` if it has not ended."""
    if order.status not in _ENDS:
        return None
    in_cost = "viqc" in (order.oflags or "").split(",")
    opening = _described(order_id, order, symbol, in_cost=in_cost)
    amount = (order.cost or Decimal(0)) if in_cost else order.vol_exec
    return Ended(opening, _end(order_id, order, in_cost=in_cost), amount, in_cost)


def as_placed(order_id: str, params: Mapping[str, Any], now_ns: int) -> Execution:
    """Return an order of which there is only Kraken's acknowledgement, by the parameters that it was placed with."""
    told: dict[str, Any] = dict(zip(_ASKED, map(params.get, _ASKED), strict=True))
    if params.get("limit_price_type", usual_limit_type(str(params.get("order_type")))) == "static":
        told["limit_price"] = params.get("limit_price")
    return Execution(order_id, "pending_new", "pending_new", rfc3339(now_ns, 6), **told)


def as_edited(params: Mapping[str, Any], old: Standing) -> Mapping[str, Any]:
    """Return the parameters that an order was placed with which took another's place, with what stays of that.

    Whether what the old one filled is subtracted from its quantity is (unverified), so that is left open then.
    """
    described = {**{name: getattr(old.report, name) for name in _KEPT_BY_EDITS}, **params}
    if old.cum_qty:
        described["order_qty"] = None
    return described


def as_fill(exec_id: str, trade: AccountTrade, symbol: str | None) -> Execution:
    """Return a fill of TradesHistory, without the sums of its order, which REST does not tell."""
    quote = None if symbol is None else symbol.partition("/")[2]
    return Execution(
        order_id=trade.ordertxid,
        exec_type="trade",
        order_status="partially_filled",
        timestamp=_time(trade.time),
        symbol=symbol,
        side=trade.type,
        order_type=trade.ordertype,
        exec_id=exec_id,
        trade_id=trade.trade_id,
        last_qty=trade.vol,
        last_price=trade.price,
        cost=trade.cost,
        liquidity_ind=_LIQUIDITY[trade.maker],
        fees=None if quote is None else [Fee(quote, trade.fee)],
        ext_exec_id=trade.ext_exec_id,
    )


def _end(order_id: str, order: Order, *, in_cost: bool) -> Execution:
    state = _ENDS[order.status]
    return Execution(
        order_id=order_id,
        exec_type=state,
        order_status=state,
        timestamp=_time(order.closetm or order.opentm),
        cl_ord_id=order.cl_ord_id,
        order_qty=None if in_cost else order.vol,  # both as amended last, which may have been missed too
        limit_price=_limit(order),
        cum_qty=None if in_cost else order.vol_exec,
        cum_cost=order.cost,
        avg_price=order.price,
        reason=order.reason,
        cancel_reason=order.reason,
    )


def _described(order_id: str, order: Order, symbol: str | None, *, in_cost: bool) -> Execution:
    """Return an order as it was when it was placed: nothing filled."""
    flags = (order.oflags or "").split(",")
    return Execution(
        order_id=order_id,
        exec_type="new",
        order_status="new",
        timestamp=_time(order.opentm),
        cl_ord_id=order.cl_ord_id,
        order_userref=order.userref,
        symbol=symbol,
        side=order.descr.type,
        order_type=order.descr.ordertype,
        order_qty=None if in_cost else order.vol,
        cash_order_qty=order.vol if in_cost else None,
        limit_price=_limit(order),
        time_in_force=None if order.time_in_force is None else order.time_in_force.upper(),
        post_only=True if "post" in flags else None,
        reduce_only=order.reduce_only,
        ord_ref_id=order.refid,
        fee_ccy_pref=next((flag for flag in flags if flag in {"fcib", "fciq"}), None),
        cum_qty=Decimal(0),
        cum_cost=Decimal(0),
    )


def _limit(order: Order) -> Decimal | None:
    """Return the limit: `price2` where there is a trigger too; offsets are texts such as `+5.0000%`."""
    kind = order.descr.ordertype or ""
    text = order.descr.price2 if kind.endswith("-limit") else order.descr.price
    if text is None or text[:1] in {"+", "-", "#"} or not is_limited(kind):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _time(seconds: Decimal | None) -> str:
    return rfc3339(int((seconds or Decimal(0)).scaleb(9)), 6)
