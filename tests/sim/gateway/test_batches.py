"""Batches: what refuses the whole, what refuses a row, and answers that name nothing (ws-v2-trading §7-8)."""

import pytest

from tests.sim.clients import Frame, still
from tests.sim.traders import RESTING, Trader, trading

ROW: Frame = {name: value for name, value in RESTING.items() if name != "symbol"}


async def batch(trader: Trader, *rows: Frame, **params: object) -> Frame:
    """Send a batch of orders like `ROW`, with changes."""
    return await trader.ask("batch_add", symbol="ADA/EUR", orders=[ROW | row for row in rows], **params)


@pytest.mark.virtual
async def test_a_batch_has_a_row_for_each_order_in_their_order() -> None:
    async with still() as exchange, trading(exchange) as trader:
        answer = await batch(trader, {"cl_ord_id": "one"}, {"order_userref": 2}, {})
        ids = [order.order_id for order in exchange.orders]
        assert answer["result"] == [
            {"order_id": ids[0], "cl_ord_id": "one"},
            {"order_id": ids[1], "order_userref": 2},
            {"order_id": ids[2]},
        ]
        assert answer["success"]


@pytest.mark.virtual
async def test_what_the_engine_refuses_fails_alone_and_says_so_in_its_row() -> None:
    async with still() as exchange, trading(exchange) as trader:
        big: Frame = {"order_qty": 10_000_000, "cl_ord_id": "big"}
        rows: list[Frame] = [{}, big, {"limit_price": 9.0, "post_only": True}, {}]
        answer = await batch(trader, *rows)
        assert answer["success"] is False
        assert [row.get("error") for row in answer["result"]] == [
            None, "EOrder:Insufficient funds", "EOrder:Post only order", None,
        ]  # fmt: skip
        assert answer["result"][1]["cl_ord_id"] == "big"
        assert [order.status for order in exchange.orders] == ["new", "new"]


REFUSED: list[tuple[list[Frame], str]] = [
    ([{}], "EGeneral:Invalid arguments:orders"),
    ([{}] * 16, "EGeneral:Invalid arguments:orders"),
    ([{}, {"order_qty": 1}], "EGeneral:Invalid arguments:volume minimum not met"),
    ([{}, {"limit_price": 0.2000001}], "EOrder:Tick size check failed"),
    ([{}, {"order_type": "stop"}], "EGeneral:Invalid arguments:ordertype"),
    ([{}, {"symbol": "ADA/EUR"}], "Unsupported field: 'symbol' for the given msg type: batch_add"),
    ([{}, {"deadline": "x"}], "Unsupported field: 'deadline' for the given msg type: batch_add"),
    ([{}, {"order_qty": "25"}], "Order_qty field must be a number_float"),
    ([{"cl_ord_id": "same"}, {"cl_ord_id": "same"}], "EGeneral:Invalid arguments:cl_ord_id not unique"),
    ([{"cl_ord_id": "ab" * 16}, {"cl_ord_id": "AB" * 16}], "EGeneral:Invalid arguments:cl_ord_id not unique"),
]


@pytest.mark.virtual
@pytest.mark.parametrize(("rows", "error"), REFUSED)
async def test_an_order_that_is_not_valid_refuses_the_whole_batch(rows: list[Frame], error: str) -> None:
    async with still() as exchange, trading(exchange) as trader:
        answer = await batch(trader, *rows)
        assert (answer["error"], answer["success"], "result" in answer) == (error, False, False)
        assert exchange.orders == []


@pytest.mark.virtual
async def test_a_batch_may_be_late_or_only_checked() -> None:
    async with still() as exchange, trading(exchange) as trader:
        answer = await batch(trader, {"cl_ord_id": "one"}, {}, validate=True)
        assert answer["result"] == [{"cl_ord_id": "one"}, {}]
        late = await batch(trader, {}, {}, deadline="2026-11-22T23:59:59Z")
        assert (late["error"], exchange.orders) == ("EService:Deadline elapsed", [])


@pytest.mark.virtual
async def test_a_batch_of_cancels_counts_those_that_were_there() -> None:
    async with still() as exchange, trading(exchange) as trader:
        await batch(trader, {"cl_ord_id": "one"}, {"order_userref": 2}, {"order_userref": 2}, {})
        last = exchange.orders[-1].order_id
        await trader.socket.send("batch_cancel", 9, orders=["2", last, "OX"], cl_ord_id=["one"], token=trader.token)
        answer = await trader.socket.reply("batch_cancel")
        assert list(answer) == ["method", "orders_cancelled", "req_id", "success", "time_in", "time_out"]
        assert (answer["orders_cancelled"], answer["success"]) == (4, True)
        assert {order.status for order in exchange.orders} == {"canceled"}


@pytest.mark.virtual
@pytest.mark.parametrize("orders", [["O1"], ["O1"] * 51, []])
async def test_a_batch_of_cancels_names_2_to_50(orders: list[str]) -> None:
    async with still() as exchange, trading(exchange) as trader:
        assert (await trader.ask("batch_cancel", orders=orders))["error"] == "EGeneral:Invalid arguments:orders"
        assert (await trader.ask("batch_cancel", orders=[1, 2]))["error"] == "Orders field must be an array of strings"


@pytest.mark.virtual
async def test_ids_to_cancel_have_their_types() -> None:
    async with still() as exchange, trading(exchange) as trader:
        for params in ({"order_id": "O1"}, {"order_id": [1]}, {"order_userref": ["1"]}):
            answer = await trader.ask("cancel_order", **params)
            assert "field must be an array" in answer["error"]
        await trader.placed()
        assert exchange.orders[0].status == "new"
