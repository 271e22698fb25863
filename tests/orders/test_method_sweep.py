"""Every other order method, cancelled at every checkpoint in four kinds of weather: what callers are told is the truth.

The universes are those of `test_sweep`; each method says how to prepare it and what at the exchange shows it done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import Batch, CancelList, Intent, Orders, Outcome
from krakenio.orders.intents.needs import Via
from krakenio.sim import Exchange
from tests.injection import Inject
from tests.opened import BTC, RESTING, Valve, opened, pending, resting, row, seen
from tests.opened import ids as placed
from tests.orders.intents.test_sweep import LONG, WEATHERS, Tally, World, swept

pytestmark = [pytest.mark.virtual, pytest.mark.once]


@dataclass(frozen=True)
class Case:
    """One method: made of the ids of two orders that rest, and done once the exchange shows it."""

    prepare: Callable[[Orders, Sequence[str], Via], Intent]
    done: Callable[[Exchange, Intent], bool]
    order: Mapping[str, Any] = field(default_factory=lambda: RESTING)


def ended(exchange: Exchange, intent: Intent) -> bool:
    """Tell whether all that a cancel names is cancelled; without names, the first order."""
    if "order_userref" in intent.params and intent.method == "cancel_order":
        return all(order.status == "canceled" for order in exchange.orders[:2])
    named = intent.params.get("order_id") or intent.params.get("orders") or exchange.orders[0].order_id
    return all(order.status == "canceled" for order in exchange.orders[:2] if order.order_id in named)


def quantity_is_two(exchange: Exchange, _intent: Intent) -> bool:
    return exchange.orders[0].order_qty == Decimal("0.002")


def exists(exchange: Exchange, intent: Intent) -> bool:
    return intent.cl_ord_id in placed(exchange)


def armed(exchange: Exchange, intent: Intent) -> bool:
    return bool(seen(exchange, intent.method) or seen(exchange, "CancelAllOrdersAfter"))


TAGGED = resting(order_userref=7)
TWO: Any = {"order_qty": "0.002"}
CASES = {
    "add": Case(lambda orders, _, via: orders.prepare(**RESTING, via=via), exists),
    "amend": Case(lambda orders, ids, via: orders.prepare_amend(order_id=ids[0], **TWO, via=via), quantity_is_two),
    "edit": Case(
        lambda orders, ids, via: orders.prepare_edit(order_id=ids[0], symbol=BTC, **TWO, via=via), ended, TAGGED
    ),
    "cancel": Case(lambda orders, ids, via: orders.prepare_cancel(order_id=ids[0], via=via), ended),
    "cancel of a list": Case(lambda orders, ids, _: orders.prepare_cancel(order_id=list(ids)), ended),
    "cancel of a tag": Case(lambda orders, _, via: orders.prepare_cancel(order_userref=7, via=via), ended, TAGGED),
    "cancel_all": Case(lambda orders, _, via: orders.prepare_cancel_all(via=via), ended),
    "cancel_all_after": Case(lambda orders, _, via: orders.prepare_cancel_all_after(3600, via=via), armed),
    "batch_add": Case(lambda orders, _, via: orders.prepare_batch(BTC, [row(), row()], via=via), exists),
    "batch_cancel": Case(lambda orders, ids, via: orders.prepare_batch_cancel(order_id=ids, via=via), ended),
}
SWEPT_ALREADY = ("add", "cancel")  # in test_sweep
OVER_REST = [name for name in CASES if name != "cancel of a list"]  # which REST cannot do as one request


def units(intent: Intent) -> Sequence[Intent]:
    """Return what has an outcome for one order or for the whole."""
    return intent.legs if isinstance(intent, Batch | CancelList) else (intent,)


async def universe(inject: Inject, kind: str, tally: Tally, case: Case, via: Via) -> None:
    """Make one request under an injection, and check everything from outside."""
    valve, seed = Valve(), next(tally.seeds)
    async with opened(valve=valve, seed=seed, markets=1) as (exchange, session):
        ids = [(await session.orders.add(**case.order)).order_id for _ in range(2)]
        world, intent = World(exchange, session, valve, via=via), case.prepare(session.orders, ids, via)
        await world.ask(inject, intent, kind, seed, tally)
        await anyio.sleep(LONG)
        check(exchange, intent, case)
        world.check_bystanders()
        world.check_final()
        assert (*pending(session)[:2], session.rest.pending) == (0, 0, 0)
        for each in units(intent):
            await each.resolve()
        check(exchange, intent, case)


def check(exchange: Exchange, intent: Intent, case: Case) -> None:
    """Compare what was told with what the exchange did."""
    for each in units(intent):
        done = case.done(exchange, each)
        assert done or each.outcome is not Outcome.ACKED, f"{each}, and nothing was done"
        assert not done or each.outcome not in {Outcome.NOT_SENT, Outcome.NOT_ACCEPTED}, f"{each}, and it was done"


@pytest.mark.parametrize("method", [name for name in CASES if name not in SWEPT_ALREADY])
@pytest.mark.parametrize("kind", WEATHERS[:5])
async def test_a_method_cancelled_anywhere_tells_the_truth(kind: str, method: str) -> None:
    """A3, A4, A6, B2 to B5, B8, B11."""
    await sweep_method(kind, method, "ws")


@pytest.mark.parametrize("method", OVER_REST)
@pytest.mark.parametrize("kind", WEATHERS[:5])
async def test_a_method_over_rest_cancelled_anywhere_tells_the_truth(kind: str, method: str) -> None:
    """A3, A4, A6, B2 to B5, B8, B11: the weather is that of REST."""
    await sweep_method(kind, method, "rest")


async def sweep_method(kind: str, method: str, via: Via) -> None:
    what = f"{method}, {via}, {kind}"
    tally = await swept(what, lambda inject, tally: universe(inject, kind, tally, CASES[method], via))
    assert tally.told["cancelled", "NOT_SENT"]
