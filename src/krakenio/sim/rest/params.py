"""Read what REST endpoints share: texts of parameters go in, checked values come out, or Kraken's refusal.

Source: rest-endpoints §1, §3; rest-conventions §4-6.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar, cast

from krakenio.sim.core import Core
from krakenio.sim.markets.listing import ASSETS, Asset
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import integer, sane

Params = Mapping[str, str]
T = TypeVar("T")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
"""A number as a text: no exponent (rest-conventions §5), which Python's `str` makes of small floats."""


def refuse(name: str) -> Refused:
    """Return the refusal of a parameter."""
    return Refused(f"EGeneral:Invalid arguments:{name}")


def needed(params: Params, *names: str) -> tuple[str, ...]:
    """Return parameters that must be there."""
    for name in names:
        if not params.get(name):
            raise refuse(name)
    return tuple(params[name] for name in names)


def is_true(params: Params, name: str) -> bool:
    """Read a boolean; what is neither word is refused."""
    value = params.get(name, "false").lower()
    if value not in {"true", "false", "1", "0"}:
        raise refuse(name)
    return value in {"true", "1"}


def chosen(params: Params, name: str, words: Sequence[str], default: str) -> str:
    """Read one of several words."""
    value = params.get(name, default)
    if value not in words:
        raise refuse(name)
    return value


def whole(params: Params, name: str, default: int) -> int:
    """Read an integer of zero or more."""
    value = integer(params.get(name) or str(default))
    if value is None:
        raise refuse(name)
    return value


def size_of(params: Params, default: int, most: int | None = None) -> int:
    """Read how many rows make a page: at least one, or no cursor would come to an end; over `most` are fewer."""
    size = whole(params, "limit", default)
    if not size:
        raise refuse("limit")
    return size if most is None else min(size, most)


def flat(row: Mapping[str, object]) -> dict[str, str]:
    """Return JSON as a form has it: `close: {price: 5}` becomes `close[price]`; other lists and objects are refused."""
    found: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            inner = cast("dict[str, object]", value)
            found |= {f"{name}[{key}]": _plain(name, each) for key, each in inner.items()}
        else:
            found[name] = _plain(name, value)
    return found


def _plain(name: str, value: object) -> str:
    if isinstance(value, (list, dict)):
        raise refuse(name)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f") if sane(value) else str(value)
    return "" if value is None else str(value)


def decimal(params: Params, name: str, default: T) -> Decimal | T:
    """Read a number that may be absent."""
    if not params.get(name):
        return default
    if not _NUMBER.fullmatch(params[name]):
        raise refuse(name)
    value = Decimal(params[name])
    if not sane(value):
        raise refuse(name)
    return value


def positive(params: Params, name: str) -> Decimal:
    """Read an amount above zero."""
    needed(params, name)
    value = decimal(params, name, Decimal(0))
    if value <= 0:
        raise refuse(name)
    return value


def names(params: Params, name: str, most: int) -> list[str]:
    """Read a comma list that must be there."""
    found = [part for part in params.get(name, "").split(",") if part]
    if not 1 <= len(found) <= most:
        raise refuse(name)
    return found


def asset(core: Core, name: str) -> Asset:
    """Return an asset of any of its names."""
    listed = {each for place in core.engine.places.values() for each in (place.market.base, place.market.quote)}
    for each in (*ASSETS.values(), *sorted(listed, key=lambda known: known.id)):
        if name in {each.id, each.rest, each.altname}:
            return each
    raise Refused("EQuery:Unknown asset")
