"""Where money is that earns: REST and the channel tell it apart from what one trades with, and lose none of it."""

from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import BalanceTable
from tests.opened import opened, settled
from tests.sim.clients import Frame, RawRest, RawSocket, raw_rest, still
from tests.sim.traders import trading

D = Decimal
FLEXIBLE, BONDED = "ESSIMU-FLEX0-000ETH", "ESSIMU-BOND0-000ADA"
ETH, ADA = {"ETH": 20}, {"ADA": 100}


async def earn(rest: RawRest, act: str, strategy: str, amount: str) -> None:
    assert (await rest.call(f"Earn/{act}", strategy_id=strategy, amount=amount)) == {"error": [], "result": True}


async def a_minute(rest: RawRest, *sockets: RawSocket) -> None:
    """Let a little more than a minute pass, without being closed as idle."""
    for _ in range(2):
        await anyio.sleep(30.1)
        assert "result" in await rest.get("/0/public/Time")
        for socket in sockets:
            await socket.send("ping")


async def told(rest: RawRest) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Return what `Balance` tells, and what `BalanceEx` tells of what an order may use."""
    balance = (await rest.call("Balance"))["result"]
    extended = (await rest.call("BalanceEx"))["result"]
    free = {name: D(row["balance"]) - D(row["hold_trade"]) for name, row in extended.items()}
    return {name: D(amount) for name, amount in balance.items()}, free


async def entries(socket: RawSocket, count: int = 2) -> list[dict[str, Any]]:
    return [(await socket.channel("balances", "update"))["data"][0] for _ in range(count)]


def shown(row: Frame) -> tuple[Any, ...]:
    return row["type"], row["subtype"], row["wallet_type"], row["wallet_id"], row["amount"], row["balance"]


@pytest.mark.virtual
async def test_what_earns_has_a_name_of_its_own_until_it_is_back() -> None:
    async with still(balances=ETH | ADA, limits=False) as exchange, raw_rest(exchange) as rest:
        await earn(rest, "Allocate", FLEXIBLE, "5")
        await earn(rest, "Allocate", BONDED, "40")
        there = {"XETH": D(15), "ADA": D(60), "ETH.F": D(5), "ADA.B": D(40)}
        assert await told(rest) == (there, there)
        await a_minute(rest)
        assert await told(rest) == (there, there)
        await earn(rest, "Deallocate", FLEXIBLE, "5")
        assert await told(rest) == (there, there), "it is on its way"
        await a_minute(rest)
        back = {"XETH": D(20), "ADA": D(60), "ADA.B": D(40)}
        assert await told(rest) == (back, back)
        assert exchange.balances == {"ETH": D(20), "ADA": D(100)}


@pytest.mark.virtual
async def test_what_earns_is_owned_and_no_equity_to_trade_with() -> None:
    async with still(balances=ETH, limits=False) as exchange, raw_rest(exchange) as rest:
        before = (await rest.call("TradeBalance", asset="ETH"))["result"]
        await earn(rest, "Allocate", FLEXIBLE, "5")
        after = (await rest.call("TradeBalance", asset="ETH"))["result"]
        assert (D(before["eb"]), D(after["eb"])) == (D(20), D(20))
        assert {D(after[name]) for name in ("tb", "e", "mf", "mfo")} == {D(15)}


@pytest.mark.virtual
async def test_the_ledger_has_both_legs_of_each_move_by_the_names_of_balances() -> None:
    async with still(balances=ETH, limits=False) as exchange, raw_rest(exchange) as rest:
        await earn(rest, "Allocate", FLEXIBLE, "5")
        await a_minute(rest)
        await earn(rest, "Deallocate", FLEXIBLE, "2")
        await a_minute(rest)
        rows = list((await rest.call("Ledgers"))["result"]["ledger"].values())
        assert [(row["subtype"], row["asset"], D(row["amount"]), D(row["balance"])) for row in rows] == [
            ("spotfromstaking", "XETH", D(2), D(17)),
            ("stakingtospot", "ETH.F", D(-2), D(3)),
            ("stakingfromspot", "ETH.F", D(5), D(5)),
            ("spottostaking", "XETH", D(-5), D(15)),
        ]
        assert {row["type"] for row in rows} == {"transfer"}
        assert [row["refid"] for row in rows] == [rows[0]["refid"]] * 2 + [rows[2]["refid"]] * 2
        for name, count in (("ETH", 2), ("XETH", 2), ("ETH.F", 2), ("ETH,ETH.F", 4), ("ETH.B", 0)):
            assert len((await rest.call("Ledgers", asset=name))["result"]["ledger"]) == count, name
        assert (await rest.call("Ledgers", asset="ETH.Z"))["error"] == ["EQuery:Unknown asset"]


@pytest.mark.virtual
async def test_the_channel_tells_the_wallets_and_what_moves_between_them() -> None:
    async with still(balances=ADA, limits=False) as exchange:
        async with trading(exchange, "balances") as trader, raw_rest(exchange) as rest:
            await earn(rest, "Allocate", BONDED, "40")
            out, into = await entries(trader.socket)
            assert shown(out) == ("transfer", "spottostaking", "spot", "main", D(-40), D(60))
            assert shown(into) == ("transfer", "stakingfromspot", "earn", "bonded", D(40), D(100))
            assert out["ref_id"] == into["ref_id"]
            assert (out["category"], into["category"]) == ("withdrawal", "deposit")
            await a_minute(rest, trader.socket)
            await earn(rest, "Deallocate", BONDED, "10")
            await a_minute(rest, trader.socket)
            out, into = await entries(trader.socket)
            assert shown(out) == ("transfer", "stakingtospot", "earn", "bonded", D(-10), D(90))
            assert shown(into) == ("transfer", "spotfromstaking", "spot", "main", D(10), D(100))
        async with trading(exchange) as trader:
            await trader.socket.send("subscribe", channel="balances", token=trader.token)
            (row,) = (await trader.socket.channel("balances", "snapshot"))["data"]
            assert row["wallets"] == [
                {"type": "spot", "id": "main", "balance": D(70)},
                {"type": "earn", "id": "bonded", "balance": D(30)},
            ]
            assert (row["asset"], row["balance"]) == ("ADA", D(100))


@pytest.mark.virtual
async def test_money_that_comes_and_goes_beside_trades_is_told_on_the_channel() -> None:
    async with still(balances={"BTC": 1}, limits=False) as exchange:
        exchange.save_address("cold", "BTC", "bc1q")
        async with trading(exchange, "balances") as trader, raw_rest(exchange) as rest:
            refid = exchange.deposit("BTC", "2")
            (row,) = await entries(trader.socket, 1)
            assert (row["type"], row["category"], row["ref_id"], row["balance"]) == ("deposit", "deposit", refid, D(3))
            sent = (await rest.call("Withdraw", asset="XBT", key="cold", amount="0.5"))["result"]["refid"]
            (row,) = await entries(trader.socket, 1)
            assert (row["type"], row["ref_id"], row["balance"]) == ("withdrawal", sent, D("2.5"))
            await rest.call("WithdrawCancel", asset="XBT", refid=sent)
            (row,) = await entries(trader.socket, 1)
            assert (row["amount"], row["balance"]) == (D("0.5"), D(3))
            wallets = {"from": "Spot Wallet", "to": "Futures Wallet"}
            moved = (await rest.call("WalletTransfer", asset="XBT", amount="1", **wallets))["result"]["refid"]
            (row,) = await entries(trader.socket, 1)
            assert (row["ref_id"], row["type"], row["subtype"]) == (moved, "transfer", "spottofutures")
            done = (await rest.call("AccountTransfer", asset="XBT", amount="1", **{"from": "a", "to": "b"}))["result"]
            (row,) = await entries(trader.socket, 1)
            assert (row["ref_id"], row["type"], row["balance"]) == (done["transfer_id"], "transfer", D(1))
            assert "subtype" not in row


def check(table: BalanceTable, total: str, earning: str) -> None:
    found = table["ETH"]
    assert (found.total, found.earn, found.available) == (D(total), D(earning), D(total) - D(earning))


@pytest.mark.virtual
@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_what_earns_is_not_available_to_a_session(when: str) -> None:
    async with opened(balances=ETH | {"USD": 9000}) as (exchange, session):
        if when == "before":
            await session.rest.earn.allocate(strategy_id=FLEXIBLE, amount="5")
        async with session.balances_table() as table:
            if when == "meanwhile":
                check(table, "20", "0")
                await session.rest.earn.allocate(strategy_id=FLEXIBLE, amount="5")
                await settled()
            check(table, "20", "5")
            await session.orders.add(symbol="ETH/USD", side="buy", order_type="market", order_qty="1")
            await settled()
            check(table, "21", "5")
            await anyio.sleep(61)
            await session.rest.earn.deallocate(strategy_id=FLEXIBLE, amount="5")
            await settled()
            check(table, "21", "5")
            await anyio.sleep(61)
            check(table, "21", "0")
            assert exchange.balances["ETH"] == 21
