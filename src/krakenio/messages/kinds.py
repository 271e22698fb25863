"""What a frame can be: the unions that decoding chooses from. Nothing goes in or out here."""

from typing import TypeAlias

from krakenio.messages.instruments import InstrumentMessage
from krakenio.messages.market import BookMessage, Level3Message, OhlcMessage, TickerMessage, TradeMessage
from krakenio.messages.private import BalancesMessage, ExecutionsMessage
from krakenio.messages.replies import Reply
from krakenio.messages.system import HeartbeatMessage, Notice, StatusMessage
from krakenio.wire import N

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
