"""Hold what all parts of one session share: where Kraken is, the clock, the chance, and where events go."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

import anyio

from krakenio.backoff import ConnectionBudget
from krakenio.clock import Skew
from krakenio.endpoints import Endpoints
from krakenio.events import Event
from krakenio.limits.engine import EngineCounter
from krakenio.messages import Pair
from krakenio.tasks import Job
from krakenio.transport import Connect
from krakenio.transport.alarm import Patience, new_patience

Clock = Callable[[], int]

OnLimit = Literal["wait", "raise", "ignore"]
"""What happens to a request that would lift a pair's counter in the matching engine over its threshold."""


@dataclass(slots=True)
class Context:
    """Be the surroundings of one session: `clock` gives nanoseconds of the wall clock, `now` the loop's seconds.

    What is compared with Kraken's times is counted by the loop's clock, which nobody sets.

    `pair` tells what a market is like; `patience` makes what waits for a reply, of the session's loop, and `check_loop`
    raises in any other.
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
    patience: Callable[[float], Patience] = new_patience
    check_loop: Callable[[], None] = lambda: None
    ids: "count[int]" = field(default_factory=lambda: count(1))

    def steady_ns(self) -> int:
        """Return the nanoseconds of the loop's clock, from any beginning."""
        return round(self.now() * 1e9)

    def kraken_ns(self) -> int:
        """Return the time of Kraken's clock as its replies tell it; before the first one, that of our wall clock."""
        steady = self.steady_ns()
        if not self.skew.known:
            self.skew.offset = self.clock() - steady
        return steady + self.skew.offset

    def next_id(self) -> int:
        """Return a request id that this session has not used."""
        return next(self.ids)
