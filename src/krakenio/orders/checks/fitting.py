"""Check that fields fit an order's type: the type and the fields go in, a refusal that says what to write comes out.

Adds, amends, edits and conditional closes share the rules, whatever each of them calls the trigger. Over REST a price
that does not fit would become another one. Source: add_order, amend_order in Kraken's WebSocket v2 reference.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Never

from msgspec import Struct

from krakenio.errors import InvalidRequest
from krakenio.ordertypes import is_limited, is_trailing, is_triggered

Fields = Mapping[str, Any]

SHARES = 15
"""An iceberg shows at least so small a part of it."""

_PLAIN = frozenset({
    "symbol", "side", "order_type", "order_qty", "limit_price", "margin", "post_only", "reduce_only", "effective_time",
    "cl_ord_id", "order_userref", "fee_preference", "stp_type", "validate", "sender_sub_id",
})  # fmt: skip
"""What fits every limit order."""

_UNITS = {"limit_price_type", "trigger_price_type"}
_OPTIONS = {"time_in_force", "expire_time", "post_only", "cash_order_qty"}


class Prices(Struct, frozen=True, gc=False):
    """The prices of a request, `None` where it names none, and what it calls each of them."""

    limit: Decimal | None
    limit_type: str | None
    trigger: Decimal | None
    trigger_type: str | None
    limit_name: str = "limit_price"
    trigger_name: str = "trigger_price"
    trigger_type_name: str = "trigger_price_type"


def prices_in(fields: Fields, place: str = "") -> Prices:
    """Return the prices of an add, an amend, an edit, or a conditional close, whose `place` is `conditional.`."""
    limit, kind = fields.get("limit_price"), fields.get("limit_price_type")
    if "triggers" in fields:
        inner = fields["triggers"]
        names = ("limit_price", "triggers.price", "triggers.price_type")
        return Prices(limit, kind, inner.get("price"), inner.get("price_type"), *names)
    names = (f"{place}limit_price", f"{place}trigger_price", f"{place}trigger_price_type")
    return Prices(limit, kind, fields.get("trigger_price"), fields.get("trigger_price_type"), *names)


def check_new(kind: str, fields: Fields) -> None:
    """Refuse an add whose fields do not fit its type, or lack what it needs."""
    if kind == "limit" and _PLAIN.issuperset(fields) and fields.get("limit_price", 0) > 0:
        return  # as most orders are, whose time is dear
    prices = prices_in(fields)
    _check_complete(kind, prices)
    if is_triggered(kind) != ("triggers" in fields):
        _refuse(f"order_type {kind!r} {'needs' if is_triggered(kind) else 'does not take'} triggers")
    check_prices(kind, prices)
    if not _OPTIONS.isdisjoint(fields):
        _check_options(kind, fields)
    if kind == "iceberg" or "display_qty" in fields:
        _check_display(kind, fields)
    if "conditional" in fields:
        _check_close(fields["conditional"])


def without_usual_units(kind: str, fields: Fields) -> dict[str, Any]:
    """Leave out that a price is none relative to another: it is so anyway where nothing is said.

    Kraken documents `limit_price_type` for trailing-stop-limit alone, and its SDK says that closes take no units.
    """
    told = dict(fields)
    for name in _UNITS if not is_trailing(kind) else ():
        if told.get(name) == "static":
            del told[name]
    if "conditional" in told:
        close = told["conditional"]
        told["conditional"] = without_usual_units(close["order_type"], close)
    return told


def check_change(kind: str, fields: Fields) -> None:
    """Refuse an amend or an edit that does not fit the type of its order."""
    check_prices(kind, prices_in(fields))
    if "display_qty" in fields and kind != "iceberg":
        _refuse(f"display_qty is for iceberg orders, and this is of type {kind!r}: leave it out")
    if fields.get("post_only") and not is_limited(kind):
        _refuse(f"post_only does not fit order_type {kind!r}: leave it out")


def check_prices(kind: str, prices: Prices) -> None:
    """Refuse a price that orders of a type do not have, or in a unit that they do not take."""
    trailing = is_trailing(kind)
    if prices.limit is not None:
        if not is_limited(kind):
            told = "leave it out, or use a type with a limit"
            _refuse(f"{prices.limit_name} does not fit order_type {kind!r}: {told}")
        if prices.limit_type is not None:
            units = ("quote", "pct") if trailing else ("static",)
            _check_unit(kind, f"{prices.limit_name}_type", prices.limit_type, units)
        if prices.limit <= 0 and not trailing:
            _refuse_amount(prices.limit_name, prices.limit)
    elif prices.limit_type is not None:
        _refuse(f"{prices.limit_name}_type says what {prices.limit_name} is: pass {prices.limit_name} too")
    if prices.trigger is not None:
        _check_trigger(kind, prices, prices.trigger)


def _check_trigger(kind: str, prices: Prices, trigger: Decimal) -> None:
    if not is_triggered(kind):
        _refuse(f"{prices.trigger_name} does not fit order_type {kind!r}: leave it out, or use a type with a trigger")
    unit = prices.trigger_type or "static"
    if is_trailing(kind):
        _check_unit(kind, prices.trigger_type_name, unit, ("pct", "quote"))
    if trigger <= 0 and (is_trailing(kind) or unit == "static"):
        _refuse_amount(prices.trigger_name, trigger)


def _check_unit(kind: str, name: str, unit: str, units: tuple[str, ...]) -> None:
    if unit not in units:
        _refuse(f"{name}: an order of type {kind!r} takes {' or '.join(map(repr, units))} here, not {unit!r}")


def _check_complete(kind: str, prices: Prices, what: str = "add_order") -> None:
    if is_limited(kind) and prices.limit is None:
        _refuse(f"{what} needs {prices.limit_name} for order_type {kind!r}")
    if is_triggered(kind) and prices.trigger is None:
        named = "triggers, with a price" if what == "add_order" else prices.trigger_name
        _refuse(f"order_type {kind!r} needs {named}")


def _check_close(close: Fields) -> None:
    """Refuse a conditional close that is not whole."""
    kind = close.get("order_type")
    if kind is None:
        _refuse("conditional needs order_type, that of the order which each fill places")
    prices = prices_in(close, "conditional.")
    _check_complete(kind, prices, "conditional")
    check_prices(kind, prices)


def _check_options(kind: str, fields: Fields) -> None:
    force = fields.get("time_in_force", "gtc")
    if (force == "gtd") != ("expire_time" in fields):
        _refuse("time_in_force 'gtd' and expire_time go together: pass both or neither")
    for name, given in (("time_in_force 'fok'", force == "fok"), ("post_only", fields.get("post_only"))):
        if given and not is_limited(kind):
            _refuse(f"{name} is for orders with a limit_price, and order_type {kind!r} has none: leave it out")
    if "cash_order_qty" in fields and fields.get("margin"):
        _refuse("cash_order_qty is for buying without margin: pass order_qty")


def _check_display(kind: str, fields: Fields) -> None:
    shown, whole = fields.get("display_qty"), fields.get("order_qty")
    if (kind == "iceberg") != (shown is not None):
        told = "needs display_qty, the part that is shown" if shown is None else "does not take display_qty"
        _refuse(f"order_type {kind!r} {told}")
    if shown is not None and whole is not None and not whole <= shown * SHARES <= whole * SHARES:
        _refuse(f"display_qty: {shown} must be at least a fifteenth of order_qty {whole}, and at most all of it")


def _refuse_amount(name: str, value: Decimal) -> Never:
    _refuse(f"{name} must be above zero, not {value}")


def _refuse(message: str) -> Never:
    raise InvalidRequest(message)
