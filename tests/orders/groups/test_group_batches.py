"""A batch placed in a group cannot outlive it: each of its orders is the group's (contract I1 to I4, B11)."""

from typing import Any

import anyio
import pytest

from krakenio import Batch, GroupLeft, InvalidRequest, OrderNotSent, OrderOutcomeUnknown, Outcome
from tests.opened import BTC, Valve, attempt, later, opened, row, settled
from tests.orders.groups.test_groups import still_open

pytestmark = pytest.mark.virtual


def rows(*changes: dict[str, Any]) -> Any:
    return [row(**change) for change in (changes or ({}, {}, {}))]


async def test_the_orders_of_a_batch_are_cancelled_with_their_group() -> None:
    """I1."""
    async with opened() as (exchange, session):
        async with session.orders.open_group() as group:
            batch = await group.batch_add(BTC, rows({}, {"order_qty": "500"}, {}))
            assert [leg.outcome.name for leg in batch.legs] == ["ACKED", "REJECTED", "ACKED"]
            assert group.intents == batch.legs
            assert len(still_open(exchange)) == 2
            assert group.open_intents == (batch.legs[0], batch.legs[2])
        assert still_open(exchange) == []
        assert group.unconfirmed == ()


async def test_a_batch_whose_reply_was_lost_is_cancelled_order_by_order() -> None:
    """I3: it comes to life a second after the connection was lost."""
    async with opened() as (exchange, session), anyio.create_task_group() as tasks:
        group = session.orders.open_group(20)
        async with group:
            exchange.hold(1, "ws_auth", "batch_add")
            tasks.start_soon(lost, group.prepare_batch(BTC, rows()))
            await settled()
            exchange.drop("ws_auth")
            await settled()
            assert {leg.outcome for leg in group.intents} == {Outcome.UNKNOWN}
            assert exchange.orders == []
        assert len(exchange.orders) == 3
        assert still_open(exchange) == []
        assert group.unconfirmed == ()


async def lost(batch: Batch) -> None:
    with pytest.raises(OrderOutcomeUnknown):
        await batch.submit()


async def test_a_batch_that_is_queued_when_its_group_is_left_is_never_sent() -> None:
    """I4, B3."""
    valve, ends = Valve(), list[object]()

    async with opened(valve=valve) as (exchange, session), anyio.create_task_group() as tasks:
        async with session.orders.open_group() as group:
            valve.close()
            batches = [group.prepare_batch(BTC, rows()) for _ in range(3)]
            for batch in batches:
                tasks.start_soon(attempt, batch, ends)
            await settled()
            tasks.start_soon(later, 0.1, valve.open)
        with pytest.raises(GroupLeft):
            await group.batch_add(BTC, rows())
        unsent = [batch for batch in batches if batch.outcome is Outcome.NOT_SENT]
        assert len(unsent) == 2  # the first one was at the socket already
        assert all(leg.outcome is Outcome.NOT_SENT for batch in unsent for leg in batch.legs)
        assert sum(isinstance(end, GroupLeft) for end in ends) == 2
        await anyio.sleep(30)
        assert still_open(exchange) == []


async def test_orders_without_a_name_of_their_own_and_halted_ones_have_no_place_in_a_group() -> None:
    async with opened() as (exchange, session), session.orders.open_group() as group:
        with pytest.raises(InvalidRequest, match="needs a cl_ord_id"):
            await group.batch_add(BTC, rows({}, {"order_userref": 7}))
        with pytest.raises(InvalidRequest, match="2 to 15"):
            await group.batch_add(BTC, [])
        await session.orders.halt()
        with pytest.raises(OrderNotSent):
            await group.batch_add(BTC, rows())
        assert exchange.orders == []


@pytest.mark.parametrize("busy", [False, True])
async def test_a_batch_that_was_only_checked_leaves_nothing_to_cancel(busy: bool) -> None:  # noqa: FBT001
    async with opened() as (exchange, session):
        if busy:
            exchange.reject("batch_add", "EService:Busy")
        async with session.orders.open_group() as group:
            await attempt(group.prepare_batch(BTC, rows(), validate=True), [])
            before = len(exchange.requests)
        assert len(exchange.requests) == before
