"""Read a reply whose advice is of no known form: what decides a request comes out, and all advice that can be read.

An order must not be left unknown because its `warnings` are a text. What decides it is read as ever or not at all.
"""

from collections.abc import Callable
from typing import Any, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, structs

from krakenio.attempts import FAILURES
from krakenio.messages.replies import Reply, Result

ADVICE = frozenset(
    {
        "count", "event_trigger", "maxratecount", "order_status", "orders_cancelled", "ratecounter", "snap_orders",
        "snap_trades", "snapshot", "status", "time_in", "time_out", "warnings",
    },
)  # fmt: skip
"""Fields that tell neither which request was answered nor whether it succeeded."""


def _deferring(kind: type[Struct], **others: object) -> type[Struct]:
    """Return the same struct with its advice left as text; `others` are the types of further fields."""
    fields = structs.fields(kind)
    told: list[Any] = []
    for field in fields:
        if field.name in ADVICE:
            told.append((field.name, Raw | UnsetType, UNSET))
        else:
            form = others.get(field.name, field.type)
            told.append((field.name, form) if field.required else (field.name, form, None))
    return msgspec.defstruct(kind.__name__, told, rename={field.name: field.encode_name for field in fields}, gc=False)


_Row: Any = _deferring(Result)
_decode = msgspec.json.Decoder(_deferring(Reply, result=_Row | list[_Row] | None), strict=False).decode
_ADVISE: dict[str, Callable[[Raw], Any]] = {
    field.name: msgspec.json.Decoder(field.type, strict=False).decode
    for kind in (Reply, Result)
    for field in structs.fields(kind)
    if field.name in ADVICE
}


def spared_reply(frame: bytes | str) -> Reply:
    """Read a reply without the advice that cannot be; raises one of `FAILURES` where anything else cannot be."""
    return Reply(**_read(_decode(frame)))


def _read(told: Struct) -> dict[str, Any]:
    return {name: _value(name, getattr(told, name)) for name in told.__struct_fields__}


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - what its field holds
    match value:
        case UnsetType():
            return None
        case Raw():
            return _advice(name, value)
        case list():
            return [Result(**_read(row)) for row in cast("list[Struct]", value)]
        case Struct():
            return Result(**_read(value))
        case _:
            return value


def _advice(name: str, text: Raw) -> Any:  # noqa: ANN401 - what its field holds
    try:
        return _ADVISE[name](text)
    except FAILURES:
        return None
