"""Answer the account endpoints: an account's state goes in, REST's maps of orders and balances come out.

Source: rest-endpoints §3.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from krakenio.sim.accounts.access import Key
from krakenio.sim.accounts.account import decimals, is_named
from krakenio.sim.core import Core
from krakenio.sim.markets.listing import ASSETS
from krakenio.sim.markets.orders import Order
from krakenio.sim.markets.wallets import SPOT, SUFFIXES
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.orders import row
from krakenio.sim.rest.pages import Listing, by_cursor, page
from krakenio.sim.rest.params import chosen, is_true, size_of
from krakenio.sim.wire import fixed, text

Params = Mapping[str, str]
PAGE = 50
MOST = 1000
"""The most that `OpenOrders` lists without a cursor; all that can be open are fewer on most pairs."""
MICROSECOND = 1000
"""What the times of orders are shown in."""


def balance(_core: Core, key: Key, _params: Params) -> object:
    """Return balances, holds included; what is in Earn has names of its own."""
    held = key.account.held_in()
    return {listed_name(asset, wallet): fixed(amount, decimals(asset)) for wallet, asset, amount in held}


def balance_ex(_core: Core, key: Key, _params: Params) -> object:
    """Return balances beside what open orders hold."""
    return {
        listed_name(asset, wallet): {
            "balance": fixed(amount, decimals(asset)),
            "hold_trade": fixed(key.account.held(asset) if wallet == SPOT else Decimal(0), decimals(asset)),
        }
        for wallet, asset, amount in key.account.held_in()
    }


def open_orders(core: Core, key: Key, params: Params) -> object:
    """Return the open orders, filtered: all or up to `limit` of them, or a page where a cursor is asked for."""
    found = _matching(_listed_by_now(core, key.account.open), params)
    paged = is_true(params, "with_cursor")
    size = size_of(params, PAGE, 100) if paged else size_of(params, MOST, MOST)
    if not paged:
        return {"open": _listed(found[:size], params)}
    named = [(order.order_id, order) for order in reversed(found)]
    rows, beside = by_cursor(named, params, Listing(_times(params), _shown(params), size=size))
    return {"open": rows, **beside}


def closed_orders(core: Core, key: Key, params: Params) -> object:
    """Return a page of closed orders, the newest first; the client id's filter may find several.

    `start` and `end` may be ids of orders in any state.
    """
    orders = {order.order_id: order for order in _listed_by_now(core, key.account.orders)}
    listing = Listing(_times(params), _shown(params), lambda order: _is_closed(order, params), unit=MICROSECOND)
    rows, beside = page(orders, _bounded(orders, params), listing)
    return {"closed": rows, **beside}


def query_orders(core: Core, key: Key, params: Params) -> object:
    """Return named orders in any state; one unknown id refuses the call, one that REST lags behind is left out."""
    names = [name for name in params.get("txid", "").split(",") if name]
    if not 1 <= len(names) <= PAGE:
        raise Refused("EGeneral:Invalid arguments:txid")
    orders = {order.order_id: order for order in _listed_by_now(core, key.account.orders)}
    if any(name not in key.account.orders for name in names):
        raise Refused("EOrder:Invalid order")
    return _listed(_matching((orders[name] for name in names if name in orders), params), params)


def rest_name(asset: str) -> str:
    """Return REST's internal name of an asset: `XXBT` for `BTC`."""
    return ASSETS[asset].rest if asset in ASSETS else asset


def listed_name(asset: str, wallet: str) -> str:
    """Return what REST calls an asset in a wallet: `XETH`, and `ETH.F` in one of Earn."""
    return rest_name(asset) if wallet == SPOT else short_name(asset) + SUFFIXES[wallet]


def short_name(asset: str) -> str:
    """Return REST's altname of an asset: `XBT` for `BTC`."""
    return ASSETS[asset].altname if asset in ASSETS else asset


def _listed_by_now(core: Core, orders: Mapping[str, Order]) -> list[Order]:
    """Return the orders that have come to the tables."""
    return [order for order in orders.values() if order.opened + core.faults.lag <= core.clock()]


def _matching(orders: Iterable[Order], params: Params) -> list[Order]:
    client, tag = params.get("cl_ord_id"), params.get("userref")
    found = [order for order in orders if client is None or is_named(order, client)]
    return [order for order in found if tag is None or str(order.userref) == tag]


def _is_closed(order: Order, params: Params) -> bool:
    return not order.is_open and bool(_matching([order], params))


def _bounded(orders: Mapping[str, Order], params: Params) -> Params:
    """Return the parameters with the time for each id: when that order was opened, whatever `closetime` says."""
    named = {which: orders.get(params.get(which, "")) for which in ("start", "end")}
    opened = {which: order.opened for which, order in named.items() if order is not None}
    return {**params, **{which: text(time // MICROSECOND, 6) for which, time in opened.items()}}


def _times(params: Params) -> Callable[[Order], Sequence[int]]:
    """Return how to tell when orders were: when they opened or closed, as `closetime` says."""
    which = chosen(params, "closetime", ("open", "close", "both"), "both")

    def times(order: Order) -> Sequence[int]:
        opened, closed = (order.opened,), () if order.closed is None else (order.closed,)
        return (opened if which != "close" else ()) + (closed if which != "open" else ())

    return times


def _shown(params: Params) -> Callable[[Order], object]:
    trades = is_true(params, "trades")
    return lambda order: row(order) | ({"trades": order.trades} if trades else {})


def _listed(orders: Iterable[Order], params: Params) -> dict[str, object]:
    shown = _shown(params)
    return {order.order_id: shown(order) for order in orders}
