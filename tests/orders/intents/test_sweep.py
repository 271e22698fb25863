"""Orders cancelled at every checkpoint, in every way, in four kinds of weather: what callers are told is the truth.

A universe is one run: an exchange in memory, a session, one call that is cancelled at its N-th checkpoint. The exchange
is the oracle: what it accepted, ever, against what the caller and twenty bystanders were told (contract A3 to A6, B2 to
B6, B10). Everything is let run on long after, so that "never" is not just "not yet".
"""

import itertools
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.abc
import pytest

from krakenio import Intent, InvalidSession, KrakenError, Outcome
from krakenio.orders.intents.needs import Via
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.injection import Inject, Report, sweep, sweep_moments
from tests.opened import RESTING, Valve, attempt, ids, later, opened, pending, settled

pytestmark = pytest.mark.once

WEATHERS = ("idle", "contended", "back-pressured", "behind others", "reconnecting", "without token")
"""Back-pressured, the peer does not read for a second: what is being written is stuck, others wait behind it."""

SEEDS = 5
OTHERS: dict[Via, int] = {"ws": 20, "rest": 5}
LONG = 33.3
"""Seconds to let run on, far beyond every deadline; not when a ping is being sent."""


class World:
    """Hold one universe; `second` is how long a second of weather lasts, as long as nobody waits for it in vain.

    The weather and the bystanders are those of one way to Kraken.
    """

    def __init__(
        self, exchange: Exchange, session: Session[Any], valve: Valve, second: float = 1.0, via: Via = "ws"
    ) -> None:
        self.exchange, self.session, self.valve, self.second = exchange, session, valve, second
        self.via: Via = via
        self.others: list[tuple[Intent, list[object]]] = []
        self.told: dict[Intent, Outcome] = {}

    async def ask(self, inject: Inject, intent: Intent, kind: str, seed: int, tally: "Tally") -> None:
        """Make one request in that weather under an injection, and note what the caller was told."""
        async with anyio.create_task_group() as tasks:
            self.stir(kind, seed, tasks)
            if kind == "behind others":
                await settled()
            report = await inject(intent.submit)
            self.told = {each: each.outcome for each in (intent, *getattr(intent, "legs", ()))}
            check_end(report, intent, kind)
            tally.note(report, intent)

    def stir(self, kind: str, seed: int, tasks: anyio.abc.TaskGroup) -> None:
        """Make the weather."""
        if kind == "reconnecting":
            host = "rest" if self.via == "rest" else "ws_auth"
            self.exchange.hold(0.1 * seed * self.second, host, None)
            tasks.start_soon(later, 0.25 * self.second, lambda: self.exchange.drop(host))
        for _ in range(0 if kind == "idle" else OTHERS[self.via]):
            self.others.append((self.session.orders.prepare(**RESTING, via=self.via), []))
            tasks.start_soon(attempt, *self.others[-1])
        if kind in {"back-pressured", "behind others"}:
            self.valve.close()
            tasks.start_soon(later, self.second, self.valve.open)

    def check_final(self) -> None:
        """Require that what was told at the end of the call has only become more certain (B2, B3)."""
        for intent, told in self.told.items():
            assert told in {intent.outcome, Outcome.UNKNOWN}, f"{intent}, and at the end of the call it was {told}"

    def check(self, intent: Intent) -> None:
        """Compare what was told of an order with what the exchange has, ever."""
        there = ids(self.exchange).count(intent.cl_ord_id)
        assert there or intent.outcome is not Outcome.ACKED, f"{intent}, and the exchange has none"
        assert not there or intent.outcome is not Outcome.NOT_SENT, f"{intent}, and the exchange has it"
        assert there <= 1

    def check_bystanders(self) -> None:
        """Require that each was told just one thing, and the truth (A4)."""
        for intent, ends in self.others:
            assert len(ends) == 1, (intent, ends)
            assert not isinstance(ends[0], KrakenError) or intent.outcome is not Outcome.NOT_SENT or not intent.order_id
            self.check(intent)


def check_end(report: Report[Any], intent: Intent, kind: str) -> None:
    """Require that what the call told and the outcome that can be read right after it agree (A3, B2)."""
    if kind not in {"reconnecting", "without token"}:
        assert report.cancelled or report.value is not None, report.error  # a cancel is not converted into an error
    assert report.error is None or isinstance(report.error, KrakenError), report.error
    assert not report.cancelled or report.error is None
    if report.value is not None:
        assert intent.outcome is Outcome.ACKED
    assert (intent.written_at is None) == (intent.outcome is Outcome.NOT_SENT)
    assert intent.outcome in {Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.ACKED}


async def refused_token(exchange: Exchange, session: Session[Any]) -> None:
    """Let Kraken refuse the token, so that the next order must wait for another one."""
    exchange.delay(0.5, "rest", "GetWebSocketsToken")
    exchange.expire_token()
    with pytest.raises(InvalidSession):
        await session.orders.add(**RESTING)


class Tally:
    """Count what callers were told, to see that the sweep has been everywhere."""

    def __init__(self) -> None:
        self.seeds = itertools.cycle(range(1, SEEDS + 1))
        self.universes = 0
        self.told: Counter[tuple[str, str]] = Counter()

    def note(self, report: Report[Any], intent: Intent) -> None:
        """Count one universe."""
        self.universes += 1
        self.told["cancelled" if report.cancelled else "ended", intent.outcome.name] += 1


async def swept(what: str, universe: Callable[[Inject, Tally], Awaitable[None]]) -> Tally:
    """Run a universe for each checkpoint and each way to be cancelled there; return what callers were told."""
    tally = Tally()
    assert await sweep(lambda inject: universe(inject, tally)) >= 2
    print(f"{what}: told {dict(tally.told)}")  # noqa: T201
    return tally


async def add_universe(inject: Inject, kind: str, tally: Tally, second: float, rest: float) -> None:
    """Add an order under an injection, and check everything from outside."""
    valve, seed = Valve(), next(tally.seeds)
    async with opened(valve=valve, seed=seed, markets=1) as (exchange, session):
        world, intent = World(exchange, session, valve, second), session.orders.prepare(**RESTING)
        if kind == "without token":
            await refused_token(exchange, session)
        await world.ask(inject, intent, kind, seed, tally)
        await anyio.sleep(rest)
        exchange.clear_faults()
        world.check_bystanders()
        world.check_final()
        world.check(intent)
        assert pending(session)[:2] == (0, 0)
        if rest > 1:
            await check_at_last(world, intent)


async def check_at_last(world: World, intent: Intent) -> None:
    """Require that `resolve` tells the truth, and that the next call works (B8, A4)."""
    if intent.outcome is Outcome.UNKNOWN:
        truth = Outcome.ACKED if intent.cl_ord_id in ids(world.exchange) else Outcome.NOT_ACCEPTED
        assert await intent.resolve() is truth
    await world.session.orders.add(**RESTING)
    await anyio.sleep(1)
    assert pending(world.session)[:2] == (0, 0)


@pytest.mark.virtual
@pytest.mark.parametrize("kind", WEATHERS)
async def test_an_add_cancelled_anywhere_tells_the_truth(kind: str) -> None:
    """A3, A4, A6, B2 to B6, B10."""
    tally = await swept(f"add, {kind}", lambda inject, tally: add_universe(inject, kind, tally, 1.0, LONG))
    assert tally.told["cancelled", "NOT_SENT"]


@pytest.mark.virtual
@pytest.mark.parametrize("kind", WEATHERS)
async def test_an_add_cancelled_at_any_moment_tells_the_truth(kind: str) -> None:
    """A3, A4, A6, B2 to B6, B10: in each pass of the scheduler, and at moments of the weather."""
    await at_any_moment(kind, 12, [0.15, 0.45, 0.95])


@pytest.mark.proof
@pytest.mark.virtual
@pytest.mark.parametrize("kind", WEATHERS)
async def test_an_add_cancelled_at_any_of_many_moments_tells_the_truth(kind: str) -> None:
    """A3, A4, A6, B2 to B6, B10."""
    await at_any_moment(kind, 60, [0.025 * step for step in range(1, 51)])


async def at_any_moment(kind: str, passes: int, seconds: list[float]) -> None:
    tally = Tally()
    deepest = await sweep_moments(lambda inject: add_universe(inject, kind, tally, 1.0, LONG), passes, seconds)
    print(f"add, {kind}, moments: {deepest}, {tally.universes} universes, told {dict(tally.told)}")  # noqa: T201
    if kind not in {"behind others", "without token"}:  # there it is answered in the moment in which it is written
        assert tally.told["cancelled", "UNKNOWN"]


@pytest.mark.backends("uvloop")
@pytest.mark.parametrize("kind", WEATHERS[:5])
async def test_an_add_cancelled_anywhere_tells_the_truth_on_uvloop(kind: str) -> None:
    """A3, A4, A6, B2 to B5, B10, in real time."""
    await swept(f"add, {kind}, uvloop", lambda inject, tally: add_universe(inject, kind, tally, 0.02, 0.02))


@pytest.mark.virtual
@pytest.mark.backends("asyncio-virtual")
async def test_a_reply_that_arrived_before_the_cancel_took_effect_is_recorded() -> None:
    """B5: the caller sees the cancel, and the outcome says what it left behind."""
    told: Counter[Outcome] = Counter()

    async def universe(inject: Inject) -> None:
        async with opened(markets=1) as (exchange, session):
            intent = session.orders.prepare(**RESTING)
            report = await inject(intent.submit)
            if report.cancelled and inject.mode == "race":
                told[intent.outcome] += 1
                assert (intent.outcome is Outcome.ACKED) == bool(ids(exchange))

    await sweep(universe)
    assert told[Outcome.ACKED]


async def cancel_universe(inject: Inject, kind: str, tally: Tally) -> None:
    """Cancel an order under an injection, and check everything from outside."""
    valve, seed = Valve(), next(tally.seeds)
    async with opened(valve=valve, seed=seed, markets=1) as (exchange, session):
        order = await session.orders.add(**RESTING)
        world, intent = World(exchange, session, valve), session.orders.prepare_cancel(order_id=order.order_id)
        if kind == "without token":
            await refused_token(exchange, session)
        await world.ask(inject, intent, kind, seed, tally)
        await anyio.sleep(LONG)
        gone = exchange.orders[0].status == "canceled"
        assert gone or intent.outcome is not Outcome.ACKED
        assert not gone or intent.outcome is not Outcome.NOT_SENT
        world.check_bystanders()
        world.check_final()
        assert pending(session)[:2] == (0, 0)


@pytest.mark.virtual
@pytest.mark.parametrize("kind", WEATHERS)
async def test_a_cancel_cancelled_anywhere_tells_the_truth(kind: str) -> None:
    """A3, A4, A6, B2 to B5."""
    tally = await swept(f"cancel, {kind}", lambda inject, tally: cancel_universe(inject, kind, tally))
    assert tally.told["cancelled", "NOT_SENT"]
