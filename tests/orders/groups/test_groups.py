"""Order groups (contract I): what is placed in the block cannot outlive it unnoticed.

The exchange is the oracle: which orders it has open once the block is left, against what the group told.
"""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from krakenio import OrdersLeftOpen, Session
from krakenio.events import OrdersUnconfirmed
from krakenio.orders import OrderGroup
from krakenio.sim import Exchange
from tests.opened import BTC, CROSSING, ETH, RESTING, opened, resting, seen, settled

pytestmark = pytest.mark.virtual

GRACE = 2.0
AT_ETH = resting(symbol=ETH, limit_price="1000.00", order_qty="0.01")


def still_open(exchange: Exchange) -> list[str]:
    """Return the `cl_ord_id` of each order that is open."""
    return [order.cl_ord_id or "" for order in exchange.orders if order.status in {"new", "partially_filled"}]


async def test_a_normal_exit_cancels_what_is_open_and_waits_for_it() -> None:
    """I1."""
    async with opened() as (exchange, session):
        async with session.orders.open_group() as group:
            for _ in range(3):
                await group.add(**RESTING)
            assert len(still_open(exchange)) == 3
        assert still_open(exchange) == []
        assert group.unconfirmed == ()
        assert len(seen(exchange, "batch_cancel")) == 1


async def test_one_order_is_cancelled_by_itself_since_kraken_takes_no_batch_of_one() -> None:
    async with opened() as (exchange, session):
        async with session.orders.open_group() as group:
            order = await group.add(**RESTING)
        assert seen(exchange, "batch_cancel") == []
        assert seen(exchange, "cancel_order")[0]["order_id"] == [order.order_id]
        assert still_open(exchange) == []


async def test_orders_outside_the_group_and_those_that_are_gone_are_left_alone() -> None:
    """I1: it cancels its own."""
    async with opened() as (exchange, session):
        outside = await session.orders.add(**RESTING)
        async with session.orders.open_group() as group:
            await group.add(**CROSSING)
            gone = await group.add(**RESTING)
            await session.orders.cancel(order_id=gone.order_id)
            await settled()
            before = len(exchange.requests)
        assert len(exchange.requests) == before
        assert [order.order_id for order in exchange.orders if order.status == "new"] == [outside.order_id]


async def test_a_group_in_which_nothing_is_open_is_left_at_once() -> None:
    async with opened() as (_exchange, session):
        began = anyio.current_time()
        async with session.orders.open_group():
            pass
        assert anyio.current_time() == began


async def test_a_cancelled_block_cancels_its_orders_too() -> None:
    """I1, A3: library tasks send it, within the grace, and the cancel goes on unchanged."""
    async with opened() as (exchange, session):
        with anyio.move_on_after(5) as scope:
            async with session.orders.open_group() as group:
                for _ in range(60):
                    await group.add(**RESTING)
                await anyio.sleep_forever()
        assert scope.cancelled_caught
        assert still_open(exchange) == []
        assert sorted(len(params["orders"]) for params in seen(exchange, "batch_cancel")) == [10, 50]


async def broken_off(group: OrderGroup, error: Exception, before: Callable[[], object] = lambda: None) -> None:
    """Place an order in a group, and leave it by an error."""
    async with group:
        await group.add(**RESTING)
        before()
        raise error


async def test_an_error_leaves_as_the_same_object() -> None:
    """I2: it never replaces the user's exception."""
    error = ZeroDivisionError()
    async with opened() as (exchange, session):
        with pytest.raises(ZeroDivisionError) as caught:
            await broken_off(session.orders.open_group(), error)
        assert caught.value is error
        assert not hasattr(error, "__notes__")
        assert still_open(exchange) == []


async def frozen(exchange: Exchange, group: OrderGroup, seconds: float = 30) -> None:
    """Leave a group whose exchange has stopped to answer."""
    async with group:
        await group.add(**RESTING)
        exchange.freeze(None, seconds)


async def test_what_is_not_confirmed_in_time_is_raised_on_a_normal_exit() -> None:
    """I2."""
    async with opened() as (exchange, session), session.events() as events:
        began = anyio.current_time()
        with pytest.raises(OrdersLeftOpen, match=r"may be open.*O[A-Z0-9-]+ \(acknowledged\)") as caught:
            await frozen(exchange, session.orders.open_group(GRACE))
        assert anyio.current_time() - began == pytest.approx(GRACE)
        assert [intent.cl_ord_id for intent in caught.value.intents] == still_open(exchange)
        for copied in (pickle.loads(pickle.dumps(caught.value)), copy.deepcopy(caught.value)):  # noqa: S301 - our own
            assert (str(copied), copied.intents) == (str(caught.value), ())
        told = [event for event in await events.batches().__anext__() if isinstance(event, OrdersUnconfirmed)]
        assert [event.orders for event in told] == [(exchange.orders[0].order_id,)]


async def test_what_is_not_confirmed_in_time_is_a_note_on_another_exception() -> None:
    """I2."""
    async with opened() as (exchange, session):
        group = session.orders.open_group(GRACE)
        with pytest.raises(ZeroDivisionError) as caught:
            await broken_off(group, ZeroDivisionError(), lambda: exchange.freeze(None, 30))
        assert "may be open" in caught.value.__notes__[0]
        assert [intent.cl_ord_id for intent in group.unconfirmed] == still_open(exchange)


async def test_a_cancel_with_orders_left_open_is_told_by_the_group() -> None:
    """I2, A3: the cancel goes on, after the grace."""
    async with opened() as (exchange, session):
        group = session.orders.open_group(GRACE)
        with anyio.move_on_after(1) as scope:
            async with group:
                await group.add(**RESTING)
                exchange.freeze(None, 30)
                await anyio.sleep_forever()
        assert scope.cancelled_caught
        assert anyio.current_time() == pytest.approx(1 + GRACE, abs=0.01)
        assert len(group.unconfirmed) == 1


async def test_a_cancel_that_comes_while_leaving_waits_for_the_grace_and_goes_on() -> None:
    """I1, I2: the user asked for this one shield by opening the group; the cancel wins over the group's own error."""
    async with opened() as (exchange, session):
        with anyio.move_on_after(1) as scope:
            await frozen(exchange, session.orders.open_group(GRACE))
            raise AssertionError
        assert scope.cancelled_caught
        assert anyio.current_time() == pytest.approx(GRACE, abs=0.01)


@pytest.mark.parametrize("seconds", [0, 2])
async def test_leaving_waits_no_longer_than_the_session_lives(seconds: int) -> None:
    """I2: in a task outside of it, the rest of the grace would pass with nobody to confirm anything."""
    ends = list[float]()

    async def trade(session: Session[Any], enough: anyio.Event) -> None:
        with pytest.raises(OrdersLeftOpen):  # noqa: PT012 - how the block is left
            async with session.orders.open_group(30) as group:
                await group.add(**RESTING)
                await enough.wait()
                await anyio.sleep(seconds)
        ends.append(anyio.current_time())

    async with anyio.create_task_group() as tasks:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012 - as above
            async with opened() as (exchange, session):
                enough = anyio.Event()
                tasks.start_soon(trade, session, enough)  # noqa: ASYNC111 - it is meant to
                await settled()
                exchange.freeze(None, 60)
                enough.set()
                await anyio.sleep(1)
                raise ZeroDivisionError
        began = anyio.current_time() - 1
        await anyio.sleep(2)
        assert ends == [began + max(1, seconds)]


async def test_without_a_connection_the_orders_are_cancelled_over_rest() -> None:
    """I1."""
    async with opened() as (exchange, session):
        async with session.orders.open_group() as group:
            for _ in range(5):
                await group.add(**RESTING)
            exchange.refuse("ws_auth", 503, times=None)
            exchange.drop("ws_auth")
            await settled()
        assert still_open(exchange) == []


async def test_a_socket_that_does_not_answer_is_helped_out_by_rest() -> None:
    """I1: within the grace, long before the connection counts as dead."""
    async with opened() as (exchange, session):
        async with session.orders.open_group() as group:
            for _ in range(5):
                await group.add(**RESTING)
            exchange.freeze("ws_auth", 30)
        assert still_open(exchange) == []


async def test_a_cancel_that_rest_has_only_taken_confirms_nothing() -> None:
    """I2: `pending` says that the order is still open, whatever is counted as cancelled."""
    async with opened() as (exchange, session):
        exchange.pend_cancels(5, None)
        group = session.orders.open_group(GRACE)
        with pytest.raises(OrdersLeftOpen):
            await without_socket(exchange, group)
        assert [intent.cl_ord_id for intent in group.unconfirmed] == still_open(exchange)
        assert len(group.unconfirmed) == 1
        await anyio.sleep(5)
        assert still_open(exchange) == []


async def without_socket(exchange: Exchange, group: OrderGroup) -> None:
    """Leave a group whose exchange can be reached by REST only."""
    async with group:
        await group.add(**RESTING)
        exchange.freeze("ws_auth", 30)


async def test_leaving_is_not_held_back_by_the_counter() -> None:
    """I1: Kraken executes a batch even if it lifts the counter over its threshold."""
    async with opened(limits=True, tier="starter") as (exchange, session):
        async with session.orders.open_group() as group:
            for _ in range(30):
                await group.add(**RESTING)
            assert group.cost_to_cancel() == {BTC: 240}
        assert still_open(exchange) == []
        assert session.orders.limits.rate_count(BTC) == pytest.approx(270, abs=1)


async def test_the_last_order_of_a_group_is_not_held_back_by_the_counter_either() -> None:
    """I1: a batch wants two orders, so one that is gone already keeps it company."""
    async with opened(limits=True, tier="starter") as (exchange, session):
        async with session.orders.open_group() as group:
            last = await group.add(**RESTING)
            for _ in range(6):
                order = await group.add(**RESTING)
                await session.orders.cancel(order_id=order.order_id)
            await settled()
        assert still_open(exchange) == []
        assert seen(exchange, "batch_cancel")[0]["orders"][0] == last.order_id


async def test_what_leaving_will_cost_falls_with_age_and_with_what_is_gone() -> None:
    async with opened() as (_exchange, session), session.orders.open_group() as group:
        order = await group.add(**RESTING)
        await group.add(**AT_ETH)
        assert group.cost_to_cancel() == {BTC: 8, ETH: 8}
        await session.orders.cancel(order_id=order.order_id)
        await anyio.sleep(60)
        assert group.cost_to_cancel() == {ETH: 2}
