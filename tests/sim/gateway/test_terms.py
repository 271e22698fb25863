"""What else an order may ask: a later beginning, money to spend, margin that is not there (ws-v2-trading §1.1)."""

from decimal import Decimal

import anyio
import pytest

from tests.sim.clients import Frame, raw_rest, still
from tests.sim.traders import prices, status, trading

LATER = "2026-11-23T00:01:00Z"


@pytest.mark.virtual
async def test_a_scheduled_order_is_pending_until_its_time() -> None:
    async with still(idle=1000) as exchange, trading(exchange, "executions") as trader:
        order_id = await trader.placed(effective_time=LATER, order_type="market", limit_price=None)
        pending = await trader.report("pending_new", order_id)
        assert pending["effective_time"] == "2026-11-23T00:01:00.000000Z"
        async with raw_rest(exchange) as rest:
            row = (await rest.call("OpenOrders"))["result"]["open"][order_id]
        assert (row["status"], row["starttm"], status(exchange, order_id)) == ("pending", 1795392060, "pending_new")
        await anyio.sleep(61)
        assert (await trader.report("new", order_id))["timestamp"].startswith("2026-11-23T00:01:00")
        assert status(exchange, order_id) == "filled"


@pytest.mark.virtual
async def test_a_scheduled_order_can_be_cancelled_before_and_never_begins() -> None:
    async with still(idle=1000) as exchange, trading(exchange) as trader:
        order_id = await trader.placed(effective_time=LATER)
        assert (await trader.ask("cancel_order", order_id=[order_id]))["success"]
        await anyio.sleep(61)
        assert status(exchange, order_id) == "canceled"


@pytest.mark.virtual
async def test_a_post_only_order_that_would_trade_when_it_begins_is_cancelled() -> None:
    async with still(idle=1000) as exchange, trading(exchange, "executions") as trader:
        order_id = await trader.placed(effective_time=LATER, limit_price=0.9, post_only=True)
        await anyio.sleep(61)
        assert (await trader.report("canceled", order_id))["reason"] == "Post only order"
        assert exchange.orders[0].filled_qty == 0


@pytest.mark.virtual
async def test_an_order_cannot_expire_before_it_begins() -> None:
    async with still() as exchange, trading(exchange) as trader:
        early = {"effective_time": LATER, "time_in_force": "gtd", "expire_time": "2026-11-23T00:00:30Z"}
        assert (await trader.add(**early))["error"] == "EGeneral:Invalid arguments:expire_time"
        assert exchange.orders == []


@pytest.mark.virtual
async def test_a_market_order_may_spend_an_amount_of_money() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        _, ask = prices(exchange)
        spend: Frame = {"order_type": "market", "limit_price": None, "order_qty": None, "cash_order_qty": 50.0}
        order_id = await trader.placed(**spend)
        assert (await trader.report("pending_new", order_id))["cash_order_qty"] == 50
        filled = await trader.report("filled", order_id)
        assert 50 - ask < filled["cum_cost"] <= 50
        async with raw_rest(exchange) as rest:
            row = (await rest.call("QueryOrders", txid=order_id))["result"][order_id]
            assert (row["vol"], row["vol_exec"]) == ("50.00000", f"{filled['cum_cost']:.5f}")
            assert row["oflags"] == "fciq,viqc"
            order = {"pair": "ADAEUR", "type": "buy", "ordertype": "market", "volume": "50", "oflags": "viqc"}
            descr = (await rest.call("AddOrder", **order))["result"]["descr"]
            assert descr == {"order": "buy 50 ADAEUR @ market"}


@pytest.mark.virtual
@pytest.mark.parametrize("change", [{"side": "sell"}, {"order_type": "limit", "limit_price": 0.2}])
async def test_only_buying_at_market_spends_money(change: Frame) -> None:
    async with still() as exchange, trading(exchange) as trader:
        spend = {"order_type": "market", "limit_price": None, "order_qty": None, "cash_order_qty": 50.0}
        assert (await trader.add(**(spend | change)))["error"] == "EGeneral:Invalid arguments:cash_order_qty"
        assert (await trader.add(**(spend | {"cash_order_qty": 0.1})))["error"] == "EOrder:Cost minimum not met"
        assert (await trader.add(order_qty=None))["error"] == "Order_qty not found"


MARGIN: list[tuple[Frame, str]] = [
    ({"margin": True}, "EOrder:Cannot open position"),
    ({"reduce_only": True}, "EOrder:Reduce only:No position exists"),
    ({"order_type": "settle-position", "limit_price": None}, "EOrder:Unknown position"),
    ({"no_mpp": True}, "EGeneral:Invalid arguments:no_mpp order option is only available when ordertype = market"),
    ({"order_userref": 2**31}, "EGeneral:Invalid arguments:userref"),
    ({"sender_sub_id": "x" * 19}, "EGeneral:Invalid arguments:sender_sub_id"),
    ({"fee_preference": "dollars"}, "EGeneral:Invalid arguments:fee_preference"),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("change", "error"), MARGIN)
async def test_what_the_account_does_not_have_is_refused_in_krakens_words(change: Frame, error: str) -> None:
    async with still() as exchange, trading(exchange) as trader:
        assert (await trader.add(**change))["error"] == error
        assert exchange.orders == []


@pytest.mark.virtual
async def test_a_buy_stop_is_worth_what_it_waits_for() -> None:
    async with still(balances={"EUR": 10}) as exchange, trading(exchange) as trader:
        stop: Frame = {"order_type": "stop-loss", "limit_price": None, "triggers": {"price": 0.5}}
        assert (await trader.add(**stop, order_qty=25))["error"] == "EOrder:Insufficient funds"
        await trader.placed(**stop, order_qty=19)
        assert Decimal(exchange.balances["EUR"]) == 10
