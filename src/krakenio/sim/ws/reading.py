"""Read orders from WebSocket params: fields with Kraken's names go in, requests come out.

Source: ws-v2-trading §1-3. Deprecated fields are taken, and answered with a warning.
"""

from decimal import Decimal
from typing import Any

from krakenio.sim.gateway.requests import Change, OrderRequest, TriggerRequest, invalid
from krakenio.sim.gateway.times import moment
from krakenio.sim.markets.kinds import LIMITED, TRAILING, TRIGGERED
from krakenio.sim.markets.orders import Close
from krakenio.sim.markets.prices import PRICE_TYPES, Price
from krakenio.sim.refusal import Refused
from krakenio.sim.ws.calls import Params

DEPRECATED = ("no_mpp", "stop_price", "trigger")
FEES = {"base": "fcib", "quote": "fciq"}


def order(params: Params, received: int) -> OrderRequest:
    """Read `add_order`, or one order of `batch_add` with what its batch shares."""
    _require(params)
    kind = params["order_type"]
    return OrderRequest(
        symbol=params["symbol"],
        side=params["side"],
        order_type=kind,
        qty=number(params, "order_qty"),
        price=limit(params, kind),
        time_in_force=params.get("time_in_force", "gtc"),
        expires=moment(params.get("expire_time"), "expire_time"),
        post_only=params.get("post_only", False),
        cl_ord_id=params.get("cl_ord_id"),
        userref=params.get("order_userref"),
        stp=params.get("stp_type", "cancel_newest"),
        fee_preference=fees(params) or "fciq",
        received=received,
        deadline=moment(params.get("deadline"), "deadline"),
        validate=params.get("validate", False),
        cash=number(params, "cash_order_qty"),
        display=number(params, "display_qty"),
        trigger=trigger(params),
        close=_close(params.get("conditional")),
        effective=moment(params.get("effective_time"), "effective_time"),
        margin=params.get("margin", False),
        reduce_only=params.get("reduce_only", False),
        sender=params.get("sender_sub_id"),
    )


def change(params: Params, order_type: str, received: int) -> Change:
    """Read `amend_order`; its trigger is flat, without an object."""
    kind = params.get("trigger_price_type", "static")
    amount = number(params, "trigger_price")
    return Change(
        number(params, "order_qty"),
        limit(params, order_type),
        number(params, "display_qty"),
        None if amount is None else _price(amount, kind, "trigger_price_type"),
        params.get("post_only", False),
        received,
        moment(params.get("deadline"), "deadline"),
    )


def limit(params: Params, order_type: str) -> Price | None:
    """Read a limit; only that of a trailing order may be relative, and is unless it says otherwise."""
    amount, trailing = number(params, "limit_price"), order_type in TRAILING
    kind = params.get("limit_price_type", "quote" if trailing else "static")
    if kind not in PRICE_TYPES or (kind != "static" and not trailing):
        raise invalid("limit_price_type")
    return None if amount is None else Price(amount, kind)


def trigger(params: Params) -> TriggerRequest | None:
    """Read `triggers`, or the two fields that were there before it."""
    inner = params.get("triggers")
    if inner is None:
        amount = number(params, "stop_price")
        return None if amount is None else TriggerRequest(Price(amount), params.get("trigger", "last"))
    if "price" not in inner:
        raise Refused("trigger_price(s) not found")
    price = _price(number(inner, "price"), inner.get("price_type", "static"), "price_type")
    return TriggerRequest(price, inner.get("reference", "last"))


def fees(params: Params) -> str | None:
    """Read in which asset fees are preferred."""
    if "fee_preference" not in params:
        return None
    if params["fee_preference"] not in FEES:
        raise invalid("fee_preference")
    return FEES[params["fee_preference"]]


def warnings(params: Params) -> dict[str, object]:
    """Return the warnings that stand in a result; their words are (unverified)."""
    found = [f"{name} is deprecated" for name in DEPRECATED if name in params]
    return {"warnings": found} if found else {}


def number(params: Params, name: str) -> Decimal | None:
    """Read a number that may be absent."""
    value: Any = params.get(name)
    return None if value is None else Decimal(value)


def _require(params: Params) -> None:
    for name in ("order_type", "side", "symbol"):
        if name not in params:
            raise Refused(f"{name.capitalize()} not found")
    if not {"order_qty", "cash_order_qty"} & set(params):
        raise Refused("Order_qty not found")
    kind = params["order_type"]
    if kind in LIMITED and "limit_price" not in params:
        raise Refused("limit_price(s) not found")
    if kind in TRIGGERED and not {"triggers", "stop_price"} & set(params):
        raise Refused("trigger_price(s) not found")
    if params.get("no_mpp") and kind != "market":
        raise invalid("no_mpp order option is only available when ordertype = market")


def _price(amount: Decimal | None, kind: str, name: str) -> Price:
    if kind not in PRICE_TYPES:
        raise invalid(name)
    return Price(amount or Decimal(0), kind)


def _close(inner: Params | None) -> Close | None:
    """Read `conditional`; a relative limit is a trailing one's distance from its trigger."""
    if inner is None:
        return None
    kind = inner.get("order_type", "")
    amount = number(inner, "trigger_price")
    amount = number(inner, "stop_price") if amount is None else amount
    named = inner.get("trigger_price_type", "static")
    return Close(kind, limit(inner, kind), None if amount is None else _price(amount, named, "trigger_price_type"))
