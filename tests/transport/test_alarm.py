"""An alarm wakes its one waiter on every loop, and whoever was cancelled leaves it as good as new."""

import asyncio
from typing import Any

import anyio
import pytest

from krakenio.transport.alarm import Alarm, new_alarm


async def count_wakes(alarm: Alarm, wakes: list[int]) -> None:
    while True:
        await alarm.wait()
        wakes.append(len(wakes))


async def test_each_alarm_wakes_the_waiter_once() -> None:
    alarm, wakes = new_alarm(), list[int]()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(count_wakes, alarm, wakes)
        await anyio.wait_all_tasks_blocked()
        for number in range(3):
            assert len(wakes) == number
            alarm.set()
            await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert len(wakes) == 3


async def test_alarms_in_one_pass_wake_the_waiter_once() -> None:
    alarm, wakes = new_alarm(), list[int]()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(count_wakes, alarm, wakes)
        await anyio.wait_all_tasks_blocked()
        for _ in range(3):
            alarm.set()
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert len(wakes) == 1


async def test_an_alarm_that_nobody_hears_is_not_remembered() -> None:
    alarm = new_alarm()
    alarm.set()
    with anyio.move_on_after(0) as waited:
        await alarm.wait()
    assert waited.cancelled_caught


async def test_a_cancelled_waiter_leaves_the_alarm_usable() -> None:
    """D2."""
    alarm, wakes = new_alarm(), list[int]()
    with anyio.move_on_after(0):
        await alarm.wait()
    alarm.set()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(count_wakes, alarm, wakes)
        await anyio.wait_all_tasks_blocked()
        assert not wakes
        alarm.set()
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert len(wakes) == 1


async def test_a_cancel_in_the_pass_of_the_alarm_is_delivered() -> None:
    """A2, D2: whether the waiter sees the alarm or the cancel, it does not stay asleep."""
    alarm, wakes = new_alarm(), list[int]()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(count_wakes, alarm, wakes)
        await anyio.wait_all_tasks_blocked()
        alarm.set()
        tasks.cancel_scope.cancel()
    alarm.set()


@pytest.mark.backends("asyncio", "uvloop")
async def test_a_natively_cancelled_waiter_leaves_the_alarm_usable() -> None:
    """D2."""
    alarm, wakes = new_alarm(), list[int]()
    task: asyncio.Task[Any] = asyncio.ensure_future(count_wakes(alarm, wakes))
    await anyio.wait_all_tasks_blocked()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    alarm.set()
    another = asyncio.ensure_future(count_wakes(alarm, wakes))
    await anyio.wait_all_tasks_blocked()
    alarm.set()
    await anyio.wait_all_tasks_blocked()
    assert wakes == [0]
    another.cancel()
    with pytest.raises(asyncio.CancelledError):
        await another
