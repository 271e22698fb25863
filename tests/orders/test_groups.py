"""Order groups (contract I): what is placed in the block cannot outlive it unnoticed.

The exchange is the oracle: which orders it has open once the block is left, against what the group told.
"""

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from krakenio import GroupLeft, InvalidRequest, KrakenError, OrderOutcomeUnknown, OrdersLeftOpen, Outcome
from krakenio.events import OrdersUnconfirmed
from krakenio.orders import OrderGroup
from krakenio.sim import Exchange
from tests.opened import BTC, CROSSING, ETH, RESTING, Valve, opened, resting, seen, settled

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


async def test_leaving_is_not_held_back_by_the_counter() -> None:
    """I1: Kraken executes a batch even if it lifts the counter over its threshold."""
    async with opened(limits=True, tier="starter") as (exchange, session):
        async with session.orders.open_group() as group:
            for _ in range(30):
                await group.add(**RESTING)
            assert group.cost_to_cancel() == {BTC: 240}
        assert still_open(exchange) == []
        assert session.orders.limits.rate_count(BTC) == pytest.approx(270, abs=1)


async def test_what_leaving_will_cost_falls_with_age_and_with_what_is_gone() -> None:
    async with opened() as (_exchange, session), session.orders.open_group() as group:
        order = await group.add(**RESTING)
        await group.add(**AT_ETH)
        assert group.cost_to_cancel() == {BTC: 8, ETH: 8}
        await session.orders.cancel(order_id=order.order_id)
        await anyio.sleep(60)
        assert group.cost_to_cancel() == {ETH: 2}


async def test_an_order_whose_outcome_is_unknown_is_cancelled_by_its_own_name() -> None:
    """I3."""
    async with opened() as (exchange, session):
        group = session.orders.open_group(20)
        async with group:
            exchange.lose_replies(1, "add_order")
            exchange.freeze("ws_auth", 3)
            with anyio.move_on_after(1):
                await group.add(**RESTING)
            assert [intent.outcome for intent in group.intents] == [Outcome.UNKNOWN]
        assert group.unconfirmed == ()
        assert still_open(exchange) == []


async def test_an_unknown_order_counts_as_unconfirmed_until_its_deadline_has_passed() -> None:
    """I3: it may still be on its way, though Kraken does not know it yet."""
    async with opened() as (exchange, session):
        exchange.hold(4, "ws_auth", "add_order")
        group = session.orders.open_group(GRACE)
        with pytest.raises(OrdersLeftOpen, match="unknown"):
            await given_up(group)
        assert group.unconfirmed == tuple(group.intents)


async def given_up(group: OrderGroup) -> None:
    """Place an order in a group, and wait for the reply only half a second; the order's deadline is 5 s ahead."""
    async with group, anyio.create_task_group() as tasks:
        tasks.start_soon(group.prepare(**RESTING).submit)
        await anyio.sleep(0.5)
        tasks.cancel_scope.cancel()


async def test_an_unknown_order_that_was_never_accepted_is_known_to_be_gone_after_its_deadline() -> None:
    """I3, B8: with a grace that is long enough, leaving finds out."""
    async with opened() as (exchange, session):
        group = session.orders.open_group(30)
        async with group:
            exchange.freeze("ws_auth", 2)
            with pytest.raises((OrderOutcomeUnknown, TimeoutError)), anyio.fail_after(1):
                await group.add(**RESTING)
            exchange.drop("ws_auth")
        assert group.unconfirmed == ()
        assert group.intents[0].outcome in {Outcome.NOT_ACCEPTED, Outcome.ACKED}
        assert still_open(exchange) == []


async def test_no_order_can_be_added_to_a_group_that_is_being_left() -> None:
    """I4: neither new ones, nor those that were prepared, nor those that wait in the queue."""
    valve, ends = Valve(), list[KrakenError]()

    async def submit(intent: Any) -> None:
        try:
            await intent.submit()
        except KrakenError as error:
            ends.append(error)

    async with opened(valve=valve) as (exchange, session), anyio.create_task_group() as tasks:
        async with session.orders.open_group() as group:
            await group.add(**RESTING)
            prepared, queued = group.prepare(**RESTING), [group.prepare(**RESTING) for _ in range(3)]
            valve.close()
            for intent in queued:
                tasks.start_soon(submit, intent)
            await settled()
            tasks.start_soon(later, 0.1, valve)
        with pytest.raises(GroupLeft, match="is being left: nothing was sent"):
            group.prepare(**RESTING)
        with pytest.raises(GroupLeft):
            await prepared.submit()
        written = [intent for intent in queued if intent.written_at is not None]
        assert len(written) == 1  # it was at the socket already
        assert sum(isinstance(end, GroupLeft) for end in ends) == 2
        await anyio.sleep(30)
        assert still_open(exchange) == []


async def later(seconds: float, valve: Valve) -> None:
    await anyio.sleep(seconds)
    valve.open()


async def test_groups_nest_and_the_inner_one_is_left_first() -> None:
    """I4."""
    async with opened() as (exchange, session):
        async with session.orders.open_group() as outer:
            first = outer.prepare(**RESTING)
            await first.submit()
            async with outer.open_group() as inner:
                await inner.add(**RESTING)
            assert still_open(exchange) == [first.cl_ord_id]
        assert still_open(exchange) == []


async def test_what_an_inner_group_leaves_unconfirmed_the_outer_one_cancels() -> None:
    """I4."""
    async with opened() as (exchange, session):
        async with session.orders.open_group(60) as outer:
            with pytest.raises(OrdersLeftOpen):
                await frozen(exchange, outer.open_group(1), 10)
            assert len(still_open(exchange)) == 1
        assert still_open(exchange) == []


async def test_leaving_the_outer_group_closes_the_inner_one_that_another_task_holds() -> None:
    """I4."""
    async with opened() as (exchange, session), anyio.create_task_group() as tasks:
        inner = None

        async def hold() -> None:
            nonlocal inner
            async with outer.open_group() as inner:
                await inner.add(**RESTING)
                await anyio.sleep(60)

        async with session.orders.open_group() as outer:
            tasks.start_soon(hold)
            await anyio.sleep(1)
        assert still_open(exchange) == []
        assert inner is not None
        with pytest.raises(GroupLeft):
            inner.prepare(**RESTING)


async def test_after_a_reconnect_an_order_that_is_gone_is_known_to_be() -> None:
    """I1: what the next snapshot does not list is confirmed."""
    async with opened() as (exchange, session):
        async with session.orders.open_group() as group:
            order = await group.add(**RESTING)
            exchange.freeze("ws_auth", 1)
            await session.rest.trading.cancel_order(txid=order.order_id)
            exchange.drop("ws_auth")
            await anyio.sleep(30)
            before = len(exchange.requests)
        assert len(exchange.requests) == before


async def test_a_group_is_entered_before_it_is_used_and_only_once() -> None:
    async with opened() as (_exchange, session):
        group = session.orders.open_group()
        with pytest.raises(RuntimeError, match="enter the group first"):
            group.prepare(**RESTING)
        async with group:
            pass
        with pytest.raises(RuntimeError, match="entered before"):
            async with group:
                pass


@pytest.mark.parametrize("grace", [-1, float("inf"), float("nan"), "2", True, None])
async def test_a_grace_that_is_no_bound_is_refused(grace: Any) -> None:
    async with opened() as (_exchange, session):
        with pytest.raises(InvalidRequest, match="grace: pass a number of seconds"):
            session.orders.open_group(grace)


async def test_an_order_without_a_name_of_its_own_has_no_place_in_a_group() -> None:
    """I3: it could not be cancelled before its reply."""
    async with opened() as (_exchange, session), session.orders.open_group() as group:
        with pytest.raises(InvalidRequest, match="an order of a group needs a cl_ord_id"):
            await group.add(**RESTING, order_userref=7)
