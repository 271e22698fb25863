"""Decode frames: bytes or text go in, one typed message comes out, or `DecodeError` and nothing else.

The fast path is one msgspec pass over one tagged union of all channels; it beats every form with an envelope first.
What it refuses (replies, numbers as text, anomalies) goes to `slow`.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias, overload

import msgspec

from krakenio.attempts import FAILURES
from krakenio.errors import DecodeError
from krakenio.finite import is_finite, may_hold_nan
from krakenio.messages.kinds import DIGITS_PUSH_TYPES, PUSH_TYPES, DigitsMessage, Message, Numbers, Push, chosen
from krakenio.messages.slow import decode_slow

Frame: TypeAlias = bytes | str

_REPLY = b'{"method":'
"""How a reply begins, which mostly comes alone: the fast path refuses it later than the other has decoded it."""


@overload
def decode(frame: Frame, numbers: type[Decimal] = Decimal) -> Message[Decimal]: ...
@overload
def decode(frame: Frame, numbers: type[float]) -> Message[float]: ...
@overload
def decode(frame: Frame, numbers: Numbers) -> Message[Any]: ...
def decode(frame: Frame, numbers: Numbers = Decimal) -> Message[Any]:
    """Decode one frame; market data holds its numbers as `numbers`, `Decimal` (with all of Kraken's digits) or `float`.

    >>> decode('{"channel":"heartbeat"}')
    HeartbeatMessage()
    """
    return chosen(_DECODERS, numbers)(frame)


@overload
def decoder(numbers: type[Decimal] = Decimal) -> Callable[[Frame], Message[Decimal]]: ...
@overload
def decoder(numbers: type[float]) -> Callable[[Frame], Message[float]]: ...
@overload
def decoder(numbers: Numbers) -> Callable[[Frame], Message[Any]]: ...
def decoder(numbers: Numbers = Decimal) -> Callable[[Frame], Message[Any]]:
    """Return `decode` for one kind of numbers, ready to be called for each frame."""
    return chosen(_DECODERS, numbers)


@overload
def digits_decoder(numbers: type[Decimal] = Decimal) -> Callable[[Frame], DigitsMessage[Decimal]]: ...
@overload
def digits_decoder(numbers: type[float]) -> Callable[[Frame], DigitsMessage[float]]: ...
@overload
def digits_decoder(numbers: Numbers) -> Callable[[Frame], DigitsMessage[Any]]: ...
def digits_decoder(numbers: Numbers = Decimal) -> Callable[[Frame], DigitsMessage[Any]]:
    """Return a decoder for kept books: `book` and `level3` hold each number's text, all else holds `numbers`.

    The text is a `msgspec.Raw`, which keeps the whole frame alive: a book takes its digits at once, and `with_numbers`
    makes an ordinary message of it. What stands in it is looked at there, not here.
    """
    return chosen(_DIGITS_DECODERS, numbers)


def strict_decoder(numbers: Numbers, *, digits: bool = False) -> Callable[[Frame], Push[Any]]:
    """Return the fast path alone: it raises one of `FAILURES` for what must go to `decode_slow`.

    With `float` it is msgspec's bare bound method: strict floats take no text, so `"NaN"` cannot come in. `digits`:
    books with their numbers' text, as `digits_decoder` has them.
    """
    return chosen(_STRICT_DIGITS if digits else _STRICT, numbers)


def decode_batch(
    frames: Sequence[bytes], numbers: Numbers, *, digits: bool = False
) -> list[Message[Any] | DecodeError]:
    """Decode many frames in order, with the least cost per frame; one that does not decode is there as its error.

    `digits`: books with their numbers' text, as `digits_decoder` has them.
    """
    messages: list[Message[Any] | DecodeError] = []
    rest = iter(frames)
    if frames and frames[0].startswith(_REPLY):
        messages.append(_slow_or_error(next(rest), numbers, digits))
        if len(frames) == 1:
            return messages
    strict = strict_decoder(numbers, digits=digits)
    while True:
        try:
            messages.extend(map(strict, rest))  # what came before a failure stays in the list
        except FAILURES:
            pass
        else:
            return messages
        messages.append(_slow_or_error(frames[len(messages)], numbers, digits))
        _compare(messages)


def _slow_or_error(frame: bytes, numbers: Numbers, digits: bool) -> Message[Any] | DecodeError:  # noqa: FBT001
    try:
        return decode_slow(frame, numbers, digits=digits)
    except DecodeError as error:
        return error


def _compare(messages: Sequence[Message[Any] | DecodeError]) -> None:
    """Mark the last one if it failed as the one before it: what they concern need not be told, nor healed, twice."""
    before, last = messages[-2:] if len(messages) > 1 else (None, messages[-1])
    if isinstance(last, DecodeError) and isinstance(before, DecodeError):
        last.repeated = (last.channel, last.symbols) == (before.channel, before.symbols)


def _finite_only(push: Callable[[Frame], Push[Any]]) -> Callable[[Frame], Push[Any]]:
    def decode_finite(frame: Frame) -> Push[Any]:
        message = push(frame)
        if may_hold_nan(frame) and not is_finite(message):
            raise ValueError
        return message

    return decode_finite


def _whole(strict: Callable[[Frame], Push[Any]], numbers: Numbers, *, digits: bool) -> Callable[[Frame], Message[Any]]:
    def decode_one(frame: Frame) -> Message[Any]:
        try:
            return strict(frame)
        except FAILURES:
            pass  # and slowly outside of this block: these exceptions may hold the frame, so nothing is chained to them
        return decode_slow(frame, numbers, digits=digits)

    return decode_one


def _strict(kinds: Mapping[Numbers, Any]) -> Mapping[Numbers, Callable[[Frame], Push[Any]]]:
    exact, fast = (msgspec.json.Decoder(kinds[numbers]).decode for numbers in (Decimal, float))
    return {Decimal: _finite_only(exact), float: fast}


_STRICT, _STRICT_DIGITS = _strict(PUSH_TYPES), _strict(DIGITS_PUSH_TYPES)
_DECODERS = {numbers: _whole(strict, numbers, digits=False) for numbers, strict in _STRICT.items()}
_DIGITS_DECODERS: Mapping[Numbers, Callable[[Frame], DigitsMessage[Any]]] = {
    numbers: _whole(strict, numbers, digits=True) for numbers, strict in _STRICT_DIGITS.items()
}
