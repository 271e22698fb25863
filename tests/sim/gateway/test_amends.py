"""Amend and edit: one order in place, or a new one for an old one (ws-v2-trading §2-3)."""

from decimal import Decimal

import pytest

from tests.sim.clients import Frame, private_token, raw_rest, raw_socket, still
from tests.sim.traders import prices, status, trading


@pytest.mark.virtual
async def test_an_amend_keeps_the_order_and_reports_only_what_it_may_change() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        order_id = await trader.placed(cl_ord_id="bot-1")
        answer = await trader.ask("amend_order", cl_ord_id="bot-1", limit_price=0.25)
        assert sorted(answer["result"]) == ["amend_id", "cl_ord_id"]
        assert answer["result"]["amend_id"].startswith("T")
        row = await trader.report("amended", order_id)
        assert list(row) == [
            *("timestamp", "exec_type", "order_status", "cum_qty", "reason", "amended", "order_qty", "limit_price"),
            *("limit_price_type", "cl_ord_id", "order_id"),
        ]
        assert (row["order_status"], row["reason"], row["limit_price"]) == ("new", "User requested", Decimal("0.25"))
        async with raw_rest(exchange) as rest:
            amends = (await rest.call("OrderAmends", order_id=order_id))["result"]["amends"]
            listed = (await rest.call("QueryOrders", txid=order_id))["result"][order_id]
        assert [each["amend_type"] for each in amends] == ["original", "user"]
        assert listed["misc"] == "amended"


@pytest.mark.virtual
async def test_an_amend_names_its_own_market_or_none_and_that_of_a_tokenized_asset_always() -> None:
    share = {"symbol": "TSLAx/USD", "limit_price": 100, "order_qty": 1}
    async with still(limits=False) as exchange, trading(exchange) as trader, raw_rest(exchange) as rest:
        coin, token = await trader.placed(), await trader.placed(**share)
        for order_id, symbol, error in (
            (coin, {"symbol": "BTC/USD"}, "EOrder:Unknown order"),
            (token, {}, "Symbol not found"),
            (coin, {"symbol": "ADA/EUR"}, None),
            (token, {"symbol": "TSLAx/USD"}, None),
        ):
            assert (await trader.ask("amend_order", order_id=order_id, order_qty=21, **symbol)).get("error") == error
        for order_id, named, errors in (
            (coin, {"pair": "XBTUSD"}, ["EOrder:Unknown order"]),
            (coin, {"pair": "FOO"}, ["EQuery:Unknown asset pair"]),
            (token, {}, ["EGeneral:Invalid arguments:pair"]),
            (coin, {"pair": "ADAEUR"}, []),
            (token, {"pair": "TSLAxUSD"}, []),
        ):
            assert (await rest.call("AmendOrder", txid=order_id, order_qty="22", **named))["error"] == errors


@pytest.mark.virtual
@pytest.mark.parametrize(("qty", "first"), [(20, True), (30, False)])
async def test_less_keeps_its_place_in_the_queue_and_more_loses_it(qty: int, first: bool) -> None:  # noqa: FBT001
    async with still(limits=False) as exchange, trading(exchange) as trader:
        async with raw_socket(exchange, "ws_l3") as single:
            order_id = await trader.placed(limit_price=0.412)
            await trader.placed(limit_price=0.412)
            assert (await trader.ask("amend_order", order_id=order_id, order_qty=qty))["success"]
            token = await private_token(exchange)
            await single.send("subscribe", channel="level3", symbol=["ADA/EUR"], token=token, depth=1000)
            rows = (await single.channel("level3", "snapshot"))["data"][0]["bids"]
        ours = [row for row in rows if row["limit_price"] == Decimal("0.412")]
        queue = [row["order_id"] for row in sorted(ours, key=lambda row: row["timestamp"])]
        assert (queue.index(order_id) == 0) == first


@pytest.mark.virtual
async def test_an_amended_price_that_crosses_trades_unless_it_may_not() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        ask = float(prices(exchange)[1])
        order_id = await trader.placed()
        refused = await trader.ask("amend_order", order_id=order_id, limit_price=ask, post_only=True)
        assert refused["error"] == "EOrder:Post only order"
        assert (await trader.ask("amend_order", order_id=order_id, limit_price=ask))["success"]
        amended = await trader.report("amended", order_id)
        assert (amended["order_status"], amended["cum_qty"]) == ("new", 0)
        assert (await trader.report("trade", order_id))["liquidity_ind"] == "t"


@pytest.mark.virtual
async def test_an_amend_below_what_is_filled_ends_the_order() -> None:
    async with still(limits=False) as exchange, trading(exchange, "executions") as trader:
        bid, ask = prices(exchange)
        price = ask - Decimal("0.000001")
        order_id = await trader.placed(side="sell", limit_price=float(price))
        async with raw_rest(exchange, exchange.add_account_keys()) as rest:
            taker = {"pair": "ADAEUR", "type": "buy", "ordertype": "limit", "price": f"{price}", "volume": "10"}
            assert (await rest.call("AddOrder", **taker))["error"] == []
        assert (await trader.ask("amend_order", order_id=order_id, order_qty=5))["success"]
        amended = await trader.report("amended", order_id)
        assert (amended["order_qty"], amended["order_status"]) == (10, "partially_filled")
        ended = await trader.report("canceled", order_id)
        assert (ended["cum_qty"], status(exchange, order_id)) == (10, "canceled")
        assert bid < price


@pytest.mark.virtual
async def test_the_trigger_of_a_waiting_order_is_amended_flat() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        stop: Frame = {"order_type": "stop-loss", "side": "sell", "limit_price": None, "triggers": {"price": 0.3}}
        order_id = await trader.placed(**stop)
        answer = await trader.ask("amend_order", order_id=order_id, trigger_price=-10, trigger_price_type="pct")
        assert answer["success"]
        inner = (await trader.report("amended", order_id))["triggers"]
        assert (inner["price"], inner["price_type"], inner["status"]) == (-10, "pct", "untriggered")
        assert (await trader.ask("amend_order", order_id=order_id, trigger_price=0.9))["success"]
        assert (await trader.report("status", order_id))["triggers"]["status"] == "triggered"


BAD_AMENDS: list[tuple[Frame, str]] = [
    ({}, "EOrder:No amendable parameters provided"),
    ({"limit_price": 0.2}, "EOrder:No amendable parameters provided"),
    ({"limit_price": 0.2000001}, "EOrder:Tick size check failed"),
    ({"order_qty": 0}, "EGeneral:Invalid arguments:order_qty"),
    ({"order_qty": 1}, "EGeneral:Invalid arguments:volume minimum not met"),
    ({"order_qty": 10_000_000}, "EOrder:Insufficient funds"),
    ({"display_qty": 5}, "EGeneral:Invalid arguments:display-volume"),
    ({"trigger_price": 0.3}, "EGeneral:Invalid arguments:trigger_price"),
    ({"limit_price": 1, "limit_price_type": "pct"}, "EGeneral:Invalid arguments:limit_price_type"),
    ({"order_id": "OAAAAA-BBBBB-CCCCCC", "order_qty": 30}, "EOrder:Unknown order"),
    ({"cl_ord_id": "x", "order_qty": 30}, "EGeneral:Invalid arguments"),
    ({"side": "sell"}, "Unsupported field: 'side' for the given msg type: amend_order"),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("change", "error"), BAD_AMENDS)
async def test_a_bad_amend_changes_nothing(change: Frame, error: str) -> None:
    async with still() as exchange, trading(exchange) as trader:
        order_id = await trader.placed()
        before = exchange.orders
        assert (await trader.ask("amend_order", **({"order_id": order_id} | change)))["error"] == error
        assert exchange.orders == before


@pytest.mark.virtual
async def test_an_edit_is_a_cancel_and_a_new_order() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        order_id = await trader.placed(post_only=True, order_userref=7)
        edit = {"order_id": order_id, "symbol": "ADA/EUR", "limit_price": 0.21, "order_userref": 8}
        checked = await trader.ask("edit_order", **edit, validate=True)
        assert checked["result"] == {"original_order_id": order_id}
        result = (await trader.ask("edit_order", **edit))["result"]
        assert result["original_order_id"] == order_id != result["order_id"]
        await trader.report("canceled", order_id)
        pending = await trader.report("pending_new", result["order_id"])
        assert (pending["limit_price"], pending["order_qty"], pending["order_userref"]) == (Decimal("0.21"), 25, 8)
        assert "post_only" not in pending
        assert [order.status for order in exchange.orders] == ["canceled", "new"]


BAD_EDITS: list[tuple[Frame, str]] = [
    ({"symbol": None}, "Symbol not found"),
    ({"symbol": "ADA/USD"}, "EOrder:Unknown order"),
    ({"order_id": "OAAAAA-BBBBB-CCCCCC"}, "EOrder:Unknown order"),
    ({"cl_ord_id": "x"}, "Unsupported field: 'cl_ord_id' for the given msg type: edit_order"),
    ({"limit_price": 0.2000001}, "EOrder:Tick size check failed"),
    ({"order_qty": 10_000_000}, "EOrder:Insufficient funds"),
    ({"reduce_only": True}, "EOrder:Reduce only:No position exists"),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("change", "error"), BAD_EDITS)
async def test_a_bad_edit_leaves_the_order_as_it_was(change: Frame, error: str) -> None:
    async with still() as exchange, trading(exchange) as trader:
        order_id = await trader.placed()
        edit = {"order_id": order_id, "symbol": "ADA/EUR", "order_qty": 30} | change
        answer = await trader.ask("edit_order", **{name: each for name, each in edit.items() if each is not None})
        assert answer["error"] == error
        assert [order.status for order in exchange.orders] == ["new"]
        assert (await trader.ask("cancel_all"))["result"] == {"count": 1}


@pytest.mark.virtual
async def test_an_order_with_a_client_id_is_not_edited() -> None:
    async with still() as exchange, trading(exchange) as trader:
        order_id = await trader.placed(cl_ord_id="bot-1")
        answer = await trader.ask("edit_order", order_id=order_id, symbol="ADA/EUR", order_qty=30)
        assert answer["error"] == "EGeneral:Invalid arguments:cl_ord_id"
        assert exchange.orders[0].status == "new"
