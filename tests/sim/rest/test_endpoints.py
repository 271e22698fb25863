"""REST of the simulated exchange, seen by a raw client that signs by hand."""

import base64
import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from krakenio.auth import Keys
from krakenio.sim.accounts.access import signature
from tests.sim.clients import connected, raw_rest, still

DATA = Path(__file__).parents[2] / "data"
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
async def test_who_calls_is_asked_before_which_wallet_is_meant() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        nonce, wallet = str(rest.nonce + 1), "Balance?account_id=NONE"
        body = f"nonce={nonce}".encode()
        assert b"Invalid arguments:account_id" in (await rest.signed(wallet, body, nonce))[1]
        rest.keys = Keys("unknown", base64.b64encode(b"x" * 64).decode())
        assert b"EAPI:Invalid key" in (await rest.signed(wallet, body, nonce))[1]


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
        listed = (await rest.call("OpenOrders", cl_ord_id="mine"))["result"]["open"]
        assert (list(listed), listed[txid]["descr"]["aclass"]) == ([txid], "forex")
        assert (await rest.call("OpenOrders", cl_ord_id="other"))["result"]["open"] == {}
        assert (await rest.call("BalanceEx"))["result"]["ZUSD"]["hold_trade"] == "702.8000"
        assert (await rest.call("CancelOrder", cl_ord_id="mine"))["result"] == {"count": 1}
        closed = (await rest.call("ClosedOrders"))["result"]
        assert (closed["count"], closed["closed"][txid]["status"]) == (1, "canceled")
        assert (await rest.call("QueryOrders", txid=txid))["result"][txid]["reason"] == "User requested"
        assert (await rest.call("CancelOrder", txid=txid))["error"] == ["EOrder:Unknown order"]
        assert (await rest.call("CancelOrder", txid="OAAAAA-BBBBB-CCCCCC"))["error"] == ["EOrder:Invalid order"]


@pytest.mark.virtual
async def test_public_endpoints_answer() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        assert (await rest.get("/0/public/Depth?pair=NOPE"))["error"] == ["EQuery:Unknown asset pair"]
        depth = (await rest.get("/0/public/Depth?pair=XBTUSD&count=3"))["result"]["XXBTZUSD"]
        assert (len(depth["asks"]), len(depth["bids"])) == (3, 3)
        trades = (await rest.get("/0/public/Trades?pair=XBTUSD&since=0&count=5"))["result"]
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


BAD_ORDERS: list[tuple[dict[str, str], str]] = [
    ({"pair": "NOPE"}, "EQuery:Unknown asset pair"),
    ({"leverage": "2"}, "EOrder:Cannot open position"),
    ({"leverage": "much"}, "EGeneral:Invalid arguments:leverage"),
    ({"oflags": "viqc"}, "EGeneral:Invalid arguments:oflags"),
    ({"price": ""}, "EGeneral:Invalid arguments:price"),
    ({"price": "x"}, "EGeneral:Invalid arguments:price"),
    ({"volume": ""}, "EGeneral:Invalid arguments:volume"),
    ({"userref": "x"}, "EGeneral:Invalid arguments:userref"),
    ({"expiretm": "x", "timeinforce": "GTD"}, "EGeneral:Invalid arguments:expiretm"),
    ({"expiretm": "+30", "timeinforce": "GTC"}, "EGeneral:Invalid arguments:expiretm"),
    ({"deadline": "2026-11-23T00:00:01Z"}, "EGeneral:Invalid arguments:deadline"),
    ({"type": "hold"}, "EGeneral:Invalid arguments:type"),
    ({"ordertype": "market"}, "EOrder:Invalid price"),
    ({"ordertype": "market", "price": "", "oflags": "post"}, "EGeneral:Invalid arguments:oflags"),
]
ORDER = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.01", "price": "70000.0"}


@pytest.mark.virtual
@pytest.mark.parametrize(("change", "error"), BAD_ORDERS)
async def test_a_bad_order_is_refused(change: dict[str, str], error: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        assert (await rest.call("AddOrder", **(ORDER | change)))["error"] == [error]
        assert exchange.orders == []


@pytest.mark.virtual
async def test_a_tag_a_flag_and_an_expiry_are_kept() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        more = {"userref": "-7", "oflags": "post,fcib", "timeinforce": "GTD", "expiretm": "+30"}
        assert "txid" not in (await rest.call("AddOrder", **ORDER, validate="true"))["result"]
        (txid,) = (await rest.call("AddOrder", **ORDER, **more))["result"]["txid"]
        row = (await rest.call("QueryOrders", txid=txid, userref="-7", trades="true"))["result"][txid]
        assert (row["userref"], row["oflags"], row["time_in_force"], row["trades"]) == (-7, "fcib,post", "gtd", [])
        assert (await rest.call("CancelOrder", txid="-7"))["result"] == {"count": 1}
        assert (await rest.call("CancelOrder"))["error"] == ["EGeneral:Invalid arguments:txid"]
        assert (await rest.call("QueryOrders", txid=""))["error"] == ["EGeneral:Invalid arguments:txid"]


@pytest.mark.virtual
async def test_all_orders_can_be_cancelled_at_once_or_later() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        await rest.call("AddOrder", **ORDER)
        assert (await rest.call("CancelAll"))["result"] == {"count": 1}
        await rest.call("AddOrder", **ORDER)
        assert (await rest.call("CancelAllOrdersAfter", timeout=30))["result"]["triggerTime"] == "2026-11-23T00:00:30Z"
        await anyio.sleep(31)
        assert [order.status for order in exchange.orders] == ["canceled", "canceled"]
        assert (await rest.call("CancelAllOrdersAfter", timeout=0))["result"]["triggerTime"] == "0"
        assert (await rest.call("CancelAllOrdersAfter"))["error"] == ["EGeneral:Invalid arguments:timeout"]


@pytest.mark.virtual
async def test_closed_orders_are_paged_and_bounded_in_time() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        for _ in range(52):
            await rest.call("AddOrder", **ORDER)
            await rest.call("CancelAll")
            await anyio.sleep(10)
        begin = exchange.clock() / 10**9 - 520
        page = (await rest.call("ClosedOrders"))["result"]
        assert (len(page["closed"]), page["count"]) == (50, 52)
        assert len((await rest.call("ClosedOrders", ofs=50))["result"]["closed"]) == 2
        for closetime in ("open", "close", "both"):
            some = await rest.call("ClosedOrders", start=begin + 5, end=begin + 95, closetime=closetime)
            assert some["result"]["count"] == 9
        assert (await rest.call("ClosedOrders", start="x"))["error"] == ["EGeneral:Invalid arguments:start"]
        assert (await rest.call("ClosedOrders", ofs="x"))["error"] == ["EGeneral:Invalid arguments:ofs"]


@pytest.mark.virtual
@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"x"'])
async def test_a_body_that_is_no_object_is_a_bad_request(body: bytes) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        status, answer = await rest.signed("Balance", body, "1", "application/json")
        assert (status, json.loads(answer)) == (200, {"error": ["EAPI:Bad request"]})


@pytest.mark.virtual
async def test_json_values_are_read_like_a_form() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        body = {"nonce": 10**19, **ORDER, "volume": 0.01, "validate": True, "cl_ord_id": None}
        status, answer = await rest.signed("AddOrder", json.dumps(body).encode(), str(10**19), "application/json")
        assert json.loads(answer)["error"] == [], status
        listed = json.dumps({"nonce": 10**19 + 1, "txid": ["x"]}).encode()
        answer = (await rest.signed("CancelOrder", listed, str(10**19 + 1), "application/json"))[1]
        assert json.loads(answer)["error"] == ["EGeneral:Invalid arguments:txid"]


@pytest.mark.virtual
@pytest.mark.parametrize("query", ["Trades?pair=XBTUSD&since=x", "Depth?pair=XBTUSD&count=0", "Assets?asset=NOPE"])
async def test_bad_public_arguments_are_refused(query: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        assert (await rest.get(f"/0/public/{query}"))["error"][0].startswith("E")
        exchange.reject("Time", "EGeneral:Too many requests")
        assert (await rest.get("/0/public/Time"))["error"] == ["EGeneral:Too many requests"]
