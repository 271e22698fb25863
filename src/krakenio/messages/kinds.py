"""What a frame can be: the unions that decoding chooses from."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from msgspec import Raw

from krakenio.errors import InvalidRequest
from krakenio.messages.instruments import InstrumentMessage
from krakenio.messages.market import BookMessage, Level3Message, OhlcMessage, TickerMessage, TradeMessage
from krakenio.messages.private import BalancesMessage, ExecutionsMessage
from krakenio.messages.replies import Reply
from krakenio.messages.system import HeartbeatMessage, Notice, StatusMessage
from krakenio.wire import N

V = TypeVar("V")

Push: TypeAlias = (
    TickerMessage[N]
    | TradeMessage[N]
    | BookMessage[N]
    | OhlcMessage[N]
    | Level3Message[N]
    | InstrumentMessage
    | ExecutionsMessage
    | BalancesMessage
    | StatusMessage
    | HeartbeatMessage
)
"""A frame that Kraken sends by itself, told by its `channel`."""

Message: TypeAlias = (
    TickerMessage[N]
    | TradeMessage[N]
    | BookMessage[N]
    | OhlcMessage[N]
    | Level3Message[N]
    | InstrumentMessage
    | ExecutionsMessage
    | BalancesMessage
    | StatusMessage
    | HeartbeatMessage
    | Reply
    | Notice
)
"""Whatever a frame can be."""

DigitsPush: TypeAlias = (
    TickerMessage[N]
    | TradeMessage[N]
    | BookMessage[Raw]
    | OhlcMessage[N]
    | Level3Message[Raw]
    | InstrumentMessage
    | ExecutionsMessage
    | BalancesMessage
    | StatusMessage
    | HeartbeatMessage
)
"""A frame as `Push`, but books with their numbers' text as it stands on the wire: their checksums are made of it."""

DigitsMessage: TypeAlias = (
    TickerMessage[N]
    | TradeMessage[N]
    | BookMessage[Raw]
    | OhlcMessage[N]
    | Level3Message[Raw]
    | InstrumentMessage
    | ExecutionsMessage
    | BalancesMessage
    | StatusMessage
    | HeartbeatMessage
    | Reply
    | Notice
)
"""Whatever a frame can be, books with their numbers' text."""

Numbers: TypeAlias = type[Decimal] | type[float]
"""What market data holds its numbers as."""

_EXACT: TypeAlias = Push[Decimal]
_FAST: TypeAlias = Push[float]

_EXACT_DIGITS: TypeAlias = DigitsPush[Decimal]
_FAST_DIGITS: TypeAlias = DigitsPush[float]

PUSH_TYPES: dict[Numbers, Any] = {Decimal: _EXACT, float: _FAST}
"""The union for each kind of numbers, as msgspec wants it."""

DIGITS_PUSH_TYPES: dict[Numbers, Any] = {Decimal: _EXACT_DIGITS, float: _FAST_DIGITS}
"""The union for each kind of numbers, with books as text."""


def chosen(table: Mapping[Numbers, V], numbers: Numbers) -> V:
    """Look up what belongs to a kind of numbers."""
    try:
        return table[numbers]
    except (KeyError, TypeError):
        message = f"numbers must be Decimal or float, not {numbers!r}"
    raise InvalidRequest(message)
