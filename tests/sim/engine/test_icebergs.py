"""Icebergs: what the book shows of them, and what a reload costs them (ws-v2-trading §1.1, ws-v2-private §2.4)."""

from decimal import Decimal

import pytest

from tests.sim.clients import Frame, private_token, raw_rest, raw_socket, still
from tests.sim.reference import RawBook, RawQueues
from tests.sim.traders import prices, status, trading

ICEBERG: Frame = {"order_type": "iceberg", "side": "sell", "order_qty": 50, "display_qty": 10}


def inside(ask: Decimal) -> float:
    """Return a price to sell at ahead of all others."""
    return float(ask - Decimal("0.000001"))


@pytest.mark.virtual
async def test_the_book_shows_no_more_than_the_display() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader, raw_socket(exchange) as public:
        price = inside(prices(exchange)[1])
        order_id = await trader.placed(**ICEBERG, limit_price=price)
        pending = await trader.report("pending_new", order_id)
        assert (pending["order_qty"], pending["display_qty"], pending["display_qty_remain"]) == (50, 10, 10)
        await public.send("subscribe", channel="book", symbol=["ADA/EUR"])
        book = RawBook(10)
        row = (await public.channel("book", "snapshot"))["data"][0]
        book.apply(row)
        assert (row["asks"][0]["qty"], book.checksum()) == (10, row["checksum"])


@pytest.mark.virtual
async def test_a_reload_is_reported_and_goes_behind_others_of_its_price() -> None:
    async with still(limits=False) as exchange, trading(exchange, "executions") as trader:
        price = inside(prices(exchange)[1])
        first = await trader.placed(**ICEBERG, limit_price=price, cl_ord_id="iceberg")
        second = await trader.placed(side="sell", order_qty=20, limit_price=price, cl_ord_id="plain")
        assert (status(exchange, first), status(exchange, second)) == ("new", "new")
        keys = exchange.add_account_keys()
        async with raw_rest(exchange, keys) as rest:
            order = {"pair": "ADAEUR", "type": "buy", "ordertype": "limit", "price": f"{price:.6f}", "volume": "15"}
            assert (await rest.call("AddOrder", **order))["error"] == []
        fills = [await trader.report("trade") for _ in range(2)]
        assert [(row["cl_ord_id"], row["last_qty"]) for row in fills] == [("iceberg", 10), ("plain", 5)]


@pytest.mark.virtual
async def test_a_reload_shows_in_reports_and_in_the_books_of_others() -> None:
    async with still(limits=False) as exchange, trading(exchange, "executions") as trader:
        async with raw_socket(exchange, "ws_l3") as single, raw_socket(exchange) as public:
            price = inside(prices(exchange)[1])
            order_id = await trader.placed(**ICEBERG, limit_price=price)
            token = await private_token(exchange)
            await single.send("subscribe", channel="level3", symbol=["ADA/EUR"], token=token)
            await public.send("subscribe", channel="book", symbol=["ADA/EUR"])
            queues, book = RawQueues(10), RawBook(10)
            queues.apply((await single.channel("level3", "snapshot"))["data"][0])
            book.apply((await public.channel("book", "snapshot"))["data"][0])
            async with raw_rest(exchange, exchange.add_account_keys()) as rest:
                order = {"pair": "ADAEUR", "type": "buy", "ordertype": "limit", "price": f"{price:.6f}"}
                assert (await rest.call("AddOrder", **order, volume="35"))["error"] == []
            refills = [await trader.report("iceberg_refill", order_id) for _ in range(3)]
            assert [row["order_status"] for row in refills] == ["partially_filled"] * 3
            for socket, kept, channel in ((single, queues, "level3"), (public, book, "book")):
                row = (await socket.channel(channel, "update"))["data"][0]
                kept.apply(row)
                assert kept.checksum() == row["checksum"]
            assert queues.levels("asks")[0][1][0]["order_qty"] == 5
            async with raw_rest(exchange) as rest:
                row = (await rest.call("QueryOrders", txid=order_id))["result"][order_id]
            assert (row["displayvol"], row["displayvolremain"]) == ("10.00000000", "5.00000000")
            assert row["vol_exec"] == "35.00000000"


@pytest.mark.virtual
async def test_all_that_is_hidden_can_fill_an_order_that_wants_all_or_nothing() -> None:
    async with still(limits=False) as exchange, trading(exchange) as trader:
        price = inside(prices(exchange)[1])
        order_id = await trader.placed(**ICEBERG, limit_price=price)
        async with raw_rest(exchange, exchange.add_account_keys()) as rest:
            order = {"pair": "ADAEUR", "type": "buy", "ordertype": "limit", "price": f"{price:.6f}"}
            answer = await rest.call("AddOrder", **order, volume="50", timeinforce="FOK")
        assert (answer["error"], status(exchange, order_id)) == ([], "filled")


@pytest.mark.virtual
@pytest.mark.parametrize("display", [None, 3.3, 60, 0, -1])
async def test_an_iceberg_shows_between_a_fifteenth_and_all_of_itself(display: float | None) -> None:
    async with still() as exchange, trading(exchange) as trader:
        answer = await trader.add(**(ICEBERG | {"display_qty": display, "limit_price": 0.9}))
        assert answer["error"] == "EGeneral:Invalid arguments:display-volume"
        assert exchange.orders == []


@pytest.mark.virtual
async def test_other_types_show_all() -> None:
    async with still() as exchange, trading(exchange) as trader:
        assert (await trader.add(display_qty=5))["error"] == "EGeneral:Invalid arguments:display-volume"


@pytest.mark.virtual
async def test_a_new_display_is_amended_in_place() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        order_id = await trader.placed(**ICEBERG, limit_price=0.9)
        assert (await trader.ask("amend_order", order_id=order_id, display_qty=5))["success"]
        amended = await trader.report("amended", order_id)
        assert (amended["display_qty"], amended["display_qty_remain"], amended["order_qty"]) == (5, 5, 50)
        small = await trader.ask("amend_order", order_id=order_id, display_qty=3)
        assert small["error"] == "EGeneral:Invalid arguments:display-volume"
