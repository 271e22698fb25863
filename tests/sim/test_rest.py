"""REST of the simulated exchange, seen by a raw client that signs by hand."""

import base64
import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from krakenio.auth import Keys
from krakenio.sim.access import signature
from tests.sim.clients import connected, raw_rest, still

DATA = Path(__file__).parents[1] / "data"
VECTORS: list[dict[str, Any]] = json.loads((DATA / "test-vectors.json").read_text())


def test_the_exchange_computes_every_published_signature() -> None:
    for vector in VECTORS:
        secret = base64.b64decode(vector["secret"])
        found = signature(secret, vector["path"], str(vector["nonce"]), vector["body"].encode())
        assert found == vector["expected"], vector["name"]


@pytest.mark.virtual
async def test_form_and_json_are_signed_over_their_exact_bytes() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        assert (await rest.call("Balance"))["result"]["ZUSD"] == "100000.0000"
        nonce = str(rest.nonce + 1)
        body = json.dumps({"nonce": nonce, "pair": "BTC/USD"}, indent=2).encode()
        assert json.loads((await rest.signed("Balance", body, nonce, "application/json"))[1])["error"] == []
        wrong = await rest.signed("Balance", body.replace(b" ", b""), nonce, "application/json")
        assert json.loads(wrong[1])["error"] == ["EAPI:Invalid nonce"]


@pytest.mark.virtual
async def test_a_wrong_secret_key_or_nonce_is_refused() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        await rest.call("Balance")
        rest.nonce -= 1
        assert (await rest.call("Balance"))["error"] == ["EAPI:Invalid nonce"]
        rest.keys = Keys(exchange.keys.api_key, base64.b64encode(b"x" * 64).decode())
        assert (await rest.call("Balance"))["error"] == ["EAPI:Invalid signature"]
        rest.keys = Keys("unknown", base64.b64encode(b"x" * 64).decode())
        assert (await rest.call("Balance"))["error"] == ["EAPI:Invalid key"]


@pytest.mark.virtual
async def test_a_password_is_asked_for_where_the_key_has_one() -> None:
    async with still() as exchange:
        keys = exchange.add_keys(keys=Keys("second", base64.b64encode(b"y" * 64).decode(), otp="123456"))
        async with raw_rest(exchange, keys) as rest:
            assert (await rest.call("Balance"))["error"] == ["EAPI:Invalid arguments:otp required"]
            assert (await rest.call("Balance", otp="123456"))["error"] == []
        assert "123456" not in repr(exchange.requests)


@pytest.mark.virtual
async def test_permissions_are_checked_per_endpoint() -> None:
    async with still() as exchange:
        keys = exchange.add_keys(["query-funds"])
        async with raw_rest(exchange, keys) as rest:
            assert (await rest.call("Balance"))["error"] == []
            assert (await rest.call("GetWebSocketsToken"))["error"] == ["EGeneral:Permission denied"]


@pytest.mark.virtual
async def test_an_order_goes_from_open_to_closed() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.01", "price": "70000.0"}
        added = (await rest.call("AddOrder", **order, cl_ord_id="mine"))["result"]
        assert added["descr"] == {"order": "buy 0.01000000 XBTUSD @ limit 70000.0"}
        (txid,) = added["txid"]
        assert list((await rest.call("OpenOrders", cl_ord_id="mine"))["result"]["open"]) == [txid]
        assert (await rest.call("OpenOrders", cl_ord_id="other"))["result"]["open"] == {}
        assert (await rest.call("BalanceEx"))["result"]["ZUSD"]["hold_trade"] == "702.8000"
        assert (await rest.call("CancelOrder", cl_ord_id="mine"))["result"] == {"count": 1}
        closed = (await rest.call("ClosedOrders"))["result"]
        assert (closed["count"], closed["closed"][txid]["status"]) == (1, "canceled")
        assert (await rest.call("QueryOrders", txid=txid))["result"][txid]["reason"] == "User requested"
        assert (await rest.call("CancelOrder", txid=txid))["error"] == ["EOrder:Unknown order"]
        assert (await rest.call("CancelOrder", txid="OAAAAA-BBBBB-CCCCCC"))["error"] == ["EOrder:Invalid order"]


@pytest.mark.virtual
async def test_public_endpoints_take_four_spellings_and_answer_with_the_internal_one() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        for name in ("XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD"):
            assert list((await rest.get(f"/0/public/AssetPairs?pair={name}"))["result"]) == ["XXBTZUSD"]
        assert list((await rest.get("/0/public/Ticker?pair=XBTUSD&assetVersion=1"))["result"]) == ["BTC/USD"]
        assert (await rest.get("/0/public/Depth?pair=NOPE"))["error"] == ["EQuery:Unknown asset pair"]
        depth = (await rest.get("/0/public/Depth?pair=XBTUSD&count=3"))["result"]["XXBTZUSD"]
        assert (len(depth["asks"]), len(depth["bids"])) == (3, 3)
        trades = (await rest.get("/0/public/Trades?pair=XBTUSD&count=5"))["result"]
        more = (await rest.get(f"/0/public/Trades?pair=XBTUSD&since={trades['last']}&count=1"))["result"]["XXBTZUSD"]
        assert more[0][6] == trades["XXBTZUSD"][-1][6] + 1
        assert (await rest.get("/0/public/Time"))["result"]["rfc1123"] == "Mon, 23 Nov 26 00:00:00 +0000"
        assert (await rest.get("/0/public/Assets?asset=XBT"))["result"]["XXBT"]["decimals"] == 10
        assert (await rest.get("/0/public/SystemStatus"))["result"]["status"] == "online"


@pytest.mark.virtual
@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/0/public/Nope"),
        ("POST", "/0/public/Time"),
        ("GET", "/"),
        ("GET", "/0/private/Balance"),
        ("POST", "/0/private/Nope"),
    ],
)
async def test_what_does_not_exist_is_an_unknown_method(method: str, target: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        status, body = await rest.request(method, target)
        assert (status, json.loads(body)) == (404, {"error": ["EGeneral:Unknown method"]})


@pytest.mark.virtual
async def test_the_counter_of_a_key_fills_and_decays() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        answers = [(await rest.call("Balance"))["error"] for _ in range(21)]
        assert answers == [[]] * 20 + [["EAPI:Rate limit exceeded"]]
        await anyio.sleep(2.1)
        assert (await rest.call("Balance"))["error"] == []


GARBAGE = [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 70_000]


@pytest.mark.virtual
@pytest.mark.parametrize("garbage", GARBAGE)
async def test_what_is_no_http_gets_an_end(garbage: bytes) -> None:
    async with still() as exchange, connected(exchange.endpoints, exchange.endpoints.rest) as stream:
        await stream.send(garbage)
        answer = b""
        with anyio.fail_after(61):
            while data := await stream.receive():
                answer += data
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
        assert exchange.connections["rest"] == 0


@pytest.mark.virtual
async def test_a_client_that_is_cut_off_leaves_nothing() -> None:
    async with still() as exchange:
        for host in ("rest", "ws"):
            async with connected(exchange.endpoints, getattr(exchange.endpoints, host)) as stream:
                await stream.send(b"POST /0/private/Balance HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nnon")
        await anyio.sleep(0.1)
        assert set(exchange.connections.values()) == {0}
