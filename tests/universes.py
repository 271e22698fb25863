"""Run many universes, each from its seed: how to live through one goes in, what they went through comes out."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import pairwise

import anyio
import trio._core._run as trio_run

from krakenio.sim import Exchange

Fault = Callable[[Exchange, random.Random], object]
Live = Callable[[int, Counter[str]], Awaitable[None]]


def in_parts(first: int, last: int, parts: int) -> list[range]:
    """Return the seeds from `first` up to `last` in so many parts, for workers side by side."""
    edges = [first + (last - first) * part // parts for part in range(parts + 1)]
    return [range(*each) for each in pairwise(edges)]


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
