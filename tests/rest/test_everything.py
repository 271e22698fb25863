"""Every endpoint end to end against the simulated exchange, which checks whatever Kraken checks."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import Rest, open_rest
from krakenio.errors import ApiError, FundingError, PermissionDenied
from krakenio.rest.known import METHODS
from krakenio.rest.permissions import NEEDS, missing
from krakenio.sim import Exchange, open_exchange
from krakenio.sim.accounts.access import PERMISSIONS
from krakenio.sim.rest.earn import STRATEGIES

pytestmark = pytest.mark.virtual

BUY: dict[str, Any] = {"type": "buy", "ordertype": "limit", "volume": "0.01", "price": "50000"}
PAIR: dict[str, Any] = {"pair": "BTC/USD"}
STRATEGY = next(iter(STRATEGIES))
Act = Callable[[Rest], Awaitable[Any]]


async def place(rest: Rest, **change: Any) -> str:
    """Place an order; return its id."""
    added = await rest.trading.add_order(**PAIR, **{**BUY, **change})
    assert added.order_id is not None
    return added.order_id


async def trade(rest: Rest) -> str:
    """Trade at once; return the id of the fill."""
    await place(rest, price="95000")
    return next(iter((await rest.account.trades_history()).trades))


async def order_amends(rest: Rest) -> Any:
    order_id = await place(rest)
    amended = await rest.trading.amend_order(txid=order_id, limit_price="50001", order_qty="0.02")
    assert amended.amend_id
    history = await rest.account.order_amends(order_id=order_id)
    assert [each.amend_type for each in history.amends] == ["original", "user"]
    assert history.amends[1].limit_price == Decimal("50001.0")
    return history


async def edit(rest: Rest) -> Any:
    order_id = await place(rest, userref=6)
    edited = await rest.trading.edit_order(txid=order_id, **PAIR, volume="0.03", userref=7)
    assert edited.originaltxid == order_id
    assert edited.txid is not None
    assert (await rest.account.open_orders()).open[edited.txid].vol == Decimal("0.03")
    return edited


async def batch(rest: Rest) -> Any:
    too_much = {**BUY, "volume": "1000"}
    both: Any = [{**BUY, "cl_ord_id": "one"}, too_much]
    added = await rest.trading.add_order_batch(**PAIR, orders=both)
    assert added.orders[1].error == "EOrder:Insufficient funds"
    assert added.orders[0].txid is not None
    cancelled = await rest.trading.cancel_order_batch(orders=[added.orders[0].txid], cl_ord_ids=["gone"])
    assert cancelled.count == 1
    return added


async def query_trades(rest: Rest) -> Any:
    return await rest.account.query_trades(txid=await trade(rest), ledgers=True)


async def query_ledgers(rest: Rest) -> Any:
    await trade(rest)
    entries = (await rest.account.ledgers(asset="ZUSD")).ledger
    assert {entry.asset for entry in entries.values()} == {"ZUSD"}
    return await rest.account.query_ledgers(id=list(entries)[:2])


async def export(rest: Rest) -> Any:
    await trade(rest)
    async with rest.account.open_export(report="trades", description="all") as report:
        packed = await report.read()
    assert packed.startswith(b"PK")
    assert not report.left_at_kraken
    return packed


async def withdraw(rest: Rest) -> Any:
    with pytest.raises(FundingError, match="Unknown withdraw key"):
        await rest.funding.withdraw(asset="XBT", key="cold", amount="0.5")
    return await rest.funding.withdraw_status()


async def deposit_addresses(rest: Rest) -> Any:
    method = (await rest.funding.deposit_methods(asset="XBT"))[0]
    assert method.limit is False
    made = await rest.funding.deposit_addresses(asset="XBT", method=method.method, new=True)
    assert made[0].new
    return made


async def earn(rest: Rest) -> Any:
    assert await rest.earn.allocate(strategy_id=STRATEGY, amount="1.5")
    assert (await rest.earn.allocate_status(strategy_id=STRATEGY)).pending
    await anyio.sleep(61)
    assert not (await rest.earn.allocate_status(strategy_id=STRATEGY)).pending
    held = (await rest.earn.allocations()).items
    assert held[0].amount_allocated.total.native == Decimal("1.5")
    assert await rest.earn.deallocate(strategy_id=STRATEGY, amount="1.5")
    assert (await rest.earn.deallocate_status(strategy_id=STRATEGY)).pending
    return await rest.earn.strategies(asset="ETH")


async def cancel(rest: Rest) -> Any:
    assert (await rest.trading.cancel_order(txid=await place(rest))).count == 1
    await place(rest)
    return await rest.trading.cancel_all()


async def withdraw_cancel(rest: Rest) -> Any:
    with pytest.raises(FundingError):
        await rest.funding.withdraw_cancel(asset="XBT", refid="FT-none")
    return await rest.funding.withdraw_methods(asset="XBT")


async def withdraw_info(rest: Rest) -> Any:
    with pytest.raises(FundingError):
        await rest.funding.withdraw_info(asset="XBT", key="cold", amount="0.5")
    return await rest.funding.withdraw_addresses()


async def subaccounts(rest: Rest) -> Any:
    assert await rest.subaccounts.create_subaccount(username="bot", email="bot@example.org")
    return await rest.subaccounts.account_transfer(asset="XBT", amount="0.1", from_="ABCD", to="EFGH")


async def query_orders(rest: Rest) -> Any:
    return await rest.account.query_orders(txid=[await place(rest)], trades=True)


ACTS: dict[str, Act] = {
    "Time": lambda rest: rest.market.time(),
    "SystemStatus": lambda rest: rest.market.system_status(),
    "MaintenanceSchedule": lambda rest: rest.market.maintenance_schedule(),
    "Assets": lambda rest: rest.market.assets(asset=["XBT", "ETH"]),
    "AssetPairs": lambda rest: rest.market.asset_pairs(pair="BTC/USD"),
    "Ticker": lambda rest: rest.market.ticker(pair="BTC/USD"),
    "OHLC": lambda rest: rest.market.ohlc(**PAIR, interval=5),
    "Depth": lambda rest: rest.market.depth(**PAIR, count=3),
    "GroupedBook": lambda rest: rest.market.grouped_book(**PAIR, depth=10, grouping=25),
    "Trades": lambda rest: rest.market.trades(**PAIR, count=5),
    "Spread": lambda rest: rest.market.spread(**PAIR),
    "PreTrade": lambda rest: rest.market.pre_trade(symbol="BTC/USD"),
    "PostTrade": lambda rest: rest.market.post_trade(symbol="BTC/USD", count=3),
    "Level3": lambda rest: rest.market.level3(**PAIR, depth=10),
    "Balance": lambda rest: rest.account.balance(),
    "BalanceEx": lambda rest: rest.account.balance_ex(),
    "CreditLines": lambda rest: rest.account.credit_lines(),
    "TradeBalance": lambda rest: rest.account.trade_balance(asset="ZUSD"),
    "OpenOrders": lambda rest: rest.account.open_orders(trades=True),
    "ClosedOrders": lambda rest: rest.account.closed_orders(closetime="close"),
    "QueryOrders": query_orders,
    "OrderAmends": order_amends,
    "AmendOrder": order_amends,
    "TradesHistory": lambda rest: rest.account.trades_history(type="no position", ledgers=True),
    "QueryTrades": query_trades,
    "OpenPositions": lambda rest: rest.account.open_positions(docalcs=True),
    "Ledgers": query_ledgers,
    "QueryLedgers": query_ledgers,
    "TradeVolume": lambda rest: rest.account.trade_volume(pair=["BTC/USD", "ETH/USD"]),
    "AddExport": export,
    "ExportStatus": export,
    "RetrieveExport": export,
    "RemoveExport": export,
    "GetApiKeyInfo": lambda rest: rest.account.check_permissions(*NEEDS),
    "ListWalletAccounts": lambda rest: rest.account.list_wallet_accounts(),
    "AddOrder": place,
    "EditOrder": edit,
    "AddOrderBatch": batch,
    "CancelOrderBatch": batch,
    "CancelOrder": cancel,
    "CancelAll": cancel,
    "CancelAllOrdersAfter": lambda rest: rest.trading.cancel_all_orders_after(timeout=60),
    "GetWebSocketsToken": lambda rest: rest.trading.get_websockets_token(),
    "DepositMethods": deposit_addresses,
    "DepositAddresses": deposit_addresses,
    "DepositStatus": lambda rest: rest.funding.deposit_status(cursor=True),
    "WithdrawMethods": withdraw_cancel,
    "WithdrawAddresses": withdraw_info,
    "WithdrawInfo": withdraw_info,
    "Withdraw": withdraw,
    "WithdrawStatus": withdraw,
    "WithdrawCancel": withdraw_cancel,
    "WalletTransfer": lambda rest: rest.funding.wallet_transfer(asset="XBT", amount="0.5"),
    "CreateSubaccount": subaccounts,
    "AccountTransfer": subaccounts,
    "Earn/Allocate": earn,
    "Earn/Deallocate": earn,
    "Earn/AllocateStatus": earn,
    "Earn/DeallocateStatus": earn,
    "Earn/Strategies": earn,
    "Earn/Allocations": earn,
}


def test_nothing_is_left_out() -> None:
    assert set(ACTS) == {method.name for method in METHODS}


def opened(exchange: Exchange, permissions: tuple[str, ...] = PERMISSIONS) -> Any:
    keys = exchange.add_keys(permissions)
    return open_rest(keys, endpoints=exchange.endpoints, on_limit="ignore", clock=exchange.clock)


@pytest.mark.parametrize("name", ACTS)
async def test_every_endpoint_answers_in_its_type(name: str) -> None:
    async with open_exchange(transport="memory", limits=False, activity=20, markets=["BTC/USD", "ETH/USD"]) as exchange:
        await anyio.sleep(10)
        async with opened(exchange) as rest:
            await ACTS[name](rest)
        assert name in {request.method for request in exchange.requests}


SIGNED = [name for name in ACTS if name in NEEDS and missing([name], [])]


@pytest.mark.parametrize("name", SIGNED)
async def test_every_signed_endpoint_asks_for_its_permission(name: str) -> None:
    """What the client says of permissions is what the exchange, written apart, refuses for."""
    async with open_exchange(transport="memory", limits=False, activity=0, markets=["BTC/USD"]) as exchange:
        for ways in NEEDS[name]:
            lacking = tuple(permission for permission in PERMISSIONS if permission not in ways)
            if not missing([name], lacking):
                continue  # another way leads there
            async with opened(exchange, lacking) as rest:
                with pytest.raises(PermissionDenied):
                    await rest.call(name, {})
        async with opened(exchange) as rest:
            try:
                await rest.call(name, {})
            except ApiError as error:
                assert not isinstance(error, PermissionDenied)  # noqa: PT017 - some want parameters, which is another matter
