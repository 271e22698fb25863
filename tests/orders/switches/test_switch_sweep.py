"""The dead-man's switch left by a cancel at every checkpoint, in every way (contract H2, A6)."""

import anyio
import pytest

from tests.injection import Inject, sweep
from tests.opened import RESTING, opened, pending
from tests.orders.switches.test_switch import TIMEOUT, asked, status

pytestmark = pytest.mark.once


async def switch_universe(inject: Inject, weather: str, second: float = 1.0) -> None:
    """Cancel a whole block at each of its checkpoints: entering, resting, leaving."""
    async with opened(markets=1) as (exchange, session):
        await session.orders.add(**RESTING)
        if weather == "reconnecting":
            exchange.drop("ws_auth")
        finished: list[bool] = []

        async def block() -> None:
            async with session.orders.dead_man_switch(TIMEOUT):
                await anyio.sleep(20 * second)
            finished.append(True)

        report = await inject(block)
        ended_at, count = exchange.clock() / 1e9, len(asked(exchange))
        await anyio.sleep((2 * TIMEOUT + 3.3) * second)  # not when a ping is being sent
        assert report.cancelled or finished
        late = [each for each in asked(exchange)[count:] if each[0] > ended_at + 0.1]
        assert late == [], "something was sent after the block had been left"
        sent = [timeout for _, timeout in asked(exchange)]
        assert not finished or sent[-1] == 0
        if second == 1:
            assert (status(exchange) == "new") == (sent[-1:] in ([], [0]))
            assert pending(session)[:2] == (0, 0)
        async with session.orders.dead_man_switch(TIMEOUT):
            pass


@pytest.mark.virtual
@pytest.mark.parametrize("weather", ["idle", "reconnecting"])
async def test_a_block_cancelled_anywhere_leaves_what_the_contract_says(weather: str) -> None:
    """H2, A6."""
    assert await sweep(lambda inject: switch_universe(inject, weather)) >= 4


async def switch_on_uvloop(inject: Inject) -> None:
    await switch_universe(inject, "idle", 0.0005)


@pytest.mark.backends("uvloop")
async def test_a_block_cancelled_anywhere_leaves_what_the_contract_says_on_uvloop() -> None:
    """H2, in real time."""
    assert await sweep(switch_on_uvloop) >= 4
