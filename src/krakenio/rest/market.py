"""Market data: the public methods, and the private book of orders. Source: docs.kraken.com, rest-api, Market Data."""

from typing import Annotated, Literal, Required, TypedDict, Unpack

from krakenio.models import (
    AssetPairs,
    Assets,
    Depth,
    GroupedBook,
    Level3,
    MaintenanceSchedule,
    PostTrade,
    PreTrade,
    PublicTrade,
    RestCandle,
    ServerTime,
    Since,
    SpreadRow,
    SystemStatus,
    Tickers,
)
from krakenio.models.prices import only, since
from krakenio.rest.chapter import Chapter
from krakenio.rest.checks import between
from krakenio.rest.methods import Method, finished, public, read_json
from krakenio.rest.paging import Paged
from krakenio.rest.parameters import Instant, Names, Rfc3339, Seconds, Text
from krakenio.rest.walks import SinceWalk
from krakenio.symbols import is_tokenized

AssetClass = Literal["tokenized_asset", "forex"]
Interval = Literal[1, 5, 15, 30, 60, 240, 1440, 10080, 21600]
"""Minutes of a candle."""

Version = Annotated[int, between(1, 1)]
"""With 1, names are such as BTC and BTC/USD, not XXBT and XXBTZUSD."""


class AssetsParams(TypedDict, total=False):
    """Ask for `asset` (one or several; all of the class without it)."""

    asset: Names
    aclass: Literal["currency", "tokenized_asset"]
    assetVersion: Version


class AssetPairsParams(TypedDict, total=False):
    """Ask for `pair` (one or several; all without it); with `assetVersion=1` the names are such as BTC/USD."""

    pair: Names
    aclass_base: Literal["currency", "tokenized_asset"]
    info: Literal["info", "leverage", "fees", "margin"]
    country_code: Text
    execution_venue: Names
    assetVersion: Version


class TickerParams(TypedDict, total=False):
    """Ask for `pair` (one or several; all without it, which is better than hundreds in a query)."""

    pair: Names
    asset_class: AssetClass
    assetVersion: Version


class PairParams(TypedDict, total=False):
    """Ask for one `pair`; tokenised ones need their `asset_class`."""

    pair: Required[Text]
    asset_class: AssetClass
    assetVersion: Version


class OhlcParams(PairParams, total=False):
    """Ask for candles of `interval` minutes after `since` (Unix seconds); the newest 720 is all there is.

    Kraken documents it as exclusive, but two captures of 2026-10 begin with the candle that `since` names. Either way
    `since=found.last` misses none: keep them by their `time`, since the running one comes again too.
    """

    interval: Interval
    since: Seconds


class DepthParams(PairParams, total=False):
    """Ask for `count` prices a side."""

    count: Annotated[int, between(1, 500)]


class GroupedBookParams(TypedDict, total=False):
    """Ask for `depth` groups a side, of `grouping` ticks each."""

    pair: Required[Text]
    depth: Literal[10, 25, 100, 250, 1000]
    grouping: Literal[1, 5, 10, 25, 50, 100, 250, 500, 1000]


class TradesParams(PairParams, total=False):
    """Ask for the trades of `pair` from `since` on (nanoseconds, or seconds), at most `count`: 1 to 1000.

    Kraken documents it as exclusive, but captures of 2026-10 begin with the trade that `last` had named: drop what you
    have already.
    """

    since: Instant
    count: Annotated[int, between(1, 1000)]


class SpreadParams(PairParams, total=False):
    """Ask for spreads from `since` on (Unix seconds, inclusive): drop what you have already."""

    since: Seconds


class PreTradeParams(TypedDict):
    """Name the market, such as BTC/USD."""

    symbol: Text


class PostTradeParams(TypedDict, total=False):
    """Ask for trades after `from_ts` up to `to_ts`, at most `count`."""

    symbol: Text
    from_ts: Rfc3339
    to_ts: Rfc3339
    count: Annotated[int, between(1, 1000)]


class Level3Params(TypedDict, total=False):
    """Ask for the orders of `depth` prices a side; 0 is all of them."""

    pair: Required[Text]
    depth: Literal[0, 10, 25, 100, 250, 1000]


def one_pair(pair: str) -> AssetPairsParams:
    """Return how to ask AssetPairs for a pair of any class: tokenised ones are listed only where asked for."""
    asked: AssetPairsParams = {"pair": pair, "assetVersion": 1}
    return {**asked, "aclass_base": "tokenized_asset"} if is_tokenized(pair) else asked


def trades_of(pair: str, since: str) -> TradesParams:
    """Return how to ask Trades for a pair of any class."""
    asked: TradesParams = {"pair": pair, "since": since}
    return {**asked, "asset_class": "tokenized_asset"} if is_tokenized(pair) else asked


TIME = public("Time", ServerTime)
SYSTEM_STATUS = public("SystemStatus", SystemStatus)
MAINTENANCE_SCHEDULE = public("MaintenanceSchedule", MaintenanceSchedule)
ASSETS = public("Assets", Assets, AssetsParams)
ASSET_PAIRS = public("AssetPairs", AssetPairs, AssetPairsParams)
TICKER = public("Ticker", Tickers, TickerParams)
OHLC: Method[Since[RestCandle]] = finished(public("OHLC", dict[str, list[RestCandle] | int | str], OhlcParams), since)
DEPTH: Method[Depth] = finished(public("Depth", dict[str, Depth], DepthParams), only)
GROUPED_BOOK = public("GroupedBook", GroupedBook, GroupedBookParams)
TRADES: Method[Since[PublicTrade]] = finished(
    public("Trades", dict[str, list[PublicTrade] | str | int], TradesParams), since
)
SPREAD: Method[Since[SpreadRow]] = finished(
    public("Spread", dict[str, list[SpreadRow] | int | str], SpreadParams), since
)
PRE_TRADE = public("PreTrade", PreTrade, PreTradeParams)
POST_TRADE = public("PostTrade", PostTrade, PostTradeParams)
LEVEL3 = read_json("Level3", Level3, Level3Params)


class Market(Chapter):
    """Ask for what everybody may know; needs no keys, but for `level3`."""

    async def time(self) -> ServerTime:
        """Return Kraken's clock, in whole seconds."""
        return await self._perform(TIME)

    async def system_status(self) -> SystemStatus:
        """Return whether Kraken trades."""
        return await self._perform(SYSTEM_STATUS)

    async def maintenance_schedule(self) -> MaintenanceSchedule:
        """Return what is planned for the next 7 days."""
        return await self._perform(MAINTENANCE_SCHEDULE)

    async def assets(self, **params: Unpack[AssetsParams]) -> Assets:
        """Return the assets, keyed by Kraken's name for each."""
        return await self._perform(ASSETS, params)

    async def asset_pairs(self, **params: Unpack[AssetPairsParams]) -> AssetPairs:
        """Return the markets, keyed by Kraken's name for each."""
        return await self._perform(ASSET_PAIRS, params)

    async def ticker(self, **params: Unpack[TickerParams]) -> Tickers:
        """Return the best prices and the day of each market."""
        return await self._perform(TICKER, params)

    async def ohlc(self, **params: Unpack[OhlcParams]) -> Since[RestCandle]:
        """Return up to 720 candles, oldest first; the last row still runs, `last` is the newest that is closed."""
        return await self._perform(OHLC, params)

    async def depth(self, **params: Unpack[DepthParams]) -> Depth:
        """Return a book as it was a moment ago."""
        return await self._perform(DEPTH, params)

    async def grouped_book(self, **params: Unpack[GroupedBookParams]) -> GroupedBook:
        """Return a book in groups of ticks."""
        return await self._perform(GROUPED_BOOK, params)

    def trades(self, **params: Unpack[TradesParams]) -> Paged[Since[PublicTrade], PublicTrade]:
        """Return trades, oldest first: `await` up to 1000 of them, or `async with` it for all pages up to now.

        Without `since` these are the newest; a walk begins with the first trade ever.
        """
        return Paged(self._perform, TRADES, params, SinceWalk[PublicTrade])

    async def spread(self, **params: Unpack[SpreadParams]) -> Since[SpreadRow]:
        """Return some 200 of the newest spreads."""
        return await self._perform(SPREAD, params)

    async def pre_trade(self, **params: Unpack[PreTradeParams]) -> PreTrade:
        """Return the ten best prices as regulators want them."""
        return await self._perform(PRE_TRADE, params)

    async def post_trade(self, **params: Unpack[PostTradeParams]) -> PostTrade:
        """Return trades as regulators want them."""
        return await self._perform(POST_TRADE, params)

    async def level3(self, **params: Unpack[Level3Params]) -> Level3:
        """Return a book order by order; needs a key that may query open orders."""
        return await self._perform(LEVEL3, params)
