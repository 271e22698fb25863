"""Check what a user passes and bring it into Kraken's form, before anything is sent. Pure.

Values go in as people write them (`Decimal`, text, lists, booleans, times), `Value`s that JSON knows come out. A hint
of a `TypedDict` is the type for checkers and, by the function in its `Annotated`, the rule at run time: one table.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import (
    Annotated,
    Any,
    Literal,
    NoReturn,
    Required,
    TypeAlias,
    TypedDict,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from krakenio.errors import InvalidRequest
from krakenio.numbers import exact, plain

Value: TypeAlias = "str | bool | int | Sequence[Value] | Mapping[str, Value]"
"""What goes on the wire: numbers with a fraction are text, since a JSON number would pass through a float somewhere."""

Encode = Callable[[object, str], Value]

_RELATIVE = re.compile(r"[+\-#][0-9]+(?:\.[0-9]+)?%?|[0-9]+(?:\.[0-9]+)?%")
_OFFSET = re.compile(r"\+?[0-9]+")
_INT32 = 2**31
_SHOWN = 40  # characters of a value in an error's text


def text(value: object, name: str) -> str:
    """Take non-empty text."""
    if not isinstance(value, str) or not value:
        _refuse(name, value, "text that is not empty")
    return _encodable(value, name)


def flag(value: object, name: str) -> bool:
    """Take True or False."""
    if not isinstance(value, bool):
        _refuse(name, value, "True or False")
    return value


def whole(value: object, name: str) -> int:
    """Take an integer."""
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(name, value, "an int")
    return value


def reference(value: object, name: str) -> int:
    """Take an integer of 32 bits with sign, as `userref` is."""
    number = whole(value, name)
    if not -_INT32 <= number < _INT32:
        _refuse(name, value, "an int of 32 bits")
    return number


def number(value: object, name: str) -> str:
    """Take an exact number of zero or more."""
    found = exact(value, name)
    if found < 0:
        message = f"{name} must not be negative, not {plain(found)}"
        raise InvalidRequest(message)
    return plain(found)


def price(value: object, name: str) -> str:
    """Take an exact price, or text relative to the last trade such as `"+5%"` or `"#2.5"`."""
    if isinstance(value, str) and _RELATIVE.fullmatch(value):
        return value
    return number(value, name)


def names(value: object, name: str) -> str:
    """Take one name or several; several are joined by commas, in every encoding of the body."""
    if isinstance(value, str):
        return text(value, name)
    found = _members(value)
    if not found:
        return _refuse(name, value, "text, or a list of texts that is not empty")
    return ",".join(text(each, name) for each in found)


def moment(value: object, name: str) -> str:
    """Take a Unix time in seconds (a `datetime` with a zone, or an exact number), or the id of what happened then."""
    if isinstance(value, datetime):
        return plain(Decimal(str(_zoned(value, name).timestamp())).normalize())
    return text(value, name) if isinstance(value, str) else number(value, name)


def txid_or_userref(value: object, name: str) -> Value:
    """Take the id of an order, or the `userref` of several."""
    return text(value, name) if isinstance(value, str) else reference(value, name)


def start(value: object, name: str) -> str:
    """Take a Unix time in whole seconds, or seconds from now such as `"+30"`."""
    if isinstance(value, str) and _OFFSET.fullmatch(value):
        return value
    return str(whole(value, name))


def rfc3339(value: object, name: str) -> str:
    """Take a `datetime` with a zone, or text that is already RFC 3339."""
    if isinstance(value, datetime):
        return _zoned(value, name).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return text(value, name)


def close(value: object, name: str) -> Mapping[str, Value]:
    """Take a conditional close: a mapping as `Close` describes it."""
    if not isinstance(value, Mapping):
        _refuse(name, value, 'a dict such as {"ordertype": "stop-loss", "price": "78000"}')
    return checked(Close, cast("Mapping[str, object]", value), name)


def anything(value: object, name: str) -> Value:
    """Take what the escape hatch is given: scalars, lists and mappings, but nothing inexact."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _encodable(value, name)
    if isinstance(value, Decimal | float):
        return plain(exact(value, name))
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        return {str(key): anything(each, f"{name}[{key}]") for key, each in members.items()}
    if isinstance(value, Sequence):
        return [anything(each, name) for each in cast("Sequence[object]", value)]
    return _refuse(name, value, "text, a bool, an int, a Decimal, or a list or dict of these; leave out the rest")


Text = Annotated[str, text]
Flag = Annotated[bool, flag]
Whole = Annotated[int, whole]
Reference = Annotated[int, reference]
Number = Annotated[Decimal | int | str, number]
Price = Annotated[Decimal | int | str, price]
Names = Annotated[str | Sequence[str], names]
Moment = Annotated[datetime | Decimal | int | str, moment]
TxidOrUserref = Annotated[int | str, txid_or_userref]
Start = Annotated[int | str, start]
Rfc3339 = Annotated[datetime | str, rfc3339]

Rules = Mapping[str, Encode]

_RULES: dict[type[Any], Rules] = {}  # reading hints takes long, and there are as many tables as methods


class Close(TypedDict, total=False):
    """Place another order when this one has filled: a conditional close."""

    ordertype: Required[
        Literal[
            "limit",
            "iceberg",
            "stop-loss",
            "take-profit",
            "stop-loss-limit",
            "take-profit-limit",
            "trailing-stop",
            "trailing-stop-limit",
        ]
    ]
    price: Price
    price2: Price


Closing = Annotated[Close, close]


def rules(table: type[Any]) -> Rules:
    """Read the rules of a `TypedDict`: one for each key."""
    if table not in _RULES:
        hints = get_type_hints(table, include_extras=True)
        _RULES[table] = {name: _rule(hint) for name, hint in hints.items()}
    return _RULES[table]


def checked(table: type[Any], values: Mapping[str, object], where: str) -> dict[str, Value]:
    """Check values against a `TypedDict`; `where` names the call or parameter that they are for."""
    known = rules(table)
    unknown = [name for name in values if name not in known]
    if unknown:
        message = f"{where} has no parameter {unknown[0]!r}; it takes {', '.join(known) or 'none'}"
        raise InvalidRequest(message)
    missing = [name for name in known if name in table.__required_keys__ and name not in values]
    if missing:
        message = f"{where} needs {' and '.join(missing)}"
        raise InvalidRequest(message)
    return {name: known[name](value, name) for name, value in values.items()}


def _rule(hint: object) -> Encode:
    if get_origin(hint) is Required:
        hint = get_args(hint)[0]
    if get_origin(hint) is Literal:
        return partial(_one_of, get_args(hint))
    return cast("Encode", get_args(hint)[1])


def _one_of(words: Sequence[str], value: object, name: str) -> str:
    if not isinstance(value, str) or value not in words:
        _refuse(name, value, f"one of {', '.join(map(repr, words))}")
    return value


def _encodable(value: str, name: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        message = f"{name} has a character that UTF-8 does not have"
        raise InvalidRequest(message) from None
    return value


def _members(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, Sequence) else ()


def _zoned(value: datetime, name: str) -> datetime:
    if value.tzinfo is None:
        message = f"{name} is a datetime without a zone: pass one with a zone, such as datetime.now(UTC)"
        raise InvalidRequest(message)
    return value


def _refuse(name: str, value: object, wanted: str) -> NoReturn:
    short = isinstance(value, str | bool | int | Decimal) and len(str(value)) <= _SHOWN
    shown = repr(value) if short else type(value).__name__
    message = f"{name} must be {wanted}, not {shown}"
    raise InvalidRequest(message)
