"""Keep NaN, infinity and absurd numbers out: bytes and what was decoded from them go in, a verdict comes out.

What krakenio reckons with must be of a sane size; what only passes through, as market data does, be finite. JSON has no
NaN and no infinity, but msgspec takes the texts `"NaN"` and `"Infinity"` for a Decimal, and for a float when it is
lenient. Looking at every number would cost more than decoding them, so the bytes are looked at first.
"""

import math
import re
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, InvalidOperation, Overflow, Rounded, Subnormal
from typing import cast

from msgspec import Struct

_BACKSLASH, _F = b"\\f"
_SANE = Context(prec=60, Emin=-40, Emax=40, traps=[InvalidOperation, Overflow, Rounded, Subnormal])
"""What an account can hold, with room: Kraken's numbers have at most 10 decimals and well below 30 digits."""
_ABSURD = re.compile(rb"(?<=[0-9])[eE][+-]?[0-9]|[0-9]{41}")


def may_be_absurd(body: bytes) -> bool:
    """Tell whether a number with an exponent or with very many digits occurs, or what looks like one: in most, none."""
    return _ABSURD.search(body) is not None


def may_hold_nan(frame: bytes | str) -> bool:
    """Tell whether `nan`, the `f` of `inf`, or a backslash that could hide them, occurs; most frames have none.

    Searching for single bytes costs next to nothing, for anything longer about a nanosecond a byte.
    """
    low = (frame.encode(errors="replace") if isinstance(frame, str) else frame).lower()
    return _F in low or _BACKSLASH in low or low.find(b"nan") >= 0


def is_finite(value: object, right: Callable[[Decimal], bool] = Decimal.is_finite) -> bool:
    """Tell whether all numbers in a decoded message are finite, and what else a Decimal must be to be `right`."""
    match value:
        case float():
            return math.isfinite(value)
        case Decimal():
            return right(value)
        case list() | tuple():
            return all(is_finite(member, right) for member in cast("list[object]", value))
        case dict():
            return all(is_finite(member, right) for member in cast("dict[str, object]", value).values())
        case Struct():
            return all(is_finite(getattr(value, name), right) for name in value.__struct_fields__)
        case _:
            return True


def all_sane(value: object) -> bool:
    """Tell whether all numbers in a decoded result are finite and of a sane size."""
    return is_finite(value, is_sane)


def is_sane(value: Decimal) -> bool:
    """Tell whether a number can be reckoned with: `1e999999999` is finite, and overflows in the first sum.

    All in C, since every number of a report is looked at.
    """
    if not value.is_finite():
        return False
    try:
        _SANE.plus(value)
    except DecimalException:
        return False
    return True
