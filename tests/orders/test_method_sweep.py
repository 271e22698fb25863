"""Every other order method, cancelled at every checkpoint in four kinds of weather: what callers are told is the truth.

The universes are those of `test_sweep`; each method says how to prepare it and what at the exchange shows it done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import Batch, CancelList, Intent, Orders, Outcome
from krakenio.sim import Exchange
from tests.injection import Inject
from tests.opened import BTC, RESTING, Valve, ids, opened, pending, resting, row, seen
from tests.orders.test_sweep import LONG, WEATHERS, Tally, World, swept

pytestmark = pytest.mark.virtual


@dataclass(frozen=True)
class Case:
    """Be one method: made of the ids of two orders that rest, and done once the exchange shows it."""

    prepare: Callable[[Orders, Sequence[str]], Intent]
    done: Callable[[Exchange, Intent], bool]
    order: Mapping[str, Any]


def ended(exchange: Exchange, intent: Intent) -> bool:
    """Tell whether all that a cancel names is cancelled; without names, the first order."""
    named = intent.params.get("order_id") or intent.params.get("orders") or exchange.orders[0].order_id
    return all(order.status == "canceled" for order in exchange.orders[:2] if order.order_id in named)


def quantity_is_two(exchange: Exchange, _intent: Intent) -> bool:
    return exchange.orders[0].order_qty == Decimal("0.002")


def exists(exchange: Exchange, intent: Intent) -> bool:
    return intent.cl_ord_id in ids(exchange)


def armed(exchange: Exchange, intent: Intent) -> bool:
    return bool(seen(exchange, intent.method))


TAGGED = resting(order_userref=7)
TWO: Any = {"order_qty": "0.002"}
CASES = {
    "amend": Case(lambda orders, names: orders.prepare_amend(order_id=names[0], **TWO), quantity_is_two, RESTING),
    "edit": Case(lambda orders, names: orders.prepare_edit(order_id=names[0], symbol=BTC, **TWO), ended, TAGGED),
    "cancel": Case(lambda orders, names: orders.prepare_cancel(order_id=list(names)), ended, RESTING),
    "cancel_all": Case(lambda orders, _: orders.prepare_cancel_all(), ended, RESTING),
    "cancel_all_after": Case(lambda orders, _: orders.prepare_cancel_all_after(3600), armed, RESTING),
    "batch_add": Case(lambda orders, _: orders.prepare_batch(BTC, [row(), row()]), exists, RESTING),
    "batch_cancel": Case(lambda orders, names: orders.prepare_batch_cancel(order_id=names), ended, RESTING),
    "add over REST": Case(lambda orders, _: orders.prepare(**RESTING, via="rest"), exists, RESTING),
    "amend over REST": Case(
        lambda orders, names: orders.prepare_amend(order_id=names[0], **TWO, via="rest"), quantity_is_two, RESTING
    ),
    "cancel over REST": Case(
        lambda orders, names: orders.prepare_cancel(order_id=names[0], via="rest"), ended, RESTING
    ),
    "batch_add over REST": Case(
        lambda orders, _: orders.prepare_batch(BTC, [row(), row()], via="rest"), exists, RESTING
    ),
}  # fmt: skip


def units(intent: Intent) -> Sequence[Intent]:
    """Return what has an outcome for one order or for the whole."""
    return intent.legs if isinstance(intent, Batch | CancelList) else (intent,)


async def universe(inject: Inject, kind: str, tally: Tally, case: Case) -> None:
    """Make one request under an injection, and check everything from outside."""
    valve, seed = Valve(), next(tally.seeds)
    async with opened(valve=valve, seed=seed, markets=1) as (exchange, session):
        names = [(await session.orders.add(**case.order)).order_id for _ in range(2)]
        world, intent = World(exchange, session, valve), case.prepare(session.orders, names)
        await world.ask(inject, intent, kind, seed, tally)
        await anyio.sleep(LONG)
        check(exchange, intent, case)
        world.check_bystanders()
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


@pytest.mark.parametrize("method", CASES)
@pytest.mark.parametrize("kind", WEATHERS[:4])
async def test_a_method_cancelled_anywhere_tells_the_truth(kind: str, method: str) -> None:
    """A3, A4, A6, B2 to B5, B8, B11."""
    tally = await swept(f"{method}, {kind}", lambda inject, tally: universe(inject, kind, tally, CASES[method]))
    assert tally.told["cancelled", "NOT_SENT"]
