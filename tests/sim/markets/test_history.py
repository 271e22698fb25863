"""What was traded, told by WebSocket and REST alike: trades with their cursors, candles of every interval."""

from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio.sim.clock import MINUTE_SPAN, SECOND
from krakenio.sim.markets.history import INTERVALS
from tests.sim.clients import Frame, RawRest, RawSocket, raw_rest, raw_socket, still

SYMBOL, NAME = "ETH/BTC", "XETHXXBT"
WARNING = ["timestamp is deprecated, use interval_begin"]


async def page(rest: RawRest, **params: Any) -> tuple[list[list[Any]], str]:
    query = "&".join(f"{name}={value}" for name, value in params.items())
    result = (await rest.get(f"/0/public/Trades?pair={NAME}&{query}"))["result"]
    return result[NAME], result["last"]


async def traded(socket: RawSocket, count: int) -> list[Frame]:
    rows: list[Frame] = []
    while len(rows) < count:
        rows += (await socket.channel("trade", "update"))["data"]
    return rows


@pytest.mark.virtual
@pytest.mark.parametrize("count", [1, 7, 1000])
async def test_pages_of_trades_are_what_the_websocket_told_whole_and_once(count: int) -> None:
    options = {"markets": [SYMBOL], "activity": 50}
    async with still(**options) as exchange, raw_socket(exchange) as socket, raw_rest(exchange) as rest:
        await socket.send("subscribe", channel="trade", symbol=[SYMBOL])
        told = await traded(socket, 100)
        since, found = "0", list[list[Any]]()
        while not found or found[-1][6] < told[-1]["trade_id"]:
            rows, since = await page(rest, since=since, count=count)
            found += rows
        assert [row[6] for row in found] == list(range(1, len(found) + 1))
        by_id = {row[6]: row for row in found}
        for trade in told:
            price, qty, time, side, kind, _, _ = by_id[trade["trade_id"]]
            assert (Decimal(price), Decimal(qty)) == (trade["price"], trade["qty"])
            assert (side, kind) == (trade["side"][0], trade["ord_type"][0])
            assert int(time % 60) == int(trade["timestamp"][17:19])


@pytest.mark.virtual
async def test_a_cursor_in_seconds_or_nanoseconds_leaves_out_what_it_names() -> None:
    options = {"markets": [SYMBOL], "activity": 50}
    async with still(**options) as exchange, raw_rest(exchange) as rest:
        await anyio.sleep(20)
        latest, last = await page(rest, count=3)
        everything, end = await page(rest, since=0)
        assert (latest, last) == (everything[-3:], end)
        assert (await page(rest, since=end))[0] == []
        begin = exchange.clock() // SECOND - 10
        assert all(row[2] > begin for row in (await page(rest, since=begin))[0])
        assert (await page(rest, since=begin))[0] == (await page(rest, since=begin * SECOND))[0] != []
        refused = await rest.get(f"/0/public/Trades?pair={NAME}&since=x")
        assert refused["error"] == ["EGeneral:Invalid arguments:since"]


@pytest.mark.virtual
async def test_trades_of_one_taker_share_a_microsecond_and_have_nanoseconds_of_their_own() -> None:
    options = {"markets": [SYMBOL], "activity": 50}
    async with still(**options) as exchange, raw_socket(exchange) as socket, raw_rest(exchange) as rest:
        await socket.send("subscribe", channel="trade", symbol=[SYMBOL])
        while len(batch := (await socket.channel("trade"))["data"]) < 3:
            pass
        assert len({trade["timestamp"] for trade in batch}) == 1
        text = (await rest.request("GET", f"/0/public/Trades?pair={NAME}&since=0"))[1].decode()
        times = [row.split(",")[2] for row in text.partition("[[")[2].split("],[")]
        assert len(set(times)) == len(times) > 60
        assert times == sorted(times)


@pytest.mark.virtual
@pytest.mark.parametrize("interval", INTERVALS)
async def test_candles_are_the_trades_of_their_interval(interval: int) -> None:
    options = {"markets": [SYMBOL], "activity": 2, "idle": 10_000}
    async with still(**options) as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", channel="ohlc", symbol=[SYMBOL], interval=interval)
        ack = (await socket.reply("subscribe"))["result"]
        assert (ack["interval"], ack["warnings"]) == (interval, WARNING)
        frame = await socket.channel("ohlc")
        candles = {row["interval_begin"]: row for row in frame["data"]}
        assert (frame["type"], len(frame["timestamp"].partition(".")[2])) == ("snapshot", 10)
        assert list(candles) == sorted(candles)
        while exchange.clock() % (600 * SECOND) < 300 * SECOND:
            (row,) = (await socket.channel("ohlc", "update"))["data"]
            candles[row["interval_begin"]] = row
        async with raw_rest(exchange) as rest:
            trades, _ = await page(rest, since=0)
        told = sum(row["trades"] for row in candles.values())
        assert [_figures(row) for row in candles.values()] == _candles(trades[:told], interval)
        assert all(len(begin.partition(".")[2]) == 10 for begin in candles)


def _candles(trades: list[list[Any]], interval: int) -> list[tuple[Decimal, ...]]:
    """Return the candles of rows of REST, by another way than the exchange's."""
    groups: dict[int, list[list[Any]]] = {}
    for row in trades:
        groups.setdefault(int(row[2] * SECOND) // (interval * MINUTE_SPAN), []).append(row)
    return [_candle([(Decimal(row[0]), Decimal(row[1])) for row in rows]) for rows in groups.values()]


def _candle(rows: list[tuple[Decimal, Decimal]]) -> tuple[Decimal, ...]:
    prices = [price for price, _ in rows]
    volume = sum(qty for _, qty in rows)
    return prices[0], max(prices), min(prices), prices[-1], Decimal(volume), Decimal(len(rows))


def _figures(row: Frame) -> tuple[Decimal, ...]:
    return tuple(Decimal(row[name]) for name in ("open", "high", "low", "close", "volume", "trades"))


@pytest.mark.virtual
async def test_candles_are_told_when_something_trades_and_never_else() -> None:
    async with still(markets=[SYMBOL]) as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", channel="ohlc", symbol=[SYMBOL], interval=1)
        await socket.channel("ohlc")
        assert [await socket.receive() for _ in range(50)] == [{"channel": "heartbeat"}] * 50


@pytest.mark.virtual
async def test_a_weeks_candle_does_not_shrink_when_the_day_is_over() -> None:
    options = {"markets": [SYMBOL], "activity": 0.02}
    async with still(**options) as exchange:
        for _ in range(3):
            await anyio.sleep(86_400)
            async with raw_rest(exchange) as rest:
                await rest.get("/0/public/Ticker")
        async with raw_socket(exchange) as socket, raw_rest(exchange) as rest:
            await socket.send("subscribe", channel="ohlc", symbol=[SYMBOL], interval=21600)
            (row,) = (await socket.channel("ohlc"))["data"]
            trades, _ = await page(rest, since=0)
            assert len(trades) == 1000
            assert row["trades"] > 1000
            await socket.send("subscribe", channel="ticker", symbol=[SYMBOL])
            day = (await socket.channel("ticker"))["data"][0]
            today, last = await page(rest, since=exchange.clock() - 1440 * MINUTE_SPAN)
            today += (await page(rest, since=last))[0]
            assert day["trades"] == pytest.approx(len(today), abs=5)
            assert day["volume"] == pytest.approx(sum(Decimal(row[1]) for row in today), rel=Decimal("0.01"))


@pytest.mark.virtual
async def test_candles_over_rest_have_no_hole_and_end_with_the_running_one() -> None:
    async with still(markets=[SYMBOL]) as exchange:
        await anyio.sleep(600)
        async with raw_rest(exchange) as rest:
            await _check_candles(rest, exchange.clock() // SECOND)


async def _check_candles(rest: RawRest, now: int) -> None:
    result = (await rest.get(f"/0/public/OHLC?pair={NAME}"))["result"]
    begins = [row[0] for row in result[NAME]]
    assert begins == list(range(begins[0], now // 60 * 60 + 60, 60))
    assert result["last"] == begins[-2]
    assert result[NAME][-1][1:] == [result[NAME][-1][4]] * 4 + ["0.00000", "0.00000000", 0]
    later = (await rest.get(f"/0/public/OHLC?pair={NAME}&since={result['last']}"))["result"]
    assert [row[0] for row in later[NAME]] == begins[-1:]
    daily = (await rest.get(f"/0/public/OHLC?pair={NAME}&interval=1440"))["result"]
    assert daily["last"] % 86_400 == 0
    wrong = await rest.get(f"/0/public/OHLC?pair={NAME}&interval=2")
    assert wrong["error"] == ["EGeneral:Invalid arguments:interval"]


@pytest.mark.virtual
async def test_tokenized_pairs_want_their_class_over_rest() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        share = {"error": ["EQuery:Unknown asset pair"]}
        for name in ("Ticker", "Depth", "Trades", "OHLC"):
            assert await rest.get(f"/0/public/{name}?pair=TSLAxUSD") == share
            found = await rest.get(f"/0/public/{name}?pair=TSLAxUSD&asset_class=tokenized_asset")
            assert "TSLAxUSD" in found["result"]
        assert "TSLAx" in (await rest.get("/0/public/Assets?aclass=tokenized_asset"))["result"]
        assert "TSLAx" not in (await rest.get("/0/public/Assets"))["result"]
        pairs = (await rest.get("/0/public/AssetPairs?aclass_base=tokenized_asset"))["result"]
        shares = ("TSLA", "AAPL", "SPY")
        assert list(pairs) == [f"{name}{end}USD" for name in shares for end in ("SPV", "x")]
        assert pairs["TSLASPVUSD"] == pairs["TSLAxUSD"]
        named = await rest.get("/0/public/Ticker?pair=TSLASPVUSD&asset_class=tokenized_asset")
        assert list(named["result"]) == ["TSLASPVUSD"]
