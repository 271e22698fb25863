"""The lists and addresses of Funding (Beta), seen by a raw client that signs by hand."""

import base64
import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import anyio
import pytest

from tests.sim.clients import RawRest, raw_rest, still

Answer = tuple[int, dict[str, Any]]


async def beta(rest: RawRest, verb: str, target: str, body: object = None) -> Answer:
    """Call a path with its nonce in a header; path and query are signed as they are sent."""
    rest.nonce += 1
    path, sent = f"/funding/{target}", b"" if body is None else json.dumps(body).encode()
    message = path.encode() + hashlib.sha256(str(rest.nonce).encode() + sent).digest()
    sign = base64.b64encode(hmac.digest(rest.keys.secret, message, "sha512")).decode()
    headers = {"API_Key": rest.keys.api_key, "API_Sign": sign, "API_Nonce": str(rest.nonce)}
    status, text = await rest.request(verb, path, sent, **headers)
    return status, json.loads(text)


async def listed(rest: RawRest, name: str, query: str = "", path: str = "v1") -> list[dict[str, Any]]:
    """Walk a list to its end, and return all rows."""
    found, cursor = list[dict[str, Any]](), ""
    for _ in range(20):
        answer = (await beta(rest, "GET", f"{path}/{name}?{cursor or query}"))[1]
        found += answer[name.rpartition("/")[2] if name != "methods/deposit" else "methods"]
        if answer["next_cursor"] is None:
            return found
        cursor = f"cursor={quote(answer['next_cursor'], safe='')}&" + "&".join(
            each for each in query.split("&") if each.startswith("limit")
        )
    raise AssertionError


@pytest.mark.virtual
async def test_a_cursor_walks_through_what_fits_the_filters_that_it_holds() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        made = [exchange.deposit(coin, "0.1") for coin in ("BTC", "ETH", "BTC", "BTC", "ETH")]
        bitcoins = [made[place] for place in (3, 2, 0)]
        for query in ("asset[class]=currency&asset[name]=BTC", "asset[name]=XBT", "scope[method_id]=method-BTC"):
            for size in (1, 2, 3, 500):
                rows = await listed(rest, "deposits", f"{query}&limit={size}")
                assert [row["deposit_id"] for row in rows] == bitcoins, (query, size)
        assert [row["deposit_id"] for row in await listed(rest, "deposits", "limit=2")] == made[::-1]
        assert len(await listed(rest, "methods/deposit", "limit=1")) == 3
        assert await listed(rest, "deposits", "scope[network_group_id]=none") == []


@pytest.mark.virtual
async def test_deposits_are_filtered_by_time_and_by_what_became_of_them() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        old = exchange.deposit("BTC", "0.1")
        for _ in range(2):  # an idle connection would end
            await anyio.sleep(50)
            assert len(await listed(rest, "deposits")) == 1
        new = exchange.deposit("BTC", "0.1")
        cases = {
            "status[list][0]=pending": [new],
            "status[list][0]=success&status[list][1]=failure": [old],
            "status[range][start]=settled": [old],
            "status[range][end]=pending": [new],
            "start_time=2026-11-23T00:01:00Z": [new],
            "end_time=2026-11-23T00:01:00Z": [old],
            "status[range][start]=initial&status[range][end]=failure": [new, old],
        }
        for query, wanted in cases.items():
            assert [row["deposit_id"] for row in await listed(rest, "deposits", query)] == wanted, query


@pytest.mark.virtual
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("cursor=unknown", "cursor"),
        ("cursor=after%3DFTX", "cursor"),
        ("cursor=after%3DFTX&asset[name]=BTC", "cursor"),
        ("start_time=soon", "start_time"),
        ("status[range][start]=never", "status"),
    ],
)
async def test_a_list_refuses_what_it_cannot_be_cut_by(query: str, name: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        exchange.deposit("BTC", "0.1")
        status, problem = await beta(rest, "GET", f"v1/deposits?{query}")
        assert (status, problem["detail"]) == (400, f"EGeneral:Invalid arguments:{name}")


@pytest.mark.virtual
async def test_no_address_loses_its_name_to_another() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        new = {"scope": {"method_id": "method-BTC"}, "address_details": {"crypto": {"address": "bc1q"}}}
        ids = [(await beta(rest, "POST", "v1/addresses", {**new, "name": name}))[1]["address_id"] for name in "ab"]
        taken = {"type": "tag:kraken.com,2025:InvalidArguments", "title": "InvalidArguments"}
        refused = (400, {**taken, "detail": "EFunding:Duplicate withdraw key"})
        assert await beta(rest, "POST", "v1/addresses", {**new, "name": "a"}) == refused
        assert await beta(rest, "PUT", f"v1/addresses/{ids[0]}", {"name": "b"}) == refused
        assert (await beta(rest, "PUT", f"v1/addresses/{ids[0]}", {"name": "a"}))[1] == {"verified": True}
        rows = await listed(rest, "addresses", "scope[network_id]=network-BTC")
        assert sorted((row["address_id"], row["name"]) for row in rows) == sorted(zip(ids, "ab", strict=True))


@pytest.mark.virtual
async def test_no_more_addresses_are_claimed_than_over_the_older_call() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        claimed = [await beta(rest, "PUT", "v1/deposit/address", {"method_id": "method-BTC"}) for _ in range(6)]
        assert [status for status, _ in claimed] == [200] * 5 + [400]
        assert claimed[-1][1]["type"] == "tag:kraken.com,2025:TooManyDepositAddresses"
        known = [answer["address_details"]["crypto"]["address"] for _, answer in claimed[:5]]
        rows = await listed(rest, "addresses", "asset[name]=BTC&limit=2", "v2/deposit")
        assert [row["id"] for row in rows] == known


@pytest.mark.virtual
@pytest.mark.parametrize(("included", "gross", "net"), [("true", "0.5", "0.4999"), ("false", "0.5001", "0.5")])
async def test_a_fee_is_within_the_amount_or_on_top_of_it(included: str, gross: str, net: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        before = Decimal((await rest.call("Balance"))["result"]["XXBT"])
        exchange.save_address("cold", "BTC", "bc1q")
        told = f"v1/fees/method-BTC?amount=0.5&fee_included={included}"
        foreseen = (await beta(rest, "GET", told))[1]
        made = (await beta(rest, "POST", "v1/withdrawals", await order(rest, {"fee_included": included == "true"})))[1]
        amounts = {name: Decimal(made[name]["asset_amount"]["amount"]) for name in ("gross_amount", "net_amount")}
        assert amounts == {name: Decimal(foreseen[name]["amount"]) for name in amounts}
        assert amounts == {"gross_amount": Decimal(gross), "net_amount": Decimal(net)}
        assert Decimal((await rest.call("Balance"))["result"]["XXBT"]) == before - Decimal(gross)


async def order(rest: RawRest, fee: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return a withdrawal to the one address that is saved."""
    ((row,), bitcoin) = (await listed(rest, "addresses")), {"class": "currency", "name": "BTC"}
    amount = {"asset_amount": {"asset": bitcoin, "amount": "0.5"}}
    return {"scope": row["scope"], "address_id": row["address_id"], "amount": amount, "fee": fee, **more}


@pytest.mark.virtual
async def test_nothing_is_withdrawn_for_a_higher_fee_or_to_another_address_than_expected() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        exchange.save_address("cold", "BTC", "bc1q")
        low = {"fee_included": True, "current_fee": {"max_fee": {"asset_amount": {"amount": "0.00001"}}}}
        bad: list[tuple[dict[str, Any], dict[str, str], str]] = [
            (low, {}, "EFunding:Max fee exceeded"),
            ({"fee_included": True}, {"expected_address": "bc1other"}, "Invalid withdrawal address"),
            ({}, {}, "EGeneral:Invalid arguments:amount"),
        ]
        for fee, more, detail in bad:
            status, problem = await beta(rest, "POST", "v1/withdrawals", await order(rest, fee, **more))
            assert (status, problem["detail"]) == (400, detail)
        assert await listed(rest, "withdrawals") == []
        good = await order(rest, {"fee_included": True, "current_fee": {}}, expected_address="bc1q")
        assert (await beta(rest, "POST", "v1/withdrawals", good))[0] == 200
