"""Decode what the fast path refused: replies, numbers as text or with exponents, anomalies; or raise `DecodeError`.

The exceptions of the decoders may hold the frame, and a frame may hold a token; so only their text is kept, and nothing
is chained to them.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field

from krakenio.attempts import FAILURES, Attempt, attempt
from krakenio.errors import DecodeError
from krakenio.finite import is_finite
from krakenio.messages.kinds import DIGITS_PUSH_TYPES, PUSH_TYPES, Message, Numbers, Push, chosen
from krakenio.messages.replies import Reply
from krakenio.messages.spared import spared_reply
from krakenio.messages.system import Notice
from krakenio.messages.torn import told_by

CHANNELS = frozenset(
    {"balances", "book", "executions", "heartbeat", "instrument", "level3", "ohlc", "status", "ticker", "trade"},
)


class _Head(Struct, gc=False):
    """What a frame is: as text, since a list of nothing but lists takes twenty times its bytes when it is decoded."""

    channel: Raw | UnsetType = UNSET
    method: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET
    error_in_capitals: Raw | UnsetType = field(default=UNSET, name="Error")


class _Row(Struct, gc=False):
    symbol: str


class _Rows(Struct, gc=False):
    data: list[_Row]


class _State(Struct, gc=False):
    system: str


class _States(Struct, gc=False):
    data: list[_State]


LARGEST_REPLY = 1 << 20
"""Bytes that a reply may have, a hundred times those of the largest batch: decoded it takes up to 70 times as many."""

_NAME = re.compile(rb'"([a-z0-9_-]{1,32})"')
_NULL = re.compile(rb'"[A-Za-z0-9_]{1,64}"(?=[ \t\r\n]{0,8}:[ \t\r\n]{0,8}null\b)')
_reply = msgspec.json.Decoder(Reply).decode
_lax_reply = msgspec.json.Decoder(Reply, strict=False).decode
_head = msgspec.json.Decoder(_Head).decode
_rows = msgspec.json.Decoder(_Rows).decode
_states = msgspec.json.Decoder(_States).decode
_text = msgspec.json.Decoder(str).decode

_TOO_LARGE = Attempt(None, f"it has more than {LARGEST_REPLY} bytes")

Lax: TypeAlias = Mapping[Numbers, Callable[[bytes | str], Push[Any]]]


def _lax(kinds: Mapping[Numbers, Any]) -> Lax:
    return {numbers: msgspec.json.Decoder(kind, strict=False).decode for numbers, kind in kinds.items()}


_LAX, _LAX_DIGITS = _lax(PUSH_TYPES), _lax(DIGITS_PUSH_TYPES)


def decode_slow(frame: bytes | str, numbers: Numbers, *, digits: bool = False) -> Message[Any]:
    """Decode one frame that `strict_decoder` refused; `digits` as there."""
    if len(frame) <= LARGEST_REPLY:
        try:
            return _told(_reply(frame))  # most are replies, and orders wait for them
        except FAILURES:
            pass  # what follows is tried outside of this block: these exceptions may hold the frame
    head = attempt(_head, frame)
    if head.failure is not None:
        message = f"a frame is not a JSON object: {head.failure}"
        channel, symbols = told_by(frame)
        raise DecodeError(message, channel=channel, symbols=symbols)
    if head.value.channel is not UNSET:
        return _push(frame, head.value.channel, chosen(_LAX_DIGITS if digits else _LAX, numbers))
    method = head.value.method
    return _notice(head.value) if method is UNSET or bytes(method) == b"null" else _lenient_reply(frame)


def _push(frame: bytes | str, channel: Raw, lax: Callable[[bytes | str], Push[Any]]) -> Push[Any]:
    named = _NAME.fullmatch(channel)
    name = None if named is None else named[1].decode()
    tried = _without_nulls(lax, frame, attempt(lax, frame))
    if tried.failure is None and is_finite(tried.value):
        return tried.value  # type: ignore[no-any-return]
    why = "unknown channel" if name not in CHANNELS else tried.failure or "a number is not finite"
    message = f"a frame of channel {name!r} does not decode: {why}"
    system = _system(frame) if name == "status" else None
    raise DecodeError(message, channel=name, symbols=_symbols(frame), system=system)


def _without_nulls(lax: Callable[[bytes | str], Push[Any]], frame: bytes | str, tried: Attempt) -> Attempt:
    """Try once more as if members that are null were absent, under a name that nobody reads; what must be there fails.

    Servers write an empty list as null, and levels of one side only are all that most updates of a book have.
    """
    if tried.failure is None:
        return tried
    data = frame.encode(errors="surrogatepass") if isinstance(frame, str) else frame
    renamed, count = _NULL.subn(b'"-"', data)
    again = attempt(lax, renamed) if count else tried
    return tried if again.failure is not None else again


def _system(frame: bytes | str) -> str | None:
    """Read at least the engine's state, which an odd announcement beside it must not cost (ws-v2-overview §4.3)."""
    tried = attempt(_states, frame)
    return None if tried.failure is not None or not tried.value.data else str(tried.value.data[-1].system)


def _symbols(frame: bytes | str) -> list[str]:
    """Read at least whose rows these are: they miss something now; nobody's name where not every row has one."""
    tried = attempt(_rows, frame)
    return [] if tried.failure is not None else [row.symbol for row in tried.value.data]


def _told(reply: Reply) -> Reply | Notice:
    """Tell an answer to a request from a complaint that answers none: its method is `error` (captured 2026-01)."""
    return Notice(error=reply.error) if reply.method == "error" and reply.req_id is None else reply


def _lenient_reply(frame: bytes | str) -> Reply | Notice:
    tried = attempt(_lax_reply, frame) if len(frame) <= LARGEST_REPLY else _TOO_LARGE
    spared = tried if tried.failure is None or tried is _TOO_LARGE else attempt(spared_reply, frame)
    if spared.failure is None:
        return _told(spared.value)
    message = f"a reply does not decode: {tried.failure}"
    raise DecodeError(message)


def _notice(head: _Head) -> Notice:
    """Find the complaint; its key is written `error` or `Error`."""
    told = (attempt(_text, error) for error in (head.error, head.error_in_capitals) if error is not UNSET)
    return Notice(error=next((text for text, failure in told if failure is None), None))
