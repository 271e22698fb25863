"""Read orders from REST parameters: texts as in a form go in, requests come out.

Source: rest-endpoints §4. `price` is the trigger of orders that have one, and then `price2` the limit.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from krakenio.sim.clock import SECOND
from krakenio.sim.core import Core
from krakenio.sim.engine import triggers
from krakenio.sim.gateway.requests import Change, OrderRequest, TriggerRequest, invalid
from krakenio.sim.gateway.times import moment
from krakenio.sim.markets.kinds import LIMITED, TRAILING, TRIGGERED
from krakenio.sim.markets.orders import Close
from krakenio.sim.markets.prices import Price
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.market import public_pair
from krakenio.sim.rest.params import decimal, is_true
from krakenio.sim.wire import integer, sane, signed

Params = Mapping[str, str]

MIN_DEADLINE = 2 * SECOND
MIN_EXPIRY = 5 * SECOND
FLAGS = ("post", "fcib", "fciq", "viqc", "nompp")
_PRICE = re.compile(r"(?P<sign>[+#-]?)(?P<amount>[0-9]+(\.[0-9]+)?|\.[0-9]+)(?P<percent>%?)")
_LEVERAGE = re.compile(r"[0-9]+(:1)?")


def order(core: Core, params: Params) -> OrderRequest:
    """Read `AddOrder`, or one order of `AddOrderBatch` with what its batch shares."""
    flags, side, kind = flags_of(params), params.get("type", ""), params.get("ordertype", "")
    amount, expires = decimal(params, "volume", None), _expiry(core, params)
    return OrderRequest(
        symbol=public_pair(core, params).market.symbol,
        side=side,
        order_type=kind,
        qty=None if "viqc" in flags else amount,
        price=limit(params, kind, side),
        time_in_force=params.get("timeinforce", "GTC" if expires is None else "GTD").lower(),
        expires=expires,
        post_only="post" in flags,
        cl_ord_id=params.get("cl_ord_id") or None,
        userref=userref(params),
        stp=params.get("stptype", "cancel-newest").replace("-", "_"),
        fee_preference="fcib" if "fcib" in flags else "fciq",
        received=core.clock(),
        deadline=deadline(core, params),
        validate=is_true(params, "validate"),
        cash=(amount or Decimal(0)) if "viqc" in flags else None,
        display=decimal(params, "displayvol", None),
        trigger=trigger(params, kind, side),
        close=_close(params, side),
        effective=_seconds(core, params, "starttm"),
        margin=_leveraged(params),
        reduce_only=is_true(params, "reduce_only"),
    )


def change(core: Core, params: Params, order_type: str) -> Change:
    """Read `AmendOrder`; it takes relative prices, but not the sign that leaves the direction open."""
    prices = [_price(params, name, "") for name in ("limit_price", "trigger_price")]
    if order_type in TRAILING and any(price is not None and price.kind == "static" for price in prices):
        raise invalid("limit_price" if prices[0] and prices[0].kind == "static" else "trigger_price")
    return Change(
        decimal(params, "order_qty", None),
        prices[0],
        decimal(params, "display_qty", None),
        prices[1],
        is_true(params, "post_only"),
        core.clock(),
        deadline(core, params),
    )


def limit(params: Params, kind: str, side: str) -> Price | None:
    """Read the limit price: `price2` of triggered types; that of a trailing one is a distance from its trigger."""
    name = "price2" if kind in TRIGGERED else "price"
    default = ("+" if triggers.rises(kind, side) else "-") if kind in TRIGGERED else ("-" if side == "buy" else "+")
    price = _price(params, name, default)
    if kind in LIMITED and price is None:
        raise invalid(name)
    if kind in TRAILING and price is not None and price.kind == "static":
        raise invalid(name)
    if kind not in TRIGGERED and _price(params, "price2", default) is not None:
        raise invalid("price2")
    return price


def trigger(params: Params, kind: str, side: str) -> TriggerRequest | None:
    """Read what an order waits for; a trailing one must name a distance with a plus."""
    if kind not in TRIGGERED:
        return None
    price = _price(params, "price", "+" if triggers.rises(kind, side) else "-")
    if price is None or (kind in TRAILING and not params["price"].startswith("+")):
        raise invalid("price")
    if params.get("trigger", "last") not in {"last", "index"}:
        raise invalid("trigger")
    return TriggerRequest(price, params.get("trigger", "last"))


def flags_of(params: Params) -> list[str]:
    """Read the flags; refuses unknown ones, two fee currencies, and money to spend where it is not taken."""
    flags = [flag for flag in params.get("oflags", "").split(",") if flag]
    if any(flag not in FLAGS for flag in flags) or {"fcib", "fciq"} <= set(flags):
        raise invalid("oflags")
    if "viqc" in flags and (params.get("ordertype"), params.get("type")) != ("market", "buy"):
        raise invalid("oflags")
    return flags


def userref(params: Params, name: str = "userref") -> int | None:
    """Read a tag, a whole number with or without a minus."""
    if not params.get(name):
        return None
    tag = signed(params[name])
    if tag is None:
        raise invalid(name)
    return tag


def deadline(core: Core, params: Params) -> int | None:
    """Read the deadline: on REST at least 2 s ahead, unless it has passed, which the engine tells."""
    found, now = moment(params.get("deadline") or None, "deadline"), core.clock()
    if found is not None and now < found < now + MIN_DEADLINE:
        raise invalid("deadline")
    return found


def _close(params: Params, side: str) -> Close | None:
    """Read `close[...]`; the close is on the other side."""
    inner = {name[6:-1]: value for name, value in params.items() if name.startswith("close[") and value}
    if not inner:
        return None
    kind, other = inner.get("ordertype", ""), "sell" if side == "buy" else "buy"
    try:
        waits = trigger(inner, kind, other)
        return Close(kind, limit(inner, kind, other), waits.price if waits else None)
    except Refused as refused:
        raise invalid(f"close[{refused.error.rsplit(':', 1)[-1]}]") from refused


def _price(params: Params, name: str, default: str) -> Price | None:
    """Read `27000`, `+5`, `-5%` or `#5%`, whose direction is the `default`, where there is one."""
    value = params.get(name, "")
    if value in {"", "0"}:
        return None
    found = _PRICE.fullmatch(value)
    if found is None or not sane(Decimal(found["amount"])):
        raise invalid(name)
    sign = default if found["sign"] == "#" else found["sign"]
    if (found["sign"] == "#" and not default) or (found["percent"] and not sign):
        raise invalid(name)
    amount = Decimal(found["amount"]) * (-1 if sign == "-" else 1)
    if not sign:
        return Price(amount)
    return Price(amount, "pct" if found["percent"] else "quote")


def _leveraged(params: Params) -> bool:
    value = params.get("leverage", "none")
    if value in {"", "none"}:
        return False
    if not _LEVERAGE.fullmatch(value):
        raise invalid("leverage")
    return True


def _expiry(core: Core, params: Params) -> int | None:
    found = _seconds(core, params, "expiretm")
    if found is not None and core.clock() < found < core.clock() + MIN_EXPIRY:
        raise invalid("expiretm")
    return found


def _seconds(core: Core, params: Params, name: str) -> int | None:
    """Read a time: 0 for none, seconds since the epoch, or `+` seconds from now."""
    value = params.get(name) or "0"
    found = integer(value.removeprefix("+"))
    if found is None:
        raise invalid(name)
    if value.startswith("+"):
        return core.clock() + found * SECOND
    return found * SECOND or None
