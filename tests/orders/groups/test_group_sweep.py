"""Groups left by a cancel at every checkpoint, in every way, in each weather: no order outlives its group unnoticed.

A universe is one run: an exchange in memory, a session, one block with a group that is cancelled at its N-th
checkpoint: entering, adding, resting, leaving. The exchange is the oracle (contract A3, I1 to I4).
"""

import itertools
import math
from typing import Any

import anyio
import pytest

from krakenio import KrakenError, Outcome
from krakenio.orders import OrderGroup
from krakenio.sim import Exchange
from tests.injection import Inject, Report, sweep, sweep_moments
from tests.opened import RESTING, opened, pending
from tests.orders.groups.test_groups import still_open

pytestmark = pytest.mark.once

WEATHERS = ("idle", "dead peer", "reconnecting", "rate-limited", "lost answers")
GRACE = 2.0
LATER = 33.3
"""Seconds to let run on, far beyond every deadline; not when a ping is being sent."""


def options(weather: str, seed: int) -> dict[str, Any]:
    limited = {"limits": True, "tier": "starter"} if weather == "rate-limited" else {}
    return {"seed": seed, "markets": 1, **limited}


def spoil(exchange: Exchange, weather: str, seed: int) -> None:
    """Make the weather, in the midst of the block."""
    if weather == "dead peer":
        exchange.freeze("ws_auth" if seed % 2 else None, 20)
    elif weather == "reconnecting":
        exchange.drop("ws_auth")
    elif weather == "lost answers":
        exchange.lose_replies(2, "add_order")
        exchange.fail_after_acceptance("add_order", "EService:Deadline elapsed")


async def block(exchange: Exchange, group: OrderGroup, weather: str, seed: int, second: float) -> None:
    """Place orders, before and after the weather has changed, and rest for a moment."""
    async with group:
        for number in range(6 if weather != "rate-limited" else 12):
            if number == seed % 5:
                spoil(exchange, weather, seed)
            try:
                with anyio.move_on_after(0.7 * second):
                    await group.add(**RESTING)
            except KrakenError:
                await anyio.sleep(0.1 * second)
        await anyio.sleep(0.3 * second)


def check(exchange: Exchange, group: OrderGroup) -> None:
    """Require that every open order was told, and every outcome is the truth (I1, I2, B3)."""
    told = {intent.cl_ord_id for intent in group.unconfirmed}
    assert {*still_open(exchange)} <= told, "an order outlived its group unnoticed"
    there = {order.cl_ord_id for order in exchange.orders}
    for intent in group.intents:
        assert intent.outcome is not Outcome.NOT_SENT or intent.cl_ord_id not in there, intent
        assert intent.outcome is not Outcome.ACKED or intent.cl_ord_id in there, intent


class Universes:
    """Run one after the other, each with another seed; `second` is how long a second of the block lasts."""

    def __init__(self, weather: str, second: float = 1.0) -> None:
        self.weather, self.second = weather, second
        self.count = 0
        self._seeds = itertools.cycle(range(1, 6))

    async def __call__(self, inject: Inject) -> None:
        """Run one."""
        seed = next(self._seeds)
        async with opened(**options(self.weather, seed)) as (exchange, session):
            group = session.orders.open_group(GRACE)
            report = await inject(lambda: block(exchange, group, self.weather, seed, self.second))
            self.check_end(inject, report, group)
            check(exchange, group)
            await anyio.sleep(LATER * self.second)
            check(exchange, group)
            exchange.clear_faults()
            await anyio.sleep(LATER * self.second)
            if self.second == 1:
                assert pending(session)[:2] == (0, 0)
        self.count += 1

    def check_end(self, inject: Inject, report: Report[None], group: OrderGroup) -> None:
        """Require that a cancel went on unchanged, within the grace (A3, I1, I2)."""
        too_late = not report.fired or report.yields == inject.at  # after the last checkpoint nobody can see it
        assert report.error is None or (isinstance(report.error, KrakenError) and too_late), report.error
        assert math.isnan(report.fired_at) or anyio.current_time() - report.fired_at <= GRACE + 0.01 / self.second
        assert report.cancelled or report.error is not None or not group.unconfirmed


@pytest.mark.virtual
@pytest.mark.parametrize("weather", WEATHERS)
async def test_no_order_outlives_a_group_that_is_left_by_a_cancel_anywhere(weather: str) -> None:
    """A3, I1 to I4."""
    assert await sweep(Universes(weather)) >= 12


@pytest.mark.virtual
@pytest.mark.parametrize("weather", WEATHERS)
async def test_no_order_outlives_a_group_that_is_left_by_a_cancel_at_any_moment(weather: str) -> None:
    """A3, I1 to I4."""
    universes = Universes(weather)
    deepest = await sweep_moments(universes, 10, [0.2, 0.8, 1.4, 2.0, 2.6])
    print(f"group, {weather}, moments: {deepest}, {universes.count} universes")  # noqa: T201
    assert universes.count > 10


@pytest.mark.backends("uvloop")
@pytest.mark.parametrize("weather", ["idle", "reconnecting"])
async def test_no_order_outlives_a_group_that_is_left_by_a_cancel_anywhere_on_uvloop(weather: str) -> None:
    """A3, I1 to I4, in real time."""
    assert await sweep(Universes(weather, 0.002)) >= 12
