"""Many orders in doubt are looked for together: what each is told is what it would be told alone (contract B8)."""

from collections.abc import Sequence
from random import Random
from typing import Any

import anyio
import pytest
from msgspec.structs import replace

from krakenio import Intent, Outcome
from krakenio.orders.resolving.survey import Survey, Tables
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.injection import Injection, sweep
from tests.opened import (
    CROSSING,
    RESTING,
    ended,
    lost,
    opened,
    refused,
    resolve_all,
    resting,
    seen,
    settled,
    told_of_the_end,
)

pytestmark = pytest.mark.virtual

ABSENT = {"accepted": False}


async def doubtful(exchange: Exchange, session: Session[Any], *, accepted: bool = True, **order: Any) -> Intent:
    """Send an order over REST, whose answer tells nothing, and of which no report comes."""
    fault = exchange.fail_after_acceptance if accepted else exchange.reject
    fault("AddOrder", "EService:Unavailable")
    intent = session.orders.prepare(**{**RESTING, **order}, via="rest")
    await ended(intent)
    assert intent.outcome is Outcome.UNKNOWN
    return intent


async def all_doubtful(exchange: Exchange, session: Session[Any], orders: Sequence[dict[str, Any]]) -> list[Intent]:
    exchange.freeze("ws_auth", 100_000)
    return [await doubtful(exchange, session, **order) for order in orders]


def looks(exchange: Exchange) -> int:
    return len(seen(exchange, "OpenOrders")) + len(seen(exchange, "ClosedOrders"))


@pytest.mark.parametrize("together", [True, False])
async def test_many_that_were_not_accepted_cost_the_calls_of_a_few(together: bool) -> None:  # noqa: FBT001
    async with opened() as (exchange, session):
        intents = await all_doubtful(exchange, session, [ABSENT] * 20)
        await anyio.sleep(10)
        if together:
            await resolve_all(intents)
        for intent in intents:
            assert await intent.resolve() is Outcome.NOT_ACCEPTED
        assert looks(exchange) == 2


async def test_what_was_read_too_early_tells_nothing_of_an_order() -> None:
    """B8: the deadline and a margin must have passed before the first table is read."""
    async with opened() as (exchange, session):
        intents = [await doubtful(exchange, session, **ABSENT) for _ in range(2)]
        await anyio.sleep(4)
        intents.append(await lost(exchange, session, RESTING, hold=4))  # taken after the look for the others
        assert await resolve_all(intents) == [Outcome.NOT_ACCEPTED, Outcome.NOT_ACCEPTED, Outcome.ACKED]
        assert intents[2].order_id == exchange.orders[0].order_id


@pytest.mark.parametrize("seed", range(20))
async def test_each_is_told_what_the_exchange_has(seed: int) -> None:
    """B2, B8: open, filled, not accepted, at any distance of time, asked for together or one by one."""
    chance = Random(seed)
    async with opened(ahead=chance.choice([0.0, 300.0, -300.0])) as (exchange, session):
        exchange.freeze("ws_auth", 100_000)
        intents = list[Intent]()
        for _ in range(8):
            order = chance.choice([RESTING, CROSSING])
            intents.append(await doubtful(exchange, session, accepted=chance.random() < 0.5, **order))
            await anyio.sleep(chance.choice([0, 0.1, 2, 9]))
        chance.shuffle(intents)
        told = intents[:4]
        await resolve_all(told)
        for intent in intents[4:]:
            await intent.resolve()
        accepted = {order.cl_ord_id: order.order_id for order in exchange.orders}
        for intent in intents:
            there = intent.cl_ord_id in accepted
            assert intent.outcome is (Outcome.ACKED if there else Outcome.NOT_ACCEPTED)
            assert intent.order_id == accepted.get(intent.cl_ord_id)
        assert looks(exchange) < 16


@pytest.mark.parametrize(("before", "calls"), [(10, 2), (49, 2), (50, 3), (148, 4), (149, 8)])
async def test_a_long_list_of_closed_orders_is_read_if_that_is_cheaper(before: int, calls: int) -> None:
    """In pages of 50: up to two are worth it for three orders; else each is asked for by its name."""
    async with opened(session={"on_limit": "ignore"}) as (exchange, session):
        for _ in range(before):
            await session.orders.add(**CROSSING)
        exchange.freeze("ws_auth", 100_000)
        intents = [await doubtful(exchange, session, **order) for order in (CROSSING, ABSENT, ABSENT)]
        await anyio.sleep(10)
        outcomes = [await intent.resolve() for intent in intents]
        assert outcomes == [Outcome.ACKED, Outcome.NOT_ACCEPTED, Outcome.NOT_ACCEPTED]
        assert looks(exchange) == calls


async def test_who_is_cancelled_leaves_the_others_what_they_wait_for() -> None:
    """A4."""
    async with opened() as (exchange, session):
        intents = await all_doubtful(exchange, session, [ABSENT] * 3)
        await anyio.sleep(10)
        exchange.delay(2.0, "rest", "OpenOrders")
        first = anyio.CancelScope(deadline=anyio.current_time() + 1)
        async with anyio.create_task_group() as tasks:
            with first:
                tasks.start_soon(resolve_all, intents[1:])
                await intents[0].resolve()
        assert first.cancelled_caught
        assert [intent.outcome for intent in intents] == [Outcome.UNKNOWN] + [Outcome.NOT_ACCEPTED] * 2
        assert looks(exchange) == 2
        assert await intents[0].resolve() is Outcome.NOT_ACCEPTED


async def test_resolving_many_can_be_cancelled_at_every_checkpoint_and_repeated() -> None:
    """B8."""

    async def universe(inject: Injection) -> None:
        async with opened(markets=1) as (exchange, session):
            intents = await all_doubtful(exchange, session, [CROSSING, ABSENT])
            report = await inject(intents[0].resolve)
            assert report.cancelled or report.value is Outcome.ACKED
            assert intents[0].outcome in {Outcome.UNKNOWN, Outcome.ACKED}
            assert await resolve_all(intents) == [Outcome.ACKED, Outcome.NOT_ACCEPTED]

    assert await sweep(universe) >= 3


async def test_a_look_that_fails_says_so_to_each_and_the_next_one_is_right() -> None:
    async with opened() as (exchange, session):
        intents = await all_doubtful(exchange, session, [ABSENT] * 2)
        await anyio.sleep(10)
        for _ in range(3):  # of the look for both, and of each by itself
            exchange.reject("OpenOrders", "EGeneral:Permission denied")
        async with anyio.create_task_group() as tasks:
            for intent in intents:
                tasks.start_soon(refused, intent)
        assert await resolve_all(intents) == [Outcome.NOT_ACCEPTED] * 2


async def test_one_that_the_session_has_forgotten_is_told_too() -> None:
    """B6: it was in doubt for more than ten minutes; what is read for others does not reach back to it."""
    async with opened() as (exchange, session):
        intents = await all_doubtful(exchange, session, [ABSENT])
        await anyio.sleep(700)
        intents += [await doubtful(exchange, session, **ABSENT) for _ in range(2)]
        await anyio.sleep(10)
        with anyio.fail_after(60):
            assert await resolve_all(intents) == [Outcome.NOT_ACCEPTED] * 3


async def test_an_order_that_kraken_lists_without_its_name_is_asked_for_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """B8: old orders have no name in the list; what may be ours is not taken for another one."""
    read = Survey._read  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    async def nameless(survey: Survey, intent: Intent) -> Tables:
        tables = await read(survey, intent)
        return replace(
            tables, orders={txid: replace(order, cl_ord_id=None) for txid, order in (tables.orders or {}).items()}
        )

    monkeypatch.setattr(Survey, "_read", nameless)
    async with opened() as (exchange, session):
        intents = await all_doubtful(exchange, session, [CROSSING, {"side": "sell", **ABSENT}])
        await anyio.sleep(10)
        assert [await intent.resolve() for intent in intents] == [Outcome.ACKED, Outcome.NOT_ACCEPTED]
        assert [params.get("cl_ord_id") for params in seen(exchange, "OpenOrders")] == [None, intents[0].cl_ord_id]


async def test_an_order_by_its_own_tag_is_found_among_all() -> None:
    close = {"order_type": "limit", "limit_price": "99000.0"}
    async with opened() as (exchange, session):
        intents = await all_doubtful(exchange, session, [{"conditional": close}, {"conditional": close, **ABSENT}])
        await anyio.sleep(10)
        assert await resolve_all(intents) == [Outcome.ACKED, Outcome.NOT_ACCEPTED]
        assert looks(exchange) == 2


async def test_the_legs_of_a_batch_are_looked_for_together() -> None:
    """B11."""
    async with opened() as (exchange, session):
        exchange.freeze("ws_auth", 100_000)
        exchange.reject("AddOrderBatch", "EService:Unavailable")
        rows = [{name: value for name, value in resting().items() if name != "symbol"} for _ in range(15)]
        batch: Any = session.orders.prepare_batch(RESTING["symbol"], rows, via="rest")  # type: ignore[arg-type]
        await ended(batch)
        await anyio.sleep(10)
        assert await resolve_all(batch.legs) == [Outcome.NOT_ACCEPTED] * 15
        assert looks(exchange) == 2


async def test_whoever_waits_when_the_session_ends_is_told() -> None:
    async with anyio.create_task_group() as tasks:
        async with opened() as (exchange, session):
            intents = await all_doubtful(exchange, session, [ABSENT] * 2)
            await anyio.sleep(10)
            exchange.delay(20.0, "rest", "OpenOrders")
            tasks.start_soon(told_of_the_end, intents[0])
            await settled()
