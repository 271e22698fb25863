"""Whoever walks through lists page by page, by whichever cursor, sees each row once."""

import json
from decimal import Decimal
from typing import Any

import anyio
import pytest

from tests.sim.clients import RawRest, raw_rest, still

SYMBOL = "ETH/BTC"


@pytest.mark.virtual
@pytest.mark.parametrize("count", [1, 7, 1000])
async def test_reported_trades_are_walked_by_their_last_time(count: int) -> None:
    async with still(markets=[SYMBOL], limits=False) as exchange, raw_rest(exchange) as rest:
        path = f"/0/public/PostTrade?symbol={SYMBOL}&count={count}"
        found, last = list[str](), "2020-01-01T00:00:00Z"
        for _ in range(100):
            page = (await rest.get(f"{path}&from_ts={last}"))["result"]
            found += [trade["trade_id"] for trade in page["trades"]]
            last = page.get("last_ts", last)
        assert found == [f"{SYMBOL}-{number}" for number in range(1, len(found) + 1)] != []


@pytest.mark.virtual
async def test_reported_trades_are_walked_in_microseconds_too() -> None:
    async with still(markets=[SYMBOL], limits=False, activity=50) as exchange, raw_rest(exchange) as rest:
        await anyio.sleep(20)
        path = f"/0/public/PostTrade?symbol={SYMBOL}&count=30"
        found, last = list[str](), "2020-01-01T00:00:00Z"
        while page := (await rest.get(f"{path}&from_ts={last}"))["result"]["trades"]:
            found += [trade["trade_id"] for trade in page]
            last = page[-1]["trade_ts"][:26] + "Z"
        assert found == [f"{SYMBOL}-{number}" for number in range(1, len(found) + 1)] != []
        until = await rest.get(f"/0/public/PostTrade?symbol={SYMBOL}&to_ts={last}")
        assert [trade["trade_id"] for trade in until["result"]["trades"]] == found


ORDER = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.02"}
LISTS = {"TradesHistory": "trades", "Ledgers": "ledger", "ClosedOrders": "closed"}


async def traded(rest: RawRest, count: int = 12) -> None:
    """Fill orders, each of several makers, and cancel others."""
    for _ in range(count):
        assert (await rest.call("AddOrder", **ORDER))["error"] == []
        await anyio.sleep(0.123456789)
        (txid,) = (await rest.call("AddOrder", **ORDER | {"ordertype": "limit", "price": "70000.0"}))["result"]["txid"]
        await anyio.sleep(0.123456789)
        await rest.call("CancelOrder", txid=txid)


async def rows(rest: RawRest, name: str, **params: Any) -> dict[str, Any]:
    """Return a list, its numbers with all their digits."""
    rest.nonce += 1
    body = json.dumps({"nonce": str(rest.nonce), **params}, default=str).encode()
    answer = (await rest.signed(name, body, str(rest.nonce), "application/json"))[1]
    result: dict[str, Any] = json.loads(answer, parse_float=Decimal)["result"][LISTS[name]]
    return result


@pytest.mark.virtual
@pytest.mark.parametrize("name", ["TradesHistory", "Ledgers"])
async def test_an_id_bounds_a_list_where_it_stands_though_its_moment_is_that_of_others(name: str) -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        await traded(rest, 4)
        ids = list(await rows(rest, name))
        assert len(ids) >= 4
        for place, bound in enumerate(ids):
            assert list(await rows(rest, name, end=bound)) == ids[place:]
            assert list(await rows(rest, name, start=bound)) == ids[:place]


@pytest.mark.virtual
async def test_an_id_bounds_a_list_that_leaves_it_out() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        await traded(rest, 2)
        entries = await rows(rest, "Ledgers")
        dollars = [name for name, entry in entries.items() if entry["asset"] == "ZUSD"]
        last = next(name for name, entry in entries.items() if entry["asset"] == "XXBT")
        assert list(await rows(rest, "Ledgers", asset="USD", end=last)) in (dollars, dollars[1:])


@pytest.mark.virtual
@pytest.mark.parametrize("closetime", ["open", "close"])
async def test_closed_orders_are_bounded_by_the_times_that_they_show(closetime: str) -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        await traded(rest)
        orders = await rows(rest, "ClosedOrders")
        assert len(orders) >= 12
        field = {"open": "opentm", "close": "closetm"}[closetime]
        for name, order in orders.items():
            bound = {"closetime": closetime, "start": order[field]}
            assert set(await rows(rest, "ClosedOrders", **bound)) == {
                other for other, row in orders.items() if row[field] > order[field]
            }, name
            assert name in await rows(rest, "ClosedOrders", closetime=closetime, end=order[field])


@pytest.mark.virtual
async def test_the_id_of_an_order_bounds_closed_orders_by_when_it_was_opened() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        await traded(rest)
        orders = await rows(rest, "ClosedOrders", closetime="open")
        ids = list(orders)
        assert list(await rows(rest, "ClosedOrders", closetime="open", start=ids[3])) == ids[:3]
        assert list(await rows(rest, "ClosedOrders", closetime="open", end=ids[3])) == ids[3:]
        assert (await rest.call("ClosedOrders", closetime="x"))["error"] == ["EGeneral:Invalid arguments:closetime"]
        assert "count" not in (await rest.call("ClosedOrders", without_count="true"))["result"]


@pytest.mark.virtual
@pytest.mark.parametrize("name", ["OpenOrders", "ClosedOrders"])
async def test_orders_are_walked_by_cursors(name: str) -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        for number in range(70):
            pair, price = ("XBTUSD", "70000.0") if number % 2 else ("ETHUSD", "2000.00")
            more = {"pair": pair, "ordertype": "limit", "price": price, "volume": "0.001"}
            assert (await rest.call("AddOrder", **ORDER | more))["error"] == []
        if name == "ClosedOrders":
            await rest.call("CancelAll")
        found, cursor, sizes = list[str](), dict[str, str](), list[int]()
        while not sizes or cursor["cursor"]:
            result = (await rest.call(name, with_cursor="true", **cursor))["result"]
            listed = result["open" if name == "OpenOrders" else "closed"]
            found, cursor, sizes = found + list(listed), {"cursor": result["cursor"]["next"]}, [*sizes, len(listed)]
            assert "count" not in result
        assert (sizes, len(set(found))) == ([50, 20], 70)


@pytest.mark.virtual
async def test_open_orders_may_be_limited() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        for _ in range(3):
            await rest.call("AddOrder", **ORDER | {"ordertype": "limit", "price": "70000.0"})
        assert len((await rest.call("OpenOrders", limit=2))["result"]["open"]) == 2
        assert len((await rest.call("OpenOrders", limit=2, with_cursor="true"))["result"]["open"]) == 2
        assert len((await rest.call("OpenOrders"))["result"]["open"]) == 3


@pytest.mark.virtual
@pytest.mark.parametrize("name", ["OpenOrders", "TradesHistory", "DepositStatus", "WithdrawStatus"])
async def test_a_page_of_no_rows_is_refused(name: str) -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        refused = {"error": ["EGeneral:Invalid arguments:limit"]}
        assert await rest.call(name, limit=0) == refused
        cursor = {"cursor": "true"} if name.endswith("Status") else {"with_cursor": "true"}
        assert await rest.call(name, limit=0, **cursor) == refused
        assert (await rest.call(name, limit=1, **cursor))["error"] == []
