"""What belongs to a group of orders, and until when (contract I3, I4): unknown outcomes, latecomers, inner groups."""

from functools import partial
from typing import Any

import anyio
import pytest

from krakenio import GroupLeft, InvalidRequest, KrakenError, OrderOutcomeUnknown, OrdersLeftOpen, Outcome
from krakenio.orders import OrderGroup
from krakenio.session import Session
from tests.opened import BTC, CROSSING, RESTING, Valve, attempt, later, opened, row, seen, settled
from tests.orders.groups.test_groups import GRACE, frozen, still_open

pytestmark = pytest.mark.virtual


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
        assert group.unconfirmed == group.intents


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
    valve, ends = Valve(), list[object]()

    async with opened(valve=valve) as (exchange, session), anyio.create_task_group() as tasks:
        async with session.orders.open_group() as group:
            await group.add(**RESTING)
            prepared, queued = group.prepare(**RESTING), [group.prepare(**RESTING) for _ in range(3)]
            valve.close()
            for intent in queued:
                tasks.start_soon(attempt, intent, ends)
            await settled()
            tasks.start_soon(later, 0.1, valve.open)
        with pytest.raises(GroupLeft, match="is being left: nothing was sent"):
            group.prepare(**RESTING)
        with pytest.raises(GroupLeft):
            await prepared.submit()
        written = [intent for intent in queued if intent.written_at is not None]
        assert len(written) == 1  # it was at the socket already
        assert sum(isinstance(end, GroupLeft) for end in ends) == 2
        await anyio.sleep(30)
        assert still_open(exchange) == []


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


async def test_where_reports_are_missing_nothing_is_gone_though_no_snapshot_can_be_asked_for_yet() -> None:
    """I2: the writer is stuck, and the request for another channel stands before that for the snapshot."""
    valve = Valve(spare_rest=True)
    async with opened(valve=valve) as (exchange, session), anyio.create_task_group() as tasks:
        async with session.orders.open_group(10) as group:
            await group.add(**RESTING)
            await settled()
            valve.close()
            for held_up in (partial(attempt, session.orders.prepare_cancel(order_id="O"), []), partial(read, session)):
                tasks.start_soon(held_up)
                await settled()
            exchange.skip_sequence("executions")
            await session.orders.add(**RESTING, via="rest")
            await settled()
            assert len(group.open_intents) == 1
        assert exchange.orders[0].status == "canceled"
        tasks.cancel_scope.cancel()


async def read(session: Session[Any]) -> None:
    async with session.balances():
        await anyio.sleep_forever()


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


async def test_an_order_that_places_others_has_no_place_in_a_group() -> None:
    """I1: Kraken gives the orders that close its fills no name by which the group could know them."""
    close: Any = {"conditional": {"order_type": "limit", "limit_price": "150000.0"}}
    async with opened() as (exchange, session), session.orders.open_group() as group:
        with pytest.raises(InvalidRequest, match=r"conditional: .* would outlive the group"):
            await group.add(**CROSSING, **close)
        with pytest.raises(InvalidRequest, match="conditional"):
            await group.batch_add(BTC, [row(), row(**close)])
        assert exchange.orders == []


async def test_a_group_that_is_open_for_long_forgets_what_is_gone_and_nothing_else() -> None:
    """I1: its memory is bounded, and an order that was prepared long ago is cancelled all the same."""
    async with opened(markets=1, session={"on_limit": "ignore"}) as (exchange, session):
        async with session.orders.open_group() as group:
            first, late = await group.add(**RESTING), group.prepare(**RESTING)
            for _ in range(600):
                await group.add(**RESTING, time_in_force="ioc")
            await settled()
            assert len(group.intents) < 600
            await late.submit()
            assert {intent.order_id for intent in group.open_intents} == {first.order_id, late.order_id}
        assert still_open(exchange) == []


@pytest.mark.parametrize("how", ["add", "batch"])
async def test_an_order_of_a_group_is_not_replaced_by_one_that_the_group_does_not_know(how: str) -> None:
    """I1: an edit makes a new order, under an id of Kraken's alone."""
    async with opened() as (exchange, session):
        async with session.orders.open_group(GRACE) as group:
            if how == "add":
                order_id = (await group.add(**RESTING)).order_id
            else:
                order_id = str((await group.batch_add(BTC, [row(), row()])).legs[0].order_id)
            with pytest.raises(InvalidRequest, match=r"of a group.*amend it instead"):
                await session.orders.edit(order_id=order_id, symbol=BTC, order_qty="0.002")
            await session.orders.amend(order_id=order_id, order_qty="0.002")
        assert still_open(exchange) == []
        other = await session.orders.add(**RESTING)
        with pytest.raises(KrakenError):  # Kraken edits none with a client id; not refused here
            await session.orders.edit(order_id=other.order_id, symbol=BTC, order_qty="0.002")
        assert len(seen(exchange, "edit_order")) == 1
