"""The injection itself is proved: it reaches every checkpoint, in every mode, and finds planted losses."""

import asyncio

import anyio
import pytest
from anyio.lowlevel import checkpoint

from tests.injection import Injection, sweep, sweep_one

pytestmark = pytest.mark.backends("trio", "asyncio", "uvloop", "trio-virtual", "asyncio-virtual")


async def three() -> str:
    await checkpoint()
    await checkpoint()
    await checkpoint()
    return "done"


async def setting(event: anyio.Event) -> None:
    event.set()


def hand_over(item: asyncio.Future[str]) -> None:
    if not item.done():
        item.set_result("item")


async def test_a_sweep_fires_at_each_checkpoint_once_and_then_ends() -> None:
    seen: list[tuple[str, str, int, bool]] = []

    async def universe(inject: Injection) -> None:
        report = await inject(three)
        assert report.fired == (inject.at <= 3)
        assert report.value == (None if report.cancelled else "done")
        seen.append((inject.kind, inject.mode, inject.at, report.cancelled))

    assert await sweep(universe) == 3
    assert ("scope", "park", 1, True) in seen
    assert ("scope", "resume", 1, True) in seen
    assert ("scope", "resume", 4, False) in seen


async def test_a_call_that_raises_is_reported_and_not_counted_as_cancelled() -> None:
    async def fails() -> None:
        await checkpoint()
        raise ValueError("seven")

    report = await Injection("scope", "park", 0)(fails)
    assert isinstance(report.error, ValueError)
    assert not report.fired
    assert not report.cancelled


async def test_resume_lets_the_wait_complete_first() -> None:
    steps: list[str] = []
    event = anyio.Event()

    async def call() -> None:
        await event.wait()
        steps.append("resumed")
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(setting, event)
        report = await Injection("scope", "resume", 1)(call)
        assert report.cancelled
    assert steps == ["resumed"]


@pytest.mark.backends("asyncio", "uvloop", "asyncio-virtual")
async def test_race_finds_an_item_that_is_handed_over_as_the_wake_up_itself() -> None:
    lost: list[int] = []

    async def universe(inject: Injection) -> None:
        loop = asyncio.get_running_loop()
        item: asyncio.Future[str] = loop.create_future()

        async def take() -> str:
            loop.call_soon(hand_over, item)
            return await item

        report = await inject(take)
        if item.done() and not item.cancelled() and report.value is None:
            lost.append(inject.at)

    assert await sweep_one(universe, "native", "race") == 1
    assert lost == [1]
    assert await sweep_one(universe, "native", "park") == 1
    assert lost == [1]


async def test_what_fails_in_a_universe_names_the_injection() -> None:
    async def universe(inject: Injection) -> None:
        report = await inject(three)
        assert not report.cancelled

    with pytest.raises(AssertionError) as caught:
        await sweep(universe)
    assert caught.value.__notes__ == ["cancelled by scope, park, at checkpoint 1"]
