"""Decode frames: bytes or text go in, one typed message comes out, or `DecodeError` and nothing else.

The fast path is one msgspec pass over one tagged union of all channels; it beats every form with an envelope first.
What it refuses (replies, numbers as text, anomalies) goes to `slow`.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias, overload

import msgspec

from krakenio.errors import DecodeError
from krakenio.finite import is_finite, may_hold_nan
from krakenio.messages.kinds import Message, Push
from krakenio.messages.slow import FAILURES, decode_slow

Frame: TypeAlias = bytes | str


@overload
def decode(frame: Frame, numbers: type[Decimal] = Decimal) -> Message[Decimal]: ...
@overload
def decode(frame: Frame, numbers: type[float]) -> Message[float]: ...
def decode(frame: Frame, numbers: type[Any] = Decimal) -> Message[Any]:
    """Decode one frame; market data holds its numbers as `numbers`, `Decimal` (with all of Kraken's digits) or `float`.

    >>> decode('{"channel":"heartbeat"}')
    HeartbeatMessage()
    """
    return decoder(numbers)(frame)


@overload
def decoder(numbers: type[Decimal] = Decimal) -> Callable[[Frame], Message[Decimal]]: ...
@overload
def decoder(numbers: type[float]) -> Callable[[Frame], Message[float]]: ...
def decoder(numbers: type[Any] = Decimal) -> Callable[[Frame], Message[Any]]:
    """Return `decode` for one kind of numbers, ready to be called for each frame."""
    return _decoder(numbers)


@cache
def _decoder(numbers: type[Any]) -> Callable[[Frame], Message[Any]]:
    strict = strict_decoder(numbers)

    def decode_one(frame: Frame) -> Message[Any]:
        try:
            return strict(frame)
        except FAILURES:
            pass  # and slowly outside of this block: these exceptions may hold the frame, so nothing is chained to them
        return decode_slow(frame, numbers)

    return decode_one


@cache
def strict_decoder(numbers: type[Any]) -> Callable[[Frame], Push[Any]]:
    """Return the fast path alone: it raises one of `FAILURES` for what must go to `decode_slow`.

    With `float` it is msgspec's bare bound method: strict floats take no text, so `"NaN"` cannot come in.
    """
    push = _push_decoder(numbers)
    if numbers is float:
        return push

    def decode_finite(frame: Frame) -> Push[Any]:
        message = push(frame)
        if may_hold_nan(frame) and not is_finite(message):
            raise ValueError
        return message

    return decode_finite


def decode_batch(frames: Sequence[bytes], numbers: type[Any]) -> list[Message[Any] | DecodeError]:
    """Decode many frames in order, with the least cost per frame; one that does not decode is there as its error."""
    strict = strict_decoder(numbers)
    messages: list[Message[Any] | DecodeError] = []
    rest = iter(frames)
    while True:
        try:
            messages.extend(map(strict, rest))  # what came before a failure stays in the list
        except FAILURES:
            pass
        else:
            return messages
        messages.append(_or_error(frames[len(messages)], numbers))


def _or_error(frame: bytes, numbers: type[Any]) -> Message[Any] | DecodeError:
    try:
        return decode_slow(frame, numbers)
    except DecodeError as error:
        return error


@cache
def _push_decoder(numbers: type[Any]) -> Callable[[Frame], Push[Any]]:
    return msgspec.json.Decoder(Push[numbers]).decode
