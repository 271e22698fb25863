"""Conditional closes: each fill makes an order on the other side (ws-v2-trading §1.3)."""

from decimal import Decimal

import pytest

from tests.sim.clients import Frame, raw_rest, still
from tests.sim.traders import prices, trading

STOP: Frame = {"order_type": "stop-loss-limit", "trigger_price": 0.3, "limit_price": 0.29}


@pytest.mark.virtual
async def test_a_fill_makes_the_order_that_closes_it() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        first = await trader.placed(order_type="market", limit_price=None, conditional=STOP)
        pending = await trader.report("pending_new", first)
        assert pending["contingent"] == {
            "order_type": "stop-loss-limit",
            "trigger_price": Decimal("0.3"),
            "trigger_price_type": "static",
            "limit_price": Decimal("0.29"),
            "limit_price_type": "static",
        }
        fill = await trader.report("trade", first)
        close = await trader.report("pending_new")
        assert (close["ord_ref_id"], close["side"], close["order_type"]) == (first, "sell", "stop-loss-limit")
        assert (close["order_qty"], close["triggers"]["actual_price"]) == (fill["last_qty"], Decimal("0.3"))
        async with raw_rest(exchange) as rest:
            row = (await rest.call("OpenOrders"))["result"]["open"][close["order_id"]]
        assert (row["refid"], row["descr"]["ordertype"]) == (first, "stop-loss-limit")


@pytest.mark.virtual
async def test_each_of_several_fills_makes_one() -> None:
    async with still(limits=False) as exchange, trading(exchange) as trader:
        conditional = {"order_type": "limit", "limit_price": 0.9}
        await trader.placed(order_type="market", limit_price=None, order_qty=9000, conditional=conditional)
        first, *closes = exchange.orders
        assert len(closes) == len(first.exec_ids) > 1
        assert sum(order.order_qty for order in closes) == first.filled_qty
        assert {(order.side, order.limit_price, order.status) for order in closes} == {("sell", Decimal("0.9"), "new")}


@pytest.mark.virtual
async def test_rest_takes_it_in_brackets_and_says_how_the_position_will_close() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        _, ask = prices(exchange)
        order = {"pair": "ADAEUR", "type": "buy", "ordertype": "limit", "price": f"{ask:.6f}", "volume": "25"}
        close = {"close[ordertype]": "take-profit", "close[price]": "#5%"}
        descr = (await rest.call("AddOrder", **order, **close, validate="true"))["result"]["descr"]
        assert descr["close"] == "close position @ take profit +5.0000%"
        assert (await rest.call("AddOrder", **order, **close))["error"] == []
        _, made = exchange.orders
        row = (await rest.call("QueryOrders", txid=made.order_id))["result"][made.order_id]
        assert abs(Decimal(row["stopprice"]) - ask * Decimal("1.05")) < Decimal("0.000001")
        assert row["descr"]["close"] == ""


@pytest.mark.virtual
async def test_an_order_with_a_close_is_neither_amended_nor_edited() -> None:
    async with still() as exchange, trading(exchange) as trader:
        order_id = await trader.placed(conditional=STOP)
        amended = await trader.ask("amend_order", order_id=order_id, order_qty=30)
        edited = await trader.ask("edit_order", order_id=order_id, symbol="ADA/EUR", order_qty=30)
        assert amended["error"] == edited["error"] == "EOrder:Order not editable"
        assert exchange.orders[0].status == "new"


REFUSED: list[tuple[Frame, str]] = [
    ({"order_type": "market"}, "EGeneral:Invalid arguments:close[ordertype]"),
    ({"order_type": "iceberg", "limit_price": 1}, "EGeneral:Invalid arguments:close[ordertype]"),
    ({"order_type": "limit"}, "EOrder:Invalid price"),
    ({"order_type": "stop-loss"}, "EOrder:Invalid price"),
    ({"order_type": "stop-loss", "trigger_price": 0.3, "limit_price": 0.2}, "EOrder:Invalid price"),
    ({"order_type": "limit", "limit_price": 0.3000001}, "EOrder:Tick size check failed"),
    ({"order_type": "trailing-stop", "trigger_price": 0.3}, "EGeneral:Invalid arguments:price_type"),
    ({"order_type": "limit", "price": 1}, "Unsupported field: 'price' for the given msg type: add_order"),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("close", "error"), REFUSED)
async def test_a_bad_close_refuses_the_order(close: Frame, error: str) -> None:
    async with still() as exchange, trading(exchange) as trader:
        assert (await trader.add(conditional=close)).get("error") == error
        assert exchange.orders == []


@pytest.mark.virtual
async def test_a_trailing_close_follows_the_price_after_the_fill() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        close = {"order_type": "trailing-stop", "trigger_price": 2, "trigger_price_type": "pct"}
        await trader.placed(order_type="market", limit_price=None, conditional=close)
        await trader.report("pending_new")
        made = await trader.report("pending_new")
        fill = prices(exchange)[1]
        assert abs(made["triggers"]["peak_price"] - fill) < Decimal("0.001")
        assert made["triggers"]["actual_price"] < made["triggers"]["peak_price"]
