"""Account data: balances, orders and positions. Source: docs.kraken.com, rest-api, Account Data."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Required, TypedDict, Unpack, cast

from krakenio.errors import PermissionMissing
from krakenio.models import (
    ApiKeyInfo,
    Balance,
    ClosedOrders,
    CreditLines,
    ExtendedBalances,
    MarketPositions,
    OpenOrders,
    OpenPositions,
    Order,
    OrderAmends,
    QueryOrders,
    TradeBalance,
    TradeVolume,
    WalletAccounts,
)
from krakenio.models.access import api_key_info
from krakenio.models.history import in_nanoseconds
from krakenio.models.positions import WirePositions
from krakenio.rest.chapter import Perform, Spawn
from krakenio.rest.checks import between, up_to
from krakenio.rest.exporting import Export, check_export
from krakenio.rest.history import AddExportParams, History
from krakenio.rest.methods import Method, finished, or_empty, or_none, read
from krakenio.rest.paging import Paged
from krakenio.rest.parameters import Assets, Flag, Moment, Names, Reference, Text
from krakenio.rest.permissions import missing
from krakenio.rest.walks import HistoryWalk

Rebase = Literal["rebased", "base"]
"""Amounts of tokenised equities in units of the share, or of the token."""


class WalletParams(TypedDict, total=False):
    """Ask for one wallet, by an id from `list_wallet_accounts`; without it for the default one."""

    account_id: Text
    rebase_multiplier: Rebase


class TradeBalanceParams(WalletParams, total=False):
    """Ask for the amounts in units of `asset`, USD by default."""

    asset: Text


class OpenOrdersParams(WalletParams, total=False):
    """Filter by `userref` or `cl_ord_id`; page with `with_cursor=True`, then `cursor` too: 50 a page, at most 100."""

    trades: Flag
    userref: Reference
    cl_ord_id: Text
    consolidate_taker: Flag
    with_cursor: Flag
    cursor: Text
    limit: Annotated[int, between(1, 1000)]


class ClosedOrdersParams(WalletParams, total=False):
    """Ask for orders after `start` up to `end`: times, or ids of orders; newest first, 50 a page."""

    trades: Flag
    userref: Reference
    cl_ord_id: Text
    start: Moment
    end: Moment
    ofs: Annotated[int, between(0, 2**31)]
    closetime: Literal["open", "close", "both"]
    consolidate_taker: Flag
    without_count: Flag
    with_cursor: Flag
    cursor: Text


class QueryOrdersParams(WalletParams, total=False):
    """Ask for up to 50 orders by `txid`; the other filters only narrow these."""

    txid: Required[Annotated[str | Sequence[str], up_to(50)]]
    trades: Flag
    userref: Reference
    cl_ord_id: Text
    consolidate_taker: Flag


class OrderAmendsParams(WalletParams, total=False):
    """Name the order."""

    order_id: Required[Text]


class OpenPositionsParams(WalletParams, total=False):
    """Ask for positions by `txid`, all without it; `docalcs` adds what they are worth."""

    txid: Names
    docalcs: Flag


class _MarketPositionsParams(OpenPositionsParams, total=False):
    consolidation: Literal["market"]


class TradeVolumeParams(TypedDict, total=False):
    """Ask for the fees of `pair` (one or several; no fees without it); `fee_schedule` adds whole schedules."""

    pair: Assets
    fee_schedule: Flag
    rebase_multiplier: Rebase


BALANCE: Method[Balance] = finished(read("Balance", or_none(Balance), WalletParams), or_empty)
BALANCE_EX: Method[ExtendedBalances] = finished(read("BalanceEx", or_none(ExtendedBalances), WalletParams), or_empty)
CREDIT_LINES: Method[CreditLines | None] = read("CreditLines", or_none(CreditLines), WalletParams)
TRADE_BALANCE = read("TradeBalance", TradeBalance, TradeBalanceParams)
OPEN_ORDERS = read("OpenOrders", OpenOrders, OpenOrdersParams)
CLOSED_ORDERS = read("ClosedOrders", ClosedOrders, ClosedOrdersParams)
QUERY_ORDERS = read("QueryOrders", QueryOrders, QueryOrdersParams)
ORDER_AMENDS = finished(read("OrderAmends", OrderAmends, OrderAmendsParams), in_nanoseconds)
OPEN_POSITIONS: Method[OpenPositions] = finished(
    read("OpenPositions", cast("type[WirePositions]", WirePositions), OpenPositionsParams), or_empty
)
MARKET_POSITIONS = read("OpenPositions", MarketPositions, _MarketPositionsParams)
TRADE_VOLUME = read("TradeVolume", TradeVolume, TradeVolumeParams)
GET_API_KEY_INFO: Method[ApiKeyInfo] = finished(read("GetApiKeyInfo", dict[str, Any]), api_key_info)
LIST_WALLET_ACCOUNTS = read("ListWalletAccounts", WalletAccounts)


class Account(History):
    """Ask for what is ours; needs keys."""

    def __init__(self, perform: Perform, spawn: Spawn) -> None:
        super().__init__(perform)
        self._spawn = spawn

    def open_export(self, **params: Unpack[AddExportParams]) -> Export:
        """Order a report for a block: `async with account.open_export(report="trades", description="2026") as e: ...`.

        `await e.save(path)` waits for it and writes its zip; leaving the block removes it at Kraken.
        """
        check_export(params)
        return Export(self._perform, self._spawn, params)

    async def balance(self, **params: Unpack[WalletParams]) -> Balance:
        """Return the balance of each asset, what open orders hold included."""
        return await self._perform(BALANCE, params)

    async def balance_ex(self, **params: Unpack[WalletParams]) -> ExtendedBalances:
        """Return the balance of each asset, what orders hold and what is on credit."""
        return await self._perform(BALANCE_EX, params)

    async def credit_lines(self, **params: Unpack[WalletParams]) -> CreditLines | None:
        """Return the credit lines, `None` where there are none."""
        return await self._perform(CREDIT_LINES, params)

    async def trade_balance(self, **params: Unpack[TradeBalanceParams]) -> TradeBalance:
        """Return what collateral and positions are worth."""
        return await self._perform(TRADE_BALANCE, params)

    def open_orders(self, **params: Unpack[OpenOrdersParams]) -> Paged[OpenOrders, Order]:
        """Return the open orders: `await` all, or `async with` pages of them; a new one can be missing for a moment."""
        return Paged(self._perform, OPEN_ORDERS, params, lambda: HistoryWalk("open", offsets=False))

    def closed_orders(self, **params: Unpack[ClosedOrdersParams]) -> Paged[ClosedOrders, Order]:
        """Return filled, cancelled and expired orders: `await` one page, or `async with` it for all pages."""
        return Paged(self._perform, CLOSED_ORDERS, params, lambda: HistoryWalk("closed"))

    async def query_orders(self, **params: Unpack[QueryOrdersParams]) -> QueryOrders:
        """Return orders by their ids."""
        return await self._perform(QUERY_ORDERS, params)

    async def order_amends(self, **params: Unpack[OrderAmendsParams]) -> OrderAmends:
        """Return what an order was, and each change of it."""
        return await self._perform(ORDER_AMENDS, params)

    async def open_positions(self, **params: Unpack[OpenPositionsParams]) -> OpenPositions:
        """Return the open margin positions by their ids."""
        return await self._perform(OPEN_POSITIONS, params)

    async def market_positions(self, **params: Unpack[OpenPositionsParams]) -> MarketPositions:
        """Return the open margin positions, those of one market as one (OpenPositions with `consolidation`)."""
        return await self._perform(MARKET_POSITIONS, {**params, "consolidation": "market"})

    async def trade_volume(self, **params: Unpack[TradeVolumeParams]) -> TradeVolume:
        """Return the volume of 30 days, and the fees of the pairs asked for."""
        return await self._perform(TRADE_VOLUME, params)

    async def api_key_info(self) -> ApiKeyInfo:
        """Return what this key may do (GetApiKeyInfo); needs no permission."""
        return await self._perform(GET_API_KEY_INFO)

    async def check_permissions(self, *methods: str) -> ApiKeyInfo:
        """Make sure that this key may call the methods of these names, such as `"AddOrder"`, before they are needed.

        Raises `PermissionMissing`, which names each permission that is to be granted in the key's settings.
        """
        info = await self.api_key_info()
        lacking = missing(methods, info.permissions)
        if lacking:
            told = "; ".join(f"{name} needs {words}" for name, words in lacking.items())
            message = f"the key {info.api_key_name!r} lacks permissions: {told}. Grant them in its settings at Kraken"
            raise PermissionMissing(message, missing=lacking)
        return info

    async def list_wallet_accounts(self) -> WalletAccounts:
        """Return the wallets; their ids are what `account_id` takes."""
        return await self._perform(LIST_WALLET_ACCOUNTS)
