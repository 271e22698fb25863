"""Many cancels and edits in doubt are looked for together: each is told what it would be told alone (contract B8)."""

from collections.abc import Sequence
from random import Random
from typing import Any

import anyio
import pytest

from krakenio import Intent, Outcome
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.injection import Injection, sweep
from tests.opened import RESTING, ended, lost, opened, refused, resolve_all, resting, seen, settled, told_of_the_end

pytestmark = pytest.mark.virtual


async def doubtful(exchange: Exchange, intent: Intent, *, done: bool) -> Intent:
    """Send a request over REST, whose answer tells nothing, done or not."""
    method = {"cancel_order": "CancelOrder", "edit_order": "EditOrder", "cancel_all": "CancelAll"}[intent.method]
    (exchange.fail_after_acceptance if done else exchange.reject)(method, "EService:Unavailable")
    await ended(intent)
    assert intent.outcome is Outcome.UNKNOWN
    return intent


async def cancels_of(exchange: Exchange, session: Session[Any], done: Sequence[bool]) -> list[Intent]:
    """Place orders, and cancel them while nothing is heard of them."""
    names = [(await session.orders.add(**RESTING)).order_id for _ in done]
    exchange.freeze("ws_auth", 100_000)
    made = [session.orders.prepare_cancel(order_id=name, via="rest") for name in names]
    return [await doubtful(exchange, cancel, done=each) for cancel, each in zip(made, done, strict=True)]


def looks(exchange: Exchange) -> int:
    return sum(len(seen(exchange, method)) for method in ("OpenOrders", "QueryOrders", "ClosedOrders"))


@pytest.mark.parametrize("together", [True, False])
async def test_many_that_were_done_cost_the_calls_of_one(together: bool) -> None:  # noqa: FBT001
    async with opened() as (exchange, session):
        intents = await cancels_of(exchange, session, [True] * 20)
        await anyio.sleep(3)
        if together:
            await resolve_all(intents)
        for intent in intents:
            assert await intent.resolve() is Outcome.ACKED
        assert looks(exchange) == 2


async def test_one_that_was_not_done_does_not_keep_the_others_unknown() -> None:
    async with opened() as (exchange, session):
        intents = await cancels_of(exchange, session, [True, False, True])
        await anyio.sleep(3)
        assert await resolve_all(intents) == [Outcome.ACKED, Outcome.UNKNOWN, Outcome.ACKED]
        await session.rest.trading.cancel_all()
        assert await intents[1].resolve() is Outcome.ACKED, "what was open then is looked for again"


async def test_what_was_read_before_an_order_could_come_tells_nothing_of_its_cancel() -> None:
    """B8: the add was still on its way when the others were looked for, and nothing is heard of it since."""
    async with opened() as (exchange, session):
        names = [(await session.orders.add(**RESTING)).order_id for _ in range(2)]
        add = await lost(exchange, session, RESTING, hold=4)
        others = [session.orders.prepare_cancel(order_id=name, via="rest") for name in names]
        cancel = session.orders.prepare_cancel(cl_ord_id=str(add.cl_ord_id), via="rest")
        for each in (*others, cancel):
            await doubtful(exchange, each, done=each is not cancel)
        assert await resolve_all(others) == [Outcome.ACKED] * 2
        assert exchange.orders[2:] == []
        assert await add.resolve() is Outcome.ACKED
        assert await cancel.resolve() is Outcome.UNKNOWN


async def test_what_was_read_before_a_cancel_was_sent_tells_nothing_of_it() -> None:
    """B8: a new order can be missing from Kraken's tables for a moment."""
    async with opened() as (exchange, session):
        others = await cancels_of(exchange, session, [True, True])
        assert await resolve_all(others) == [Outcome.ACKED] * 2
        params: dict[str, Any] = {"type": "buy", "ordertype": "limit", "volume": "0.001", "price": "50000"}
        placed = await session.rest.trading.add_order(pair="BTC/USD", **params)
        more = [session.orders.prepare_cancel(order_id=str(placed.order_id), via="rest") for _ in range(2)]
        for cancel in more:
            await doubtful(exchange, cancel, done=False)
        assert await resolve_all(more) == [Outcome.UNKNOWN] * 2


@pytest.mark.parametrize("seed", range(20))
async def test_each_is_told_what_the_exchange_has(seed: int) -> None:
    """B2, B8: at any distance of time, asked for together or one by one, in any order."""
    chance = Random(seed)
    async with opened(ahead=chance.choice([0.0, 300.0, -300.0])) as (exchange, session):
        names = [(await session.orders.add(**resting(order_userref=at % 3))).order_id for at in range(8)]
        exchange.freeze("ws_auth", 100_000)
        intents = list[Intent]()
        for name in names:
            cancel = session.orders.prepare_cancel(order_id=name, via="rest")
            intents.append(await doubtful(exchange, cancel, done=chance.random() < 0.5))
            await anyio.sleep(chance.choice([0, 0.1, 2, 9]))
        chance.shuffle(intents)
        await resolve_all(intents[:4])
        for intent in intents[4:]:
            await intent.resolve()
        gone = {order.order_id for order in exchange.orders if order.status == "canceled"}
        for intent in intents:
            done = intent.params["order_id"][0] in gone
            assert intent.outcome is (Outcome.ACKED if done else Outcome.UNKNOWN)


async def test_who_is_cancelled_leaves_the_others_what_they_wait_for() -> None:
    """A4."""
    async with opened() as (exchange, session):
        intents = await cancels_of(exchange, session, [True] * 3)
        await anyio.sleep(3)
        exchange.delay(2.0, "rest", "OpenOrders")
        first = anyio.CancelScope(deadline=anyio.current_time() + 1)
        async with anyio.create_task_group() as tasks:
            with first:
                tasks.start_soon(resolve_all, intents[1:])
                await intents[0].resolve()
        assert first.cancelled_caught
        assert [intent.outcome for intent in intents] == [Outcome.UNKNOWN] + [Outcome.ACKED] * 2
        assert await intents[0].resolve() is Outcome.ACKED
        assert looks(exchange) == 2


@pytest.mark.parametrize("kind", ["cancels", "edits"])
async def test_resolving_many_cancels_or_edits_can_be_cancelled_at_every_checkpoint_and_repeated(kind: str) -> None:
    """B8."""

    async def universe(inject: Injection) -> None:
        async with opened(markets=1) as (exchange, session):
            make = cancels_of if kind == "cancels" else edits_of
            intents = await make(exchange, session, [True, False])
            report = await inject(intents[0].resolve)
            assert report.cancelled or report.value is Outcome.ACKED
            assert intents[0].outcome in {Outcome.UNKNOWN, Outcome.ACKED}
            other = Outcome.UNKNOWN if kind == "cancels" else Outcome.NOT_ACCEPTED
            assert await resolve_all(intents) == [Outcome.ACKED, other]

    assert await sweep(universe) >= 3


async def test_a_look_that_fails_says_so_to_each_and_the_next_one_is_right() -> None:
    async with opened() as (exchange, session):
        intents = await cancels_of(exchange, session, [True] * 2)
        await anyio.sleep(3)
        for _ in range(3):  # of the look for both, and of each by itself
            exchange.reject("OpenOrders", "EGeneral:Permission denied")
        async with anyio.create_task_group() as tasks:
            for intent in intents:
                tasks.start_soon(refused, intent)
        assert await resolve_all(intents) == [Outcome.ACKED] * 2


async def edits_of(exchange: Exchange, session: Session[Any], done: Sequence[bool]) -> list[Intent]:
    """Place orders, and edit them while nothing is heard of them."""
    names = [(await session.orders.add(**RESTING, order_userref=7)).order_id for _ in done]
    exchange.freeze("ws_auth", 100_000)
    made = [
        session.orders.prepare_edit(order_id=each, symbol="BTC/USD", order_qty="0.002", via="rest") for each in names
    ]
    return [await doubtful(exchange, edit, done=each) for edit, each in zip(made, done, strict=True)]


@pytest.mark.parametrize("together", [True, False])
async def test_many_edits_cost_the_calls_of_one(together: bool) -> None:  # noqa: FBT001
    async with opened() as (exchange, session):
        done = [True, False, True, True, False]
        intents = await edits_of(exchange, session, done)
        await anyio.sleep(10)
        if together:
            await resolve_all(intents)
        told = [await intent.resolve() for intent in intents]
        assert told == [Outcome.ACKED if each else Outcome.NOT_ACCEPTED for each in done]
        assert looks(exchange) == 2


async def test_whoever_waits_when_the_session_ends_is_told() -> None:
    async with anyio.create_task_group() as tasks:
        async with opened() as (exchange, session):
            intents = await cancels_of(exchange, session, [True] * 2)
            await anyio.sleep(3)
            exchange.delay(20.0, "rest", "OpenOrders")
            tasks.start_soon(told_of_the_end, intents[0])
            await settled()
