"""Encode requests: a method and its parameters go in, compact JSON comes out, with every number exact.

Kraken wants prices and quantities as JSON numbers, never text; so a Decimal becomes one digit by digit, and a float
is refused, because it would carry 0.1 as 0.1000000000000000055 or worse. Errors name the place, never the value:
tokens pass here.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from krakenio.errors import InvalidRequest
from krakenio.numbers import plain

_MAX_INTEGER = 2**63 - 1
_json = msgspec.json.Encoder().encode


def encode(method: str, params: Mapping[str, object] | None = None, req_id: int | None = None) -> bytes:
    """Encode one request.

    Parameters that are `None` are left out, since Kraken refuses unknown keys and its reaction to null is not known.
    `ping` takes no parameters at all.

    >>> encode("ping", req_id=7)
    b'{"method":"ping","req_id":7}'
    """
    request: dict[str, object] = {"method": method}
    if params:
        request["params"] = _members(params, "params")
    if req_id is not None:
        request["req_id"] = req_id
    return _json(request)


def exact_json(value: object) -> bytes:
    """Encode text, booleans, integers, Decimals, lists, mappings and structs of such; `None` members are left out."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value, builtin_types=(Decimal,))
    return _json(_checked(value, "the request"))


def _checked(value: object, place: str) -> object:
    return _CHECKS.get(type(value), _searched)(value, place)


def _searched(value: object, place: str) -> object:
    match value:
        case str():
            return _text(value, place)
        case int():
            return _integer(value, place)
        case Decimal():
            return _number(value, place)
        case Mapping():
            return _members(cast("Mapping[object, object]", value), place)
        case list() | tuple():
            rows = cast("Sequence[object]", value)
            return [_checked(member, f"{place}[{index}]") for index, member in enumerate(rows)]
        case _:
            raise InvalidRequest(_refusal(value, place))


def _refusal(value: object, place: str) -> str:
    if isinstance(value, float):
        return f'{place} is a float, which is not exact: pass Decimal("0.1") or text to the order methods, not 0.1'
    return f"{place} is {type(value).__name__}, which has no form on the wire"


def _members(value: Mapping[Any, object], place: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, member in value.items():
        if member is None:
            continue
        name = key if type(key) is str and key.isascii() else _key(key, place)
        if type(member) is str and member.isascii():  # as most members are: calls are what this costs
            found[name] = member
        else:
            check = _CHECKS.get(type(member), _searched)  # what an order is made of, without the search
            found[name] = check(member, name)
    return found


def _text(value: str, place: str) -> str:
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        message = f"{place} is text with half a surrogate pair, which cannot be encoded"
        raise InvalidRequest(message)
    return value if type(value) is str else str.__str__(value)  # of a subclass, as numpy's: msgspec knows none


def _key(key: object, place: str) -> str:
    if not isinstance(key, str):
        message = f"{place} has a key that is {type(key).__name__}, not text"
        raise InvalidRequest(message)
    return _text(key, place)


def _integer(value: int, place: str) -> int:
    if abs(value) > _MAX_INTEGER:
        message = f"{place} is an integer beyond 64 bits"
        raise InvalidRequest(message)
    return int(value)


def _number(value: Decimal, place: str) -> msgspec.Raw:
    try:
        return msgspec.Raw(plain(value).encode())
    except InvalidRequest as error:
        message = f"{place}: {error}"
        raise InvalidRequest(message) from None


def _itself(value: bool, _place: str) -> bool:  # noqa: FBT001 - a value, not a switch
    return value


_CHECKS: dict[type, Callable[[Any, str], object]] = {
    bool: _itself,
    str: _text,
    int: _integer,
    Decimal: _number,
    dict: _members,
}
