"""What waits for news of the account, and blocks around it, cancelled at every checkpoint in four kinds of weather.

The weather and the bystanders are those of `test_sweep`. Whatever was cancelled: bystanders are told the truth, the
same call made again does what it says, and nothing of the first is left (contract A3, A4, A6, H2, I1).
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import pytest

from krakenio import KrakenError
from krakenio.session import Session
from tests.calls.test_calls import at_once
from tests.injection import Injection, sweep
from tests.leaks import living
from tests.opened import BTC, CROSSING, RESTING, Valve, opened, pending, settled
from tests.orders.intents.test_sweep import LONG, World
from tests.orders.switches.test_switch import TIMEOUT

pytestmark = [pytest.mark.virtual, pytest.mark.once]

BAD = ("contended", "back-pressured", "reconnecting")
GRACE = 0.5
Call = Callable[[Session[Any], str], Awaitable[object]]


async def filled(session: Session[Any], order_id: str) -> object:
    return await session.orders.open[order_id].filled()


async def closed(session: Session[Any], order_id: str) -> object:
    return await session.orders.open[order_id].closed()


async def funds(session: Session[Any], _order_id: str) -> None:
    async with session.balances_table() as table:
        await anyio.sleep(0.5)
        await table.synced()
        assert table.in_sync


async def group(session: Session[Any], _order_id: str) -> None:
    async with session.orders.open_group(GRACE) as made:
        await made.add(**RESTING)


async def switch(session: Session[Any], _order_id: str) -> None:
    async with session.orders.dead_man_switch(TIMEOUT) as made:
        await anyio.sleep(0.5)
        assert made.fires_in is not None


async def halt(session: Session[Any], _order_id: str) -> None:
    await session.orders.halt()
    session.orders.resume()


CALLS: tuple[Call, ...] = (filled, closed, funds, group, switch, halt)
OTHERS = ("connection", "krakenio sim")


async def end_of_order(session: Session[Any], order_id: str, call: Call) -> None:
    """Let the order that is waited for end in the midst of the weather, by the other way to Kraken."""
    await anyio.sleep(0.6)
    if call is filled:
        await session.orders.amend(order_id=order_id, limit_price=CROSSING["limit_price"], via="rest")
    elif call is closed:
        await session.orders.cancel(order_id=order_id, via="rest")


def tasks_of_ours() -> list[str]:
    """Return the names of the session's tasks, but for its sockets' and the exchange's, which come and go."""
    names = [str(task.get_name() if hasattr(task, "get_name") else task.name) for task in living()]
    return sorted(name for name in names if name.startswith("krakenio") and not any(each in name for each in OTHERS))


async def universe(inject: Injection, call: Call, weather: str, seed: int = 3) -> None:
    """Make one call under an injection, in that weather, and look at what it left."""
    valve = Valve(spare_rest=True)
    async with opened(valve=valve, seed=seed, markets=[BTC]) as (exchange, session):
        order_id = (await session.orders.add(**RESTING)).order_id
        await settled()
        before, world = tasks_of_ours(), World(exchange, session, valve)
        async with anyio.create_task_group() as tasks:
            world.stir(weather, seed, tasks)
            tasks.start_soon(end_of_order, session, order_id, call)
            report = await at_once(inject, partial(call, session, order_id), GRACE if call is group else 0.0)
            session.orders.resume()
            assert report.error is None or (isinstance(report.error, KrakenError) and weather == "reconnecting"), report
        exchange.clear_faults()
        await anyio.sleep(LONG)
        world.check_bystanders()
        assert tasks_of_ours() == before
        assert pending(session)[:2] == (0, 0)
        await call(session, order_id)


@pytest.mark.parametrize("call", CALLS)
async def test_what_waits_for_the_account_can_be_cancelled_anywhere(call: Call) -> None:
    """A2 to A4, A6, H2, I1."""
    assert await sweep(lambda inject: universe(inject, call, "idle")) >= 2


@pytest.mark.proof
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("weather", BAD)
async def test_what_waits_for_the_account_can_be_cancelled_anywhere_in_bad_weather(weather: str, call: Call) -> None:
    """A2 to A4, A6, H2, I1."""
    assert await sweep(lambda inject: universe(inject, call, weather)) >= 2
