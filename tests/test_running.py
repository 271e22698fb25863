"""Ask the running loop itself."""

import asyncio

import anyio
import pytest

from krakenio.running import loop_clock


@pytest.mark.virtual
async def test_a_loop_with_a_time_of_its_own_is_asked_for_it() -> None:
    clock = loop_clock()
    began = clock()
    await anyio.sleep(3_600)
    assert clock() - began == pytest.approx(3_600, abs=1e-3)


async def test_the_clock_is_the_one_that_anyio_counts_by() -> None:
    before, seen, after = anyio.current_time(), loop_clock()(), anyio.current_time()
    assert before <= seen <= after


def test_a_time_that_was_put_over_asyncios_counts() -> None:
    async def ask() -> float:
        asyncio.get_running_loop().time = lambda: 7.0  # type: ignore[method-assign]
        return loop_clock()()

    loop = asyncio.new_event_loop()
    try:
        assert loop.run_until_complete(ask()) == 7.0
    finally:
        loop.close()
