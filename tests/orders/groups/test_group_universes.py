"""Groups in many universes, each from its seed: what the exchange has is what was told, nothing outlives a group.

In each, traders place orders in groups, some nested, under drops, frozen sockets, late and lost answers, errors after
acceptance and their own short deadlines, and leave their groups normally, by an error or by a cancel. The exchange is
the oracle. Then the faults end, and everything must be resolved (contract B2 to B8, B10, I1 to I4).
"""

import random
from collections import Counter
from typing import Any

import anyio
import pytest
from anyio.abc import TaskGroup

from krakenio import Intent, KrakenError, OrdersLeftOpen, Outcome
from krakenio.orders import OrderGroup
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.opened import RESTING, ids, opened, pending, resting
from tests.orders.groups.test_groups import still_open
from tests.universes import SEEDS, Fault, further_seeds, make_trouble, run_all

TRADERS = 2
SECONDS = 5
"""Virtual seconds of trouble."""

EVERYWHERE = ("ACKED", "NOT_ACCEPTED", "OrdersLeftOpen", "ZeroDivisionError", "GroupLeft")
METHODS = ("add_order", "cancel_order", "batch_cancel")
AMBIGUOUS = ("EService:Deadline elapsed", "EGeneral:Internal error", "EService:Timeout")

FAULTS: tuple[Fault, ...] = (
    lambda exchange, chance: exchange.drop(chance.choice(["ws_auth", "rest", None])),
    lambda exchange, chance: exchange.freeze(chance.choice(["ws_auth", "rest", None]), chance.uniform(0.2, 4)),
    lambda exchange, chance: exchange.delay(chance.uniform(0.1, 7), "ws_auth", chance.choice(METHODS), 2),
    lambda exchange, chance: exchange.hold(chance.uniform(0.1, 7), "ws_auth", chance.choice(METHODS), 2),
    lambda exchange, chance: exchange.lose_replies(chance.randint(1, 3), chance.choice(METHODS)),
    lambda exchange, chance: exchange.fail_after_acceptance(chance.choice(METHODS), chance.choice(AMBIGUOUS)),
    lambda exchange, chance: exchange.fail_after_acceptance("CancelOrder", chance.choice([502, 520])),
    lambda exchange, chance: exchange.close("ws_auth", chance.choice([1001, 1012])),
)


class Universe:
    """Hold one run."""

    def __init__(self, exchange: Exchange, session: Session[Any], seed: int) -> None:
        self.exchange, self.session, self.chance = exchange, session, random.Random(seed)
        self.intents: list[Intent] = []
        self.told: set[str | None] = set()
        self.tally: Counter[str] = Counter()

    async def trouble(self) -> None:
        """Make faults, one after the other."""
        await make_trouble(self.exchange, self.chance, FAULTS, 2.5)

    async def trade(self, traders: int) -> None:
        """Let so many traders trade, to the end of them and their stragglers."""
        async with anyio.create_task_group() as tasks:
            for _ in range(traders):
                tasks.start_soon(self.trader, tasks)

    async def trader(self, stragglers: TaskGroup) -> None:
        """Open groups until the trouble ends, and look at the exchange each time that one was left."""
        until = anyio.current_time() + SECONDS
        while anyio.current_time() < until:
            group = self.session.orders.open_group(self.chance.choice([0.0, 0.5, 2.0, 8.0]))
            try:
                with anyio.move_on_after(self.chance.uniform(0.1, 6)):
                    await self.block(group, stragglers)
                self.tally["left by itself or a cancel"] += 1
            except (ZeroDivisionError, OrdersLeftOpen) as error:
                self.tally[type(error).__name__] += 1
            self.check_group(group)

    async def block(self, group: OrderGroup, stragglers: TaskGroup, *, nested: bool = False) -> None:
        """Place orders, rest, nest a group, break off."""
        async with group:
            stragglers.start_soon(self.straggle, group)
            for _ in range(self.chance.randint(1, 4)):
                await self.place(group)
                if not nested and self.chance.random() < 0.2:
                    inner = group.open_group(self.chance.choice([0.2, 1.0]))
                    await self.block(inner, stragglers, nested=True)
            await anyio.sleep(self.chance.uniform(0, 2))
            if self.chance.random() < 0.2:
                raise ZeroDivisionError

    async def straggle(self, group: OrderGroup) -> None:
        """Place orders in a group from another task, which does not know when it is left."""
        for _ in range(2):
            await anyio.sleep(self.chance.uniform(0, 3))
            await self.place(group)

    async def place(self, group: OrderGroup) -> None:
        """Place an order, with a deadline of the trader's own or given up at any moment."""
        price = str(50_000 + self.chance.randint(0, 40) * 1000)  # some of them trade at once
        try:
            intent = group.prepare(**resting(limit_price=price) if self.chance.random() < 0.5 else RESTING)
            self.intents.append(intent)
            await self.submit(intent)
        except KrakenError as error:
            self.tally[type(error).__name__] += 1
            await anyio.sleep(0.3)

    async def submit(self, intent: Intent) -> None:
        if self.chance.random() < 0.7:
            with anyio.move_on_after(self.chance.choice([0.6, 1.0, 3.0])):
                await intent.submit()
            return
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(intent.submit)
                await anyio.sleep(self.chance.uniform(0, 1))
                tasks.cancel_scope.cancel()
        except* KrakenError as errors:
            self.tally[type(errors.exceptions[0]).__name__] += 1

    def check_group(self, group: OrderGroup) -> None:
        """Require that whatever is open of a group was told (I1, I2)."""
        self.told |= {intent.cl_ord_id for intent in group.unconfirmed}
        mine = {intent.cl_ord_id for intent in group.intents}
        assert mine & {*still_open(self.exchange)} <= self.told, "an order outlived its group unnoticed"

    async def check_at_last(self) -> None:
        """Require that outcomes are the truth, and become certain (B2 to B8, B10)."""
        there = Counter(ids(self.exchange))
        assert {*there.values()} <= {1}, "an order was placed twice"
        assert {*still_open(self.exchange)} <= self.told, "an order came to life after its group had been left"
        for intent in self.intents:
            truth = Outcome.ACKED if there[intent.cl_ord_id] else intent.outcome
            if intent.outcome is Outcome.UNKNOWN:
                truth = Outcome.ACKED if there[intent.cl_ord_id] else Outcome.NOT_ACCEPTED
                assert await intent.resolve() is truth
            assert intent.outcome is truth, intent
            self.tally[intent.outcome.name] += 1


async def run(seed: int, tally: Counter[str], make: type[Universe] = Universe) -> None:
    """Live through one universe: trouble, then peace."""
    limited = seed % 4 == 0
    tier = "starter" if limited else "pro"
    options: dict[str, Any] = {"limits": limited, "tier": tier, "heartbeat": 4.5, "session": {"tier": tier}}
    async with opened(seed=seed, markets=1, **options) as (exchange, session):
        universe = make(exchange, session, seed)
        async with anyio.create_task_group() as troubles:
            troubles.start_soon(universe.trouble)
            await universe.trade(TRADERS)
            troubles.cancel_scope.cancel()
        exchange.behave()
        await anyio.sleep(33.3)
        await universe.check_at_last()
        assert pending(session)[:2] == (0, 0)
        tally.update(universe.tally)


@pytest.mark.once
@pytest.mark.virtual
async def test_no_order_outlives_its_group_unnoticed_in_any_universe() -> None:
    """B2 to B8, B10, I1 to I4."""
    await run_all(range(SEEDS), run, EVERYWHERE)


@pytest.mark.virtual
@pytest.mark.parametrize("seeds", further_seeds())
async def test_no_order_outlives_its_group_unnoticed_in_any_of_a_thousand_universes(seeds: range) -> None:
    """B2 to B8, B10, I1 to I4."""
    await run_all(seeds, run, EVERYWHERE)
