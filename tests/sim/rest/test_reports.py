"""Reports hold all that happened, transfers and offers can be filtered, money is counted in any currency."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import anyio
import msgspec
import pytest

from krakenio.models.earn import LockType
from krakenio.sim.clock import SECOND
from tests.sim.clients import RawRest, raw_rest, still

BUY = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.001"}


async def report(rest: RawRest, kind: str, **params: str) -> list[dict[str, str]]:
    """Order a report, wait for it, and return its rows."""
    (number,) = (await rest.call("AddExport", report=kind, description="all", **params))["result"].values()
    await anyio.sleep(15)
    rest.nonce += 1
    zipped = (await rest.signed("RetrieveExport", f"nonce={rest.nonce}&id={number}".encode(), str(rest.nonce)))[1]
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        (name,) = archive.namelist()
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


@pytest.mark.virtual
async def test_a_report_has_all_rows_the_oldest_first_up_to_now() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        for _ in range(101):
            await rest.call("AddOrder", **BUY)
            await anyio.sleep(0.1)
        await rest.call("AddOrder", **BUY)
        trades, entries = await report(rest, "trades"), await report(rest, "ledgers")
        known = list[str]()
        while page := list((await rest.call("TradesHistory", ofs=len(known), limit=100))["result"]["trades"]):
            known += page
        assert [row["txid"] for row in trades] == known[::-1]
        assert len(entries) == 2 * len(trades) > 200
        assert [row["time"] for row in entries] == sorted(row["time"] for row in entries)
        assert trades[0]["ledgers"] == f"{entries[0]['txid']},{entries[1]['txid']}"
        assert (entries[0]["subtype"], entries[0]["wallet"]) == ("tradespot", "spot / main")
        assert entries[0]["time"] == trades[0]["time"][:19]
        shown = datetime.strptime(f"{trades[0]['time']}+0000", "%Y-%m-%d %H:%M:%S.%f%z")
        assert 0 < exchange.clock() / SECOND - shown.timestamp() < 60
        assert list(trades[0])[:6] == ["txid", "ordertxid", "pair", "aclass", "time", "type"]


@pytest.mark.virtual
async def test_a_report_begins_with_the_month_where_no_time_is_named() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        await rest.call("AddExport", report="trades", description="all")
        (row,) = (await rest.call("ExportStatus", report="trades"))["result"]
        assert datetime.fromtimestamp(int(row["datastarttm"]), UTC) == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.virtual
async def test_a_report_has_the_fields_that_were_asked_for() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        await rest.call("AddOrder", **BUY)
        rows = await report(rest, "trades", fields="price,vol,ordertxid")
        assert {*rows[0]} == {"txid", "price", "vol", "ordertxid"}
        refused = await rest.call("AddExport", report="trades", description="x", fields="price,balance")
        assert refused["error"] == ["EGeneral:Invalid arguments:fields"]


@pytest.mark.virtual
async def test_transfers_are_filtered_by_asset_method_and_time() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        begin = exchange.clock() // SECOND
        first, second = exchange.deposit("BTC", "1"), exchange.deposit("ETH", "1")
        await anyio.sleep(10)
        third = exchange.deposit("BTC", "2")

        async def found(**params: Any) -> list[str]:
            return [move["refid"] for move in (await rest.call("DepositStatus", **params))["result"]]

        assert await found() == [third, second, first]
        assert await found(asset="XBT") == await found(method="Bitcoin") == [third, first]
        assert await found(start=begin + 1) == await found(start=begin + 10) == [third]
        assert await found(end=begin, asset="XETH") == [second]


@pytest.mark.virtual
async def test_saved_addresses_and_methods_are_filtered_and_a_name_belongs_to_one_asset() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        exchange.save_address("cold", "BTC", "bc1q")
        exchange.save_address("warm", "ETH", "0x00")
        for method, params, count in (
            ("WithdrawAddresses", {}, 2),
            ("WithdrawAddresses", {"asset": "XBT", "verified": "true", "key": "", "method": ""}, 1),
            ("WithdrawAddresses", {"key": "warm", "method": "Bitcoin"}, 0),
            ("WithdrawAddresses", {"verified": "false"}, 0),
            ("WithdrawMethods", {"network": "Bitcoin"}, 1),
            ("WithdrawMethods", {"asset": "ETH", "network": "Bitcoin"}, 0),
        ):
            assert len((await rest.call(method, **params))["result"]) == count, params
        (cold,) = (await rest.call("WithdrawAddresses", key="cold"))["result"]
        assert cold["asset"] == "XBT"
        for method in ("WithdrawInfo", "Withdraw"):
            taken = await rest.call(method, asset="ETH", key="cold", amount="0.5")
            assert taken["error"] == ["EFunding:Unknown withdraw key"]
            assert not (await rest.call(method, asset="ETH", key="warm", amount="0.5"))["error"]


@pytest.mark.virtual
async def test_trades_are_asked_for_by_their_own_ids() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        (order,) = (await rest.call("AddOrder", **BUY))["result"]["txid"]
        (trade,) = (await rest.call("TradesHistory"))["result"]["trades"]
        assert [*(await rest.call("QueryTrades", txid=trade))["result"]] == [trade]
        for named in (order, f"{trade},{order}"):
            assert (await rest.call("QueryTrades", txid=named))["error"] == ["EOrder:Invalid order"]


@pytest.mark.virtual
async def test_an_account_is_worth_all_that_it_has_in_any_currency() -> None:
    balances = {"USD": 1000, "BTC": 2, "ADA": 100, "EUR": 50}
    markets = ["BTC/USD", "ADA/EUR"]
    async with still(balances=balances, markets=markets) as exchange, raw_rest(exchange) as rest:
        price, ada = [
            Decimal(row["c"][0]) for row in (await rest.get("/0/public/Ticker?pair=XBTUSD,ADAEUR"))["result"].values()
        ]
        worth = 1000 + 2 * price + Decimal("1.08") * (100 * ada + 50)
        told = (await rest.call("TradeBalance"))["result"]
        assert {told[name] for name in ("eb", "tb", "e", "mf", "mfo")} == {f"{worth:.4f}"}
        assert {told[name] for name in ("m", "n", "c", "v", "uv")} == {"0.0000"}
        assert (await rest.call("TradeBalance", asset="XBT"))["result"]["eb"] == f"{worth / price:.10f}"
        assert (await rest.call("TradeBalance", asset="NOPE"))["error"] == ["EQuery:Unknown asset"]


@pytest.mark.virtual
async def test_what_is_not_executed_is_worth_its_own_price() -> None:
    limit = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.01", "price": "50000.0"}
    async with still() as exchange, raw_rest(exchange) as rest:
        for change in ({}, {"type": "sell", "ordertype": "stop-loss", "price": "60000.0"}):
            assert (await rest.call("AddOrder", **limit | change))["error"] == []
        assert (await rest.call("TradeBalance"))["result"]["uv"] == "1100.0000"
        await rest.call("CancelAll")
        assert (await rest.call("TradeBalance"))["result"]["uv"] == "0.0000"


@pytest.mark.virtual
async def test_the_volume_counts_trades_of_all_quote_currencies_in_dollars() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        for name in ("XBTUSD", "XBTEUR"):
            assert (await rest.call("AddOrder", **BUY | {"pair": name}))["error"] == []
        trades = (await rest.call("TradesHistory"))["result"]["trades"].values()
        rates = {"XXBTZUSD": Decimal(1), "XXBTZEUR": Decimal("1.08")}
        volume = sum(Decimal(trade["cost"]) * rates[trade["pair"]] for trade in trades)
        assert {trade["aclass"] for trade in trades} == {"forex"}
        told = (await rest.call("TradeVolume", pair="XBTEUR", fee_schedule="true"))["result"]
        assert abs(Decimal(told["volume"]) - volume) <= Decimal("0.0001")
        assert told["fees"]["XXBTZEUR"]["fee"] == told["schedules"][0]["tiers"][0]["taker_fee"] == "0.4000"
        assert told["fees_maker"]["XXBTZEUR"]["fee"] == told["schedules"][0]["tiers"][0]["maker_fee"] == "0.2500"
        assert "schedules" not in (await rest.call("TradeVolume", pair="XBTEUR"))["result"]


@pytest.mark.virtual
async def test_offers_are_filtered_and_have_a_minimum() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:

        async def found(**params: str) -> list[str]:
            return [item["asset"] for item in (await rest.call("Earn/Strategies", **params))["result"]["items"]]

        assert await found() == await found(lock_type="instant,bonded") == ["ETH", "ADA"]
        assert await found(asset="XETH") == await found(asset="ETH") == await found(lock_type="instant") == ["ETH"]
        assert await found(lock_type='["instant","bonded"]') == ["ETH", "ADA"]
        rest.nonce += 1
        body = f"nonce={rest.nonce}&lock_type=instant&lock_type=bonded".encode()
        answer = json.loads((await rest.signed("Earn/Strategies", body, str(rest.nonce)))[1])
        assert [offer["asset"] for offer in answer["result"]["items"]] == ["ETH", "ADA"]
        assert await found(lock_type="timed") == await found(asset="ADA", lock_type="flex") == []
        assert (await rest.call("Earn/Strategies", lock_type="x"))["error"] == ["EGeneral:Invalid arguments:lock_type"]
        little = await rest.call("Earn/Allocate", strategy_id="ESSIMU-FLEX0-000ETH", amount="0.009")
        assert little["error"] == ["EEarnings:Below min:(De)allocation operation amount less than minimum"]


@pytest.mark.virtual
async def test_a_bonded_offer_tells_its_periods() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        offers = (await rest.call("Earn/Strategies"))["result"]["items"]
        instant, bonded = (offer["lock_type"] for offer in offers)
        assert (instant["type"], bonded["type"]) == ("instant", "bonded")
        assert set(instant) == {"type", "payout_frequency"}
        assert bonded["bonding_period"] == bonded["unbonding_period"] == 60
        assert set(bonded) == {field.encode_name for field in msgspec.structs.fields(LockType)}


@pytest.mark.virtual
async def test_allocations_are_told_in_the_currency_asked_for() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        price = Decimal((await rest.get("/0/public/Ticker?pair=ETHUSD"))["result"]["XETHZUSD"]["c"][0])
        assert (await rest.call("Earn/Allocate", strategy_id="ESSIMU-FLEX0-000ETH", amount="2"))["result"] is True
        pending = (await rest.call("Earn/Allocations"))["result"]["items"][0]["amount_allocated"]["pending"]
        assert pending == {"native": "2.0000000000", "converted": f"{2 * price:.4f}"}
        await anyio.sleep(31)
        await rest.call("Balance")
        await anyio.sleep(31)
        told = (await rest.call("Earn/Allocations", converted_asset="ETH"))["result"]
        assert told["total_allocated"] == "2.0000000000"
        assert (await rest.call("Earn/Allocations"))["result"]["total_allocated"] == f"{2 * price:.4f}"


@pytest.mark.virtual
async def test_what_a_withdrawal_below_the_minimum_would_cost_is_not_told() -> None:
    """It was a negative amount."""
    async with still() as exchange, raw_rest(exchange) as rest:
        exchange.save_address("cold", "BTC", "bc1q")
        least = {"asset": "XBT", "key": "cold", "amount": "0.001"}
        assert (await rest.call("WithdrawInfo", **least))["result"]["amount"] == "0.0009000000"
        for method in ("WithdrawInfo", "Withdraw"):
            for amount in ("0.00005", "0.0009999"):
                assert (await rest.call(method, **least | {"amount": amount}))["error"] == ["EFunding:Invalid amount"]


@pytest.mark.virtual
async def test_a_report_of_the_ledger_tells_the_wallet() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        await rest.call("Earn/Allocate", strategy_id="ESSIMU-BOND0-000ADA", amount="40")
        rows = await report(rest, "ledgers")
        assert {(row["asset"], row["wallet"]) for row in rows} == {("ADA", "spot / main"), ("ADA.B", "earn / bonded")}
