"""Run many universes, each from its seed: how to live through one goes in, what they went through comes out."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import anyio
import pytest
import trio._core._run as trio_run

from krakenio.sim import Exchange

Fault = Callable[[Exchange, random.Random], object]
Live = Callable[[int, Counter[str]], Awaitable[None]]


SEEDS, PROVED, ALL = 40, 120, 1040
"""Seeds of each kind of universe that every run of the tests lives through, those of the proof, and all there are."""


def in_parts(first: int, last: int, parts: int) -> list[range]:
    """Return the seeds from `first` up to `last` in so many parts, for workers side by side."""
    edges = [first + (last - first) * part // parts for part in range(parts + 1)]
    return [range(*each) for each in pairwise(edges)]


def further_seeds() -> list[Any]:
    """Return the seeds that are left after those of every run, as parameters: the proof's, and `nox -s long`'s."""
    proved = [pytest.param(part, marks=pytest.mark.proof) for part in in_parts(SEEDS, PROVED, 2)]
    return proved + [pytest.param(part, marks=pytest.mark.long) for part in in_parts(PROVED, ALL, 8)]


async def make_trouble(exchange: Exchange, chance: random.Random, faults: Sequence[Fault], pause: float) -> None:
    """Make faults one after the other, until cancelled."""
    while True:
        await anyio.sleep(chance.uniform(0.1, pause))
        chance.choice(faults)(exchange, chance)


async def run_all(seeds: Sequence[int], live: Live, everywhere: Iterable[str]) -> None:
    """Live through a universe for each seed, and see that together they went everywhere."""
    tally: Counter[str] = Counter()
    for seed in seeds:
        trio_run._r.seed(seed)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # its scheduler plays dice
        try:
            await live(seed, tally)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
    print(f"{len(seeds)} universes: {dict(tally.most_common())}")  # noqa: T201
    assert [each for each in everywhere if not tally[each]] == []
