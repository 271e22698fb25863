"""Open Kraken's REST envelope: the bytes of a body go in, the typed result comes out, or the error that Kraken told.

Source: docs.kraken.com, guides/spot-rest-intro: `{"error": [...], "result": ...}`; `E` strings are errors, `W`
strings warnings.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cache, partial
from typing import Any, Generic, NamedTuple, TypeVar, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from krakenio.attempts import attempt
from krakenio.errors import ApiError, DecodeError, api_error
from krakenio.errors.problems import problem_error
from krakenio.finite import all_sane, may_be_absurd, may_hold_nan
from krakenio.models import mending

T = TypeVar("T")


class Answer(NamedTuple, Generic[T]):
    """A result, with the warnings that came beside it."""

    result: T
    warnings: tuple[ApiError, ...]


_SUCCESS = range(200, 300)
_NULL = b"null"


class _Envelope(Struct, gc=False):
    error: list[str] | str | None = None  # a bare string was seen: {"error":"EFunding:No funding method"}
    result: Raw | UnsetType = UNSET


class _Problem(Struct, gc=False):
    type: str = ""
    title: str = ""
    detail: str = ""
    error: list[str] | str | None = None


def decode_result(body: bytes, kind: type[T]) -> T:
    """Return the result of a body, decoded as `kind`.

    Raises the first error as its `ApiError` (an `ambiguous` one before all others), with the others as notes;
    `DecodeError` for HTML, a cut body or another shape.
    """
    return decode_answer(body, kind).result


def decode_answer(body: bytes, kind: type[T]) -> Answer[T]:
    """Return the result of a body together with Kraken's warnings."""
    envelope, failure = attempt(_envelope, body)
    if failure is not None:
        message = f"a body is not an answer of Kraken's API ({_kind_of(body)}): {failure}"
        raise DecodeError(message)
    told = [api_error(text) for text in _texts(envelope.error)]
    _raise_first([error for error in told if error.severity == "E"], told)
    result = _nothing(envelope, kind) if envelope.result is UNSET else _result(envelope.result, kind)
    return Answer(result, tuple(told))


def decode_bare(body: bytes, kind: type[T], status: int) -> T:
    """Return what a path of Funding (Beta) answered: no envelope, and a problem document where something is wrong.

    Raises its `ApiError`; an unknown path answers in the old envelope.
    """
    if status in _SUCCESS:
        return _result(Raw(body), kind)
    problem, failure = attempt(_problem, body)
    if failure is not None:
        message = f"a body is no problem document of Funding (Beta) ({_kind_of(body)})"
        raise DecodeError(message)
    if problem.error:
        decode_answer(body, kind)
    raise problem_error(problem.type, problem.detail or problem.title, status)


def _texts(error: list[str] | str | None) -> list[str]:
    return [error] if isinstance(error, str) else error or []


def _raise_first(errors: list[ApiError], told: list[ApiError]) -> None:
    """Raise the first error, or before it the first that leaves open what was done: the others do not close that."""
    if not errors:
        return
    first = next((error for error in errors if error.ambiguous), errors[0])
    for other in told:
        if other is not first:
            first.add_note(f"Kraken also told: {other}")
    raise first


def _result(raw: Raw, kind: type[T]) -> T:
    key: Any = kind  # checkers do not see that a class is hashable
    value, failure = attempt(_decoder(key, strict=True), raw)
    if failure is not None:
        value, failure = attempt(_decoder(key, strict=False), raw)
    if failure is not None:
        mended = attempt(partial(mending.read, kind=key), raw)
        value, failure = mended if mended.failure is None else (value, failure)
    body = bytes(raw)
    if failure is None and (may_hold_nan(body) or may_be_absurd(body)) and not all_sane(value):
        failure = "a number is not finite or of no sane size"
    if failure is not None:
        message = f"a result does not decode: {failure}"
        raise DecodeError(message)
    return value  # type: ignore[no-any-return]


def _nothing(envelope: _Envelope, kind: type[T]) -> T:
    """Take a result that is left out for null, where null can be an answer: so Kraken tells of no funds."""
    key: Any = kind
    value, failure = attempt(_decoder(key, strict=True), _NULL)
    if failure is not None or envelope.error is None:
        message = "a body has neither errors nor a result"
        raise DecodeError(message)
    return value  # type: ignore[no-any-return]


def _kind_of(body: bytes) -> str:
    kinds = {b"": "it is empty", b"<": "it looks like HTML", b"{": "it may be cut off"}
    return kinds.get(body.lstrip()[:1], "it is no JSON object")


_envelope = msgspec.json.Decoder(_Envelope).decode
_problem = msgspec.json.Decoder(_Problem).decode


@cache
def _decoder(kind: object, *, strict: bool) -> Callable[[Any], Any]:
    decode: Callable[[Any], Any] = msgspec.json.Decoder(cast("Any", kind), strict=strict, float_hook=Decimal).decode
    return decode
