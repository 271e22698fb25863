"""The peers' structs, equal in shape to krakenio's: one tagged union, floats, no garbage collection."""

from typing import Literal

import msgspec


class Ticker(msgspec.Struct, frozen=True, gc=False):
    """One row of the ticker channel."""

    symbol: str
    bid: float
    bid_qty: float
    ask: float
    ask_qty: float
    last: float
    volume: float
    vwap: float
    low: float
    high: float
    change: float
    change_pct: float
    timestamp: str | None = None


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One row of the trade channel."""

    symbol: str
    side: str
    price: float
    qty: float
    ord_type: str
    trade_id: int
    timestamp: str


class Level(msgspec.Struct, frozen=True, gc=False):
    """One price of a book."""

    price: float
    qty: float


class Book(msgspec.Struct, frozen=True, gc=False):
    """One row of the book channel."""

    symbol: str
    bids: list[Level]
    asks: list[Level]
    checksum: int
    timestamp: str | None = None


class TickerMessage(msgspec.Struct, frozen=True, gc=False, tag_field="channel", tag="ticker"):
    """Rows of the ticker channel."""

    type: Literal["snapshot", "update"]
    data: list[Ticker]


class TradeMessage(msgspec.Struct, frozen=True, gc=False, tag_field="channel", tag="trade"):
    """Rows of the trade channel."""

    type: Literal["snapshot", "update"]
    data: list[Trade]


class BookMessage(msgspec.Struct, frozen=True, gc=False, tag_field="channel", tag="book"):
    """Rows of the book channel."""

    type: Literal["snapshot", "update"]
    data: list[Book]


class Heartbeat(msgspec.Struct, frozen=True, gc=False, tag_field="channel", tag="heartbeat"):
    """A sign of life."""


decode = msgspec.json.Decoder(TickerMessage | TradeMessage | BookMessage | Heartbeat).decode
