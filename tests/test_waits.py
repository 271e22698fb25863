"""One timer ends all waits of a session, each at its own deadline, wherever that was moved; a cancelled one is gone."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from random import Random

import anyio
import pytest

from krakenio.waits import Wait, Waits

pytestmark = pytest.mark.virtual


@asynccontextmanager
async def running() -> AsyncGenerator[Waits]:
    waits = Waits()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(waits.run)
        await anyio.wait_all_tasks_blocked()
        yield waits
        tasks.cancel_scope.cancel()


async def ended(wait: Wait) -> float:
    began = anyio.current_time()
    await wait.over()
    return anyio.current_time() - began


async def move(wait: Wait, *steps: tuple[float, float]) -> None:
    """After so many seconds each, let it end at a deadline so many seconds from then."""
    for after, deadline in steps:
        await anyio.sleep(after)
        wait.deadline = anyio.current_time() + deadline


@pytest.mark.parametrize(
    ("steps", "over_after"),
    [
        ((), 3),
        ([(0.5, 8.5)], 9),
        ([(0.5, 0.5)], 1),
        ([(0.5, -1)], 0.5),
        ([(0, 9), (2, 1)], 3),
    ],
)
async def test_a_wait_ends_at_its_deadline_wherever_that_was_moved(
    steps: Sequence[tuple[float, float]], over_after: float
) -> None:
    async with running() as waits, anyio.create_task_group() as tasks:
        wait = waits.until(anyio.current_time() + 3)
        tasks.start_soon(move, wait, *steps)
        assert await ended(wait) == pytest.approx(over_after)


async def test_a_wait_ends_at_once_when_it_is_set_and_remembers_nothing() -> None:
    async with running() as waits, anyio.create_task_group() as tasks:
        wait = waits.until(anyio.current_time() + 3)
        wait.set()  # nobody waits yet

        async def later() -> None:
            await anyio.sleep(2)
            wait.set()
            wait.set()

        tasks.start_soon(later)
        assert await ended(wait) == pytest.approx(2)
        wait.set()


async def test_a_wait_that_begins_after_its_deadline_ends() -> None:
    async with running() as waits:
        assert await ended(waits.until(anyio.current_time() - 1)) == 0


@pytest.mark.parametrize("seed", range(10))
async def test_of_many_waits_each_ends_at_its_own_deadline(seed: int) -> None:
    chance, late = Random(seed), dict[int, float]()

    async def one(waits: Waits, number: int) -> None:
        await anyio.sleep(chance.uniform(0, 5))
        deadline = anyio.current_time() + chance.uniform(0, 5)
        await waits.until(deadline).over()
        late[number] = anyio.current_time() - deadline

    async with running() as waits:
        async with anyio.create_task_group() as tasks:
            for number in range(100):
                tasks.start_soon(one, waits, number)
        assert list(late.values()) == pytest.approx([0] * 100, abs=1e-6)


async def test_waits_that_begin_before_the_timer_runs_end_in_time() -> None:
    waits = Waits()
    async with anyio.create_task_group() as tasks:
        began = anyio.current_time()
        took = list[float]()

        async def wait() -> None:
            took.append(await ended(waits.until(began + 1)))

        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        with anyio.move_on_after(5):
            await waits.run()
        assert anyio.current_time() - began == pytest.approx(5)
        assert took == pytest.approx([1])


async def test_a_cancelled_wait_raises_the_cancel_in_its_pass_and_leaves_nothing_behind() -> None:
    """A2, A3, A6."""
    async with running() as waits:
        began = anyio.current_time()
        with anyio.move_on_after(1) as scope:
            await waits.until(began + 3).over()
        assert scope.cancelled_caught
        assert anyio.current_time() - began == pytest.approx(1)
        assert not waits.watched


@pytest.mark.backends("asyncio")
async def test_a_natively_cancelled_wait_leaves_nothing_behind() -> None:
    """A3, A6."""
    async with running() as waits:
        task = asyncio.ensure_future(waits.until(anyio.current_time() + 3).over())
        await anyio.sleep(1)
        assert waits.watched
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not waits.watched
