"""Answer the trading endpoints: form or JSON parameters go in, the same rules as on the WebSocket apply.

Source: rest-endpoints §4.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from krakenio.sim import trading
from krakenio.sim.access import Key
from krakenio.sim.clock import SECOND, seconds
from krakenio.sim.core import Core
from krakenio.sim.orders import Order
from krakenio.sim.refusal import Refused
from krakenio.sim.rest_account import sentence
from krakenio.sim.rest_market import pair
from krakenio.sim.trading import OrderRequest

Params = Mapping[str, Any]

_KNOWN = (
    *("nonce", "otp", "pair", "type", "ordertype", "volume", "price", "timeinforce", "expiretm", "oflags"),
    *("stptype", "deadline", "userref", "cl_ord_id", "validate"),
)
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


def cancel_all(core: Core, key: Key, _params: Params) -> object:
    """Cancel all open orders of the account."""
    return {"count": trading.cancel_all(core, key.account)}


def cancel_all_orders_after(core: Core, key: Key, params: Params) -> object:
    """Set the dead man's switch."""
    timeout = str(params.get("timeout", ""))
    if not timeout.isdecimal():
        raise Refused("EGeneral:Invalid arguments:timeout")
    trading.set_switch(core, key.account, int(timeout))
    now = core.clock()
    trigger = seconds(now + int(timeout) * SECOND) if int(timeout) else "0"
    return {"currentTime": seconds(now), "triggerTime": trigger}


def get_websockets_token(core: Core, key: Key, _params: Params) -> object:
    """Make a token."""
    return {"token": core.access.issue(key).text, "expires": int(core.access.lifetime)}


def _named(key: Key, params: Params) -> list[Order]:
    if params.get("cl_ord_id"):
        return trading.find(key.account, "cl_ord_id", params["cl_ord_id"])
    txid = str(params.get("txid", ""))
    if txid.lstrip("-").isdecimal():
        return trading.find(key.account, "order_userref", int(txid))
    if txid not in key.account.orders:
        raise Refused("EOrder:Invalid order" if txid else "EGeneral:Invalid arguments:txid")
    return trading.find(key.account, "order_id", txid)


def _request(core: Core, params: Params) -> OrderRequest:
    for name in params:
        if name not in _KNOWN:  # the exchange simulates plain spot orders
            raise Refused(f"EGeneral:Invalid arguments:{name}")
    flags = [flag for flag in str(params.get("oflags", "")).split(",") if flag]
    if any(flag not in _FLAGS for flag in flags):
        raise Refused("EGeneral:Invalid arguments:oflags")
    return OrderRequest(
        symbol=pair(core, params.get("pair")).market.symbol,
        side=str(params.get("type", "")),
        order_type=str(params.get("ordertype", "")),
        qty=_number(params, "volume") or Decimal(0),
        price=_number(params, "price"),
        time_in_force=str(params.get("timeinforce", "GTC")).lower(),
        expires=_expiry(core, params),
        post_only="post" in flags,
        cl_ord_id=_text(params, "cl_ord_id"),
        userref=_userref(params),
        stp=str(params.get("stptype", "cancel-newest")).replace("-", "_"),
        fee_preference="fcib" if "fcib" in flags else "fciq",
        received=core.clock(),
        deadline=trading.moment(_text(params, "deadline"), "deadline"),
        validate=str(params.get("validate", "")).lower() == "true",
    )


def _number(params: Params, name: str) -> Decimal | None:
    if params.get(name) in {None, ""}:
        return None
    try:
        value = Decimal(str(params[name]))
    except InvalidOperation as error:
        raise Refused(f"EGeneral:Invalid arguments:{name}") from error
    if not value.is_finite():
        raise Refused(f"EGeneral:Invalid arguments:{name}")
    return value


def _text(params: Params, name: str) -> str | None:
    value = params.get(name)
    return None if value in {None, ""} else str(value)


def _userref(params: Params) -> int | None:
    value = _text(params, "userref")
    if value is None:
        return None
    if not value.lstrip("-").isdecimal():
        raise Refused("EGeneral:Invalid arguments:userref")
    return int(value)


def _expiry(core: Core, params: Params) -> int | None:
    """Read `expiretm`: 0, seconds since the epoch, or `+` seconds from now."""
    value = _text(params, "expiretm") or "0"
    if not value.removeprefix("+").isdecimal():
        raise Refused("EGeneral:Invalid arguments:expiretm")
    if value.startswith("+"):
        return core.clock() + int(value) * SECOND
    return int(value) * SECOND or None
