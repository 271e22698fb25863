"""Faults on demand and the life of the exchange, in memory and over loopback sockets."""

from typing import Any

import anyio
import pytest

from krakenio.sim import Exchange
from tests.sim.clients import RawSocket, connected, private_token, raw_rest, raw_socket, still

TRANSPORTS: list[dict[str, Any]] = [{"transport": "memory"}, {"transport": "tcp"}, {"transport": "tcp", "tls": False}]


async def upgrade(exchange: Exchange, host: str = "ws", path: str = "/v2") -> int:
    """Return the HTTP status of an attempt to open a WebSocket."""
    async with connected(exchange.endpoints, getattr(exchange.endpoints, host)) as stream:
        return await RawSocket(stream).open(path)


@pytest.mark.parametrize("options", TRANSPORTS)
async def test_rest_and_websocket_work_over_every_transport(options: dict[str, Any]) -> None:
    async with still(**options) as exchange:
        token = await private_token(exchange)
        async with raw_socket(exchange, "ws_auth") as socket:
            assert (await socket.ask("subscribe", channel="executions", token=token))["success"]
            assert exchange.connections == {"rest": 0, "ws": 0, "ws_auth": 1, "ws_l3": 0}
        assert [attempt.host for attempt in exchange.attempts] == ["rest", "ws_auth"]
        assert [(seen.host, seen.method) for seen in exchange.requests] == [
            ("rest", "GetWebSocketsToken"),
            ("ws_auth", "subscribe"),
        ]
        assert token not in repr(exchange.requests)


@pytest.mark.parametrize("options", TRANSPORTS)
async def test_a_drop_is_abrupt(options: dict[str, Any]) -> None:
    async with still(**options) as exchange, raw_socket(exchange) as socket:
        assert exchange.drop("ws_auth") == 0
        assert exchange.drop("ws") == 1
        with pytest.raises(OSError):  # noqa: PT011 - each loop and transport has its own words
            await socket.receive()


@pytest.mark.parametrize("options", TRANSPORTS)
async def test_a_close_has_its_code(options: dict[str, Any]) -> None:
    async with still(**options) as exchange, raw_socket(exchange) as socket:
        exchange.close("ws", 1008, "policy")
        with pytest.raises(EOFError):
            await socket.receive()
        assert socket.closed == 1008


@pytest.mark.parametrize("options", TRANSPORTS)
async def test_the_bodys_exception_leaves_bare_and_leaves_nothing_open(options: dict[str, Any]) -> None:
    boom = RuntimeError("boom")
    with pytest.raises(RuntimeError) as caught:
        async with still(**options) as exchange, raw_socket(exchange), raw_socket(exchange, "ws_auth"):
            raise boom
    assert caught.value is boom  # what was left open, the harness tells: it counts tasks and descriptors with gc off


@pytest.mark.virtual
async def test_leaving_under_cancellation_takes_no_time() -> None:
    begun = anyio.current_time()
    with anyio.move_on_after(3):
        async with still() as exchange, raw_socket(exchange):
            exchange.freeze(None, 1000)
            await anyio.sleep_forever()
    assert anyio.current_time() - begun == pytest.approx(3)


@pytest.mark.virtual
async def test_a_frozen_host_keeps_still_and_then_goes_on() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        begun = exchange.clock()
        exchange.freeze("ws", 30)
        await socket.send("ping", 1)
        assert (await socket.receive())["method"] == "pong"
        assert exchange.clock() - begun == 30 * 10**9
        exchange.freeze("ws", 1000)
        with anyio.move_on_after(100) as waited:
            await upgrade(exchange)
        assert waited.cancelled_caught
        exchange.clear_faults()
        assert await upgrade(exchange) == 101


@pytest.mark.virtual
async def test_replies_can_be_late_or_lost_while_updates_flow() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        begun = exchange.clock()
        exchange.delay(7, "ws", "ping", times=1)
        await socket.send("ping")
        assert (await socket.receive())["method"] == "pong"
        assert exchange.clock() - begun == 7 * 10**9
        exchange.lose_replies(1, "subscribe")
        await socket.send("subscribe", channel="ticker", symbol=["BTC/USD"])
        assert (await socket.receive())["channel"] == "ticker"


@pytest.mark.virtual
async def test_an_order_can_be_placed_although_its_answer_says_otherwise() -> None:
    order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.01", "price": "70000.0"}
    async with still() as exchange, raw_rest(exchange) as rest:
        exchange.fail_after_acceptance("AddOrder", 502)
        exchange.fail_after_acceptance("AddOrder", "EService:Deadline elapsed")
        rest.nonce += 1
        body = "&".join(f"{name}={value}" for name, value in {"nonce": rest.nonce, **order}.items())
        assert (await rest.signed("AddOrder", body.encode(), str(rest.nonce)))[0] == 502
        assert (await rest.call("AddOrder", **order))["error"] == ["EService:Deadline elapsed"]
        assert len(exchange.orders) == 2
        exchange.reject("AddOrder", "EService:Busy")
        assert (await rest.call("AddOrder", **order))["error"] == ["EService:Busy"]
        assert len(exchange.orders) == 2
        exchange.lose_replies(1, "AddOrder")
        with anyio.move_on_after(1000) as waited:
            await rest.call("AddOrder", **order)
        assert (waited.cancelled_caught, len(exchange.orders)) == (True, 3)


@pytest.mark.virtual
async def test_upgrades_and_calls_can_be_refused() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        exchange.refuse("ws", 429, times=2)
        assert [await upgrade(exchange) for _ in range(3)] == [429, 429, 101]
        exchange.refuse("rest", 520, method="Time")
        assert (await rest.request("GET", "/0/public/Time"))[0] == 520
        assert (await rest.request("GET", "/0/public/Time"))[0] == 200
        exchange.maintenance("maintenance")
        assert await upgrade(exchange) == 503
        exchange.maintenance("online")
        assert await upgrade(exchange, path="/") == 404


@pytest.mark.virtual
async def test_poison_and_wrong_checksums_arrive_as_planned() -> None:
    async with still(activity=20, markets=["BTC/USD"]) as exchange, raw_socket(exchange) as socket:
        exchange.send_raw("ws", "restarting {")
        assert await socket.receive_text() == "restarting {"
        await socket.send("subscribe", channel="book", symbol=["BTC/USD"])
        await socket.send("subscribe", channel="book", symbol=["BTC/USD"], depth=25)
        await socket.channel("book", "snapshot")
        await socket.channel("book", "snapshot")
        exchange.wrong_checksum("BTC/USD")
        while True:  # both depths tell of the same state: one of them lies
            first, second = [(await socket.channel("book", "update"))["data"][0] for _ in range(2)]
            if first["timestamp"] == second["timestamp"]:
                break
        assert first["checksum"] != second["checksum"]


@pytest.mark.virtual
async def test_a_client_that_never_reads_is_cut_off_at_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("krakenio.sim.connections.websocket.MAX_WAITING", 100_000)
    async with still(activity=500, idle=10_000, markets=2) as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", channel="book", symbol=exchange.symbols, depth=1000)
        await anyio.sleep(10)
        assert exchange.connections["ws"] == 0


async def test_unknown_names_are_refused_at_once() -> None:
    async with still() as exchange:
        with pytest.raises(ValueError, match="expected None or one of rest, ws, ws_auth, ws_l3"):
            exchange.delay(1, "wss")
        with pytest.raises(ValueError, match="online, cancel_only"):
            exchange.maintenance("off")
    for options in ({"markets": ["XBT/USD"]}, {"tier": "gold"}):
        with pytest.raises(ValueError, match=r"XBT/USD|gold"):
            async with still(**options):
                pass
