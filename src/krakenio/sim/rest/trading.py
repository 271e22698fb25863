"""Answer the trading endpoints: form or JSON parameters go in, the same rules as on the WebSocket apply.

Source: rest-endpoints §4.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from krakenio.sim.accounts.access import Key
from krakenio.sim.accounts.account import Account, is_named
from krakenio.sim.clock import SECOND, seconds
from krakenio.sim.core import Core
from krakenio.sim.gateway import changing, placing, timers
from krakenio.sim.gateway.requests import invalid
from krakenio.sim.markets.orders import Order
from krakenio.sim.refusal import Refused
from krakenio.sim.rest import reading
from krakenio.sim.rest.market import pair, public_pair
from krakenio.sim.rest.orders import description, prices_of, sentence
from krakenio.sim.rest.params import decimal, flat, is_true, needed
from krakenio.sim.wire import integer, signed, text

Params = Mapping[str, str]
Rows = Mapping[str, object]
"""Parameters of calls in JSON, which may hold lists."""


def add_order(core: Core, key: Key, params: Params) -> object:
    """Place or check an order; the answer names no client id, and no txid if it was only checked."""
    needed(params, "pair", "type", "ordertype", "volume")
    order, checked = placing.add(core, key.account, reading.order(core, params))
    if order is None:
        return {"descr": description(checked)}
    return {"descr": description(order), "txid": [order.order_id]}


def cancel_order(core: Core, key: Key, params: Params) -> object:
    """Cancel by txid, userref or client id; unknown and gone ids have different errors (measured 2026-09)."""
    orders = _named(key, params)
    if rule := core.faults.take("pend", "rest", "CancelOrder"):
        core.later(float(rule.value), partial(_cancel_late, core, key.account, orders), "sim: a pending cancel")
        return {"count": len(orders), "pending": True}
    for order in orders:
        placing.cancel(core, key.account, order)
    return {"count": len(orders)}


def _cancel_late(core: Core, account: Account, orders: Sequence[Order]) -> None:
    """Do what is pending; a closed exchange does it once it is open again."""
    if core.status == "maintenance":
        core.later(1.0, partial(_cancel_late, core, account, orders), "sim: a pending cancel")
        return
    for order in orders:
        if order.is_open:
            placing.cancel(core, account, order, counted="always")


def amend_order(core: Core, key: Key, params: Params) -> object:
    """Amend in place; the answer names the amend alone."""
    (order,) = _named(key, params)
    symbol = pair(core, params["pair"]).market.symbol if params.get("pair") else None
    changing.check_market(order, symbol, "EGeneral:Invalid arguments:pair")
    change = reading.change(core, params, order.order_type)
    return {"amend_id": changing.amend(core, key.account, order, change)}


def edit_order(core: Core, key: Key, params: Params) -> object:
    """Replace an order by a new one; a userref names it if no other open order has it."""
    needed(params, "txid", "pair")
    orders = _named(key, {"txid": params["txid"]})
    if len(orders) != 1:
        raise invalid("txid")
    (order,) = orders
    kind, flags = order.order_type, [flag for flag in params.get("oflags", "").split(",") if flag]
    prices = {name: params.get(name) or _kept(order, name) for name in ("price", "price2")}
    if any(flag not in reading.FLAGS for flag in flags):
        raise invalid("oflags")
    request = changing.edited(
        order,
        symbol=public_pair(core, params).market.symbol,
        qty=decimal(params, "volume", None),
        display=decimal(params, "displayvol", None),
        price=reading.limit(prices, kind, order.side),
        trigger=reading.trigger(prices | _reference(order), kind, order.side),
        post_only="post" in flags,
        userref=reading.userref(params),
        received=core.clock(),
        deadline=reading.deadline(core, params),
        validate=is_true(params, "validate"),
    )
    made, checked = changing.edit(core, key.account, order, request)
    return _edited(order, checked, done=made is not None)


def add_order_batch(core: Core, key: Key, params: Rows) -> object:
    """Place several orders of one pair; refused rows carry their error, the answer none."""
    rows = _objects(params.get("orders"))
    shared = {name: str(params[name]) for name in ("pair", "asset_class", "deadline", "validate") if name in params}
    for row in rows:
        needed(flat(row), "type", "ordertype", "volume")
    requests = [reading.order(core, {**flat(row), **shared}) for row in rows]
    placed = changing.batch(core, key.account, requests)
    return {"orders": [_row(made, validate=requests[0].validate) for made in placed]}


def cancel_order_batch(core: Core, key: Key, params: Rows) -> object:
    """Cancel up to 50 orders, and tell how many there were."""
    orders, clients = _named_in(params.get("orders", []), str, int), _named_in(params.get("cl_ord_ids", []), str)
    names: list[changing.Name] = [("order_userref" if isinstance(each, int) else "order_id", each) for each in orders]
    names += [("cl_ord_id", each) for each in clients]
    return {"count": changing.batch_cancel(core, key.account, names, 1)}


def cancel_all(core: Core, key: Key, _params: Params) -> object:
    """Cancel all open orders of the account."""
    return {"count": placing.cancel_all(core, key.account)}


def cancel_all_orders_after(core: Core, key: Key, params: Params) -> object:
    """Set the dead man's switch."""
    after = integer(params.get("timeout", ""))
    if after is None:
        raise invalid("timeout")
    timers.set_switch(core, key.account, after)
    now = core.clock()
    trigger = seconds(now + after * SECOND) if after else "0"
    return {"currentTime": seconds(now), "triggerTime": trigger}


def get_websockets_token(core: Core, key: Key, _params: Params) -> object:
    """Make a token."""
    return {"token": core.access.issue(key).text, "expires": int(core.access.lifetime)}


def _named(key: Key, params: Params) -> list[Order]:
    """Return the open orders that a call names, by one name."""
    txid, client = params.get("txid", ""), params.get("cl_ord_id", "")
    if txid and client:
        raise Refused("EGeneral:Invalid arguments")
    if client:
        if found := placing.found(key.account, "cl_ord_id", client):
            return found
        gone = any(is_named(order, client) for order in key.account.orders.values())
        raise Refused("EOrder:Unknown order" if gone else "EOrder:Invalid order")
    if (tag := signed(txid)) is not None:
        return placing.find(key.account, "order_userref", tag)
    if txid not in key.account.orders:
        raise Refused("EOrder:Invalid order" if txid else "EGeneral:Invalid arguments:txid")
    return placing.find(key.account, "order_id", txid)


def _kept(order: Order, name: str) -> str:
    """Return a price as it was, in the words of a new request."""
    first, second = prices_of(order)
    return first if name == "price" else second


def _reference(order: Order) -> dict[str, str]:
    return {"trigger": order.trigger.reference} if order.trigger else {}


def _edited(old: Order, new: Order, *, done: bool) -> dict[str, object]:
    """Return the answer to an edit; an order that was only checked has no id."""
    price, price2 = prices_of(new)
    return {
        "status": "ok",
        **({"txid": new.order_id} if done else {}),
        "originaltxid": old.order_id,
        "volume": text(new.qty, new.market.qty_precision),
        "price": price,
        "price2": price2,
        "orders_cancelled": int(done),
        "descr": {"order": sentence(new)},
        "newuserref": str(new.userref or 0),
        "olduserref": str(old.userref or 0),
    }


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise invalid("orders")
    return cast("list[object]", value)


def _named_in(value: object, *kinds: type) -> list[object]:
    """Return the ids of a list, which are bare values (rest-auth §2.3)."""
    found = _listed(value)
    if not all(isinstance(each, kinds) and not isinstance(each, bool) for each in found):
        raise invalid("orders")
    return found


def _objects(value: object) -> list[Rows]:
    found = _listed(value)
    if not all(isinstance(each, dict) for each in found):
        raise invalid("orders")
    return cast("list[Rows]", found)


def _row(made: changing.Row, *, validate: bool) -> dict[str, object]:
    if isinstance(made, str):
        return {"error": made}
    shown: dict[str, object] = {"descr": description(made)}
    return shown if validate else {"txid": made.order_id, **shown}
