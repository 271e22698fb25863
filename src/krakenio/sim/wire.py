"""Write and read JSON with exact digits: scaled integers and Decimals go in, numbers as Kraken prints them come out.

The exchange has its own codec on purpose: a mistake in the client's must not hide behind the same mistake here.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

LONGEST = 20
"""Digits of the largest unsigned 64-bit integer."""

_decoder = msgspec.json.Decoder(Any, float_hook=Decimal)


def encode(message: object) -> bytes:
    """Return compact JSON; numbers that need their digits were wrapped by `scaled` or `number`."""
    return msgspec.json.encode(message)


def encode_reply(message: object) -> bytes:
    """Return compact JSON, its keys in the order of the alphabet: so are those of all captured replies."""
    return msgspec.json.encode(message, order="sorted")


def decode(frame: bytes | str) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with fractions as Decimal; raises `msgspec.DecodeError`, whatever a client made up."""
    try:
        return _decoder.decode(frame)
    except (RecursionError, UnicodeDecodeError) as error:
        raise msgspec.DecodeError("nested too deep, or no UTF-8") from error


def text(units: int, places: int) -> str:
    """Return an integer of 10^-places units with all its decimals.

    >>> text(12290, 5), text(0, 8), text(-5, 1)
    ('0.12290', '0.00000000', '-0.5')
    """
    if places == 0:
        return str(units)
    digits = str(abs(units)).rjust(places + 1, "0")
    return f"{'-' * (units < 0)}{digits[:-places]}.{digits[-places:]}"


def scaled(units: int, places: int) -> msgspec.Raw:
    """Return the same as a JSON number with engine precision, trailing zeros included (ws-v2-overview §3)."""
    return msgspec.Raw(text(units, places).encode())


def fixed(value: Decimal, places: int) -> str:
    """Return a Decimal rounded half up to so many places, never with an exponent."""
    return format(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), "f")


def number(value: Decimal, places: int) -> msgspec.Raw:
    """Return `fixed` as a JSON number."""
    return msgspec.Raw(fixed(value, places).encode())


def exact(value: Decimal) -> msgspec.Raw:
    """Return a Decimal as it is, as a JSON number without exponent."""
    return msgspec.Raw(format(value, "f").encode())


def integer(digits: str) -> int | None:
    """Return a whole number that fits into 64 bits, or None: what a client sends may be endless."""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST else None


def signed(digits: str) -> int | None:
    """Return a whole number with or without a minus, or None."""
    found = integer(digits.removeprefix("-"))
    return -found if found is not None and digits.startswith("-") else found


def sane(value: Decimal) -> bool:
    """Tell whether a number is one that money can be: finite, and not so long or so large that sums break."""
    if not value.is_finite() or len(value.as_tuple().digits) > LONGEST:
        return False
    return not value or abs(value.adjusted()) < LONGEST


def units(value: Decimal, places: int) -> int | None:
    """Return the value as an integer of 10^-places units, or None if it has more decimals."""
    shifted = value.scaleb(places)
    return int(shifted) if shifted == shifted.to_integral_value() else None
