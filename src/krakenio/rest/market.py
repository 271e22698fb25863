"""Market data: the public methods. Source: docs.kraken.com, rest-api, Market Data."""

from typing import Literal, Required, TypedDict, Unpack

from krakenio.models import AssetPairs, RecentTrades, ServerTime, SystemStatus
from krakenio.rest.chapter import Chapter
from krakenio.rest.methods import public
from krakenio.rest.parameters import Names, Text, Whole


class AssetPairsParams(TypedDict, total=False):
    """Ask for `pair` (one or several; all without it); with `assetVersion=1` the names are such as BTC/USD."""

    pair: Names
    aclass_base: Literal["currency", "tokenized_asset"]
    info: Literal["info", "leverage", "fees", "margin"]
    country_code: Text
    execution_venue: Names
    assetVersion: Whole


class TradesParams(TypedDict, total=False):
    """Ask for the trades of `pair` after `since` (nanoseconds, or seconds), at most `count`: 1 to 1000."""

    pair: Required[Text]
    since: Text
    count: Whole
    assetVersion: Whole


TIME = public("Time", ServerTime)
SYSTEM_STATUS = public("SystemStatus", SystemStatus)
ASSET_PAIRS = public("AssetPairs", AssetPairs, AssetPairsParams)
TRADES = public("Trades", RecentTrades, TradesParams)


class Market(Chapter):
    """Ask for what everybody may know; needs no keys."""

    async def time(self) -> ServerTime:
        """Return Kraken's clock, in whole seconds."""
        return await self._perform(TIME)

    async def system_status(self) -> SystemStatus:
        """Return whether Kraken trades."""
        return await self._perform(SYSTEM_STATUS)

    async def asset_pairs(self, **params: Unpack[AssetPairsParams]) -> AssetPairs:
        """Return the markets, keyed by Kraken's name for each."""
        return await self._perform(ASSET_PAIRS, params)

    async def trades(self, **params: Unpack[TradesParams]) -> RecentTrades:
        """Return up to 1000 trades, oldest first."""
        return await self._perform(TRADES, params)
