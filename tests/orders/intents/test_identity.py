"""One process never sends the same `cl_ord_id` twice to place an order (contract B10)."""

import random
from typing import Any
from uuid import UUID

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

import krakenio
from krakenio import InvalidRequest, OrderNotSent, Outcome, UnknownOrder
from krakenio.orders.intents.identity import new_id
from krakenio.orders.intents.needs import Via
from tests.opened import BTC, CROSSING, RESTING, Valve, attempt, ids, opened, resting, row, seen, settled

pytestmark = pytest.mark.virtual


async def test_an_id_is_not_sent_twice_even_after_its_order_has_filled() -> None:
    """B10: Kraken compares it with open orders only, so a second one would be a second order."""
    async with opened() as (exchange, session):
        await session.orders.add(**CROSSING, cl_ord_id="mine")
        assert exchange.orders[0].status == "filled"
        with pytest.raises(InvalidRequest, match=r"'mine' was sent before.*use a new id"):
            await session.orders.add(**CROSSING, cl_ord_id="mine")
        assert len(seen(exchange, "add_order")) == 1


NAME = "0f3c4f3a-8f4b-4a57-9c6e-2b1a5f0d7e11"


@pytest.mark.parametrize("form", [NAME.upper(), NAME.replace("-", "")], ids=["capitals", "no dashes"])
async def test_a_uuid_in_another_form_is_the_same_id(form: str) -> None:
    """B10: Kraken keeps its 128 bits."""
    async with opened() as (exchange, session):
        await session.orders.add(**CROSSING, cl_ord_id=NAME)
        with pytest.raises(InvalidRequest, match=f"'{form}' was sent before"):
            await session.orders.add(**CROSSING, cl_ord_id=form)
        with pytest.raises(InvalidRequest, match="sent before"):
            await session.orders.batch_add(BTC, [row(cl_ord_id="other"), row(cl_ord_id=form)])
        await session.orders.add(**CROSSING, cl_ord_id="other")
        assert len(seen(exchange, "add_order")) == 2


async def test_two_that_prepare_the_same_id_are_one_order() -> None:
    """B10."""
    async with opened() as (exchange, session):
        intents = [session.orders.prepare(**RESTING, cl_ord_id="mine") for _ in range(2)]
        await intents[0].submit()
        with pytest.raises(InvalidRequest, match="sent before"):
            await intents[1].submit()
        assert [intent.outcome for intent in intents] == [Outcome.ACKED, Outcome.NOT_SENT]
        assert ids(exchange) == ["mine"]


async def test_two_sessions_with_one_exchange_share_what_was_sent() -> None:
    """B10: one process, whatever the number of its sessions."""
    async with opened() as (exchange, session):
        chance = random.Random(2)
        other = krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock, chance=chance)
        async with other as second:
            await session.orders.add(**CROSSING, cl_ord_id="mine")
            with pytest.raises(InvalidRequest, match="sent before"):
                await second.orders.add(**CROSSING, cl_ord_id="mine")
        assert len(seen(exchange, "add_order")) == 1


async def test_an_id_stays_used_when_the_outcome_is_unknown_refused_or_lost() -> None:
    """B10: only what was never written may go out again."""
    async with opened() as (exchange, session):
        exchange.reject("add_order", "EOrder:Insufficient funds")
        with pytest.raises(krakenio.ApiError):
            await session.orders.add(**RESTING, cl_ord_id="refused")
        exchange.hold(1, "ws_auth", "add_order")
        with anyio.move_on_after(0.8):
            await session.orders.add(**RESTING, cl_ord_id="unknown")
        for name in ("refused", "unknown"):
            with pytest.raises(InvalidRequest, match="sent before"):
                await session.orders.add(**RESTING, cl_ord_id=name)
        assert len(seen(exchange, "add_order")) == 2


async def test_an_id_of_which_nothing_was_written_is_free_again() -> None:
    """B3, B10."""
    valve = Valve()
    async with opened(valve=valve) as (exchange, session):
        valve.close()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(session.orders.prepare(**RESTING).submit)
            await settled()
            with pytest.raises(OrderNotSent), anyio.move_on_after(0.6):
                await session.orders.add(**RESTING, cl_ord_id="mine")
            valve.open()
        await session.orders.add(**RESTING, cl_ord_id="mine")
        assert ids(exchange).count("mine") == 1


async def test_ids_are_made_up_from_the_sessions_chance() -> None:
    """A run replays: the same seed gives the same ids, another one others."""
    made: list[str | None] = []
    for seed in (1, 1, 2):
        async with opened(seed=seed) as (_, session):
            made.append(session.orders.prepare(**RESTING).cl_ord_id)
    assert made[0] == made[1] != made[2]


async def test_with_a_userref_no_id_is_made_up() -> None:
    """Kraken excludes one by the other."""
    async with opened() as (exchange, session):
        acknowledged = await session.orders.add(**RESTING, order_userref=7)
        assert (acknowledged.cl_ord_id, acknowledged.order_userref) == (None, 7)
        assert "cl_ord_id" not in seen(exchange, "add_order")[0]


async def test_a_cancel_may_be_repeated() -> None:
    """B10 speaks of adds; a second cancel of one order does no harm, and says that it is gone."""
    async with opened() as (_, session):
        order = await session.orders.add(**RESTING, cl_ord_id="mine")
        assert (await session.orders.cancel(cl_ord_id="mine")).cl_ord_id == "mine"
        names: list[Any] = [{"cl_ord_id": "mine"}, {"order_id": order.order_id}]
        for name in names:
            with pytest.raises(UnknownOrder, match="EOrder:Unknown order"):
                await session.orders.cancel(**name)


@given(st.integers(0, 2**128 - 1))
def test_a_new_id_is_the_uuid_of_version_4_that_its_bits_make(bits: int) -> None:
    assert new_id(bits) == str(UUID(int=bits, version=4))


@pytest.mark.parametrize("via", ["ws", "rest"])
async def test_an_id_that_was_only_checked_is_free(via: Via) -> None:
    """B10: nothing was placed under it."""
    async with opened() as (exchange, session):
        for _ in range(2):
            await session.orders.add(**resting(cl_ord_id="mine", validate=True), via=via)
        await session.orders.batch_add(BTC, [row(cl_ord_id="mine"), row()], validate=True, via=via)
        assert session.orders.intent("mine") is None
        await session.orders.add(**resting(cl_ord_id="mine"), via=via)
        assert ids(exchange) == ["mine"]


async def test_what_was_only_checked_is_not_taken_for_the_order_that_was_placed_under_its_id() -> None:
    """B8: though Kraken's answer to the check was lost."""
    async with opened() as (exchange, session):
        exchange.lose_replies(1, "add_order")
        check = session.orders.prepare(**resting(cl_ord_id="mine", validate=True))
        with anyio.move_on_after(1):
            await check.submit()
        await session.orders.add(**resting(cl_ord_id="mine"))
        assert await check.resolve() is Outcome.NOT_ACCEPTED
        assert check.order_id is None


@pytest.mark.parametrize("change", [{}, {"order_qty": "1000"}])
async def test_what_is_checked_under_the_id_of_an_open_order_says_nothing_of_that(change: dict[str, Any]) -> None:
    """I1: whether it is taken or refused."""
    async with opened() as (exchange, session):
        async with session.orders.open_group() as group:
            await group.add(**RESTING, cl_ord_id="mine")
            await attempt(session.orders.prepare(**resting(cl_ord_id="mine", validate=True, **change)), [])
            assert [intent.cl_ord_id for intent in group.open_intents] == ["mine"]
            assert session.orders.limits.open_orders(BTC) == 1
        assert exchange.orders[0].status == "canceled"
