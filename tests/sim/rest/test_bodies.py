"""The forms in which private calls come: what other clients write, all meaning the same."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

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
