"""Check the form of WebSocket requests: a frame's text goes in, a call with fields of the right types comes out.

Kraken rejects unknown fields and names a wrong type in the terms of its JSON library (ws-v2-overview §8.1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import msgspec

from krakenio.sim.refusal import Refused
from krakenio.sim.wire import decode, sane

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """Hold one request; `time_in` is when it arrived, in nanoseconds, `keys` what stood at its top level."""

    method: str
    params: Params
    req_id: int | None
    time_in: int
    keys: tuple[str, ...] = ()


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool) and sane(Decimal(value))


_CHECKS: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number_float": _is_number,
    "number_integer": lambda value: isinstance(value, int) and _is_number(value),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}

_SUBSCRIBE = {"channel": "string", "snapshot": "boolean"}
_PRIVATE = {"token": "string", "users": "string", "rebased": "boolean"}
CHANNELS: dict[str, dict[str, str]] = {
    "ticker": {"symbol": "array", "event_trigger": "string"},
    "book": {"symbol": "array", "depth": "number_integer"},
    "level3": {"symbol": "array", "depth": "number_integer", "token": "string"},
    "trade": {"symbol": "array"},
    "ohlc": {"symbol": "array", "interval": "number_integer"},
    "instrument": {"execution_venue": "string", "include_tokenized_assets": "boolean"},
    "executions": {
        "snap_orders": "boolean",
        "snap_trades": "boolean",
        "order_status": "boolean",
        "ratecounter": "boolean",
        "snapshot_trades": "boolean",
        **_PRIVATE,
    },
    "balances": _PRIVATE,
    "status": {},
}
"""What a subscription may hold beside `channel` and `snapshot` (ws-v2-market-data §0, ws-v2-private §2.1)."""

NESTED: dict[str, dict[str, str]] = {
    "triggers": {"reference": "string", "price": "number_float", "price_type": "string"},
    "conditional": {
        **dict.fromkeys(("order_type", "limit_price_type", "trigger_price_type"), "string"),
        **dict.fromkeys(("limit_price", "trigger_price", "stop_price"), "number_float"),
    },
}
"""What the objects within an order may hold (ws-v2-trading §1.2, §1.3)."""

_STRINGS = ("order_type", "side", "symbol", "time_in_force", "limit_price_type", "stp_type", "cl_ord_id")
_MORE_STRINGS = ("sender_sub_id", "fee_preference", "effective_time", "expire_time", "deadline", "token", "trigger")
_NUMBERS = ("order_qty", "limit_price", "display_qty", "cash_order_qty", "stop_price")
_BOOLEANS = ("margin", "post_only", "reduce_only", "validate", "no_mpp")
_ADD = {
    **dict.fromkeys(_STRINGS + _MORE_STRINGS, "string"),
    **dict.fromkeys(_NUMBERS, "number_float"),
    **dict.fromkeys(_BOOLEANS, "boolean"),
    "order_userref": "number_integer",
    "triggers": "object",
    "conditional": "object",
}
_BATCH = ("symbol", "deadline", "validate", "token")
ORDER = {name: kind for name, kind in _ADD.items() if name not in _BATCH}
"""What an order of a batch may hold."""

METHODS: dict[str, dict[str, str]] = {
    "add_order": _ADD,
    "amend_order": {
        **dict.fromkeys(("order_id", "cl_ord_id", "symbol", "deadline", "token", "limit_price_type"), "string"),
        **dict.fromkeys(("order_qty", "limit_price", "display_qty", "trigger_price"), "number_float"),
        "trigger_price_type": "string",
        "post_only": "boolean",
    },
    "edit_order": {
        **dict.fromkeys(("order_id", "symbol", "deadline", "token", "fee_preference"), "string"),
        **dict.fromkeys(("order_qty", "limit_price", "display_qty"), "number_float"),
        **dict.fromkeys(("post_only", "reduce_only", "validate", "no_mpp"), "boolean"),
        "order_userref": "number_integer",
        "triggers": "object",
    },
    "batch_add": {
        **dict.fromkeys(("symbol", "deadline", "token"), "string"),
        "orders": "array",
        "validate": "boolean",
    },
    "cancel_order": {"order_id": "array", "cl_ord_id": "array", "order_userref": "array", "token": "string"},
    "batch_cancel": {"orders": "array", "cl_ord_id": "array", "token": "string"},
    "cancel_all": {"token": "string"},
    "cancel_all_orders_after": {"timeout": "number_integer", "token": "string"},
}
"""What each order method may hold (ws-v2-trading §1.1, §4-6, §8)."""


def read(text: str, now: int) -> Call:
    """Return the call that a frame holds; raises `Refused` for what is none."""
    frame = _object(text)
    method, params, req_id = frame.get("method"), frame.get("params", {}), frame.get("req_id")
    if not isinstance(method, str) or not isinstance(params, dict):
        raise Refused("Malformed request")
    if not (req_id is None or _CHECKS["number_integer"](req_id)):
        raise Refused("Malformed request")
    return Call(method, cast("Params", params), req_id, now, tuple(frame))


def _object(text: str) -> Params:
    try:
        frame = decode(text)
    except msgspec.DecodeError as error:
        raise Refused("Malformed request") from error
    if not isinstance(frame, dict):
        raise Refused("Malformed request")
    return cast("Params", frame)


def check(call: Call) -> None:
    """Refuse unknown fields first, then wrong types."""
    fields = _fields(call)
    check_keys(call, ("method", "params", "req_id"))
    _check_params(call.params, fields, call.method)


def check_order(order: object) -> Params:
    """Check one order of a batch as `check` does a call."""
    if not isinstance(order, dict):
        raise Refused("Orders field must be an array of objects")
    _check_params(cast("Params", order), ORDER, "batch_add")
    return cast("Params", order)


def check_items(params: Params, name: str, kind: str) -> list[Any]:
    """Return a list all of whose items have a type."""
    items: list[Any] = params.get(name, [])
    if not all(_CHECKS[kind](each) for each in items):
        raise Refused(f"{name.capitalize()} field must be an array of {kind}s")
    return items


def _check_params(params: Params, fields: Mapping[str, str], method: str) -> None:
    for name in params:
        if name not in fields:
            raise Refused(f"Unsupported field: '{name}' for the given msg type: {method}")
    for name, value in params.items():
        if not _CHECKS[fields[name]](value):
            raise _wrong(name, fields[name])
    for name, inner in NESTED.items():
        if name in params:
            _check_params(params[name], inner, method)


def _wrong(name: str, kind: str) -> Refused:
    article = "an" if kind[0] in "ao" else "a"
    return Refused(f"{name.capitalize()} field must be {article} {kind}")


def check_keys(call: Call, known: tuple[str, ...]) -> None:
    """Refuse a request with anything else at its top level."""
    for name in call.keys:
        if name not in known:
            raise Refused(f"Unsupported field: '{name}' for the given msg type: {call.method}")


def _fields(call: Call) -> Mapping[str, str]:
    if call.method in {"subscribe", "unsubscribe"}:
        channel = call.params.get("channel")
        if not isinstance(channel, str) or channel not in CHANNELS:
            raise Refused("Unsupported event")
        return _SUBSCRIBE | CHANNELS[channel]
    return METHODS[call.method]
