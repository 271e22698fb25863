"""Check what a user passes, before anything is sent, by the hints of a `TypedDict`. Pure.

A hint is the type for checkers and, by the function in its `Annotated`, the rule at run time: one table.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal, Required, TypedDict, cast, get_args, get_origin, get_type_hints

from krakenio.errors import InvalidRequest
from krakenio.rest.checks import (
    Encode,
    Value,
    amended_price,
    client_id,
    flag,
    members,
    moment,
    names,
    number,
    price,
    reference,
    refuse,
    rfc3339,
    seconds,
    several,
    since,
    start,
    text,
    text_or_whole,
    txid_or_userref,
    whole,
)


def table(hint: type[Any], example: str) -> Encode:
    """Make a rule for a mapping as a `TypedDict` describes it."""

    def check(value: object, name: str) -> Value:
        if not isinstance(value, Mapping):
            refuse(name, value, f"a dict such as {example}")
        return checked(hint, cast("Mapping[str, object]", value), name)

    return check


def assets(value: object, name: str) -> Value:
    """Take names of assets or pairs, or a list of such as `{"asset": "XBT", "aclass": "currency"}`."""
    if isinstance(value, str) or not any(isinstance(each, Mapping) for each in members(value)):
        return names(value, name)
    return [_asset(each, name) for each in members(value)]


Text = Annotated[str, text]
Digits = Annotated[int | str, text_or_whole]
Flag = Annotated[bool, flag]
Whole = Annotated[int, whole]
Reference = Annotated[int, reference]
Number = Annotated[Decimal | int | str, number]
Price = Annotated[Decimal | int | str, price]
ClientId = Annotated[str, client_id]
AmendedPrice = Annotated[Decimal | int | str, amended_price]
Names = Annotated[str | Sequence[str], names]
Moment = Annotated[datetime | Decimal | int | str, moment]
TxidOrUserref = Annotated[int | str, txid_or_userref]
Start = Annotated[datetime | int | str, start]
Seconds = Annotated[datetime | int, seconds]
Instant = Annotated[datetime | int | str, since]
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


Closing = Annotated[Close, table(Close, '{"ordertype": "stop-loss", "price": "78000"}')]


class Asset(TypedDict, total=False):
    """Name an asset or a pair together with its class."""

    asset: Required[Text]
    aclass: Text


_asset = table(Asset, '{"asset": "XBT", "aclass": "currency"}')
Assets = Annotated[str | Sequence[str] | Sequence[Asset], assets]
Several = Annotated[Sequence[str], several]


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


def _one_of(words: Sequence[str | int], value: object, name: str) -> Value:
    for word in words:
        alike = isinstance(value, str) if isinstance(word, str) else type(value) is type(word)  # True is not 1
        if alike and value == word:
            return word
    return refuse(name, value, f"one of {', '.join(map(repr, words))}")


def without_underscore(params: Mapping[str, object]) -> dict[str, object]:
    """Name a parameter as Kraken does where Python has a word of its own: `from_` is `from`."""
    return {name.removesuffix("_"): value for name, value in params.items()}
