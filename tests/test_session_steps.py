"""Cancel a whole session at each step that any task of it takes, its library's included: trio tells every step."""

import itertools

import anyio
import pytest
import trio

from krakenio.sim import Exchange
from tests.depths import note
from tests.leaks import living
from tests.sessions import SYMBOL, quiet, session_on, settled

pytestmark = pytest.mark.once


class CancelAt(trio.abc.Instrument):
    """Cancel a scope before step `at` of whatever runs inside it but the exchange."""

    def __init__(self, scope: anyio.CancelScope, at: int) -> None:
        self.scope, self.at, self.steps = scope, at, 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count."""
        if "connection to" not in task.name and "sim" not in task.name:
            self.steps += 1
            if self.steps == self.at:
                self.scope.cancel()


async def visit(exchange: Exchange) -> None:
    """Enter, stream, trade, lose both connections, come back, and leave."""
    async with session_on(exchange) as session, session.ticker(SYMBOL) as ticker, session.executions():
        await ticker.receive()
        await session.orders.add(symbol=SYMBOL, side="buy", order_type="market", order_qty="0.001")
        exchange.drop()
        await anyio.sleep(5)


@pytest.mark.backends("trio-virtual")
async def test_a_session_cancelled_at_any_step_of_any_of_its_tasks_leaves_nothing() -> None:
    """E2, E5: at each step of entry, life, reconnect and exit."""
    before = living()
    deepest = 0
    for at in itertools.count(1):
        watch = CancelAt(anyio.CancelScope(), at)
        async with quiet() as exchange:
            await settled()
            with watch.scope:
                trio.lowlevel.add_instrument(watch)
                try:
                    await visit(exchange)
                finally:
                    trio.lowlevel.remove_instrument(watch)
            await settled()
            assert not any(exchange.connections.values()), at
        assert living() == before, at
        if watch.steps < at:
            break
        deepest = at
    note(deepest, deepest + 1)
    assert deepest > 100
