"""Public channels of the simulated exchange, seen by a raw client; checksums by the fact sheet's own reference code."""

from decimal import Decimal
from itertools import pairwise

import anyio
import pytest

from krakenio.sim import ASSETS, Market
from tests.sim.clients import Frame, RawSocket, raw_socket, still
from tests.sim.reference import RawBook


async def follow(socket: RawSocket, depth: int, updates: int) -> int:
    """Check every checksum of a book until so many updates came; return how many held."""
    book, good = RawBook(depth), 0
    while good < updates:
        frame = await socket.channel("book")
        book.apply(frame["data"][0])
        assert book.checksum() == frame["data"][0]["checksum"]
        good += 1
    assert max(book.bids) < min(book.asks)
    return good


@pytest.mark.virtual
@pytest.mark.parametrize("depth", [10, 25, 100])
async def test_every_checksum_holds_for_the_reference_code(depth: int) -> None:
    async with still(markets=["DOGE/USD"], activity=50, levels=depth + 5) as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", 1, channel="book", symbol=["DOGE/USD"], depth=depth)
        assert await follow(socket, depth, 600) == 600


@pytest.mark.virtual
async def test_numbers_are_printed_with_the_precision_of_the_market() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", channel="book", symbol=["BTC/USD"])
        await socket.reply("subscribe")
        text = await socket.receive_text()
        first = text.partition('"bids":[{"price":')[2].partition("}")[0]
        price, _, qty = first.partition(',"qty":')
        assert (len(price.partition(".")[2]), len(qty.partition(".")[2])) == (1, 8)
        assert text.count('"price"') == 20


@pytest.mark.virtual
async def test_each_symbol_is_acknowledged_on_its_own() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", 7, channel="ticker", symbol=["BTC/USD", "XBT/USD", "ADA/EUR"])
        acks = [await socket.reply("subscribe") for _ in range(3)]
        assert [ack["success"] for ack in acks] == [True, False, True]
        assert {ack["req_id"] for ack in acks} == {7}
        assert (acks[1]["error"], acks[1]["symbol"]) == ("Currency pair not supported XBT/USD", "XBT/USD")
        assert acks[0]["result"]["event_trigger"] == "trades"


@pytest.mark.virtual
async def test_a_heartbeat_comes_each_second_of_silence_after_the_first_subscription() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        begun = exchange.clock()
        await socket.send("subscribe", channel="trade", symbol=["XBT/USD"])
        assert not (await socket.reply("subscribe"))["success"]
        await anyio.sleep(10)
        await socket.send("subscribe", channel="trade", symbol=["BTC/USD"])
        assert (await socket.receive())["success"]  # no heartbeat came before
        for _ in range(30):
            assert await socket.receive() == {"channel": "heartbeat"}
        assert exchange.clock() - begun == 40 * 10**9


@pytest.mark.virtual
@pytest.mark.parametrize("host", ["ws", "ws_auth", "ws_l3"])
async def test_status_is_no_subscription_but_asking_for_it_tells_it_once_more(host: str) -> None:
    """As Kraken's own SDK saw it; its reconnection guide asks for it (ws-v2-overview §4.3)."""
    async with still() as exchange, raw_socket(exchange, host) as socket:
        await socket.send("subscribe", 7, channel="status")
        assert (await socket.receive())["data"][0]["system"] == "online"
        answer = await socket.receive()
        assert (answer["req_id"], answer["success"], answer["error"]) == (7, False, "Symbol(s) not found")
        assert "result" not in answer
        await anyio.sleep(10)
        await socket.send("ping")
        assert (await socket.receive())["method"] == "pong"  # no heartbeat came before


@pytest.mark.virtual
async def test_a_silent_client_is_closed_after_a_minute() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        begun = exchange.clock()
        with pytest.raises(EOFError):
            await socket.receive()
        assert socket.closed == 1000
        assert 60 <= (exchange.clock() - begun) / 10**9 < 61


@pytest.mark.virtual
async def test_trades_number_themselves_and_tickers_and_candles_follow() -> None:
    async with still(markets=["ETH/BTC"], activity=20) as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", channel="trade", symbol=["ETH/BTC"], snapshot=True)
        past = (await socket.channel("trade", "snapshot"))["data"]
        assert len(past) == 50
        await socket.send("subscribe", channel="ohlc", symbol=["ETH/BTC"], interval=5)
        await socket.send("subscribe", channel="ticker", symbol=["ETH/BTC"])
        trade = (await socket.channel("trade", "update"))["data"]
        assert trade[0]["trade_id"] == past[-1]["trade_id"] + 1
        ticker = (await socket.channel("ticker", "update"))["data"][0]
        candle = (await socket.channel("ohlc", "update"))["data"][-1]
        assert ticker["low"] <= ticker["last"] <= ticker["high"]
        assert candle["close"] == ticker["last"]
        assert candle["interval"] == 5


@pytest.mark.virtual
async def test_the_bbo_ticker_follows_the_best_prices() -> None:
    async with still(markets=["SOL/USD"], activity=20) as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", channel="ticker", symbol=["SOL/USD"], event_trigger="bbo", snapshot=False)
        seen = [(await socket.channel("ticker"))["data"][0] for _ in range(20)]
        best = [tuple(row[name] for name in ("bid", "bid_qty", "ask", "ask_qty")) for row in seen]
        assert all(before != after for before, after in pairwise(best))


@pytest.mark.virtual
async def test_instrument_data_is_an_object() -> None:
    async with still(markets=40) as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", channel="instrument")
        data = (await socket.channel("instrument"))["data"]
        assert [row["symbol"] for row in data["pairs"]] == exchange.symbols
        assert len(data["pairs"]) == 40
        exchange.set_market("BTC/USD", "cancel_only")
        update = (await socket.channel("instrument", "update"))["data"]
        assert [(row["symbol"], row["status"]) for row in update["pairs"]] == [("BTC/USD", "cancel_only")]


REFUSED: list[tuple[Frame, str]] = [
    ({"channel": "book", "symbol": ["BTC/USD"], "depth": 11}, "Subscription depth not supported"),
    ({"channel": "ohlc", "symbol": ["BTC/USD"], "interval": 2}, "Subscription ohlc interval not supported"),
    ({"channel": "ticker"}, "Symbol(s) not found"),
    ({"channel": "nonsense", "symbol": ["BTC/USD"]}, "Unsupported event"),
    ({"channel": "executions", "token": "x"}, "Unsupported event"),
    ({"channel": "trade", "symbol": ["BTC/USD"], "x": 1}, "Unsupported field: 'x' for the given msg type: subscribe"),
    ({"channel": "book", "symbol": ["BTC/USD"], "depth": "10"}, "Depth field must be a number_integer"),
    ({"channel": "ticker", "symbol": "BTC/USD"}, "Symbol field must be an array"),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("params", "error"), REFUSED)
async def test_a_bad_subscription_is_refused_in_krakens_words(params: Frame, error: str) -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        answer = await socket.ask("subscribe", **params)
        assert (answer["success"], answer["error"]) == (False, error)


@pytest.mark.virtual
async def test_subscribing_twice_and_leaving_nothing_are_refused() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        book = {"channel": "book", "symbol": ["BTC/USD"], "depth": 25}
        assert (await socket.ask("subscribe", **book))["success"]
        assert (await socket.ask("subscribe", **book))["error"] == "Already subscribed"
        assert (await socket.ask("unsubscribe", **book))["result"]["depth"] == 25
        refused = await socket.ask("unsubscribe", **book)
        assert refused["error"] == "Subscription Not Found"
        assert (refused["method"], refused["symbol"]) == ("subscribe", "BTC/USD")


@pytest.mark.virtual
async def test_a_ping_gets_a_pong_without_success_and_params_are_refused() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        await socket.send("ping", 3)
        pong = await socket.receive()
        assert (pong["method"], pong["req_id"], "success" in pong) == ("pong", 3, False)
        refused = await socket.ask("ping", a=1)
        assert refused["error"] == "Unsupported field: 'params' for the given msg type: ping"


@pytest.mark.virtual
@pytest.mark.parametrize("text", ["{", "[]", '"x"', "{}", '{"method":1}', '{"method":"ping","req_id":"a"}', "€", ""])
async def test_nonsense_is_answered_and_ends_nothing(text: str) -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        await socket.send_text(text)
        told = await socket.receive()
        assert list(told) == ["error", "method", "success", "time_in", "time_out"]
        assert (told["error"], told["method"], told["success"]) == ("Malformed request", "error", False)
        assert (await socket.ask("made_up"))["error"] == "Unsupported event"


@pytest.mark.virtual
async def test_instruments_can_be_left_and_keys_beside_the_params_are_refused() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        assert (await socket.ask("subscribe", channel="instrument", snapshot=False))["success"]
        assert (await socket.ask("subscribe", channel="instrument"))["error"] == "Already subscribed"
        assert (await socket.ask("unsubscribe", channel="instrument"))["success"]
        assert (await socket.ask("unsubscribe", channel="instrument"))["error"] == "Subscription Not Found"
        await socket.send_text('{"method":"subscribe","params":{"channel":"instrument"},"id":1}')
        answer = await socket.receive()
        assert answer["error"] == "Unsupported field: 'id' for the given msg type: subscribe"


@pytest.mark.virtual
async def test_made_up_pairs_and_own_ones_trade_like_the_others() -> None:
    own = Market(ASSETS["SOL"], ASSETS["BTC"], 7, Decimal("0.0018481"), Decimal("0.02"), tick=5, cost_precision=10)
    for options in ({"markets": [own]}, {"markets": 40}):
        async with still(**options, activity=200) as exchange, raw_socket(exchange) as socket:
            await socket.send("subscribe", channel="book", symbol=exchange.symbols[-1:], depth=10)
            assert await follow(socket, 10, 20) == 20
            bid, ask = exchange.best(exchange.symbols[-1])
            assert Decimal(0) < bid < ask
