"""What users see of REST: the type of every result, asserted for the checkers; nothing here is run."""

from typing import Any, assert_type

from krakenio import Rest
from krakenio.models import (
    AccountTrade,
    AccountTransfer,
    AddedBatch,
    AddedExport,
    AddedOrder,
    AmendedOrder,
    ApiKeyInfo,
    AssetPairs,
    Assets,
    Balance,
    CancelledOrders,
    ClosedOrders,
    CreditLines,
    DepositAddress,
    DepositMethod,
    Depth,
    EarnAllocations,
    EarnPending,
    EarnStrategies,
    EditedOrder,
    ExportReports,
    ExtendedBalances,
    GroupedBook,
    LedgerEntry,
    Ledgers,
    Level3,
    MaintenanceSchedule,
    MarketPositions,
    OpenOrders,
    OpenPositions,
    Order,
    OrderAmends,
    PostTrade,
    PreTrade,
    PublicTrade,
    QueryLedgers,
    QueryOrders,
    QueryTrades,
    Reference,
    RemovedExport,
    RestCandle,
    ServerTime,
    Since,
    SpreadRow,
    SwitchSet,
    SystemStatus,
    Tickers,
    TradeBalance,
    TradesHistory,
    TradeVolume,
    Transfer,
    TransferPage,
    WalletAccounts,
    WebSocketsToken,
    WithdrawAddress,
    WithdrawInfo,
    WithdrawMethod,
)
from krakenio.models.funding_beta import (
    AddressRemoved,
    AddressSaved,
    BetaDepositAddresses,
    BetaDeposits,
    BetaWithdrawals,
    ClaimedAddress,
    FeeQuote,
    FundingAssets,
    FundingMethods,
    Networks,
    SavedAddresses,
    WithdrawalMade,
)
from krakenio.models.funding_limits import DepositLimits, WithdrawalLimits
from krakenio.rest.exporting import Export
from krakenio.rest.paging import Pages


async def rest_market(rest: Rest, params: Any) -> None:
    assert_type(await rest.market.time(), ServerTime)
    assert_type(await rest.market.system_status(), SystemStatus)
    assert_type(await rest.market.maintenance_schedule(), MaintenanceSchedule)
    assert_type(await rest.market.assets(**params), Assets)
    assert_type(await rest.market.asset_pairs(**params), AssetPairs)
    assert_type(await rest.market.ticker(**params), Tickers)
    assert_type(await rest.market.ohlc(**params), Since[RestCandle])
    assert_type(await rest.market.depth(**params), Depth)
    assert_type(await rest.market.grouped_book(**params), GroupedBook)
    assert_type(await rest.market.trades(**params), Since[PublicTrade])
    async with rest.market.trades(**params) as pages:
        assert_type(pages, Pages[PublicTrade])
        assert_type(await pages.__anext__(), dict[str, PublicTrade])
    assert_type(await rest.market.spread(**params), Since[SpreadRow])
    assert_type(await rest.market.pre_trade(**params), PreTrade)
    assert_type(await rest.market.post_trade(**params), PostTrade)
    assert_type(await rest.market.level3(**params), Level3)


async def rest_account(rest: Rest, params: Any) -> None:
    assert_type(await rest.account.trades_history(**params), TradesHistory)
    async with rest.account.trades_history(**params) as pages:
        assert_type(pages, Pages[AccountTrade])
        assert_type(await pages.__anext__(), dict[str, AccountTrade])
    assert_type(await rest.account.query_trades(**params), QueryTrades)
    assert_type(await rest.account.ledgers(**params), Ledgers)
    async with rest.account.ledgers(**params) as pages:
        assert_type(pages, Pages[LedgerEntry])
        assert_type(await pages.__anext__(), dict[str, LedgerEntry])
    assert_type(await rest.account.query_ledgers(**params), QueryLedgers)
    assert_type(await rest.account.add_export(**params), AddedExport)
    assert_type(await rest.account.export_status(**params), ExportReports)
    assert_type(await rest.account.retrieve_export(**params), bytes)
    assert_type(await rest.account.remove_export(**params), RemovedExport)
    assert_type(rest.account.open_export(**params), Export)
    assert_type(await rest.account.balance(**params), Balance)
    assert_type(await rest.account.balance_ex(**params), ExtendedBalances)
    assert_type(await rest.account.credit_lines(**params), CreditLines | None)
    assert_type(await rest.account.trade_balance(**params), TradeBalance)
    assert_type(await rest.account.open_orders(**params), OpenOrders)
    async with rest.account.open_orders(**params) as pages:
        assert_type(pages, Pages[Order])
        assert_type(await pages.__anext__(), dict[str, Order])
    assert_type(await rest.account.closed_orders(**params), ClosedOrders)
    async with rest.account.closed_orders(**params) as pages:
        assert_type(pages, Pages[Order])
        assert_type(await pages.__anext__(), dict[str, Order])
    assert_type(await rest.account.query_orders(**params), QueryOrders)
    assert_type(await rest.account.order_amends(**params), OrderAmends)
    assert_type(await rest.account.open_positions(**params), OpenPositions)
    assert_type(await rest.account.market_positions(**params), MarketPositions)
    assert_type(await rest.account.trade_volume(**params), TradeVolume)
    assert_type(await rest.account.api_key_info(), ApiKeyInfo)
    assert_type(await rest.account.check_permissions("AddOrder"), ApiKeyInfo)
    assert_type(await rest.account.list_wallet_accounts(), WalletAccounts)


async def rest_trading(rest: Rest, params: Any) -> None:
    assert_type(await rest.trading.add_order(**params), AddedOrder)
    assert_type(await rest.trading.cancel_order(**params), CancelledOrders)
    assert_type(await rest.trading.amend_order(**params), AmendedOrder)
    assert_type(await rest.trading.edit_order(**params), EditedOrder)
    assert_type(await rest.trading.add_order_batch(**params), AddedBatch)
    assert_type(await rest.trading.cancel_all(), CancelledOrders)
    assert_type(await rest.trading.cancel_all_orders_after(**params), SwitchSet)
    assert_type(await rest.trading.cancel_order_batch(**params), CancelledOrders)
    assert_type(await rest.trading.get_websockets_token(), WebSocketsToken)


async def rest_funding(rest: Rest, params: Any) -> None:
    assert_type(await rest.funding.deposit_methods(**params), list[DepositMethod])
    assert_type(await rest.funding.deposit_addresses(**params), list[DepositAddress])
    assert_type(await rest.funding.deposit_status(**params), TransferPage)
    async with rest.funding.deposit_status(**params) as pages:
        assert_type(pages, Pages[Transfer])
        assert_type(await pages.__anext__(), dict[str, Transfer])
    assert_type(await rest.funding.withdraw_methods(**params), list[WithdrawMethod])
    assert_type(await rest.funding.withdraw_addresses(**params), list[WithdrawAddress])
    assert_type(await rest.funding.withdraw_info(**params), WithdrawInfo)
    assert_type(await rest.funding.withdraw(**params), Reference)
    assert_type(await rest.funding.withdraw_status(**params), TransferPage)
    async with rest.funding.withdraw_status(**params) as pages:
        assert_type(pages, Pages[Transfer])
        assert_type(await pages.__anext__(), dict[str, Transfer])
    assert_type(await rest.funding.withdraw_cancel(**params), bool)
    assert_type(await rest.funding.wallet_transfer(**params), Reference)


async def rest_funding_beta(rest: Rest, params: Any) -> None:
    assert_type(await rest.funding.beta.networks(**params), Networks)
    assert_type(await rest.funding.beta.methods(**params), FundingMethods)
    assert_type(await rest.funding.beta.assets(**params), FundingAssets)
    assert_type(await rest.funding.beta.fees(**params), FeeQuote)
    assert_type(await rest.funding.beta.deposit_limits(**params), DepositLimits)
    assert_type(await rest.funding.beta.withdrawal_limits(**params), WithdrawalLimits)
    assert_type(await rest.funding.beta.claim_deposit_address(**params), ClaimedAddress)
    assert_type(await rest.funding.beta.deposit_addresses(**params), BetaDepositAddresses)
    assert_type(await rest.funding.beta.addresses(**params), SavedAddresses)
    assert_type(await rest.funding.beta.add_address(**params), AddressSaved)
    assert_type(await rest.funding.beta.change_address(**params), AddressSaved)
    assert_type(await rest.funding.beta.remove_address(**params), AddressRemoved)
    assert_type(await rest.funding.beta.deposits(**params), BetaDeposits)
    assert_type(await rest.funding.beta.withdrawals(**params), BetaWithdrawals)
    assert_type(await rest.funding.beta.withdraw(**params), WithdrawalMade)


async def rest_earn(rest: Rest, params: Any) -> None:
    assert_type(await rest.earn.allocate(**params), bool | None)
    assert_type(await rest.earn.deallocate(**params), bool | None)
    assert_type(await rest.earn.allocate_status(**params), EarnPending)
    assert_type(await rest.earn.deallocate_status(**params), EarnPending)
    assert_type(await rest.earn.strategies(**params), EarnStrategies)
    assert_type(await rest.earn.allocations(**params), EarnAllocations)


async def rest_subaccounts(rest: Rest, params: Any) -> None:
    assert_type(await rest.subaccounts.create_subaccount(**params), bool)
    assert_type(await rest.subaccounts.account_transfer(**params), AccountTransfer)
