"""The live table: each order's state, complete and partial fills told apart, and waiting for them."""

from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import OrderNotFilled, OrderUnresolved
from krakenio.events import Undecodable
from krakenio.orders import LiveOrder
from krakenio.orders.account.executions import AGAIN, PATIENCE
from krakenio.session import Session
from tests.executions.test_healing import outage
from tests.opened import BTC, CROSSING, RESTING, opened, resting, row, settled

pytestmark = pytest.mark.virtual


async def placed(session: Session[Any], **change: Any) -> LiveOrder:
    """Place an order, and return it as the table has it."""
    told = await session.orders.add(**resting(**change))
    return session.orders.open[told.order_id]


def names(session: Session[Any]) -> list[str]:
    return [order.order_id for order in session.orders.open]


async def test_an_order_is_in_the_table_as_its_reports_describe_it() -> None:
    async with opened(markets=[BTC]) as (_, session):
        order = await placed(session)
        await settled()
        assert (order.symbol, order.side, order.status) == (BTC, "buy", "new")
        assert (order.order_qty, order.limit_price, order.cum_qty) == (Decimal("0.001"), Decimal(50000), Decimal(0))
        assert session.orders.open.find(order.order_id) is not None
        assert order.cl_ord_id in session.orders.open
        assert len(session.orders.open) == 1
        await session.orders.amend(order_id=order.order_id, order_qty="0.002")
        await settled()
        assert (order.order_qty, order.remaining, order.symbol) == (Decimal("0.002"), Decimal("0.002"), BTC)
        await session.orders.cancel(order_id=order.order_id)
        await settled()
        assert (order.status, order.is_open, order.reason) == ("canceled", False, "User requested")
        assert names(session) == []
        assert [known.order_id for known in session.orders.open.known] == [order.order_id]
        assert "canceled, 0 of 0.002" in repr(order).replace("0E-8", "0").replace("0.00200000", "0.002")


async def test_a_post_only_order_that_would_trade_and_was_not_refused_is_closed_soon() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.take_post_only()
        order = await placed(session, limit_price="95000", post_only=True)
        await order.closed()
        assert (order.status, order.reason, order.cum_qty) == ("canceled", "Post only order", Decimal(0))


async def test_an_order_counts_from_its_acknowledgement_on() -> None:
    """Also over REST while the socket is down, and in a batch; until a report tells more."""
    async with opened(markets=[BTC]) as (exchange, session):
        outage(exchange)
        one = await session.orders.add(**RESTING, via="rest")
        await session.orders.batch_add(BTC, [row(), row()], via="rest")
        assert names(session) == [order.order_id for order in exchange.orders]
        assert not session.orders.open.in_sync
        assert session.orders.open[one.order_id].status == "pending_new"
        await anyio.sleep(20)
        assert session.orders.open.in_sync
        assert {order.status for order in session.orders.open} == {"new"}


async def test_a_report_of_no_order_is_told_and_makes_none() -> None:
    """G7: as any report that cannot be used."""
    async with opened(markets=[BTC]) as (exchange, session), session.events() as events:
        order = await placed(session)
        await settled()
        report = '{"order_id":"","exec_type":"new","order_status":"new","timestamp":"2026-11-02T10:00:00.000101Z"}'
        exchange.send_raw("ws_auth", f'{{"channel":"executions","type":"update","data":[{report}]}}')
        await anyio.sleep(30)
        assert names(session) == [order.order_id]
        assert order.status == "new"
        told = [event for event in await events.take_batch() if isinstance(event, Undecodable)]
        assert [event.channel for event in told] == ["executions"]


async def test_an_order_that_was_only_validated_is_not_there() -> None:
    async with opened(markets=[BTC]) as (_, session):
        await session.orders.add(**RESTING, validate=True)
        await settled()
        assert len(session.orders.open) == 0
        assert "nobody" not in session.orders.open
        with pytest.raises(KeyError):
            session.orders.open["nobody"]


async def test_orders_of_before_the_session_are_there_from_the_beginning() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        await session.orders.add(**RESTING)
        await settled()
        exchange.drop("ws_auth")
        await anyio.sleep(20)
        assert names(session) == [exchange.orders[0].order_id]
        assert repr(session.orders.open) == "<OrderTable: 1 open>"


async def test_filled_returns_when_the_whole_is_filled_and_not_with_a_part() -> None:
    async with opened(markets=[BTC], balances={"USD": 10**9}) as (exchange, session):
        _, ask = exchange.best(BTC)
        order = await placed(session, limit_price=ask, order_qty=1000)  # more than rests there
        await settled()
        assert order.status == "partially_filled"
        assert 0 < order.cum_qty < 1000
        with anyio.move_on_after(5) as waiting:
            await order.filled()
        assert waiting.cancelled_caught
        await session.orders.amend(order_id=order.order_id, order_qty=order.cum_qty + Decimal("0.001"))
        await session.orders.amend(order_id=order.order_id, limit_price=ask + 10_000)
        with anyio.fail_after(5):
            assert (await order.filled()) is order
        assert (order.status, order.remaining) == ("filled", Decimal(0))


async def test_filled_raises_where_an_order_closes_before() -> None:
    async with opened(markets=[BTC]) as (_, session):
        order = await placed(session)
        await session.orders.cancel(order_id=order.order_id)
        with pytest.raises(OrderNotFilled, match="User requested") as caught:
            await order.filled()
        assert caught.value.cum_qty == 0
        assert (caught.value.status, caught.value.order_id) == ("canceled", order.order_id)
        assert (await order.closed()).status == "canceled"


async def test_a_fill_in_an_outage_ends_the_waiting() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        order = await placed(session)
        await settled()
        outage(exchange)
        await session.orders.amend(order_id=order.order_id, limit_price="95000.0", via="rest")
        with anyio.fail_after(30):
            await order.filled()
        assert order.avg_price is not None


async def test_what_cannot_be_known_is_said() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        order = await placed(session)
        await settled()
        exchange.reject("ClosedOrders", "EService:Unavailable", None)
        outage(exchange)
        await session.orders.cancel(order_id=order.order_id, via="rest")
        with anyio.fail_after(PATIENCE + 20), pytest.raises(OrderUnresolved, match="could not be found out"):
            await order.closed()
        assert not session.orders.open.in_sync
        assert not session.orders.in_sync, "the same under its other name"
        exchange.clear_faults()
        await anyio.sleep(AGAIN + 10)
        assert (await order.closed()).status == "canceled"
        assert session.orders.open.in_sync


async def test_waiting_ends_with_the_session() -> None:
    ends: list[BaseException] = []

    async def wait(order: LiveOrder) -> None:
        try:
            await order.closed()
        except OrderUnresolved as error:
            ends.append(error)

    async with anyio.create_task_group() as tasks:
        async with opened(markets=[BTC]) as (_, session):
            tasks.start_soon(wait, await placed(session))
            await settled()
    assert "the session has ended" in str(ends[0])


@pytest.mark.parametrize("what", ["filled", "closed"])
async def test_a_cancelled_waiter_leaves_at_once_and_leaves_nothing(what: str) -> None:
    """A1 to A3, A6."""
    async with opened(markets=[BTC]) as (_, session):
        order = await placed(session)
        await settled()
        begin = anyio.current_time()
        for _ in range(3):
            with anyio.move_on_after(1) as scope:
                await getattr(order, what)()
            assert scope.cancelled_caught
        assert anyio.current_time() - begin == pytest.approx(3)
        with anyio.CancelScope() as cancelled:
            cancelled.cancel()
            await getattr(order, what)()
        assert cancelled.cancelled_caught
        await session.orders.cancel(order_id=order.order_id)
        await order.closed()
        with anyio.CancelScope() as cancelled:
            cancelled.cancel()
            await order.closed()
        assert cancelled.cancelled_caught


async def test_many_may_wait_for_one_order() -> None:
    async with opened(markets=[BTC]) as (_, session):
        order = await placed(session)
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(order.closed)
            await settled()
            await session.orders.cancel(order_id=order.order_id)
        assert order.status == "canceled"


async def test_an_order_filled_at_once_is_not_open() -> None:
    async with opened(markets=[BTC]) as (_, session):
        told = await session.orders.add(**CROSSING)
        order = session.orders.open[told.order_id]
        await order.filled()
        assert len(session.orders.open) == 0
