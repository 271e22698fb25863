"""Keep numbers exact: what a user passes goes in, `Decimal` and Kraken's plain decimal text come out."""

import re
from decimal import Decimal

from krakenio.errors import InvalidRequest

_TEXT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_MAX_MAGNITUDE = 40
"""Powers of ten beyond which a number is a mistake: Kraken's have at most 10 decimals and well below 30 digits."""


def plain(value: Decimal) -> str:
    """Write a finite number as Kraken takes it: all its digits, no exponent, no negative zero."""
    if not value.is_finite() or abs(value.adjusted()) > _MAX_MAGNITUDE:
        message = "a number for Kraken must be finite and of a sane size"
        raise InvalidRequest(message)
    return format(value or value.copy_abs(), "f")


def exact(value: object, name: str) -> Decimal:
    """Return what was passed for `name` as `Decimal`, digit by digit: from `Decimal`, `int` or text such as `"0.01"`.

    A float is refused, since it holds 0.1 only nearly.
    """
    if isinstance(value, Decimal):
        number = value
    elif (isinstance(value, str) and _TEXT.fullmatch(value)) or (
        isinstance(value, int) and not isinstance(value, bool)
    ):
        number = Decimal(value)
    else:
        raise InvalidRequest(_refusal(value, name))
    if not number.is_finite() or abs(number.adjusted()) > _MAX_MAGNITUDE:
        message = f"{name} must be a finite number of a sane size, not {_shown(value)}"
        raise InvalidRequest(message)
    return number


def positive(value: object, name: str) -> Decimal:
    """Return an exact number above zero."""
    number = exact(value, name)
    if number <= 0:
        message = f"{name} must be above zero, not {_shown(value)}"
        raise InvalidRequest(message)
    return number


def _refusal(value: object, name: str) -> str:
    if isinstance(value, float):
        return f'{name}={value!r} is a float, which is not exact: pass it as text or Decimal, {name}="{value!r}"'
    return f'{name} must be a Decimal, an int or text such as "0.01", not {_shown(value)}'


def _shown(value: object) -> str:
    if type(value) is int:  # Python writes no int of thousands of digits
        short = abs(value) < 10**_MAX_MAGNITUDE
    else:
        short = isinstance(value, str | Decimal) and len(str(value)) <= _MAX_MAGNITUDE
    return repr(value) if short else type(value).__name__
