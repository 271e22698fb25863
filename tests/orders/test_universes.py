"""All order methods in many universes, each from its seed: what the exchange did is what the outcomes say.

The traders of `test_group_universes` do everything that can be done with orders here, of all types, by both ways, in
groups and outside, while the exchange misbehaves in every way that it can. Then the faults end, and within a minute
everything must be certain and healthy. The exchange is the oracle (contract B2 to B8, B10, B11, I1 to I4).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

import anyio
import pytest

from krakenio import Intent, InvalidRequest, KrakenError, Outcome
from krakenio.errors import CallLimitAhead, UnknownOrder
from krakenio.orders import OrderGroup
from krakenio.orders.batch.legs import Many
from krakenio.orders.intents.needs import Via
from krakenio.session import Session
from krakenio.sim import Exchange
from krakenio.sim.markets.orders import Order
from tests.opened import BTC, CROSSING, RESTING, resting, until
from tests.orders.groups.test_group_universes import SECONDS, Universe, run
from tests.universes import SEEDS, further_seeds, run_all

KINDS = (
    *("drop", "close", "freeze", "slice", "delay", "hold", "lose", "reject", "fail", "refuse"),
    *("token", "sequence", "poison", "skew", "maintenance"),
)
"""All faults of the simulated exchange but those of books."""
RATE = 1.5
PEACE = 60.0
"""Seconds after the faults within which everything is certain (PROOF.md §2)."""

SECONDS_A_LOOK = 13.0
"""What Kraken's counter of calls asks for the two of them, at the lowest tier."""

SOME = 0.3
"""How many of the other outcomes are looked into: each look costs a call, and calls are counted."""

STOP: Any = {"limit_price": None, "side": "sell"}
TYPES: tuple[dict[str, Any], ...] = (
    RESTING,
    CROSSING,
    resting(order_type="market", limit_price=None),
    resting(time_in_force="ioc"),
    resting(post_only=True, stp_type="cancel_both"),
    resting(order_type="iceberg", order_qty="0.01", display_qty="0.002"),
    resting(order_type="stop-loss", **STOP, triggers={"price": "40000.0"}),
    resting(order_type="stop-loss-limit", side="sell", limit_price="39000.0", triggers={"price": "40000.0"}),
    resting(order_type="take-profit", **STOP, triggers={"price": "10", "price_type": "pct"}),
    resting(order_type="trailing-stop", **STOP, triggers={"price": "500", "price_type": "quote"}),
    resting(validate=True),
)
RECENT = 5
"""Orders that are changed or cancelled are among so many last ones: most of the others are gone."""

Act = Callable[[OrderGroup], Intent]
NO_ORDER = "OAAAAA-BBBBB-CCCCCC"
NEVER = frozenset({Outcome.NOT_SENT, Outcome.REJECTED, Outcome.NOT_ACCEPTED})


class Oracle:
    """Know what the exchange did."""

    def __init__(self, exchange: Exchange) -> None:
        accounts = exchange._core.accounts  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self.orders: list[Order] = list(accounts[0].orders.values())

    def named(self, *names: str | int | None) -> list[Order]:
        """Return the orders that these are ids or tags of."""
        return [order for order in self.orders if {order.order_id, order.cl_ord_id, order.userref} & {*names} - {None}]

    def done(self, intent: Intent) -> bool | None:
        """Tell whether it did what an intent asked for; `None` where that cannot be told from what there is now."""
        match intent.method:
            case "add_order":
                return any(_is_of(order, intent.params) for order in self.orders)
            case "amend_order":
                return any(_amended(order, intent.params) for order in self.named(intent.params["order_id"]))
            case "edit_order":
                return any(_edited(order, intent.params) for order in self.orders)
            case _:
                return None

    def check_cancel(self, intent: Intent) -> None:
        """Require that nothing is open of what is said to be cancelled, or to be unknown."""
        taken = *intent.params.get("order_id", ()), *intent.params.get("orders", ())
        names = *taken, *intent.params.get("cl_ord_id", ()), *intent.params.get("order_userref", ())
        unknown = bool(taken) and isinstance(intent.error, UnknownOrder)  # else it may have come later
        gone = intent.outcome is Outcome.ACKED or unknown
        assert not gone or not any(order.is_open for order in self.named(*names)), intent


def _is_of(order: Order, params: Mapping[str, Any]) -> bool:
    tag = params.get("order_userref")
    return bool(order.cl_ord_id == params["cl_ord_id"] if tag is None else order.userref == tag)


def _amended(order: Order, params: Mapping[str, Any]) -> bool:
    return any(Decimal(made.qty).scaleb(-order.market.qty_precision) == params["order_qty"] for made in order.amends)


def _edited(order: Order, params: Mapping[str, Any]) -> bool:
    return (order.link_id, order.userref) == (params["order_id"], params["order_userref"])


def units(intent: Intent) -> Sequence[Intent]:
    """Return what has an outcome of its own."""
    return intent.legs if isinstance(intent, Many) else (intent,)


class Anything(Universe):
    """Hold one run, in which anything is done with orders, and anything goes wrong."""

    def __init__(self, exchange: Exchange, session: Session[Any], seed: int) -> None:
        super().__init__(exchange, session, seed)
        self.seed = seed
        self.grouped: set[str | None] = set()
        self._numbers = count(1)
        places, changes = (self.add, self.add, self.batch, self.tagged), (self.amend, self.edit)
        ends = (self.cancel, self.cancel_list, self.cancel_batch)
        self.acts: tuple[Act, ...] = (*3 * places, *3 * changes, *ends, self.cancel_all)

    async def trouble(self) -> None:
        """Let the exchange misbehave; in some universes the kill switch is used meanwhile."""
        self.exchange.misbehave(self.seed, RATE, KINDS)
        await anyio.sleep(self.chance.uniform(0, 2 * SECONDS))
        try:
            with anyio.move_on_after(20):
                await self.session.orders.halt()
                assert not any(order.is_open for order in Oracle(self.exchange).orders), "halted, and an order is open"
                self.tally["halted"] += 1
        finally:
            self.session.orders.resume()

    async def place(self, group: OrderGroup) -> None:
        """Do something, with a deadline of the trader's own or given up at any moment."""
        try:
            intent = self.chance.choice(self.acts)(group)
            self.intents += [intent, *(intent.legs if isinstance(intent, Many) else ())]
            await self.submit(intent)
        except KrakenError as error:
            self.tally[type(error).__name__] += 1
            await anyio.sleep(0.3)

    # what a trader does

    def way(self) -> Via:
        return self.chance.choice(("ws", "ws", "rest"))

    def order(self) -> dict[str, Any]:
        """Return an order of some type; it may begin or end within the universe."""
        moment = datetime.fromtimestamp(self.exchange.clock() // 10**9 + self.chance.randint(1, 5), UTC)
        ends, begins = {"time_in_force": "gtd", "expire_time": moment}, {"effective_time": moment}
        timed: list[dict[str, Any]] = [{}, {}, ends, begins]
        chosen = self.chance.choice(TYPES)
        return chosen | self.chance.choice(timed) if chosen is RESTING else chosen

    def add(self, group: OrderGroup) -> Intent:
        intent = group.prepare(**self.order(), via=self.way())
        self.grouped.add(intent.cl_ord_id)
        return intent

    def batch(self, group: OrderGroup) -> Intent:
        rows: Any = [self.order() for _ in range(self.chance.randint(2, 4))]
        rows = [{name: value for name, value in row.items() if name not in {"symbol", "validate"}} for row in rows]
        batch = group.prepare_batch(BTC, rows, via=self.way())
        self.grouped |= {leg.cl_ord_id for leg in batch.legs}
        return batch

    def tagged(self, _group: OrderGroup) -> Intent:
        """Place an order outside groups, named by a number, perhaps with one that follows its fill."""
        close: Any = {"conditional": {"order_type": "limit", "limit_price": "150000.0"}}
        follow = self.chance.choice((RESTING, RESTING, CROSSING | close))
        own = "conditional" in follow and self.chance.random() < SOME
        tag: Any = {} if own else {"order_userref": next(self._numbers)}
        return self.session.orders.prepare(**follow, **tag, via=self.way())

    def mine(self, *, tagged: bool = False) -> str:
        """Return the id of an order that Kraken has taken."""
        adds = [each for each in self.intents if each.method == "add_order" and each.order_id]
        found = [each.order_id or "" for each in adds if not tagged or "order_userref" in each.params]
        return self.chance.choice(found[-RECENT:] or [NO_ORDER])

    def amend(self, _group: OrderGroup) -> Intent:
        qty = Decimal("0.001") + Decimal(next(self._numbers)).scaleb(-8)
        return self.session.orders.prepare_amend(order_id=self.mine(), order_qty=qty, via=self.way())

    def edit(self, _group: OrderGroup) -> Intent:
        change: Any = {"order_id": self.mine(tagged=True), "order_qty": "0.002", "order_userref": next(self._numbers)}
        return self.session.orders.prepare_edit(symbol=BTC, **change, via=self.way())

    def cancel(self, _group: OrderGroup) -> Intent:
        """Cancel an order by one of its names; one of its own it has before Kraken has the order."""
        named = [each for each in self.intents if each.method == "add_order"][-RECENT:]
        names: list[Any] = [{"order_id": self.mine()}]
        names += [{"cl_ord_id": each.cl_ord_id} for each in named if each.cl_ord_id is not None]
        names += [{"order_userref": each.params["order_userref"]} for each in named if each.cl_ord_id is None]
        intent: Intent = self.session.orders.prepare_cancel(**self.chance.choice(names), via=self.way())
        return intent

    def cancel_list(self, _group: OrderGroup) -> Intent:
        return self.session.orders.prepare_cancel(order_id=[self.mine(), self.mine()])

    def cancel_batch(self, _group: OrderGroup) -> Intent:
        names = [self.mine(), self.mine()]
        return self.session.orders.prepare_batch_cancel(order_id=names, via=self.way())

    def cancel_all(self, _group: OrderGroup) -> Intent:
        if self.chance.random() < 0.5:
            return self.session.orders.prepare_cancel_all(via=self.way())
        return self.session.orders.prepare_cancel_all_after(self.chance.choice((0, 2, 60)), via=self.way())

    # what must be so

    async def check_at_last(self) -> None:
        """Require that all is certain within the time of peace, and the truth."""
        unknown = sum(self.certain(intent) and intent.outcome is Outcome.UNKNOWN for intent in self.intents)
        with anyio.fail_after(PEACE + SECONDS_A_LOOK * unknown):
            await until(lambda: self.session.health.ok)
            for intent in self.intents:
                if self.certain(intent):
                    await intent.resolve()
        for intent in self.intents:
            if not isinstance(intent, Many) and self.chance.random() < SOME:
                await self.resolve(intent)
        oracle = Oracle(self.exchange)
        there = Counter(order.cl_ord_id or order.userref for order in oracle.orders)
        assert {times for name, times in there.items() if name is not None} <= {1}, "an order was placed twice"
        lasting = {order.cl_ord_id for order in oracle.orders if order.is_open} & self.grouped
        assert lasting <= self.told, "an order came to life after its group had been left"
        for intent in self.intents:
            self.check(oracle, intent)

    def certain(self, intent: Intent) -> bool:
        """Tell whether nothing may stay unknown of it: whether there is an order."""
        return intent.method == "add_order" and intent.key is not None

    async def resolve(self, intent: Intent) -> None:
        """Find out about anything else; an order without a name cannot be found."""
        try:
            await intent.resolve()
        except CallLimitAhead:
            self.tally["CallLimitAhead"] += 1
        except InvalidRequest:
            assert "order_userref" in intent.params
            assert not intent.own_tag

    def check(self, oracle: Oracle, intent: Intent) -> None:
        """Compare an outcome with what was done."""
        self.tally[intent.outcome.name] += 1
        self.tally[f"{intent.method} {intent.outcome.name}"] += 1
        if isinstance(intent, Many):
            return
        if (done := oracle.done(intent)) is None:
            oracle.check_cancel(intent)
            return
        acked = intent.outcome is Outcome.ACKED and not intent.params.get("validate")
        assert done or not acked, f"{intent}: it was not done"
        assert not done or intent.outcome not in NEVER, f"{intent}: it was done"
        assert not self.certain(intent) or intent.outcome is not Outcome.UNKNOWN, f"{intent} is not certain"


EVERYWHERE = (
    *("ACKED", "REJECTED", "NOT_SENT", "NOT_ACCEPTED", "OrderOutcomeUnknown", "OrdersLeftOpen", "GroupLeft", "halted"),
)


live = partial(run, make=Anything)


@pytest.mark.once
@pytest.mark.virtual
async def test_what_the_exchange_did_is_what_the_outcomes_say_in_any_universe() -> None:
    """B2 to B8, B10, B11, I1 to I4."""
    await run_all(range(SEEDS), live, EVERYWHERE)


@pytest.mark.virtual
@pytest.mark.parametrize("seeds", further_seeds())
async def test_what_the_exchange_did_is_what_the_outcomes_say_in_any_of_a_thousand_universes(seeds: range) -> None:
    """B2 to B8, B10, B11, I1 to I4."""
    await run_all(seeds, live, EVERYWHERE)
