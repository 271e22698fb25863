"""Answer the account endpoints: an account's state goes in, REST's maps of orders and balances come out.

Source: rest-endpoints §3; states: rest-conventions §10.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Raw

from krakenio.sim.access import Key
from krakenio.sim.accounts import decimals
from krakenio.sim.clock import SECOND
from krakenio.sim.core import Core
from krakenio.sim.markets import ASSETS
from krakenio.sim.orders import Order
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import fixed, integer, sane, text

Params = Mapping[str, str]
PAGE = 50
_STATES = {"pending_new": "pending", "new": "open", "partially_filled": "open", "filled": "closed"}


def balance(_core: Core, key: Key, _params: Params) -> object:
    """Return balances, holds included."""
    return {rest_name(asset): fixed(amount, decimals(asset)) for asset, amount in key.account.balances.items()}


def balance_ex(_core: Core, key: Key, _params: Params) -> object:
    """Return balances beside what open orders hold."""
    return {
        rest_name(asset): {
            "balance": fixed(amount, decimals(asset)),
            "hold_trade": fixed(key.account.held(asset), decimals(asset)),
        }
        for asset, amount in key.account.balances.items()
    }


def open_orders(_core: Core, key: Key, params: Params) -> object:
    """Return the open orders, filtered."""
    return {"open": _listed(_matching(key.account.open.values(), params), params)}


def closed_orders(_core: Core, key: Key, params: Params) -> object:
    """Return a page of closed orders, the newest first; the client id's filter may find several."""
    orders = [order for order in _matching(key.account.orders.values(), params) if not order.is_open]
    found = [order for order in reversed(orders) if _between(order, params)]
    offset = _integer(params, "ofs", 0)
    return {"closed": _listed(found[offset : offset + PAGE], params), "count": len(found)}


def query_orders(_core: Core, key: Key, params: Params) -> object:
    """Return named orders in any state; one unknown id refuses the call."""
    names = [name for name in params.get("txid", "").split(",") if name]
    if not 1 <= len(names) <= PAGE:
        raise Refused("EGeneral:Invalid arguments:txid")
    if any(name not in key.account.orders for name in names):
        raise Refused("EOrder:Invalid order")
    return _listed(_matching((key.account.orders[name] for name in names), params), params)


def rest_name(asset: str) -> str:
    """Return REST's internal name of an asset: `XXBT` for `BTC`."""
    return ASSETS[asset].rest if asset in ASSETS else asset


def _matching(orders: Iterable[Order], params: Params) -> list[Order]:
    client, tag = params.get("cl_ord_id"), params.get("userref")
    found = [order for order in orders if client is None or order.cl_ord_id == client]
    return [order for order in found if tag is None or str(order.userref) == tag]


def _between(order: Order, params: Params) -> bool:
    """Tell whether an order opened or closed after `start` and up to `end`, as `closetime` says."""
    start, end = _seconds(params, "start", Decimal(0)), _seconds(params, "end", Decimal("Infinity"))
    both = (order.opened, order.closed)
    times = {"open": both[:1], "close": both[1:]}.get(params.get("closetime", ""), both)
    return any(start < Decimal(time) / SECOND <= end for time in times if time is not None)


def _seconds(params: Params, name: str, default: Decimal) -> Decimal:
    if not params.get(name):
        return default
    try:
        value = Decimal(params[name])
    except ArithmeticError as error:
        raise Refused(f"EGeneral:Invalid arguments:{name}") from error
    if not sane(value):
        raise Refused(f"EGeneral:Invalid arguments:{name}")
    return value


def _integer(params: Params, name: str, default: int) -> int:
    value = integer(params.get(name, str(default)))
    if value is None:
        raise Refused(f"EGeneral:Invalid arguments:{name}")
    return value


def _listed(orders: Iterable[Order], params: Params) -> dict[str, object]:
    trades = params.get("trades", "").lower() == "true"
    return {order.order_id: _row(order) | ({"trades": order.trades} if trades else {}) for order in orders}


def _row(order: Order) -> dict[str, object]:
    market = order.market
    ends = {"closetm": _stamp(order.closed), "reason": order.reason} if order.closed is not None else {}
    return {
        "refid": None,
        "userref": order.userref,
        "cl_ord_id": order.cl_ord_id,
        "status": _STATES.get(order.status, order.status),
        "opentm": _stamp(order.opened),
        "starttm": 0,
        "expiretm": order.expires // SECOND if order.expires else 0,
        "descr": _description(order),
        "time_in_force": order.time_in_force,
        "vol": text(order.qty, market.qty_precision),
        "vol_exec": text(order.filled, market.qty_precision),
        "cost": fixed(order.cost, market.cost_precision),
        "fee": fixed(order.fee, market.cost_precision),
        "price": fixed(order.average, market.price_precision),
        "stopprice": text(0, market.price_precision),
        "limitprice": text(0, market.price_precision),
        "misc": "",
        **({"link_id": order.link_id} if order.link_id else {}),
        "oflags": ",".join([order.fee_preference, *(["post"] if order.post_only else [])]),
        **ends,
    }


def _description(order: Order) -> dict[str, object]:
    return {
        "pair": order.market.altname,
        "type": order.side,
        "ordertype": order.order_type,
        "price": text(order.price, order.market.price_precision),
        "price2": "0",
        "leverage": "none",
        "order": sentence(order),
        "close": "",
    }


def sentence(order: Order) -> str:
    """Return `buy 0.01000000 XBTUSD @ limit 80000.0`."""
    price = f" {text(order.price, order.market.price_precision)}" if order.order_type == "limit" else ""
    qty = text(order.qty, order.market.qty_precision)
    return f"{order.side} {qty} {order.market.altname} @ {order.order_type}{price}"


def _stamp(time: int | None) -> Raw:
    """Return seconds with a fraction, as a number (`ts`)."""
    return Raw(text((time or 0) // 1000, 6).encode())
