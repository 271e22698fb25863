"""Market data of WebSocket v2: the frames of `ticker`, `trade`, `ohlc`, `book` and `level3`, in one pass, as structs.

Generic over `N`, `Decimal` or `float`. Words such as `side` stay text: Kraken adds values without notice.
`type` is `snapshot` or `update`. Times stay RFC 3339 text in UTC; `unix_ns` reads them.
Source: docs.kraken.com, api-reference/spot-websocket-v2, with captures of 2024 to 2026 where they say more.
"""

from typing import Generic

from msgspec import field

from krakenio.wire import N, Wire


class Ticker(Wire, Generic[N], frozen=True, gc=False):
    """The best prices of `symbol`, and its last 24 hours where it traded in them.

    `bid`, `bid_qty`, `ask`, `ask_qty`: best levels (with `event_trigger` `trades` as old as the last trade). `last`:
    price of the last trade. `volume`: in base currency. `vwap`, `low`, `high`: prices. `change`: in quote currency,
    `change_pct`: in percentage points. `trades`: count, undocumented but sent.
    """

    symbol: str
    bid: N
    bid_qty: N
    ask: N
    ask_qty: N
    last: N | None = None
    volume: N | None = None
    vwap: N | None = None
    low: N | None = None
    high: N | None = None
    change: N | None = None
    change_pct: N | None = None
    timestamp: str | None = None
    trades: int | None = None


class Trade(Wire, Generic[N], frozen=True, gc=False):
    """One trade of `symbol`: `side` and `ord_type` are the taker's; `trade_id` counts up within the book."""

    symbol: str
    side: str
    price: N
    qty: N
    ord_type: str
    trade_id: int
    timestamp: str


class Candle(Wire, Generic[N], frozen=True, gc=False):
    """One candle of `interval` minutes from `interval_begin` (nanoseconds); `volume` in base currency.

    The running candle comes again with each trade; a later `interval_begin` closes it. `timestamp` is deprecated: the
    documentation calls it the start, samples show the end.
    """

    symbol: str
    open: N
    high: N
    low: N
    close: N
    trades: int
    volume: N
    interval_begin: str
    interval: int
    vwap: N | None = None
    timestamp: str | None = None


class Level(Wire, Generic[N], frozen=True, gc=False):
    """One price level; `qty` zero deletes it."""

    price: N
    qty: N


class BookUpdate(Wire, Generic[N], frozen=True, gc=False):
    """A whole book or its changed levels, to be applied in order; `checksum` is that of the book afterwards."""

    symbol: str
    checksum: int
    bids: list[Level[N]] = field(default_factory=list[Level[N]])
    asks: list[Level[N]] = field(default_factory=list[Level[N]])
    timestamp: str | None = None


class Level3Order(Wire, Generic[N], frozen=True, gc=False):
    """One resting order: its visible `order_qty`, its place in the queue by `timestamp` (nanoseconds).

    `event` is `add`, `modify` or `delete` in updates and absent in snapshots.
    """

    order_id: str
    limit_price: N
    order_qty: N
    timestamp: str | None = None
    event: str | None = None


class Level3Update(Wire, Generic[N], frozen=True, gc=False):
    """All visible orders of a book, or events about some; `checksum` is that of the book afterwards."""

    symbol: str
    checksum: int
    bids: list[Level3Order[N]] = field(default_factory=list[Level3Order[N]])
    asks: list[Level3Order[N]] = field(default_factory=list[Level3Order[N]])
    timestamp: str | None = None


class TickerMessage(Wire, Generic[N], frozen=True, gc=False, tag_field="channel", tag="ticker"):
    """A frame of the `ticker` channel."""

    type: str
    data: list[Ticker[N]]


class TradeMessage(Wire, Generic[N], frozen=True, gc=False, tag_field="channel", tag="trade"):
    """A frame of the `trade` channel; several trades in one frame need not be one taker's."""

    type: str
    data: list[Trade[N]]


class OhlcMessage(Wire, Generic[N], frozen=True, gc=False, tag_field="channel", tag="ohlc"):
    """A frame of the `ohlc` channel; `timestamp` (nanoseconds) is when it was made."""

    type: str
    data: list[Candle[N]]
    timestamp: str | None = None


class BookMessage(Wire, Generic[N], frozen=True, gc=False, tag_field="channel", tag="book"):
    """A frame of the `book` channel."""

    type: str
    data: list[BookUpdate[N]]


class Level3Message(Wire, Generic[N], frozen=True, gc=False, tag_field="channel", tag="level3"):
    """A frame of the `level3` channel."""

    type: str
    data: list[Level3Update[N]]
