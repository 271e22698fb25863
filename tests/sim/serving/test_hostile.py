"""Clients that misbehave: each gets an answer or an end, and the exchange lives on for the others."""

import json
from typing import Any
from urllib.parse import urlencode

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto import ConnectionType
from wsproto.connection import Connection as Frames
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage

from krakenio.bytestream import ByteStream
from krakenio.sim.rest.endpoints import ENDPOINTS, PUBLIC
from tests.backends import BACKENDS, VIRTUAL
from tests.sim.clients import Frame, RawSocket, connected, private_token, raw_rest, raw_socket, still

pytestmark = pytest.mark.once

HANDSHAKE = (
    b"GET /v2 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
CASES: list[tuple[str, bytes, int | None]] = [
    ("a binary message", Frames(ConnectionType.CLIENT).send(BytesMessage(b"x")), 1003),
    ("a message beyond any bound", Frames(ConnectionType.CLIENT).send(TextMessage("x" * 2_000_000)), 1009),
    ("text that is no UTF-8", b"\x81\x81\x00\x00\x00\x00\xff", 1007),
    ("an unmasked frame", b"\x81\x01x", 1002),
    ("an unknown opcode", b"\x83\x80\x00\x00\x00\x00", 1002),
    ("a close in good form", Frames(ConnectionType.CLIENT).send(CloseConnection(1000)), 1000),
]


async def read_all(stream: ByteStream) -> bytes:
    """Return everything until the end or a reset."""
    heard = b""
    try:
        while data := await stream.receive():
            heard += data
    except OSError:
        pass
    return heard


@pytest.mark.virtual
@pytest.mark.parametrize(("case", "frame", "code"), CASES, ids=[case for case, _, _ in CASES])
async def test_a_bad_frame_is_answered_with_its_close_code(case: str, frame: bytes, code: int) -> None:
    async with still(slices=len(frame) < 100) as exchange, raw_socket(exchange) as bystander:
        async with connected(exchange.endpoints, exchange.endpoints.ws) as stream:
            await stream.send(HANDSHAKE + frame)
            heard = await read_all(stream)
        assert heard.startswith(b"HTTP/1.1 101"), case
        assert b"\x88" in heard
        assert code.to_bytes(2, "big") in heard[heard.rindex(b"\x88") :]
        await bystander.send("ping")
        assert (await bystander.receive())["method"] == "pong"


@pytest.mark.virtual
async def test_a_protocol_ping_is_answered_and_fragments_are_joined() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        frames = Frames(ConnectionType.CLIENT)
        await socket.stream.send(frames.send(Ping(b"hello")))
        await socket.stream.send(frames.send(TextMessage('{"method":', message_finished=False)))
        await socket.stream.send(frames.send(TextMessage('"ping"}')))
        assert (await socket.receive())["method"] == "pong"


@pytest.mark.virtual
async def test_protocol_pings_alone_do_not_keep_a_connection_open() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        frames = Frames(ConnectionType.CLIENT)
        for _ in range(5):
            await anyio.sleep(11)
            await socket.stream.send(frames.send(Ping(b"")))
        await anyio.sleep(11)
        assert exchange.connections["ws"] == 0


@pytest.mark.virtual
async def test_an_upgrade_that_is_none_is_a_bad_request() -> None:
    async with still() as exchange, connected(exchange.endpoints, exchange.endpoints.ws) as stream:
        await stream.send(HANDSHAKE.replace(b"Sec-WebSocket-Key", b"Other"))
        assert (await read_all(stream)).startswith(b"HTTP/1.1 400")


@pytest.mark.virtual
async def test_an_upgrade_that_offers_subprotocols_gets_the_first() -> None:
    """Clients that offer one, as ts-kraken does, break off without an answer to it."""
    async with still() as exchange, connected(exchange.endpoints, exchange.endpoints.ws) as stream:
        await stream.send(HANDSHAKE.replace(b"Host: x", b"Host: x\r\nSec-WebSocket-Protocol: v1, v0"))
        assert b"\r\nSec-WebSocket-Protocol: v1\r\n" in await stream.receive()


@pytest.mark.virtual
async def test_a_body_that_is_too_long_or_late_is_refused() -> None:
    async with still() as exchange:
        async with connected(exchange.endpoints, exchange.endpoints.rest) as stream, anyio.create_task_group() as tasks:
            head = b"POST /0/private/Balance HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n"
            tasks.start_soon(stream.send, head + b"x" * 1_100_000)
            assert (await read_all(stream)).startswith(b"HTTP/1.1 413")
            tasks.cancel_scope.cancel()
        async with connected(exchange.endpoints, exchange.endpoints.rest) as stream:
            head = b"POST /0/private/Balance HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
            await stream.send(head)
            assert (await stream.receive()).startswith(b"HTTP/1.1 100")
            assert await read_all(stream) == b""


REQUESTS: list[tuple[str, bytes, bytes, bytes]] = [
    ("a HEAD", b"HEAD /0/public/Time HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 404 Not Found", b"\r\n\r\n"),
    ("a CONNECT", b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 404 Not Found", b"Unknown method"),
    ("another upgrade", b"GET /0/public/Time HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n", b"HTTP/1.1 200", b"rfc1123"),
    ("another protocol", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9, b"HTTP/1.1 400", b"Bad Request"),
    ("no host", b"GET /0/public/Time HTTP/1.1\r\n\r\n", b"HTTP/1.1 400", b"Bad Request"),
    ("two lengths", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"HTTP/1.1 4", b""),
    ("an endless header", b"GET / HTTP/1.1\r\nA: " + b"x" * 100_000, b"HTTP/1.1 431", b""),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("case", "sent", "status", "holds"), REQUESTS, ids=[case for case, *_ in REQUESTS])
async def test_an_odd_request_is_answered_and_hurts_nobody_else(
    case: str, sent: bytes, status: bytes, holds: bytes
) -> None:
    async with still() as exchange, raw_rest(exchange) as bystander:
        async with connected(exchange.endpoints, exchange.endpoints.rest) as stream:
            await stream.send(sent)
            heard = await stream.receive()
        assert heard.startswith(status), case
        assert holds in heard
        assert not (case == "a HEAD" and heard.partition(b"\r\n\r\n")[2])  # its answer has no body
        assert (await bystander.get("/0/public/Time"))["error"] == []


@pytest.mark.virtual
@pytest.mark.parametrize("nested", ["[" * 100_000, '{"a":' * 100_000])
async def test_json_without_bottom_is_refused_like_any_other_that_is_none(nested: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest, raw_socket(exchange) as socket:
        _, body = await rest.signed("Balance", nested.encode(), "1", "application/json")
        assert json.loads(body) == {"error": ["EAPI:Bad request"]}
        await socket.send_text(nested)
        assert (await socket.receive())["error"] == "Malformed request"


@pytest.mark.virtual
async def test_a_signature_of_any_bytes_is_refused() -> None:
    async with still() as exchange, connected(exchange.endpoints, exchange.endpoints.rest) as stream:
        head = f"POST /0/private/Balance HTTP/1.1\r\nHost: x\r\nAPI-Key: {exchange.keys.api_key}\r\n".encode()
        await stream.send(head + b"API-Sign: \xe4\xff\r\nContent-Length: 7\r\n\r\nnonce=1")
        assert b"EAPI:Invalid signature" in await stream.receive()


@pytest.mark.virtual
async def test_connecting_too_often_is_answered_with_429() -> None:
    async with still() as exchange:
        statuses: list[int] = []
        for _ in range(151):
            async with connected(exchange.endpoints, exchange.endpoints.ws) as stream:
                statuses.append(await RawSocket(stream).open())
        assert statuses == [101] * 150 + [429]
        await anyio.sleep(601)
        async with raw_socket(exchange):
            pass


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["channel", "symbol", "depth", "interval", "token", "order_qty", "limit_price", "side", "order_type", "cl_ord_id",
     "order_id", "order_userref", "deadline", "expire_time", "timeout", "time_in_force", "snapshot", "event_trigger"]
)  # fmt: skip
WORDS = st.sampled_from(["book", "ticker", "executions", "buy", "limit", "market", "BTC/USD", ["BTC/USD"], 10, "gtc"])
METHODS = st.sampled_from(["subscribe", "unsubscribe", "add_order", "cancel_order", "cancel_all_orders_after", "ping"])
CALLS = st.lists(st.tuples(METHODS, st.dictionaries(NAMES, WORDS | VALUES, max_size=7)), max_size=15)


@pytest.mark.parametrize("name", VIRTUAL)
@settings(max_examples=60)
@given(calls=CALLS)
def test_no_call_ends_the_exchange(name: str, calls: list[tuple[str, Frame]]) -> None:
    backend, options = BACKENDS[name]()
    anyio.run(send_all, calls, backend=backend, backend_options=options)


async def send_all(calls: list[tuple[str, Frame]]) -> None:
    """Send calls, then a ping, and wait for its answer."""
    async with still(limits=False) as exchange, raw_socket(exchange, "ws_auth") as socket:
        token = await private_token(exchange)
        for method, params in calls:
            await socket.send(method, **(params | {"token": token} if len(params) % 3 else params))
        await socket.send("ping", 77)
        await socket.until(lambda frame: frame.get("req_id") == 77)


HUGE = ["1e999999", "-1e-999999", "9" * 6000, "1." + "1" * 60, "0e-999"]


@pytest.mark.virtual
@pytest.mark.parametrize("number", HUGE, ids=range(len(HUGE)))
async def test_numbers_beyond_reason_are_refused(number: str) -> None:
    async with still() as exchange, raw_socket(exchange, "ws_auth") as socket, raw_rest(exchange) as rest:
        order = '{"order_type":"limit","side":"buy","symbol":"BTC/USD","limit_price":1,"order_qty":%s,"token":"%s"}'
        await socket.send_text('{"method":"add_order","params":%s}' % (order % (number, await rest.token())))
        assert (await socket.receive())["success"] is False
        params: dict[str, Any] = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "1", "volume": number}
        assert (await rest.call("AddOrder", **params))["error"]
        for name, field in (("ClosedOrders", "start"), ("ClosedOrders", "ofs"), ("CancelAllOrdersAfter", "timeout")):
            answer = await rest.call(name, **{field: number})
            assert json.dumps(answer)
        assert exchange.orders == []


FIELDS = st.sampled_from(
    ["pair", "type", "ordertype", "volume", "price", "price2", "txid", "cl_ord_id", "orders", "cl_ord_ids", "close",
     "asset", "method", "key", "amount", "refid", "id", "report", "description", "timeout", "deadline", "validate",
     "oflags", "start", "end", "ofs", "cursor", "depth", "order_id", "strategy_id", "lock_type", "limit", "timeinforce",
     "expiretm", "starttm", "userref", "otp", "with_cursor", "from", "to", "interval", "since", "count", "symbol"]
)  # fmt: skip
TEXTS = st.sampled_from(
    ["XBTUSD", "buy", "limit", "0.01", "70000.0", "true", "XBT", "Bitcoin", "trades", "+5%", "1", "gtd", "²", "😀"]
)
REST_FIELDS = st.dictionaries(FIELDS, TEXTS | VALUES, max_size=7)
REST_CALLS = st.lists(st.tuples(st.sampled_from(sorted(ENDPOINTS)), REST_FIELDS, st.booleans()), max_size=25)
QUERY_FIELDS = st.dictionaries(FIELDS, TEXTS | st.text(max_size=5), max_size=4)
TARGETS = st.lists(st.tuples(st.sampled_from(sorted(PUBLIC)), QUERY_FIELDS), max_size=10)


@pytest.mark.parametrize("name", VIRTUAL)
@settings(max_examples=60)
@given(calls=REST_CALLS, targets=TARGETS)
def test_no_rest_call_ends_the_exchange(
    name: str, calls: list[tuple[str, Frame, bool]], targets: list[tuple[str, dict[str, str]]]
) -> None:
    backend, options = BACKENDS[name]()
    anyio.run(call_all, calls, targets, backend=backend, backend_options=options)


async def call_all(calls: list[tuple[str, Frame, bool]], targets: list[tuple[str, dict[str, str]]]) -> None:
    """Make signed calls, in JSON or as forms, and public ones, and insist on an answer to each."""
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        for nonce, (method, params, is_json) in enumerate(calls, start=rest.nonce):
            fields = {"nonce": str(nonce), **params}
            body = json.dumps(fields) if is_json else urlencode(fields)
            kind = "application/json" if is_json else "application/x-www-form-urlencoded"
            _, answer = await rest.signed(method, body.encode(), str(nonce), kind)
            assert answer
        for method, fields in targets:
            assert "error" in await rest.get(f"/0/public/{method}?{urlencode(fields)}")


WRONG: tuple[Any, ...] = ([], {}, None, [[]], 1.5, True, "", "-1", "9" * 30, {"a": {"b": []}})


@pytest.mark.virtual
@pytest.mark.parametrize("method", sorted(ENDPOINTS))
async def test_a_nonce_of_any_shape_is_refused(method: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        for wrong in WRONG:
            body = json.dumps({"nonce": wrong, "orders": [{"txid": 1}, [], None]}).encode()
            _, answer = await rest.signed(method, body, str(wrong), "application/json")
            assert json.loads(answer)["error"]
