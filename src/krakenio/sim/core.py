"""Hold what all parts of the exchange share: one clock, one engine, one set of accounts, one table of faults, one log."""

import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from krakenio.sim.access import Access
from krakenio.sim.accounts import Account
from krakenio.sim.chance import Ids
from krakenio.sim.clock import Clock
from krakenio.sim.engine import Engine
from krakenio.sim.faults import FaultTable
from krakenio.sim.feeds import Feeds
from krakenio.sim.limits import Tier

LOGGED = 100_000
"""Requests and attempts that are remembered."""
SECRETS = ("token", "otp")

Spawn = Callable[[Callable[[], Awaitable[None]], str], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold a request as it arrived, without token and password; `time` is in nanoseconds."""

    host: str
    method: str
    time: int
    params: Mapping[str, object]
    req_id: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """Hold one attempt to connect; `time` is in nanoseconds."""

    host: str
    time: int


@dataclass(slots=True)
class Core:
    """Hold the parts."""

    clock: Clock
    ids: Ids
    chance: random.Random
    tier: Tier
    faults: FaultTable
    feeds: Feeds
    engine: Engine
    access: Access
    accounts: list[Account]
    spawn: Spawn
    heartbeat: float
    idle: float
    unsubscribed: float | None
    status: str = "online"
    requests: deque[Seen] = field(default_factory=lambda: deque[Seen](maxlen=LOGGED))
    attempts: deque[Attempt] = field(default_factory=lambda: deque[Attempt](maxlen=LOGGED))

    def log(self, host: str, method: str, params: Mapping[str, object], req_id: int | None = None) -> None:
        """Remember a request, its secrets left out."""
        shown = {name: value for name, value in params.items() if name not in SECRETS}
        self.requests.append(Seen(host, method, self.clock(), shown, req_id))
