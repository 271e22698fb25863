"""Decode, or say why not: a decoder and its bytes go in, a value or the text of a failure comes out.

The exceptions may hold the bytes, which may hold a token, so nothing but such a text goes on.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

FAILURES = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
"""What msgspec raises for bytes that it cannot decode: its own errors, those of UTF-8 and of Decimal, and for depth."""

_NO_UTF8 = "Invalid UTF-8 encoded string"  # what msgspec 0.23 says where those before let Python's error through


class Attempt(NamedTuple):
    """What came of decoding; `failure` is `None` where there is a value."""

    value: Any
    failure: str | None


def attempt(decode: Callable[[Any], object], data: object) -> Attempt:
    """Decode; of msgspec's errors the text tells the place, of others only the class is told."""
    try:
        return Attempt(decode(data), None)
    except FAILURES as error:
        return Attempt(None, _told(error))


def _told(error: Exception) -> str:
    if not isinstance(error, msgspec.MsgspecError):
        return type(error).__name__
    return UnicodeDecodeError.__name__ if str(error) == _NO_UTF8 else str(error)
