"""The forms in which private calls come: what other clients write, all meaning the same."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from krakenio.auth import Keys
from tests.sim.clients import RawRest, raw_rest, still

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
KINDS = (JSON, "Application/JSON; charset=UTF-8", FORM, "Application/X-WWW-Form-Urlencoded", "text/plain")


async def sent(rest: RawRest, name: str, fields: dict[str, Any], kind: str = JSON) -> Any:
    """Return the result of a call whose body is written as its kind says."""
    rest.nonce += 1
    body = {"nonce": rest.nonce, **fields}
    written = json.dumps(body) if kind.lower().startswith(JSON) else urlencode(body)
    answer = json.loads((await rest.signed(name, written.encode(), str(rest.nonce), kind))[1])
    assert answer["error"] == []
    return answer["result"]


@pytest.mark.virtual
@pytest.mark.parametrize("kind", KINDS)
async def test_a_body_is_json_where_it_says_so_in_any_case_and_a_form_otherwise(kind: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        assert Decimal((await sent(rest, "Balance", {}, kind))["ZUSD"]) == 100_000


@pytest.mark.virtual
async def test_a_batch_may_be_a_form_with_numbered_rows() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        order = {"ordertype": "limit", "type": "buy", "volume": "0.01"}
        rows = [{**order, "price": str(70_000 + row)} for row in range(12)]
        form = {f"orders[{row}][{name}]": value for row, fields in enumerate(rows) for name, value in fields.items()}
        close = {"orders[1][close][ordertype]": "stop-loss", "orders[1][close][price]": "60000"}
        placed = (await sent(rest, "AddOrderBatch", {"pair": "XBTUSD", **form, **close}, FORM))["orders"]
        assert [row["descr"]["order"][-7:] for row in placed] == [f"{70_000 + row}.0" for row in range(12)]
        assert [row["descr"].get("close") for row in placed][:3] == [None, "close position @ stop loss 60000.0", None]


@pytest.mark.virtual
async def test_a_batch_of_cancels_is_no_form() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        refused = await rest.call("CancelOrderBatch", orders="OAAAAA-BBBBB-CCCCCC,OAAAAA-BBBBB-CCCCCD")
        assert refused["error"] == ["EGeneral:Invalid arguments:orders"]


PAIRS = ("XBTUSD,ETHUSD", ["XBTUSD", "ETHUSD"], [{"asset": "XBTUSD", "aclass": "forex"}, "ETHUSD"])


@pytest.mark.virtual
@pytest.mark.parametrize("pairs", PAIRS)
async def test_pairs_of_a_trade_volume_may_be_a_list(pairs: Any) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        told = await sent(rest, "TradeVolume", {"pair": pairs})
        assert set(told["fees"]) == {"XXBTZUSD", "XETHZUSD"}
        assert told["inputs"]["domain_spot_volume_30d"] == told["volume"]


@pytest.mark.virtual
async def test_assets_of_ledgers_may_be_a_list_of_texts_or_objects_and_of_nothing_else() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        await sent(rest, "AddOrder", {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.01"})
        for assets in ("XBT", ["XBT"], [{"asset": "XBT", "aclass": "currency"}]):
            rows = (await sent(rest, "Ledgers", {"asset": assets}))["ledger"].values()
            assert {row["asset"] for row in rows} == {"XXBT"}
        for wrong in ([1], [["XBT"]], [{"aclass": "currency"}]):
            rest.nonce += 1
            body = json.dumps({"nonce": rest.nonce, "asset": wrong}).encode()
            answer = json.loads((await rest.signed("Ledgers", body, str(rest.nonce), JSON))[1])
            assert answer["error"] == ["EGeneral:Invalid arguments:asset"]


@pytest.mark.virtual
async def test_an_unknown_asset_beside_a_known_one_is_refused() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        assert set((await rest.get("/0/public/Assets?asset=XBT,ZUSD,DOT"))["result"]) == {"XXBT", "ZUSD", "DOT"}
        assert (await rest.get("/0/public/Assets?asset=XBT,NOPE"))["error"] == ["EQuery:Unknown asset"]


LISTED = b'{"nonce": "%d", "pair": ["XBTUSD"]}'
FAULTY = {"no object": b"{", "a list where none may be": LISTED}
TOLD = {"no object": "EAPI:Bad request", "a list where none may be": "EGeneral:Invalid arguments:pair"}


async def told(rest: RawRest, body: bytes, name: str = "AddOrder") -> str:
    """Return how a body is refused, signed with the next nonce, which is put into it."""
    rest.nonce += 1
    sent = body % rest.nonce if b"%d" in body else body
    (error,) = json.loads((await rest.signed(name, sent, str(rest.nonce), JSON))[1])["error"]
    return str(error)


@pytest.mark.virtual
@pytest.mark.parametrize("case", FAULTY)
async def test_who_calls_is_asked_before_what_the_body_says(case: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        assert await told(rest, FAULTY[case]) == TOLD[case]
        rest.keys = Keys("unknown", "eHg=")
        assert await told(rest, FAULTY[case]) == "EAPI:Invalid key"


@pytest.mark.virtual
async def test_what_a_body_may_hold_is_asked_after_signature_nonce_permission_and_counter() -> None:
    async with still() as exchange:
        async with raw_rest(exchange) as rest:
            unsigned = (await rest.signed("AddOrder", LISTED % (rest.nonce + 7), "1", JSON))[1]
            assert json.loads(unsigned)["error"] == ["EAPI:Invalid signature"]
            assert await told(rest, b'{"nonce": ["%d"], "pair": []}') == "EAPI:Invalid signature"
            assert await told(rest, LISTED) == TOLD["a list where none may be"]
            rest.nonce -= 1
            assert await told(rest, LISTED) == "EAPI:Invalid nonce"
        async with raw_rest(exchange, exchange.add_keys(["query-funds"])) as rest:
            assert await told(rest, LISTED) == "EGeneral:Permission denied"
            errors = [await told(rest, LISTED, "BalanceEx?account_id=x") for _ in range(21)]
            assert errors[0] == "EGeneral:Invalid arguments:account_id"
            assert errors[-1] == "EAPI:Rate limit exceeded"
