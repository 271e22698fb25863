"""Hold what all parts of one session share: where Kraken is, the clock, the chance, and where events go."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from krakenio.backoff import ConnectionBudget
from krakenio.clock import Skew
from krakenio.endpoints import Endpoints
from krakenio.events import Event
from krakenio.transport import Connect

Clock = Callable[[], int]


@dataclass(slots=True)
class Context:
    """Be the surroundings of one session; `clock` gives nanoseconds of the wall clock."""

    endpoints: Endpoints
    connect: Connect
    numbers: type[Any]
    clock: Clock
    chance: random.Random
    budget: ConnectionBudget
    publish: Callable[[Event], None]
    skew: Skew = field(default_factory=Skew)
    ids: "count[int]" = field(default_factory=lambda: count(1))

    def next_id(self) -> int:
        """Return a request id that this session has not used."""
        return next(self.ids)
