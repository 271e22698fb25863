"""What REST tells everybody of prices: when they changed, and the parts of a row that were asked for."""

import math
from decimal import Decimal
from itertools import pairwise
from typing import Any

import anyio
import pytest

from krakenio.sim.clock import SECOND
from tests.sim.clients import raw_rest, raw_socket, still

SYMBOL, NAME = "ETH/BTC", "XETHXXBT"


@pytest.mark.virtual
async def test_the_spread_is_the_best_prices_each_time_that_they_changed() -> None:
    async with still(markets=[SYMBOL], activity=50) as exchange, raw_rest(exchange) as rest, raw_socket(exchange) as ws:
        begin = exchange.clock() // SECOND
        await ws.send("subscribe", channel="ticker", symbol=[SYMBOL], event_trigger="bbo")
        told = [[row["bid"], row["ask"]] for _ in range(60) for row in (await ws.channel("ticker"))["data"]]
        result = (await rest.get(f"/0/public/Spread?pair={NAME}"))["result"]
        rows = [[Decimal(bid), Decimal(ask)] for _, bid, ask in result[NAME]]
        changed = [told[0], *(after for before, after in pairwise(told) if before != after)]
        assert len(changed) > 5
        assert changed[1:] in [rows[place : place + len(changed) - 1] for place in range(len(rows))]
        assert result["last"] == result[NAME][-1][0] > begin
        again = (await rest.get(f"/0/public/Spread?pair={NAME}&since={result['last']}"))["result"][NAME]
        assert again == [row for row in result[NAME] if row[0] == result["last"]]


@pytest.mark.virtual
async def test_no_more_than_200_spreads_are_kept_and_a_still_market_has_one() -> None:
    async with still(markets=[SYMBOL], activity=200) as exchange, raw_rest(exchange) as rest:
        await anyio.sleep(50)
        assert len((await rest.get(f"/0/public/Spread?pair={NAME}"))["result"][NAME]) == 200
    async with still(markets=[SYMBOL]) as exchange, raw_rest(exchange) as rest:
        for _ in range(2):
            assert len((await rest.get(f"/0/public/Spread?pair={NAME}"))["result"][NAME]) == 1
            await anyio.sleep(5)


@pytest.mark.virtual
async def test_a_level_tells_when_its_youngest_order_came() -> None:
    async with still(markets=[SYMBOL]) as exchange, raw_rest(exchange) as rest:
        await anyio.sleep(50)
        book = (await rest.get(f"/0/public/Depth?pair={NAME}"))["result"][NAME]
        single = (await rest.call("Level3", pair=SYMBOL))["result"]
        for side in ("bids", "asks"):
            assert book[side]
            assert {price: time for price, _, time in book[side]} == {
                price: max(order["timestamp"] // SECOND for order in single[side] if order["price"] == price)
                for price, _, _ in book[side]
            }
            assert all(time < exchange.clock() // SECOND - 40 for _, _, time in book[side])


@pytest.mark.virtual
@pytest.mark.parametrize("qty_precision", [8, 3, 1, 0])
async def test_a_book_over_rest_has_three_decimals_and_the_ticker_whole_lots(qty_precision: int) -> None:
    """As captured in 2026-10, where 0.021 at the best price was `1.000` in the ticker."""
    async with still(markets=[SYMBOL], activity=0) as exchange, raw_rest(exchange) as rest:
        exchange.set_precision(SYMBOL, qty=qty_precision)
        book = (await rest.get(f"/0/public/Depth?pair={NAME}"))["result"][NAME]
        single = (await rest.call("Level3", pair=SYMBOL))["result"]
        assert book["bids"]
        assert book["asks"]
        for side in ("bids", "asks"):
            for price, volume, _ in book[side]:
                resting = sum(Decimal(order["qty"]) for order in single[side] if order["price"] == price)
                assert Decimal(volume).as_tuple().exponent == -3
                assert abs(Decimal(volume) - resting) <= Decimal("0.001")
                assert Decimal(volume) > 0
        row = (await rest.get(f"/0/public/Ticker?pair={NAME}"))["result"][NAME]
        for name, side in (("a", "asks"), ("b", "bids")):
            lots = math.ceil(sum(Decimal(each["qty"]) for each in single[side] if each["price"] == row[name][0]))
            assert row[name][1:] == [str(lots), f"{lots}.000"]


@pytest.mark.virtual
async def test_a_grouped_book_has_the_name_that_was_asked_for() -> None:
    async with still(markets=[SYMBOL]) as exchange, raw_rest(exchange) as rest:
        for name in (NAME, SYMBOL):
            assert (await rest.get(f"/0/public/GroupedBook?pair={name}"))["result"]["pair"] == name


@pytest.mark.virtual
@pytest.mark.parametrize(
    ("info", "names"),
    [
        ("leverage", ["leverage_buy", "leverage_sell"]),
        ("fees", ["fees", "fees_maker", "fee_volume_currency"]),
        ("margin", ["margin_call", "margin_level"]),
    ],
)
async def test_a_part_of_a_pair_can_be_asked_for(info: str, names: list[str]) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        rows = (await rest.get(f"/0/public/AssetPairs?info={info}"))["result"]
        assert {tuple(row) for row in rows.values()} == {tuple(names)}
        everything = (await rest.get("/0/public/AssetPairs?info=info"))["result"]
        assert everything == (await rest.get("/0/public/AssetPairs"))["result"]
        refused = await rest.get("/0/public/AssetPairs?info=all")
        assert refused["error"] == ["EGeneral:Invalid arguments:info"]


@pytest.mark.virtual
async def test_the_ticker_tells_today_since_midnight_beside_the_last_24_hours() -> None:
    async with still(markets=["BTC/USD"]) as exchange, raw_rest(exchange) as rest:  # it opens at 00:00 UTC

        async def row() -> dict[str, Any]:
            told: dict[str, Any] = (await rest.get("/0/public/Ticker?pair=XBTUSD"))["result"]["XXBTZUSD"]
            return told

        before = await row()
        assert (before["v"][0], before["t"][0], before["t"][1]) == ("0.00000000", 0, 60)
        assert {before["o"], *(before[name][0] for name in "plh")} == {before["c"][0]}
        buy = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.00123"}
        assert (await rest.call("AddOrder", **buy))["error"] == []
        after, days = await row(), (await rest.get("/0/public/OHLC?pair=XBTUSD&interval=1440"))["result"]["XXBTZUSD"]
        today = [after["o"], after["h"][0], after["l"][0], after["c"][0], after["p"][0], after["v"][0], after["t"][0]]
        assert list(map(Decimal, days[-1][1:])) == list(map(Decimal, today))
        assert (after["v"][0], after["t"]) == ("0.00123000", [1, 61])


@pytest.mark.virtual
@pytest.mark.parametrize(("symbol", "tokens"), [(SYMBOL, {"base", "quote"}), ("BTC/USD", {"base"})])
async def test_what_regulators_want_names_tokens_and_when_orders_came(symbol: str, tokens: set[str]) -> None:
    async with still(markets=[symbol], activity=50) as exchange, raw_rest(exchange) as rest:
        await anyio.sleep(20)
        before = (await rest.get(f"/0/public/PreTrade?symbol={symbol}"))["result"]
        after = (await rest.get(f"/0/public/PostTrade?symbol={symbol}&count=1"))["result"]["trades"][0]
        for row in (before, after):
            assert {name.split("_")[0] for name in row if name.endswith("_dti_code")} == tokens
            for token in tokens:
                assert len(row[f"{token}_dti_code"]) == 9
                assert row[f"{token}_dti_short_name"] == row[f"{token}_asset"]
        assert before["bids"]
        assert before["asks"]
        for row in before["bids"] + before["asks"]:
            assert row["submission_ts"] <= row["publication_ts"]


@pytest.mark.virtual
async def test_prices_have_five_decimals_or_more_but_in_candles() -> None:
    async with still(markets=["BTC/USD", "SHIB/USD"]) as exchange, raw_rest(exchange) as rest:
        for name, few, many in (("XXBTZUSD", 1, 5), ("SHIBUSD", 9, 9)):

            async def told(method: str, name: str = name) -> Any:
                return (await rest.get(f"/0/public/{method}?pair={name}"))["result"][name]

            ticker, depth, spread = await told("Ticker"), await told("Depth"), await told("Spread")
            prices = [ticker["o"], ticker["a"][0], depth["bids"][0][0], (await told("Trades"))[0][0], spread[0][1]]
            assert [len(price.partition(".")[2]) for price in prices] == [many] * len(prices)
            assert len((await told("OHLC"))[0][1].partition(".")[2]) == few


@pytest.mark.virtual
async def test_an_average_price_may_lie_between_two_ticks() -> None:
    buy = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.1"}
    async with still(markets=["BTC/USD"]) as exchange, raw_rest(exchange) as rest:
        (txid,) = (await rest.call("AddOrder", **buy))["result"]["txid"]
        order = (await rest.call("QueryOrders", txid=txid))["result"][txid]
        assert Decimal(order["price"]) == (Decimal(order["cost"]) / Decimal("0.1")).quantize(Decimal("0.00001"))
        assert (order["price"][-4:] != "0000", order["stopprice"]) == (True, "0.00000")


@pytest.mark.virtual
async def test_who_names_no_pair_is_told_so_and_not_that_it_is_unknown() -> None:
    async with still(markets=[SYMBOL]) as exchange, raw_rest(exchange) as rest:
        for name in ("OHLC", "Depth", "Trades", "Spread", "GroupedBook"):
            assert (await rest.get(f"/0/public/{name}"))["error"] == ["EGeneral:Invalid arguments:pair"]
            assert (await rest.get(f"/0/public/{name}?pair=NONE"))["error"] == ["EQuery:Unknown asset pair"]
        assert (await rest.call("Level3"))["error"] == ["EGeneral:Invalid arguments:pair"]
        for query in ("interval=7", "since=soon"):
            found = (await rest.get(f"/0/public/OHLC?pair={NAME}&{query}"))["error"]
            assert found == [f"EGeneral:Invalid arguments:{query.partition('=')[0]}"]
