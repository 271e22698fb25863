"""Answer the account endpoints: an account's state goes in, REST's maps of orders and balances come out.

Source: rest-endpoints §3.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from krakenio.sim.access import Key
from krakenio.sim.accounts import decimals
from krakenio.sim.clock import SECOND
from krakenio.sim.core import Core
from krakenio.sim.markets import ASSETS
from krakenio.sim.orders import Order
from krakenio.sim.refusal import Refused
from krakenio.sim.rest_orders import row
from krakenio.sim.rest_params import decimal, whole
from krakenio.sim.wire import fixed

Params = Mapping[str, str]
PAGE = 50


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


def open_orders(core: Core, key: Key, params: Params) -> object:
    """Return the open orders, filtered."""
    return {"open": _listed(_matching(_listed_by_now(core, key.account.open), params), params)}


def closed_orders(core: Core, key: Key, params: Params) -> object:
    """Return a page of closed orders, the newest first; the client id's filter may find several."""
    orders = [order for order in _matching(_listed_by_now(core, key.account.orders), params) if not order.is_open]
    found = [order for order in reversed(orders) if _between(order, params)]
    offset = whole(params, "ofs", 0)
    return {"closed": _listed(found[offset : offset + PAGE], params), "count": len(found)}


def query_orders(core: Core, key: Key, params: Params) -> object:
    """Return named orders in any state; one unknown id refuses the call."""
    names = [name for name in params.get("txid", "").split(",") if name]
    if not 1 <= len(names) <= PAGE:
        raise Refused("EGeneral:Invalid arguments:txid")
    orders = {order.order_id: order for order in _listed_by_now(core, key.account.orders)}
    if any(name not in orders for name in names):
        raise Refused("EOrder:Invalid order")
    return _listed(_matching((orders[name] for name in names), params), params)


def rest_name(asset: str) -> str:
    """Return REST's internal name of an asset: `XXBT` for `BTC`."""
    return ASSETS[asset].rest if asset in ASSETS else asset


def _listed_by_now(core: Core, orders: Mapping[str, Order]) -> list[Order]:
    """Return the orders that have come to the tables."""
    return [order for order in orders.values() if order.opened + core.faults.lag <= core.clock()]


def _matching(orders: Iterable[Order], params: Params) -> list[Order]:
    client, tag = params.get("cl_ord_id"), params.get("userref")
    found = [order for order in orders if client is None or order.cl_ord_id == client]
    return [order for order in found if tag is None or str(order.userref) == tag]


def _between(order: Order, params: Params) -> bool:
    """Tell whether an order opened or closed after `start` and up to `end`, as `closetime` says."""
    start, end = decimal(params, "start", Decimal(0)), decimal(params, "end", Decimal("Infinity"))
    both = (order.opened, order.closed)
    times = {"open": both[:1], "close": both[1:]}.get(params.get("closetime", ""), both)
    return any(start < Decimal(time) / SECOND <= end for time in times if time is not None)


def _listed(orders: Iterable[Order], params: Params) -> dict[str, object]:
    trades = params.get("trades", "").lower() == "true"
    return {order.order_id: row(order) | ({"trades": order.trades} if trades else {}) for order in orders}
