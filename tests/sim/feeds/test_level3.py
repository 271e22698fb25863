"""Single orders of the simulated exchange, seen by a raw client that keeps them by Kraken's rules."""

import functools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio.sim import Exchange
from tests.sim.clients import Frame, RawSocket, private_token, raw_rest, raw_socket, still
from tests.sim.reference import RawQueues


@asynccontextmanager
async def level3(exchange: Exchange) -> AsyncGenerator[tuple[RawSocket, dict[str, Any]]]:
    """Open a connection to the host of `level3`; with it comes what every call there holds."""
    token = await private_token(exchange)
    async with raw_socket(exchange, "ws_l3") as socket:
        yield socket, {"channel": "level3", "token": token}


async def replies(socket: RawSocket, count: int) -> list[Frame]:
    return [await socket.reply("subscribe") for _ in range(count)]


def test_the_reference_code_gives_the_checksum_of_the_worked_example() -> None:
    def order(number: int, price: str, qty: str) -> Frame:
        names = {"order_id": f"O{number}", "timestamp": f"{number}"}
        return {**names, "limit_price": Decimal(price), "order_qty": Decimal(qty)}

    asks = [
        order(1, "0.30125", "1000.00000000"),
        order(2, "0.30125", "500.00000000"),
        order(3, "0.30130", "0.02500000"),
        order(4, "0.30200", "12.34567890"),
    ]
    bids = [
        order(5, "0.30110", "300.50000000"),
        order(6, "0.30110", "500.00000000"),
        order(7, "0.30100", "40.00000000"),
    ]
    queues = RawQueues(10)
    queues.apply({"asks": asks, "bids": bids})
    assert queues.checksum() == 2641840533
    late = {**order(8, "0.30110", "25.00000000"), "event": "add"}
    less = {**order(7, "0.30100", "15.50000000"), "event": "modify"}
    queues.apply({"asks": [{**asks[0], "event": "delete"}], "bids": [late, less]})
    assert queues.checksum() == 4130049895


@pytest.mark.virtual
@pytest.mark.parametrize(("depth", "updates"), [(10, 800), (100, 300), (1000, 100)])
async def test_every_checksum_of_orders_holds_for_the_reference_code(depth: int, updates: int) -> None:
    options = {"markets": ["SOL/USD"], "activity": 50, "levels": min(depth, 100) + 5}
    async with still(**options) as exchange, level3(exchange) as (socket, names):
        await socket.send("subscribe", **names, symbol=["SOL/USD"], depth=depth)
        queues, kinds = RawQueues(depth), set[str]()
        for _ in range(updates):
            row = (await socket.channel("level3"))["data"][0]
            queues.apply(row)
            assert queues.checksum() == row["checksum"]
            kinds |= {each.get("event", "none") for side in ("bids", "asks") for each in row[side]}
        assert kinds == {"none", "add", "modify", "delete"}
        if depth == 10:
            assert queues.returned > 0
            assert queues.out_of_order > 0


@pytest.mark.virtual
async def test_a_snapshot_tells_every_order_of_the_levels_in_queue_order() -> None:
    async with still() as exchange, level3(exchange) as (socket, names), raw_rest(exchange) as rest:
        await socket.send("subscribe", 4, **names, symbol=["BTC/USD"])
        ack = await socket.reply("subscribe")
        assert ack["result"] == {"channel": "level3", "symbol": "BTC/USD", "depth": 10, "snapshot": True}
        frame = await socket.channel("level3")
        row = frame["data"][0]
        assert (frame["type"], sorted(row)) == ("snapshot", ["asks", "bids", "checksum", "symbol", "timestamp"])
        for side in ("bids", "asks"):
            times = [(order["limit_price"], order["timestamp"]) for order in row[side]]
            assert times == sorted(times, key=lambda each: (-each[0] if side == "bids" else each[0], each[1]))
            assert len({price for price, _ in times}) == 10 < len(times) == len(set(times))
            assert all(len(time.partition(".")[2]) == 10 for _, time in times)
        full = (await rest.call("Level3", pair="BTC/USD", depth=10))["result"]
        assert [order["order_id"] for order in full["asks"]] == [order["order_id"] for order in row["asks"]]
        assert full["bids"][0].keys() == {"price", "qty", "order_id", "timestamp"}


@pytest.mark.virtual
async def test_own_orders_stand_among_the_others_and_market_orders_never_do() -> None:
    async with still() as exchange, level3(exchange) as (socket, names), raw_socket(exchange, "ws_auth") as private:
        await socket.send("subscribe", **names, symbol=["BTC/USD"])
        queues = RawQueues(10)
        queues.apply((await socket.channel("level3"))["data"][0])
        bid, _ = exchange.best("BTC/USD")
        order = {"symbol": "BTC/USD", "side": "buy", "order_qty": 0.01, "token": names["token"]}
        placed = await private.ask("add_order", **order, order_type="limit", limit_price=float(bid))
        mine = placed["result"]["order_id"]
        queues.apply((await socket.channel("level3", "update"))["data"][0])
        assert [each["order_id"] for each in queues.levels("bids")[0][1]][-1] == mine
        await private.ask("add_order", **order, order_type="market")
        row = (await socket.channel("level3", "update"))["data"][0]
        assert (row["bids"], {each["event"] for each in row["asks"]} <= {"modify", "delete"}) == ([], True)
        await private.ask("cancel_order", order_id=[mine], token=names["token"])
        (gone,) = (await socket.channel("level3", "update"))["data"][0]["bids"]
        assert (gone["event"], gone["order_id"], gone["order_qty"]) == ("delete", mine, Decimal("0.01"))


@pytest.mark.virtual
async def test_a_token_is_wanted_to_come_and_to_go_at_the_right_host_only() -> None:
    async with still() as exchange, level3(exchange) as (socket, names), raw_socket(exchange) as public:
        book = {"channel": "level3", "symbol": ["BTC/USD"]}
        assert (await public.ask("subscribe", **names, symbol=["BTC/USD"]))["error"] == "Unsupported event"
        assert (await socket.ask("subscribe", channel="book", symbol=["BTC/USD"]))["error"] == "Unsupported event"
        assert (await socket.ask("subscribe", **book))["error"] == "Token(s) not found"
        assert (await socket.ask("subscribe", **book, token="x"))["error"] == "ESession:Invalid session"
        assert (await socket.ask("subscribe", **names, symbol=["BTC/USD"], depth=100))["success"]
        assert (await socket.ask("unsubscribe", **book, depth=100))["error"] == "Token(s) not found"
        assert (await socket.ask("unsubscribe", **names, symbol=["BTC/USD"]))["error"] == "Subscription Not Found"
        left = await socket.ask("unsubscribe", **names, symbol=["BTC/USD"], depth=100)
        assert left["result"] == {"channel": "level3", "symbol": "BTC/USD", "depth": 100}


@pytest.mark.virtual
async def test_a_symbol_has_one_depth_and_depths_are_those_on_the_list() -> None:
    async with still() as exchange, level3(exchange) as (socket, names):
        assert (await socket.ask("subscribe", **names, symbol=["BTC/USD"], depth=10))["success"]
        other = await socket.ask("subscribe", **names, symbol=["BTC/USD"], depth=100)
        assert (other["error"], other["symbol"]) == ("Already subscribed", "BTC/USD")
        assert (await socket.ask("subscribe", **names, symbol=["ETH/USD"], depth=25))["error"] == (
            "Subscription depth not supported"
        )


@pytest.mark.virtual
@pytest.mark.parametrize(("tier", "depth", "most"), [("starter", 10, 40), ("intermediate", 100, 8), ("pro", 1000, 5)])
async def test_subscribing_has_a_budget_that_fills_up_each_second(tier: str, depth: int, most: int) -> None:
    async with still(markets=100, tier=tier) as exchange, level3(exchange) as (socket, names):
        await socket.send("subscribe", **names, symbol=exchange.symbols[: most + 2], depth=depth)
        answers = await replies(socket, most + 2)
        assert [answer["success"] for answer in answers] == [True] * most + [False, False]
        assert answers[-1]["error"].startswith("EGeneral:Too many requests:level3")
        await anyio.sleep(1)
        await socket.send("subscribe", **names, symbol=exchange.symbols[most : 2 * most], depth=depth)
        assert all(answer["success"] for answer in await replies(socket, most))


@pytest.mark.virtual
async def test_a_connection_has_200_symbols_at_most() -> None:
    async with still(markets=210) as exchange, level3(exchange) as (socket, names):
        for begin in range(0, 200, 40):
            await socket.send("subscribe", **names, symbol=exchange.symbols[begin : begin + 40])
            assert all(answer["success"] for answer in await replies(socket, 40))
            await anyio.sleep(1)
        subscribe = functools.partial(socket.ask, "subscribe", **names)
        assert "limited to 200 symbols" in (await subscribe(symbol=exchange.symbols[200:201]))["error"]
        assert (await socket.ask("unsubscribe", **names, symbol=exchange.symbols[:1]))["success"]
        assert (await subscribe(symbol=exchange.symbols[200:201]))["success"]
