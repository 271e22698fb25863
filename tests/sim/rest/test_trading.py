"""The trading endpoints of REST: every form of an order, in forms and in JSON (rest-endpoints §4)."""

import json
from decimal import Decimal
from typing import Any

import anyio
import pytest

from tests.sim.clients import RawRest, raw_rest, still

LIMIT = {"pair": "ADAEUR", "type": "buy", "ordertype": "limit", "volume": "25", "price": "0.2"}


async def send_json(rest: RawRest, name: str, **params: Any) -> dict[str, Any]:
    """Return the envelope of a call with a JSON body."""
    rest.nonce += 1
    body = json.dumps({"nonce": str(rest.nonce), **params}).encode()
    answer: dict[str, Any] = json.loads((await rest.signed(name, body, str(rest.nonce), "application/json"))[1])
    return answer


DESCRIBED: list[tuple[dict[str, str], str]] = [
    ({}, "buy 25.00000000 ADAEUR @ limit 0.200000"),
    ({"pair": "ADA/EUR"}, "buy 25.00000000 ADAEUR @ limit 0.200000"),
    ({"ordertype": "market", "price": ""}, "buy 25.00000000 ADAEUR @ market"),
    ({"ordertype": "iceberg", "displayvol": "5"}, "buy 25.00000000 ADAEUR @ iceberg 0.200000"),
    ({"ordertype": "stop-loss", "price": "0.5"}, "buy 25.00000000 ADAEUR @ stop loss 0.500000"),
    (
        {"ordertype": "take-profit-limit", "price": "0.3", "price2": "0.31"},
        "buy 25.00000000 ADAEUR @ take profit 0.300000 -> limit 0.310000",
    ),
    (
        {"ordertype": "trailing-stop", "price": "+5%"},
        "buy 25.00000000 ADAEUR @ trailing stop +5.0000%",
    ),
    (
        {"ordertype": "trailing-stop-limit", "price": "+0.01", "price2": "-0.002"},
        "buy 25.00000000 ADAEUR @ trailing stop +0.010000 -> limit -0.002000",
    ),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("change", "sentence"), DESCRIBED)
async def test_each_order_type_is_described(change: dict[str, str], sentence: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        form = await rest.call("AddOrder", **(LIMIT | change))
        assert form["error"] == []
        assert form["result"]["descr"] == {"order": sentence}
        (txid,) = form["result"]["txid"]
        assert txid == exchange.orders[0].order_id
        checked = await send_json(rest, "AddOrder", **(LIMIT | change), validate=True)
        assert checked == {"error": [], "result": {"descr": {"order": sentence}}}


@pytest.mark.virtual
async def test_a_pending_cancel_waits_for_a_closed_exchange() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        (txid,) = (await rest.call("AddOrder", **LIMIT))["result"]["txid"]
        exchange.pend_cancels(1)
        assert (await rest.call("CancelOrder", txid=txid))["result"]["pending"] is True
        exchange.maintenance()
        await anyio.sleep(3)
        assert exchange.orders[0].status == "new"
        exchange.maintenance("online")
        await anyio.sleep(2)
        assert exchange.orders[0].status == "canceled"


RELATIVE = [
    ({"price": "-10%"}, "-0.1"),
    ({"price": "#10%"}, "-0.1"),
    ({"type": "sell", "price": "#10%"}, "0.1"),
    ({"type": "sell", "price": "+10%"}, "0.1"),
    ({"ordertype": "stop-loss", "price": "#10%"}, "0.1"),
    ({"ordertype": "stop-loss", "type": "sell", "price": "#10%"}, "-0.1"),
    ({"ordertype": "take-profit", "type": "sell", "price": "#10%"}, "0.1"),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("change", "share"), RELATIVE)
async def test_a_price_may_be_relative_to_the_last_trade(change: dict[str, str], share: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        last = Decimal((await rest.get("/0/public/Ticker?pair=ADAEUR"))["result"]["ADAEUR"]["c"][0])
        (txid,) = (await rest.call("AddOrder", **(LIMIT | change)))["result"]["txid"]
        row = (await rest.call("OpenOrders"))["result"]["open"][txid]
        assert abs(Decimal(row["descr"]["price"]) - last * (1 + Decimal(share))) <= Decimal("0.000001")


BAD = [
    ({"type": ""}, "EGeneral:Invalid arguments:type"),
    ({"ordertype": ""}, "EGeneral:Invalid arguments:ordertype"),
    ({"ordertype": "stop"}, "EGeneral:Invalid arguments:ordertype"),
    ({"ordertype": "settle-position", "price": ""}, "EOrder:Unknown position"),
    ({"ordertype": "stop-loss", "price": ""}, "EGeneral:Invalid arguments:price"),
    ({"ordertype": "stop-loss-limit"}, "EGeneral:Invalid arguments:price2"),
    ({"ordertype": "trailing-stop", "price": "5%"}, "EGeneral:Invalid arguments:price"),
    ({"ordertype": "trailing-stop", "price": "-5%"}, "EGeneral:Invalid arguments:price"),
    ({"ordertype": "trailing-stop-limit", "price": "+5%", "price2": "1"}, "EGeneral:Invalid arguments:price2"),
    ({"ordertype": "stop-loss", "trigger": "mark"}, "EGeneral:Invalid arguments:trigger"),
    ({"ordertype": "stop-loss", "trigger": "index"}, "EGeneral:Invalid arguments:Index unavailable"),
    ({"price2": "1"}, "EGeneral:Invalid arguments:price2"),
    ({"price": "-100%"}, "EOrder:Invalid price"),
    ({"price": "5%"}, "EGeneral:Invalid arguments:price"),
    ({"displayvol": "5"}, "EGeneral:Invalid arguments:display-volume"),
    ({"reduce_only": "true"}, "EOrder:Reduce only:No position exists"),
    ({"oflags": "fcib,fciq"}, "EGeneral:Invalid arguments:oflags"),
    ({"timeinforce": "GTX"}, "EGeneral:Invalid arguments:timeinforce"),
    ({"timeinforce": "GTD", "expiretm": "+4"}, "EGeneral:Invalid arguments:expiretm"),
    ({"starttm": "soon"}, "EGeneral:Invalid arguments:starttm"),
    ({"stptype": "cancel_newest_one"}, "EGeneral:Invalid arguments:stptype"),
    ({"userref": "9999999999"}, "EGeneral:Invalid arguments:userref"),
    ({"validate": "maybe"}, "EGeneral:Invalid arguments:validate"),
    ({"close[ordertype]": "iceberg", "close[price]": "1"}, "EGeneral:Invalid arguments:close[ordertype]"),
    ({"close[ordertype]": "stop-loss"}, "EGeneral:Invalid arguments:close[price]"),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("change", "error"), BAD)
async def test_a_bad_order_says_which_argument(change: dict[str, str], error: str) -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        assert (await rest.call("AddOrder", **(LIMIT | change)))["error"] == [error]
        assert exchange.orders == []


@pytest.mark.virtual
async def test_what_rest_does_not_know_it_ignores() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        assert (await rest.call("AddOrder", **LIMIT, trading_agreement="agree"))["error"] == []
        assert exchange.orders[0].status == "new"


@pytest.mark.virtual
async def test_a_close_may_be_nested_in_json() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        close = {"ordertype": "stop-loss-limit", "price": "0.1", "price2": 0.09}
        answer = await send_json(rest, "AddOrder", **LIMIT, close=close)
        assert answer["result"]["descr"]["close"] == "close position @ stop loss 0.100000 -> limit 0.090000"
        assert exchange.orders[0].status == "new"


@pytest.mark.virtual
async def test_a_start_may_be_seconds_from_now() -> None:
    async with still(idle=1000) as exchange, raw_rest(exchange) as rest:
        (txid,) = (await rest.call("AddOrder", **LIMIT, starttm="+30"))["result"]["txid"]
        assert (await rest.call("OpenOrders"))["result"]["open"][txid]["status"] == "pending"
        await anyio.sleep(31)
        assert (await rest.call("OpenOrders"))["result"]["open"][txid]["status"] == "open"


@pytest.mark.virtual
async def test_an_amend_answers_with_its_id_alone() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        (txid,) = (await rest.call("AddOrder", **LIMIT))["result"]["txid"]
        answer = await rest.call("AmendOrder", txid=txid, limit_price="0.21", order_qty="30")
        assert list(answer["result"]) == ["amend_id"]
        order = exchange.orders[0]
        assert (order.limit_price, order.order_qty) == (Decimal("0.21"), Decimal(30))
        relative = await rest.call("AmendOrder", txid=txid, limit_price="-20%")
        assert (relative["error"], exchange.orders[0].limit_price != Decimal("0.21")) == ([], True)
        for params, error in (
            ({"txid": txid}, "EOrder:No amendable parameters provided"),
            ({"txid": txid, "limit_price": "#1"}, "EGeneral:Invalid arguments:limit_price"),
            ({"txid": txid, "cl_ord_id": "x", "order_qty": "30"}, "EGeneral:Invalid arguments"),
            ({"order_qty": "30"}, "EGeneral:Invalid arguments:txid"),
            ({"txid": "OAAAAA-BBBBB-CCCCCC", "order_qty": "30"}, "EOrder:Invalid order"),
        ):
            assert (await rest.call("AmendOrder", **params))["error"] == [error]


@pytest.mark.virtual
async def test_an_edit_tells_of_both_orders() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        (txid,) = (await rest.call("AddOrder", **LIMIT, userref="5", oflags="post"))["result"]["txid"]
        edit = {"pair": "ADAEUR", "volume": "30", "price": "0.21"}
        checked = (await rest.call("EditOrder", txid="5", validate="true", **edit))["result"]
        assert ("txid" in checked, checked["orders_cancelled"]) == (False, 0)
        result = (await rest.call("EditOrder", txid="5", **edit))["result"]
        new = exchange.orders[1].order_id
        assert result == {
            "status": "ok",
            "txid": new,
            "originaltxid": txid,
            "volume": "30.00000000",
            "price": "0.210000",
            "price2": "0",
            "orders_cancelled": 1,
            "descr": {"order": "buy 30.00000000 ADAEUR @ limit 0.210000"},
            "newuserref": "0",
            "olduserref": "5",
        }
        assert [order.status for order in exchange.orders] == ["canceled", "new"]


@pytest.mark.virtual
async def test_an_edited_stop_keeps_what_the_edit_does_not_name() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        stop = LIMIT | {"type": "sell", "ordertype": "stop-loss-limit", "price": "0.3", "price2": "0.29"}
        (txid,) = (await rest.call("AddOrder", **stop))["result"]["txid"]
        result = (await rest.call("EditOrder", txid=txid, pair="ADAEUR", price="0.31"))["result"]
        assert (result["price"], result["price2"]) == ("0.310000", "0.290000")
        assert exchange.orders[1].order_type == "stop-loss-limit"


ROW = {name: value for name, value in LIMIT.items() if name != "pair"}


@pytest.mark.virtual
async def test_a_batch_has_scalar_ids_and_row_errors() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        close = {"ordertype": "limit", "price": "0.9"}
        rows = [ROW, ROW | {"volume": "10000000"}, ROW | {"close": close, "userref": 4, "volume": 26}]
        answer = await send_json(rest, "AddOrderBatch", pair="ADAEUR", orders=rows)
        first, second = [order.order_id for order in exchange.orders]
        assert answer == {
            "error": [],
            "result": {
                "orders": [
                    {"txid": first, "descr": {"order": "buy 25.00000000 ADAEUR @ limit 0.200000"}},
                    {"error": "EOrder:Insufficient funds"},
                    {
                        "txid": second,
                        "descr": {
                            "order": "buy 26.00000000 ADAEUR @ limit 0.200000",
                            "close": "close position @ limit 0.900000",
                        },
                    },
                ]
            },
        }


@pytest.mark.virtual
async def test_a_batch_with_an_order_that_is_not_valid_places_nothing() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        for rows in ([ROW], [ROW] * 16, [ROW, ROW | {"volume": "1"}], [ROW, ROW | {"price": ""}], [ROW, 1], "x"):
            answer = await send_json(rest, "AddOrderBatch", pair="ADAEUR", orders=rows)
            assert answer["error"][0].startswith("EGeneral:Invalid arguments"), rows
        checked = await send_json(rest, "AddOrderBatch", pair="ADAEUR", orders=[ROW, ROW], validate=True)
        assert [list(row) for row in checked["result"]["orders"]] == [["descr"], ["descr"]]
        assert (await rest.call("AddOrderBatch", pair="ADAEUR"))["error"] != []
        assert exchange.orders == []


@pytest.mark.virtual
async def test_many_orders_are_cancelled_by_any_name() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        for more in ({"userref": "7"}, {"userref": "7"}, {"cl_ord_id": "one"}, {}):
            assert (await rest.call("AddOrder", **LIMIT, **more))["error"] == []
        last = exchange.orders[-1].order_id
        answer = await send_json(rest, "CancelOrderBatch", orders=[7, last, "OX"], cl_ord_ids=["one"])
        assert answer["result"] == {"count": 4}
        for params in ({}, {"orders": ["O"] * 51}, {"orders": "x"}):
            refused = await send_json(rest, "CancelOrderBatch", **params)
            assert refused["error"] == ["EGeneral:Invalid arguments:orders"]


@pytest.mark.virtual
async def test_one_order_is_cancelled_by_one_name() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        for more in ({"cl_ord_id": "one"}, {}, {"userref": "7"}, {"userref": "7"}):
            assert (await rest.call("AddOrder", **LIMIT, **more))["error"] == []
        txid = exchange.orders[1].order_id
        mixed = await rest.call("CancelOrder", txid=txid, cl_ord_id="one")
        assert mixed["error"] == ["EGeneral:Invalid arguments"]
        counts = [
            (await rest.call("CancelOrder", cl_ord_id="one"))["result"]["count"],
            (await send_json(rest, "CancelOrder", txid=txid))["result"]["count"],
            (await send_json(rest, "CancelOrder", txid=7))["result"]["count"],
        ]
        assert counts == [1, 1, 2]
        assert (await rest.call("CancelOrder", txid=txid))["error"] == ["EOrder:Unknown order"]
        assert (await rest.call("CancelOrder", txid="OAAAAA-BBBBB-CCCCCC"))["error"] == ["EOrder:Invalid order"]
        assert (await rest.call("CancelOrder", cl_ord_id="one"))["error"] == ["EOrder:Unknown order"]
        never = await rest.call("CancelOrder", txid="", cl_ord_id="kraken_infinity_grid_internal")
        assert never["error"] == ["EOrder:Invalid order"]


@pytest.mark.virtual
@pytest.mark.parametrize("number", ["3e1", "3E+1", "3_0", " 30", "३०", "0x1e", "NaN", "30,0"])
async def test_numbers_are_ascii_digits_without_exponent_except_in_json(number: str) -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        for name in ("volume", "price"):
            refused = (await rest.call("AddOrder", **{**LIMIT, name: number}))["error"]
            assert refused == [f"EGeneral:Invalid arguments:{name}"]
        assert (await rest.call("ClosedOrders", start=number))["error"] == ["EGeneral:Invalid arguments:start"]
        small = {**LIMIT, "pair": "XBTUSD", "price": 70000, "volume": 5e-05}
        assert (await send_json(rest, "AddOrder", **small))["error"] == []


@pytest.mark.virtual
async def test_an_order_that_rest_lags_behind_is_left_out_and_an_unknown_one_refused() -> None:
    async with still(limits=False) as exchange, raw_rest(exchange) as rest:
        (old,) = (await rest.call("AddOrder", **LIMIT))["result"]["txid"]
        exchange.late_tables(5)
        await anyio.sleep(6)
        (new,) = (await rest.call("AddOrder", **LIMIT))["result"]["txid"]
        assert [*(await rest.call("QueryOrders", txid=f"{new},{old}"))["result"]] == [old]
        assert (await rest.call("QueryOrders", txid=new)) == {"error": [], "result": {}}
        assert (await rest.call("QueryOrders", txid="OAAAAA-BBBBB-CCCCCC"))["error"] == ["EOrder:Invalid order"]
        await anyio.sleep(6)
        assert [*(await rest.call("QueryOrders", txid=new))["result"]] == [new]
