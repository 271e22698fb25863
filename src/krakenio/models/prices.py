"""Prices over REST: `result` of Ticker, OHLC, Depth, GroupedBook, Spread, Trades and Level3.

Kraken keys most of these by its own name of the pair, not by the one that was asked for, and puts `last` beside it:
what comes out here has `pair` and `last` as fields. Source: docs.kraken.com, rest-api.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Generic, TypeAlias, TypeVar

from msgspec import field

from krakenio.errors import DecodeError
from krakenio.wire import Wire

RowT = TypeVar("RowT")


class TickerInfo(Wire, frozen=True, gc=False):
    """The best prices and the day of one market; it tells no time.

    `ask`, `bid`: price, and twice the quantity in whole lots, which is not what rests there: captures say 1 and 1.000
    where it was 0.021. `close`: price and quantity of the last trade. `volume`, `vwap`,
    `trades`, `low`, `high`: since midnight UTC, and of the last 24 hours. `open`: price at midnight UTC.
    """

    ask: tuple[Decimal, Decimal, Decimal] = field(name="a")
    bid: tuple[Decimal, Decimal, Decimal] = field(name="b")
    close: tuple[Decimal, Decimal] = field(name="c")
    volume: tuple[Decimal, Decimal] = field(name="v")
    vwap: tuple[Decimal, Decimal] = field(name="p")
    trades: tuple[int, int] = field(name="t")
    low: tuple[Decimal, Decimal] = field(name="l")
    high: tuple[Decimal, Decimal] = field(name="h")
    open: Decimal = field(name="o")


class RestCandle(Wire, frozen=True, gc=False, array_like=True):
    """One candle: `time` is its beginning in Unix seconds, `volume` in base currency, `count` of trades."""

    time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    vwap: Decimal
    volume: Decimal
    count: int


class DepthLevel(Wire, frozen=True, gc=False, array_like=True):
    """One price: `volume` in base currency, rounded to three decimals, `timestamp` in Unix seconds.

    All digits of the volume are in a book of the WebSocket, in GroupedBook and in Level3. Times are documented as whole
    seconds; what has a fraction or is text is taken too, with all the digits that came.
    """

    price: Decimal
    volume: Decimal
    timestamp: Decimal


class Depth(Wire, frozen=True, gc=False):
    """A book as it was: `asks` ascending, `bids` descending."""

    asks: list[DepthLevel]
    bids: list[DepthLevel]


class GroupedLevel(Wire, frozen=True, gc=False):
    """What rests within one group of ticks: asks are rounded up, bids down; `qty` in base currency."""

    price: Decimal
    qty: Decimal


class GroupedBook(Wire, frozen=True, gc=False):
    """`result` of GroupedBook: a book in groups of `grouping` ticks."""

    pair: str
    bids: list[GroupedLevel]
    asks: list[GroupedLevel]
    grouping: int | None = None


class SpreadRow(Wire, frozen=True, gc=False, array_like=True):
    """The best prices at `time`, in Unix seconds."""

    time: int
    bid: Decimal
    ask: Decimal


class PublicTrade(Wire, frozen=True, gc=False, array_like=True):
    """One trade: `time` in seconds, with all the digits that came; `side` `b` or `s`, `ord_type` `m` or `l`.

    In captures it is rounded as a float is, up to 0.2 microseconds off, and several trades may share it: `trade_id`
    tells them apart, and orders them. `side` and `ord_type` are the taker's. Old trades have no `trade_id`, or had 0.
    """

    price: Decimal
    qty: Decimal
    time: Decimal
    side: str
    ord_type: str
    misc: str = ""
    trade_id: int | None = None


class RestingOrder(Wire, frozen=True, gc=False):
    """One order of a book: `qty` in base currency, `timestamp` in Unix nanoseconds."""

    price: Decimal
    qty: Decimal
    order_id: str
    timestamp: int


class Level3(Wire, frozen=True, gc=False):
    """`result` of Level3: a book order by order."""

    pair: str
    bids: list[RestingOrder]
    asks: list[RestingOrder]


class Since(Wire, Generic[RowT], frozen=True):
    """Rows of the market `pair`, oldest first; `last` is the `since` that goes on from here.

    `last` is text of nanoseconds for trades, whose last one may then come again, and Unix seconds for candles and
    spreads. It is empty where Kraken left it out.
    """

    pair: str
    rows: list[RowT]
    last: str


Tickers: TypeAlias = dict[str, TickerInfo]
"""`result` of Ticker, by Kraken's name (`XXBTZUSD`)."""


def since(answer: Mapping[str, Any]) -> Since[Any]:
    """Name what Kraken mixes: the rows under the pair's name, and `last` beside them."""
    pairs = [name for name in answer if name != "last"]
    if len(pairs) != 1 or not isinstance(answer[pairs[0]], list):
        message = f"expected the rows of one pair, not of {len(pairs)}"
        raise DecodeError(message)
    return Since(pairs[0], answer[pairs[0]], str(answer.get("last", "")))


def only(answer: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the one value is
    """Return the one value of a map: its key may be another name of the pair than the one that was sent."""
    if len(answer) != 1:
        message = f"expected the answer for one pair, not for {len(answer)}"
        raise DecodeError(message)
    return next(iter(answer.values()))
