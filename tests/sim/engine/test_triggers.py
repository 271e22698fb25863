"""Orders that wait for a price: what they report, when they fire, and what they become (ws-v2-trading §1.2)."""

from decimal import Decimal

import pytest

from tests.sim.clients import Frame, raw_rest, still
from tests.sim.traders import prices, status, trading

TICK = Decimal("0.000001")


def stop(side: str, price: object, kind: str = "stop-loss", **more: object) -> Frame:
    """Return an order that waits for a price."""
    return {
        "order_type": kind,
        "side": side,
        "limit_price": None,
        "triggers": {"price": float(str(price)), **more},
    }


@pytest.mark.virtual
async def test_a_stop_waits_untriggered_and_sells_at_market_when_the_price_falls_to_it() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        bid, ask = prices(exchange)
        await trader.trade("buy")
        order_id = await trader.placed(**stop("sell", bid))
        pending = await trader.report("pending_new", order_id)
        assert pending["triggers"] == {
            "reference": "last",
            "price": bid,
            "price_type": "static",
            "actual_price": bid,
            "status": "untriggered",
        }
        assert (pending["order_type"], pending["stop_price"], "limit_price" in pending) == ("stop-loss", bid, False)
        assert sorted(await trader.report("new", order_id)) == [
            "exec_type", "order_id", "order_status", "order_userref", "timestamp",
        ]  # fmt: skip
        assert status(exchange, order_id) == "new"
        await trader.trade("sell")
        fired = await trader.report("status", order_id)
        assert (fired["order_status"], fired["triggers"]["status"]) == ("new", "triggered")
        assert (fired["triggers"]["last_price"], fired["triggers"]["timestamp"]) == (bid, fired["timestamp"])
        assert "symbol" not in fired
        assert (await trader.report("trade", order_id))["last_price"] == bid
        assert (await trader.report("filled", order_id))["order_status"] == "filled"
        assert ask > bid


FIRES = [("stop-loss", "buy", "buy"), ("stop-loss", "sell", "sell"), ("take-profit", "sell", "buy")]


@pytest.mark.virtual
@pytest.mark.parametrize(("kind", "side", "trades"), [*FIRES, ("take-profit", "buy", "sell")])
async def test_stops_fire_against_their_side_and_take_profits_with_it(kind: str, side: str, trades: str) -> None:
    async with still() as exchange, trading(exchange) as trader:
        bid, ask = prices(exchange)
        await trader.trade("sell" if trades == "buy" else "buy")
        order_id = await trader.placed(**stop(side, ask if trades == "buy" else bid, kind))
        assert status(exchange, order_id) == "new"
        await trader.trade(trades)
        assert status(exchange, order_id) == "filled"


@pytest.mark.virtual
async def test_a_stop_that_the_price_has_passed_ends_at_once() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        order_id = await trader.placed(**stop("sell", 1))
        ended = await trader.report("canceled", order_id)
        assert (ended["reason"], ended["cum_qty"]) == ("Order would trigger immediately", 0)
        assert status(exchange, order_id) == "canceled"


@pytest.mark.virtual
async def test_a_fired_stop_limit_rests_at_its_limit() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        bid, _ = prices(exchange)
        await trader.trade("buy")
        order_id = await trader.placed(**(stop("sell", bid, "stop-loss-limit") | {"limit_price": 0.5}))
        assert (await trader.report("pending_new", order_id))["limit_price"] == Decimal("0.5")
        await trader.trade("sell")
        await trader.report("status", order_id)
        assert status(exchange, order_id) == "new"
        async with raw_rest(exchange) as rest:
            row = (await rest.call("QueryOrders", txid=order_id))["result"][order_id]
        assert (row["stopprice"], row["limitprice"], row["misc"]) == (f"{bid:.6f}", "0.500000", "stopped")
        assert row["descr"]["order"] == f"sell 25.00000000 ADAEUR @ stop loss {bid:.6f} -> limit 0.500000"
        assert (row["descr"]["price"], row["descr"]["price2"], row["trigger"]) == (f"{bid:.6f}", "0.500000", "last")
        assert (await trader.ask("cancel_order", order_id=[order_id]))["success"]


@pytest.mark.virtual
@pytest.mark.parametrize(("kind", "amount"), [("pct", "-0.5"), ("quote", "-0.002")])
async def test_a_trigger_may_be_a_distance_from_the_last_price(kind: str, amount: str) -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        await trader.trade("sell")
        last, _ = prices(exchange)
        order_id = await trader.placed(**stop("sell", amount, price_type=kind))
        inner = (await trader.report("pending_new", order_id))["triggers"]
        expected = last * Decimal("0.995") if kind == "pct" else last + Decimal(amount)
        assert (inner["price"], inner["price_type"]) == (Decimal(amount), kind)
        assert abs(inner["actual_price"] - expected) < TICK


@pytest.mark.virtual
async def test_a_trailing_stop_follows_the_best_price_and_fires_on_the_way_back() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        exchange.set_index("ADA/EUR", "0.40")
        order_id = await trader.placed(**stop("sell", 10, "trailing-stop", price_type="pct", reference="index"))
        inner = (await trader.report("pending_new", order_id))["triggers"]
        assert (inner["peak_price"], inner["actual_price"]) == (Decimal("0.4"), Decimal("0.36"))
        exchange.set_index("ADA/EUR", "0.50")
        moved = await trader.report("status", order_id)
        assert (moved["triggers"]["status"], moved["order_status"]) == ("untriggered", "new")
        assert (moved["triggers"]["peak_price"], moved["triggers"]["actual_price"]) == (Decimal("0.5"), Decimal("0.45"))
        exchange.set_index("ADA/EUR", "0.46")
        assert status(exchange, order_id) == "new"
        exchange.set_index("ADA/EUR", "0.45")
        fired = await trader.report("status", order_id)
        assert (fired["triggers"]["status"], fired["triggers"]["last_price"]) == ("triggered", Decimal("0.45"))
        assert status(exchange, order_id) == "filled"


@pytest.mark.virtual
async def test_the_limit_of_a_trailing_stop_is_a_distance_from_where_it_fires() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        exchange.set_index("ADA/EUR", "0.40")
        terms = stop("sell", "0.02", "trailing-stop-limit", price_type="quote", reference="index")
        order_id = await trader.placed(**(terms | {"limit_price": 0.1}))
        pending = await trader.report("pending_new", order_id)
        assert (pending["limit_price"], pending["limit_price_type"]) == (Decimal("0.1"), "quote")
        exchange.set_index("ADA/EUR", "0.50")
        exchange.set_index("ADA/EUR", "0.48")
        assert status(exchange, order_id) == "new"
        async with raw_rest(exchange) as rest:
            row = (await rest.call("OpenOrders"))["result"]["open"][order_id]
        assert (row["stopprice"], row["limitprice"]) == ("0.480000", "0.580000")
        assert row["descr"]["order"].endswith("@ trailing stop +0.020000 -> limit +0.100000")


@pytest.mark.virtual
async def test_one_stop_sets_off_another_and_no_order_is_forgotten() -> None:
    """A hundred stops in a row, each fired by the trade of the one before."""
    async with still(tier="pro", limits=False, balances={"ADA": 10_000, "EUR": 100}) as exchange:
        async with trading(exchange) as trader:
            bid, _ = prices(exchange)
            await trader.trade("buy")
            for _ in range(100):
                await trader.placed(**stop("sell", bid), order_qty=20)
            await trader.trade("sell")
            assert {order.status for order in exchange.orders} == {"filled"}


@pytest.mark.virtual
async def test_a_stop_that_cannot_be_paid_when_it_fires_is_cancelled() -> None:
    async with still(balances={"ADA": 0, "EUR": 30}, markets=["ADA/EUR"]) as exchange, trading(exchange) as trader:
        exchange.set_index("ADA/EUR", "0.30")
        terms = stop("buy", "0.31", reference="index")
        order_id = await trader.placed(**terms, order_qty=90)
        exchange.set_index("ADA/EUR", "0.31")
        assert status(exchange, order_id) == "canceled"
        assert exchange.balances == {"ADA": 0, "EUR": 30}


@pytest.mark.virtual
async def test_a_waiting_order_holds_its_money_and_is_cancelled_like_any_other() -> None:
    async with still(balances={"ADA": 30}) as exchange, trading(exchange) as trader:
        await trader.placed(**stop("sell", "0.2"))
        assert (await trader.add(side="sell", limit_price=0.9))["error"] == "EOrder:Insufficient funds"
        assert (await trader.ask("cancel_all"))["result"] == {"count": 1}
        await trader.placed(side="sell", limit_price=0.9)


REFUSED: list[tuple[Frame, str]] = [
    ({"order_type": "stop-loss", "triggers": None}, "trigger_price(s) not found"),
    ({"order_type": "stop-loss", "triggers": {"reference": "last"}}, "trigger_price(s) not found"),
    ({"order_type": "limit", "limit_price": 0.2}, "EGeneral:Invalid arguments:triggers"),
    ({"order_type": "stop-loss", "limit_price": 0.2}, "EOrder:Invalid price"),
    ({"order_type": "stop-loss-limit"}, "limit_price(s) not found"),
    ({"triggers": {"price": 0}}, "EOrder:Invalid price"),
    ({"triggers": {"price": 0.3000001}}, "EOrder:Tick size check failed"),
    ({"triggers": {"price": -100, "price_type": "pct"}}, "EOrder:Invalid price"),
    ({"triggers": {"price": 0.3, "price_type": "share"}}, "EGeneral:Invalid arguments:price_type"),
    ({"triggers": {"price": 0.3, "reference": "mark"}}, "EGeneral:Invalid arguments:reference"),
    ({"triggers": {"price": 0.3, "reference": "index"}}, "EGeneral:Invalid arguments:Index unavailable"),
    ({"triggers": {"price": "0.3"}}, "Price field must be a number_float"),
    ({"triggers": {"price": 0.3, "trail": 1}}, "Unsupported field: 'trail' for the given msg type: add_order"),
    ({"order_type": "trailing-stop"}, "EGeneral:Invalid arguments:price_type"),
    ({"order_type": "trailing-stop", "triggers": {"price": -1, "price_type": "pct"}}, "EOrder:Invalid price"),
    ({"limit_price_type": "pct"}, "EGeneral:Invalid arguments:limit_price_type"),
    ({"post_only": True}, "EGeneral:Invalid arguments:post_only"),
    ({"time_in_force": "fok"}, "EGeneral:Invalid arguments:timeinforce"),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("change", "error"), REFUSED)
async def test_a_bad_trigger_is_refused(change: Frame, error: str) -> None:
    async with still() as exchange, trading(exchange) as trader:
        assert (await trader.add(**(stop("sell", "0.3") | change))).get("error") == error
        assert exchange.orders == []


@pytest.mark.virtual
async def test_the_fields_before_triggers_are_still_taken_with_a_warning() -> None:
    async with still() as exchange, trading(exchange) as trader:
        answer = await trader.add(order_type="stop-loss", side="sell", limit_price=None, stop_price=0.3, trigger="last")
        assert answer["result"]["warnings"] == ["stop_price is deprecated", "trigger is deprecated"]
        assert [order.order_type for order in exchange.orders] == ["stop-loss"]


@pytest.mark.virtual
async def test_a_triggered_order_survives_a_change_of_precision() -> None:
    async with still() as exchange, trading(exchange) as trader:
        order_id = await trader.placed(**stop("sell", "0.3"))
        exchange.set_precision("ADA/EUR", price=8)
        async with raw_rest(exchange) as rest:
            row = (await rest.call("QueryOrders", txid=order_id))["result"][order_id]
        assert (row["status"], row["stopprice"]) == ("open", "0.30000000")
        exchange.set_precision("ADA/EUR", price=0)
        assert status(exchange, order_id) == "canceled"
