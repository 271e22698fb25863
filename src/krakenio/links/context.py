"""Hold what all parts of one session share: where Kraken is, the clock, the chance, and where events go."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import anyio

from krakenio.backoff import ConnectionBudget
from krakenio.clock import Skew
from krakenio.endpoints import Endpoints
from krakenio.events import Event
from krakenio.limits.engine import EngineCounter
from krakenio.limits.policy import OnLimit
from krakenio.messages import Pair
from krakenio.tasks import Job
from krakenio.transport import Connect
from krakenio.waits import Waits

Clock = Callable[[], int]


@dataclass(slots=True)
class Context:
    """The surroundings of one session: `clock` gives nanoseconds of the wall clock, `now` the loop's seconds.

    What is compared with Kraken's times is counted by the loop's clock, which nobody sets.

    `pair` tells what a market is like; `waits` ends what waits too long for a reply; `check_loop` raises in a loop that
    is not the session's. `next_id` gives a request id that the session has not used. `checkpoint`, and `ends`, the time
    when the caller's scopes end, are the loop's own: AnyIO's look for the loop first.
    """

    endpoints: Endpoints
    connect: Connect
    numbers: type[Any]
    clock: Clock
    chance: random.Random
    budget: ConnectionBudget
    publish: Callable[[Event], None]
    spawn: Callable[[Job, str], None]
    on_limit: OnLimit = "wait"
    pair: Callable[[str], Pair | None] = lambda _symbol: None
    skew: Skew = field(default_factory=Skew)
    engine: EngineCounter = field(default_factory=EngineCounter)
    now: Callable[[], float] = anyio.current_time
    waits: Waits = field(default_factory=Waits)
    check_loop: Callable[[], None] = lambda: None
    checkpoint: Callable[[], Awaitable[object]] = anyio.lowlevel.checkpoint
    ends: Callable[[], float] = anyio.current_effective_deadline
    next_id: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    def steady_ns(self) -> int:
        """Return the nanoseconds of the loop's clock, from any beginning."""
        return round(self.now() * 1e9)

    def kraken_ns(self) -> int:
        """Return the time of Kraken's clock as its replies tell it; before the first one, that of our wall clock."""
        steady = self.steady_ns()
        if not self.skew.known:
            self.skew.offset = self.clock() - steady
        return steady + self.skew.offset
