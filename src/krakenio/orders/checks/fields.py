"""Check an order's fields before anything is sent: what the user wrote goes in, Kraken's parameters come out.

Each field has one row here: its check. Source: add_order in Kraken's WebSocket v2 reference.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal, TypedDict

from krakenio.errors import InvalidRequest
from krakenio.messages.times import is_rfc3339
from krakenio.numbers import exact, positive
from krakenio.orders.checks.fitting import check_new, without_usual_units
from krakenio.rest.checks import client_id
from krakenio.symbols import check_symbol

Exact = Decimal | int | str
"""How a quantity or a price is passed: `Decimal("0.1")` or `"0.1"`; a float is refused, it is not what it shows."""

Side = Literal["buy", "sell"]
PriceType = Literal["static", "pct", "quote"]
OrderType = Literal[
    "limit",
    "market",
    "iceberg",
    "stop-loss",
    "stop-loss-limit",
    "take-profit",
    "take-profit-limit",
    "trailing-stop",
    "trailing-stop-limit",
    "settle-position",
]


class Triggers(TypedDict, total=False):
    """What releases a triggered order."""

    reference: Literal["last", "index"]
    price: Exact
    price_type: PriceType


class Conditional(TypedDict, total=False):
    """The close order that each fill creates.

    Kraken's SDK says that the exchange takes no `cl_ord_id` beside one, its documentation does not (unverified). So an
    order that you give no name gets an `order_userref` of its own, by which it is found as by a `cl_ord_id`.
    """

    order_type: str
    limit_price: Exact
    limit_price_type: PriceType
    trigger_price: Exact
    trigger_price_type: PriceType


class OrderFields(TypedDict, total=False):
    """The fields of `add_order`, named as Kraken names them; `token` and `deadline` are the session's."""

    symbol: str
    side: Side
    order_type: OrderType
    order_qty: Exact
    limit_price: Exact
    limit_price_type: PriceType
    triggers: Triggers
    time_in_force: Literal["gtc", "gtd", "ioc", "fok"]
    margin: bool
    post_only: bool
    reduce_only: bool
    effective_time: str | datetime
    expire_time: str | datetime
    cl_ord_id: str
    order_userref: int
    conditional: Conditional
    display_qty: Exact
    fee_preference: Literal["base", "quote"]
    stp_type: Literal["cancel_newest", "cancel_oldest", "cancel_both"]
    cash_order_qty: Exact
    validate: bool
    sender_sub_id: str


Check = Callable[[object, str], object]

_FRACTION = re.compile(r"\.[0-9]+")
_INT32 = 2**31
_OURS = {
    "deadline": "it is taken from your cancel scope: write `with anyio.fail_after(seconds):` around the call",
    "timeout": "write `with anyio.fail_after(seconds):` around the call, which is its deadline at Kraken too",
    "token": "the session sends its own",
}
_ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "pair": ("symbol",),
    "type": ("side", "order_type"),
    "volume": ("order_qty",),
    "quantity": ("order_qty",),
    "qty": ("order_qty",),
    "amount": ("order_qty",),
    "size": ("order_qty",),
    "price": ("limit_price", "trigger_price"),
    "price2": ("limit_price", "triggers"),
    "stop_price": ("triggers", "trigger_price"),
    "trigger_price": ("triggers",),
    "trigger_price_type": ("triggers",),
    "oflags": ("post_only", "fee_preference"),
    "starttm": ("effective_time",),
    "txid": ("order_id",),
    "leverage": ("margin",),
    "close": ("conditional",),
    "tif": ("time_in_force",),
}
"""What REST and other clients call a field, by what it may be here."""


def client_order_id(value: object, name: str = "cl_ord_id") -> str:
    """Check a client order id: a UUID, 32 hexadecimal digits, or up to 18 visible ASCII characters."""
    return client_id(value, name)


def _choice(*choices: str) -> Check:
    def check(value: object, name: str) -> object:
        if isinstance(value, str) and value in choices:
            return choices[choices.index(value)]  # an enum's member is equal to its text, and REST wants the text
        message = f"{name}: Kraken offers {', '.join(choices)}; not {value!r}"
        raise InvalidRequest(message)

    return check


def _boolean(value: object, name: str) -> object:
    if isinstance(value, bool):
        return value
    message = f"{name}: pass True or False, not {value!r}"
    raise InvalidRequest(message)


def _integer(value: object, name: str) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and -_INT32 <= value < _INT32:
        return value
    message = f"{name}: pass an integer of 32 bits, not {value!r}"
    raise InvalidRequest(message)


def _time(value: object, name: str) -> object:
    """Take a time, to the second: that is what Kraken documents, and whether it takes fractions is (unverified)."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, str) and is_rfc3339(value):
        return _FRACTION.sub("", value)
    message = f"{name}: pass a datetime with a time zone or RFC 3339 text like 2026-11-02T11:00:00Z, not {value!r}"
    raise InvalidRequest(message)


def _members(checks: Mapping[str, Check]) -> Check:
    def check(value: object, name: str) -> object:
        if not isinstance(value, Mapping):
            message = f"{name}: pass a dictionary with {', '.join(checks)}; not {value!r}"
            raise InvalidRequest(message)
        members: Any = value  # pyright: ignore[reportUnknownVariableType] - of whatever the user passed
        return check_fields(name, members, checks, f"{name}.")

    return check


def _symbol(value: object, name: str) -> object:  # noqa: ARG001 - every check has this form
    return check_symbol(value)


_ORDER_TYPES = OrderType.__args__  # type: ignore[attr-defined]
_PRICE_TYPE = _choice("static", "pct", "quote")

CHECKS: Mapping[str, Check] = {
    "symbol": _symbol,
    "side": _choice("buy", "sell"),
    "order_type": _choice(*_ORDER_TYPES),
    "order_qty": positive,
    "limit_price": exact,
    "limit_price_type": _PRICE_TYPE,
    "triggers": _members({"reference": _choice("last", "index"), "price": exact, "price_type": _PRICE_TYPE}),
    "time_in_force": _choice("gtc", "gtd", "ioc", "fok"),
    "margin": _boolean,
    "post_only": _boolean,
    "reduce_only": _boolean,
    "effective_time": _time,
    "expire_time": _time,
    "cl_ord_id": client_order_id,
    "order_userref": _integer,
    "conditional": _members(
        {
            "order_type": _choice(
                *(kind for kind in _ORDER_TYPES if kind not in {"market", "iceberg", "settle-position"})
            ),
            "limit_price": exact,
            "limit_price_type": _PRICE_TYPE,
            "trigger_price": exact,
            "trigger_price_type": _PRICE_TYPE,
        }
    ),
    "display_qty": positive,
    "fee_preference": _choice("base", "quote"),
    "stp_type": _choice("cancel_newest", "cancel_oldest", "cancel_both"),
    "cash_order_qty": positive,
    "validate": _boolean,
    "sender_sub_id": client_order_id,
}


_NEEDED_BY_CASH = ("symbol", "side", "order_type")
_NEEDED = (*_NEEDED_BY_CASH, "order_qty")


def check_order(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Check the fields of one add; raises `InvalidRequest` that says what to write instead."""
    checked = check_fields("add_order", fields, CHECKS)
    _require(checked)
    check_new(checked["order_type"], checked)
    if "cl_ord_id" in checked and "order_userref" in checked:
        message = "add_order takes cl_ord_id or order_userref, not both: Kraken excludes one by the other"
        raise InvalidRequest(message)
    return without_usual_units(checked["order_type"], checked)


def check_fields(
    what: str, fields: Mapping[Any, Any], checks: Mapping[str, Check], place: str = ""
) -> dict[str, Any]:
    """Check each field that is not `None`; an unknown one is refused, since Kraken would refuse the whole request.

    `place` is what their names begin with, where they are not an order's own.
    """
    for name in fields:
        if name not in checks:
            message = f"{what} has no field {name!r}; {_hint(str(name), checks)}"
            raise InvalidRequest(message)
    return {name: checks[name](value, place + name) for name, value in fields.items() if value is not None}


def _hint(name: str, checks: Mapping[str, Check]) -> str:
    if name in _OURS:
        return _OURS[name]
    close = [field for field in _ELSEWHERE.get(name, ()) if field in checks] or get_close_matches(name, checks, n=1)
    return f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(checks)}"


def _require(checked: Mapping[str, object]) -> None:
    by_cash = "cash_order_qty" in checked
    for name in _NEEDED_BY_CASH if by_cash else _NEEDED:
        if name not in checked:
            message = f"add_order needs {name}"
            raise InvalidRequest(message)
    if by_cash and (checked["order_type"], checked["side"]) != ("market", "buy"):
        message = "cash_order_qty is for buying at market only; pass order_qty"
        raise InvalidRequest(message)
