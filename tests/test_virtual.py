"""Virtual time: sleeping costs nothing, a deadlock raises, on both loops."""

import time
from functools import partial

import anyio
import pytest

from tests.backends import BACKENDS, VIRTUAL
from tests.virtual import DeadlockError, watched


@pytest.mark.virtual
async def test_a_year_passes_at_once() -> None:
    started, virtual = time.monotonic(), anyio.current_time()
    await anyio.sleep(365 * 86_400)
    assert anyio.current_time() - virtual == pytest.approx(365 * 86_400)
    assert time.monotonic() - started < anyio.current_time() - virtual


@pytest.mark.virtual
async def test_timers_fire_in_the_order_of_their_deadlines() -> None:
    order: list[float] = []

    async def note(seconds: float) -> None:
        await anyio.sleep(seconds)
        order.append(seconds)

    async with anyio.create_task_group() as tasks:
        for seconds in (3.5, 1, 2):
            tasks.start_soon(note, seconds)
    assert order == [1, 2, 3.5]


@pytest.mark.parametrize("name", VIRTUAL)
def test_a_deadlock_raises(name: str) -> None:
    backend, options = BACKENDS[name]()
    forever = partial(watched, anyio.sleep_forever) if backend == "trio" else anyio.sleep_forever
    with pytest.raises(DeadlockError, match="every task waits"):
        anyio.run(forever, backend=backend, backend_options=options)
