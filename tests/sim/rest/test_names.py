"""What REST is asked for by, and what its results are keyed by: the spellings that other clients use."""

from typing import Any

import pytest

from tests.sim.clients import RawRest, raw_rest, still

SPELLINGS = (
    ("XXBTZUSD", "XXBTZUSD"),
    ("XBTUSD", "XXBTZUSD"),
    ("BTCUSD", "XXBTZUSD"),
    ("XBT/USD", "XBT/USD"),
    ("BTC/USD", "BTC/USD"),
)


async def result(rest: RawRest, target: str) -> dict[str, Any]:
    """Return what a public call gives."""
    answer = await rest.get(f"/0/public/{target}")
    assert answer["error"] == []
    return dict(answer["result"])


@pytest.mark.virtual
@pytest.mark.parametrize(("asked", "key"), SPELLINGS)
@pytest.mark.parametrize("name", ["AssetPairs", "Ticker", "Depth", "OHLC", "Trades", "Spread"])
async def test_a_pair_is_known_by_any_name_and_keeps_a_slash_that_it_was_asked_with(
    name: str, asked: str, key: str
) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        found = await result(rest, f"{name}?pair={asked}")
        assert set(found) - {"last"} == {key}


@pytest.mark.virtual
async def test_several_pairs_are_keyed_each_by_its_own_spelling() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        assert set(await result(rest, "Ticker?pair=XBTUSD,ETH/USD")) == {"XXBTZUSD", "ETH/USD"}
        assert set(await result(rest, "Ticker?pair=XBT/USD,ETHUSD&assetVersion=1")) == {"BTC/USD", "ETH/USD"}


@pytest.mark.virtual
async def test_orders_take_each_spelling_too() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        order = {"type": "buy", "ordertype": "limit", "volume": "0.01", "price": "70000.0", "validate": "true"}
        for asked, _ in SPELLINGS:
            told = await rest.call("AddOrder", pair=asked, **order)
            assert told["result"]["descr"]["order"] == "buy 0.01000000 XBTUSD @ limit 70000.0"


@pytest.mark.virtual
async def test_the_ticker_tells_the_last_trade_and_is_whole_where_nothing_trades() -> None:
    async with still(markets=["BTC/USD"]) as exchange, raw_rest(exchange) as rest:
        buy = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.00123"}
        assert (await rest.call("AddOrder", **buy))["error"] == []
        (pair,) = (await result(rest, "Ticker?pair=XBTUSD")).values()
        assert pair["c"] == [pair["a"][0], "0.00123000"]
        assert float(pair["v"][1]) > 0.00123  # what traded before is in the day's volume
        assert set(pair) == set("abcvptlho")


@pytest.mark.virtual
async def test_an_expiry_without_time_in_force_makes_an_order_good_till_date() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.01", "price": "70000.0"}
        (txid,) = (await rest.call("AddOrder", **order, expiretm="+60"))["result"]["txid"]
        row = (await rest.call("QueryOrders", txid=txid))["result"][txid]
        assert (row["time_in_force"], row["expiretm"] - row["opentm"] // 1) == ("gtd", 60)


@pytest.mark.virtual
async def test_a_deposit_address_wants_a_method_that_the_asset_has() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        (method,) = (await rest.call("DepositMethods", asset="XBT"))["result"]
        assert method["method"] == "Bitcoin"
        made = await rest.call("DepositAddresses", asset="XBT", method="Bitcoin", new="true")
        assert made["result"][0]["new"] is True
        refused = await rest.call("DepositAddresses", asset="XBT", method="Ether")
        assert refused["error"] == ["EFunding:No funding method"]
