"""Check what changes orders before anything is sent: what the user wrote goes in, Kraken's parameters come out.

Source: amend_order, edit_order, batch_add and cancel_all_orders_after in Kraken's WebSocket v2 reference.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, cast

from krakenio.errors import InvalidRequest
from krakenio.numbers import exact, positive
from krakenio.orders.checks.fields import (
    CHECKS,
    Check,
    Exact,
    OrderFields,
    PriceType,
    Triggers,
    check_fields,
    check_order,
    client_order_id,
)
from krakenio.orders.checks.fitting import check_change, without_usual_units
from krakenio.symbols import is_tokenized

LEAST_BATCH, MOST_BATCH = 2, 15
MOST_CANCELS = 50
MOST_SECONDS = 86_399

_ONE_ID = re.compile(r"[!-+\--~]+")  # visible ASCII without a comma, which REST could take for several ids
_DIGITS = re.compile(r"[+-]?[0-9]+")


class AmendFields(TypedDict, total=False):
    """The fields of `amend_order`: the order by exactly one id, and what is to change; `order_qty` is the new total."""

    order_id: str | None  # None is as good as not given: an intent's names may be passed as they are
    cl_ord_id: str | None
    order_qty: Exact
    limit_price: Exact
    limit_price_type: PriceType
    display_qty: Exact
    post_only: bool
    trigger_price: Exact
    trigger_price_type: PriceType
    symbol: str


class EditFields(TypedDict, total=False):
    """The fields of `edit_order`: the order by Kraken's id and its own symbol; flags are not inherited."""

    order_id: str
    symbol: str
    order_qty: Exact
    limit_price: Exact
    display_qty: Exact
    fee_preference: Literal["base", "quote"]
    order_userref: int
    post_only: bool
    reduce_only: bool
    triggers: Triggers
    validate: bool


def order_id(value: object, name: str = "order_id") -> str:
    """Check Kraken's id of an order; digits alone it would take for a tag, and cancel all orders that have it."""
    if not isinstance(value, str) or not _ONE_ID.fullmatch(value):
        message = f"{name}: pass one id as text, like 'OAAAAA-BBBBB-CCCCCC', not {value!r}"
        raise InvalidRequest(message)
    if _DIGITS.fullmatch(value):
        message = (
            f"{name}: {value!r} reads as an order_userref, which any number of orders may have: pass Kraken's id, like "
            f"'OAAAAA-BBBBB-CCCCCC', or cancel by order_userref={value}"
        )
        raise InvalidRequest(message)
    return value


def user_reference(value: object, name: str = "order_userref") -> int:
    """Check the tag of orders."""
    return cast("int", CHECKS["order_userref"](value, name))


_CHANGES = ("order_qty", "limit_price", "display_qty", "trigger_price")
_AMEND: Mapping[str, Check] = {
    "order_id": order_id,
    "trigger_price": exact,
    "trigger_price_type": CHECKS["limit_price_type"],
    **{
        name: CHECKS[name]
        for name in ("cl_ord_id", "order_qty", "limit_price", "limit_price_type", "display_qty", "post_only", "symbol")
    },
}
_EDIT: Mapping[str, Check] = {
    "order_id": order_id,
    **{name: check for name, check in CHECKS.items() if name in EditFields.__annotations__},
}
Known = Mapping[str, Any]
"""What is known of an order: `order_type`, `side`, `symbol`; empty where nothing is."""

Find = Callable[[str], Known]
"""Return what is known of an order, by either of its names."""

_NOT_IN_BATCH = {
    "symbol": "pass it to batch_add: a batch is of one symbol",
    "validate": "pass it to batch_add: it is for the whole batch",
}


def check_amend(fields: Mapping[str, Any], find: Find) -> dict[str, Any]:
    """Check an amend, by its order's type where `find` knows the order; one that changes nothing is refused."""
    checked = check_fields("amend_order", fields, _AMEND)
    named = one_name("amend", checked)
    if not any(name in checked for name in _CHANGES):
        message = f"amend changes nothing: pass at least one of {', '.join(_CHANGES)}"
        raise InvalidRequest(message)
    for name in ("limit_price", "trigger_price"):
        if f"{name}_type" in checked and name not in checked:
            message = f"{name}_type says what {name} is: pass {name} too"
            raise InvalidRequest(message)
    known = find(checked[named])
    _check_fit(checked, kind := known.get("order_type"))
    if is_tokenized(known.get("symbol") or ""):
        checked.setdefault("symbol", known["symbol"])  # Kraken needs it for these
    if kind == "trailing-stop-limit" and "limit_price" in checked:
        checked.setdefault("limit_price_type", "quote")  # Kraken's default, which REST does not know
    return checked if kind is None else without_usual_units(kind, checked)


def check_edit(fields: Mapping[str, Any], find: Find) -> dict[str, Any]:
    """Check an edit, by its order's type and symbol where `find` knows the order."""
    checked = check_fields("edit_order", fields, _EDIT)
    for name in ("order_id", "symbol"):
        if name not in checked:
            message = f"edit needs {name}"
            raise InvalidRequest(message)
    if not checked.keys() - {"order_id", "symbol", "validate"}:
        message = "edit changes nothing: pass what the new order has otherwise, such as limit_price"
        raise InvalidRequest(message)
    if "triggers" in checked and "price" not in checked["triggers"]:
        message = "triggers: pass a price, at which the order is to be released"
        raise InvalidRequest(message)
    known = find(checked["order_id"])
    _check_fit(checked, known.get("order_type"))
    if known.get("symbol") not in {None, checked["symbol"]}:
        message = f"symbol: the order is of {known['symbol']}, and an edit cannot change that: pass {known['symbol']!r}"
        raise InvalidRequest(message)
    return checked


def check_batch(orders: object, symbol: object) -> list[dict[str, Any]]:
    """Check the orders of a batch, each as an order of its symbol."""
    kind = type(orders).__name__
    rows = cast("Sequence[object]", orders) if isinstance(orders, Sequence) and not isinstance(orders, str) else None
    if rows is None or not LEAST_BATCH <= len(rows) <= MOST_BATCH:
        given = kind if rows is None else len(rows)
        message = f"orders: pass a list of {LEAST_BATCH} to {MOST_BATCH} orders, not {given}"
        raise InvalidRequest(message)
    return [_batched(row, place, symbol) for place, row in enumerate(rows)]


def check_validate(value: object) -> dict[str, bool]:
    """Check whether a batch is to be checked only; nothing comes out where it is to be placed."""
    return {"validate": True} if value is not None and CHECKS["validate"](value, "validate") else {}


def check_timeout(value: object) -> int:
    """Check the seconds of the dead-man's switch; 0 disarms it."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_SECONDS:
        return value
    message = f"timeout: pass whole seconds from 0 (which disarms) to {MOST_SECONDS}, not {value!r}"
    raise InvalidRequest(message)


def one_name(what: str, fields: Mapping[str, Any], names: Sequence[str] = ("order_id", "cl_ord_id")) -> str:
    """Return by which of its ids an order is named."""
    named = [name for name in names if fields.get(name) is not None]
    if len(named) != 1:
        message = f"{what}: pass exactly one of {', '.join(names[:-1])} and {names[-1]}"
        raise InvalidRequest(message)
    return named[0]


def check_names(order_ids: object, client_ids: object, tags: object) -> tuple[list[str], list[str]]:
    """Check the ids of several orders, 2 to 50 together; tags stand beside Kraken's ids, in digits."""
    found = [order_id(each) for each in _listed("order_id", order_ids)]
    found += [str(user_reference(each)) for each in _listed("order_userref", tags)]
    clients = [client_order_id(each) for each in _listed("cl_ord_id", client_ids)]
    if not LEAST_BATCH <= len(found) + len(clients) <= MOST_CANCELS:
        count = len(found) + len(clients)
        message = f"batch_cancel: pass {LEAST_BATCH} to {MOST_CANCELS} ids together, not {count}; cancel() takes one"
        raise InvalidRequest(message)
    return found, clients


def _listed(name: str, value: object) -> Sequence[object]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        message = f"{name}: pass a list of ids, not {type(value).__name__}"
        raise InvalidRequest(message)
    return cast("Sequence[object]", value)


def _batched(row: object, place: int, symbol: object) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        message = f"orders[{place}]: pass a dict with the fields of add, not {type(row).__name__}"
        raise InvalidRequest(message)
    fields = cast("OrderFields", row)
    for name, hint in _NOT_IN_BATCH.items():
        if name in fields:
            message = f"orders[{place}] has {name}: {hint}"
            raise InvalidRequest(message)
    try:
        checked = check_order({**fields, "symbol": symbol})
    except InvalidRequest as error:
        message = f"orders[{place}]: {error}"
        raise InvalidRequest(message) from None
    del checked["symbol"]
    return checked


def _check_fit(checked: Mapping[str, Any], kind: str | None) -> None:
    """Refuse what does not fit an order's type; without it only prices that must be above zero."""
    if kind is not None:
        check_change(kind, checked)
        return
    for name in ("limit_price", "trigger_price"):
        if name in checked and checked.get(f"{name}_type", "static") == "static":  # an offset may be below zero
            positive(checked[name], name)
