"""WebSocket v2 as data: frames go in and typed messages come out, methods go in and requests come out."""

from krakenio.attempts import FAILURES
from krakenio.messages.decode import decode, decode_batch, decoder, digits_decoder, strict_decoder
from krakenio.messages.encode import encode, exact_json
from krakenio.messages.instruments import Asset, InstrumentMessage, Instruments, Pair
from krakenio.messages.kinds import DigitsMessage, DigitsPush, Message, Push
from krakenio.messages.market import (
    BookMessage,
    BookUpdate,
    Candle,
    Level,
    Level3Message,
    Level3Order,
    Level3Update,
    OhlcMessage,
    Ticker,
    TickerMessage,
    Trade,
    TradeMessage,
)
from krakenio.messages.private import (
    Balance,
    BalancesMessage,
    Contingent,
    Execution,
    ExecutionsMessage,
    Fee,
    Triggers,
    Wallet,
)
from krakenio.messages.raw import with_numbers
from krakenio.messages.replies import Reply, Result
from krakenio.messages.slow import decode_slow
from krakenio.messages.system import (
    Emergency,
    HeartbeatMessage,
    Maintenance,
    NextStep,
    Notice,
    Status,
    StatusMessage,
)
from krakenio.messages.times import rfc3339, unix_ns
from krakenio.wire import N

__all__ = [
    "FAILURES",
    "Asset",
    "Balance",
    "BalancesMessage",
    "BookMessage",
    "BookUpdate",
    "Candle",
    "Contingent",
    "DigitsMessage",
    "DigitsPush",
    "Emergency",
    "Execution",
    "ExecutionsMessage",
    "Fee",
    "HeartbeatMessage",
    "InstrumentMessage",
    "Instruments",
    "Level",
    "Level3Message",
    "Level3Order",
    "Level3Update",
    "Maintenance",
    "Message",
    "N",
    "NextStep",
    "Notice",
    "OhlcMessage",
    "Pair",
    "Push",
    "Reply",
    "Result",
    "Status",
    "StatusMessage",
    "Ticker",
    "TickerMessage",
    "Trade",
    "TradeMessage",
    "Triggers",
    "Wallet",
    "decode",
    "decode_batch",
    "decode_slow",
    "decoder",
    "digits_decoder",
    "encode",
    "exact_json",
    "rfc3339",
    "strict_decoder",
    "unix_ns",
    "with_numbers",
]
