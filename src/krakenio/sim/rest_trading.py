"""Answer the trading endpoints: form or JSON parameters go in, the same rules as on the WebSocket apply.

Source: rest-endpoints §4.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import cast

from krakenio.sim import changing, timers, trading
from krakenio.sim.access import Key
from krakenio.sim.changing import Change
from krakenio.sim.clock import SECOND, seconds
from krakenio.sim.core import Core
from krakenio.sim.orders import Order
from krakenio.sim.refusal import Refused
from krakenio.sim.rest_account import sentence
from krakenio.sim.rest_market import pair
from krakenio.sim.rest_params import is_true, needed
from krakenio.sim.trading import OrderRequest
from krakenio.sim.wire import integer, sane, text

Params = Mapping[str, str]
Rows = Mapping[str, object]
"""Parameters of calls in JSON, which may hold lists."""

_KNOWN = (
    *("nonce", "otp", "pair", "type", "ordertype", "volume", "price", "timeinforce", "expiretm", "oflags"),
    *("stptype", "deadline", "userref", "cl_ord_id", "validate"),
)
MIN_DEADLINE = 2 * SECOND
_FLAGS = ("post", "fcib", "fciq", "nompp")


def add_order(core: Core, key: Key, params: Params) -> object:
    """Place or check an order; the answer names no client id, and no txid if it was only checked."""
    request = _request(core, params)
    order, checked = trading.add(core, key.account, request)
    if order is None:
        return {"descr": {"order": sentence(checked)}}
    return {"descr": {"order": sentence(order)}, "txid": [order.order_id]}


def cancel_order(core: Core, key: Key, params: Params) -> object:
    """Cancel by txid, userref or client id; unknown and gone ids have different errors (measured 2026-09)."""
    orders = _named(key, params)
    for order in orders:
        trading.cancel(core, order)
    return {"count": len(orders)}


def amend_order(core: Core, key: Key, params: Params) -> object:
    """Amend in place; the answer names the amend alone."""
    if bool(params.get("txid")) == bool(params.get("cl_ord_id")):
        raise Refused("EGeneral:Invalid arguments")
    (order,) = _named(key, params)
    change = Change(
        _number(params, "order_qty"),
        _number(params, "limit_price"),
        is_true(params, "post_only"),
        core.clock(),
        _deadline(core, params),
    )
    return {"amend_id": changing.amend(core, order, change)}


def edit_order(core: Core, key: Key, params: Params) -> object:
    """Replace an order by a new one."""
    needed(params, "txid", "pair")
    order = _named(key, {"txid": params["txid"]})[0]
    request = changing.edited(
        order,
        symbol=pair(core, params["pair"]).market.symbol,
        qty=_number(params, "volume"),
        price=_number(params, "price"),
        post_only="post" in params.get("oflags", "").split(","),
        userref=_userref(params),
        received=core.clock(),
        deadline=_deadline(core, params),
        validate=is_true(params, "validate"),
    )
    made, checked = changing.edit(core, key.account, order, request)
    return {
        "status": "ok",
        "txid": (made or checked).order_id,
        "originaltxid": order.order_id,
        "volume": text(checked.qty, checked.market.qty_precision),
        "price": text(checked.price, checked.market.price_precision),
        "price2": "0",
        "orders_cancelled": int(made is not None),
        "descr": {"order": sentence(checked)},
        "newuserref": str(checked.userref or 0),
        "olduserref": str(order.userref or 0),
    }


def add_order_batch(core: Core, key: Key, params: Rows) -> object:
    """Place several orders of one pair; refused rows carry their error, the answer none."""
    rows = _objects(params.get("orders"))
    shared = {name: str(params[name]).lower() for name in ("validate",) if name in params}
    shared |= {name: str(params[name]) for name in ("pair", "deadline") if name in params}
    requests = [_request(core, {**_flat(row), **shared}) for row in rows]
    placed = changing.batch(core, key.account, requests)
    return {"orders": [_row(made, validate=requests[0].validate) for made in placed]}


def cancel_order_batch(core: Core, key: Key, params: Rows) -> object:
    """Cancel up to 50 orders, and tell how many there were."""
    orders, clients = _listed(params.get("orders", [])), _listed(params.get("cl_ord_ids", []))
    names: list[changing.Name] = [("order_userref" if isinstance(each, int) else "order_id", each) for each in orders]
    names += [("cl_ord_id", each) for each in clients]
    return {"count": changing.batch_cancel(core, key.account, names, 1)}


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Refused("EGeneral:Invalid arguments:orders")
    return cast("list[object]", value)


def _objects(value: object) -> list[Rows]:
    found = _listed(value)
    if not all(isinstance(each, dict) for each in found):
        raise Refused("EGeneral:Invalid arguments:orders")
    return cast("list[Rows]", found)


def _flat(row: Mapping[str, object]) -> dict[str, str]:
    """Return an order of a batch as a form would have it."""
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in row.items()}


def _row(made: changing.Row, *, validate: bool) -> dict[str, object]:
    if isinstance(made, str):
        return {"error": made}
    shown: dict[str, object] = {"descr": {"order": sentence(made)}}
    return shown if validate else {"txid": made.order_id, **shown}


def cancel_all(core: Core, key: Key, _params: Params) -> object:
    """Cancel all open orders of the account."""
    return {"count": trading.cancel_all(core, key.account)}


def cancel_all_orders_after(core: Core, key: Key, params: Params) -> object:
    """Set the dead man's switch."""
    after = integer(params.get("timeout", ""))
    if after is None:
        raise Refused("EGeneral:Invalid arguments:timeout")
    timers.set_switch(core, key.account, after)
    now = core.clock()
    trigger = seconds(now + after * SECOND) if after else "0"
    return {"currentTime": seconds(now), "triggerTime": trigger}


def get_websockets_token(core: Core, key: Key, _params: Params) -> object:
    """Make a token."""
    return {"token": core.access.issue(key).text, "expires": int(core.access.lifetime)}


def _named(key: Key, params: Params) -> list[Order]:
    if params.get("cl_ord_id"):
        return trading.find(key.account, "cl_ord_id", params["cl_ord_id"])
    txid = params.get("txid", "")
    if (tag := _signed(txid)) is not None:
        return trading.find(key.account, "order_userref", tag)
    if txid not in key.account.orders:
        raise Refused("EOrder:Invalid order" if txid else "EGeneral:Invalid arguments:txid")
    return trading.find(key.account, "order_id", txid)


def _request(core: Core, params: Params) -> OrderRequest:
    for name in params:
        if name not in _KNOWN:  # the exchange simulates plain spot orders
            raise Refused(f"EGeneral:Invalid arguments:{name}")
    flags = [flag for flag in params.get("oflags", "").split(",") if flag]
    if any(flag not in _FLAGS for flag in flags):
        raise Refused("EGeneral:Invalid arguments:oflags")
    if params.get("ordertype") == "limit" and not params.get("price"):
        raise Refused("EGeneral:Invalid arguments:price")
    return OrderRequest(
        symbol=pair(core, params.get("pair")).market.symbol,
        side=params.get("type", ""),
        order_type=params.get("ordertype", ""),
        qty=_number(params, "volume") or Decimal(0),
        price=_number(params, "price"),
        time_in_force=params.get("timeinforce", "GTC").lower(),
        expires=_expiry(core, params),
        post_only="post" in flags,
        cl_ord_id=_text(params, "cl_ord_id"),
        userref=_userref(params),
        stp=params.get("stptype", "cancel-newest").replace("-", "_"),
        fee_preference="fcib" if "fcib" in flags else "fciq",
        received=core.clock(),
        deadline=_deadline(core, params),
        validate=params.get("validate", "").lower() == "true",
    )


def _deadline(core: Core, params: Params) -> int | None:
    """Read the deadline: on REST at least 2 s ahead, unless it has passed, which the engine tells."""
    deadline, now = trading.moment(_text(params, "deadline"), "deadline"), core.clock()
    if deadline is not None and now < deadline < now + MIN_DEADLINE:
        raise Refused("EGeneral:Invalid arguments:deadline")
    return deadline


def _number(params: Params, name: str) -> Decimal | None:
    if not params.get(name):
        return None
    try:
        value = Decimal(params[name])
    except InvalidOperation as error:
        raise Refused(f"EGeneral:Invalid arguments:{name}") from error
    if not sane(value):
        raise Refused(f"EGeneral:Invalid arguments:{name}")
    return value


def _text(params: Params, name: str) -> str | None:
    return params.get(name) or None


def _userref(params: Params) -> int | None:
    value = _text(params, "userref")
    if value is None:
        return None
    tag = _signed(value)
    if tag is None:
        raise Refused("EGeneral:Invalid arguments:userref")
    return tag


def _signed(value: str) -> int | None:
    digits = integer(value.removeprefix("-"))
    return -digits if digits is not None and value.startswith("-") else digits


def _expiry(core: Core, params: Params) -> int | None:
    """Read `expiretm`: 0, seconds since the epoch, or `+` seconds from now."""
    value = _text(params, "expiretm") or "0"
    found = integer(value.removeprefix("+"))
    if found is None:
        raise Refused("EGeneral:Invalid arguments:expiretm")
    if value.startswith("+"):
        return core.clock() + found * SECOND
    return found * SECOND or None
