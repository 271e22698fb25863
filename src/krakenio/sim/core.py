"""Hold what all parts of the exchange share: one clock, engine, set of accounts, table of faults and log."""

import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import takewhile

import anyio

from krakenio.sim.accounts.access import Access
from krakenio.sim.accounts.account import Account
from krakenio.sim.accounts.limits import Tier
from krakenio.sim.chance import Ids, chance
from krakenio.sim.clock import SECOND, Clock
from krakenio.sim.engine.engine import Engine
from krakenio.sim.engine.makers import Maker, open_makers
from krakenio.sim.faults import FaultTable
from krakenio.sim.feeds.feeds import Feeds
from krakenio.sim.markets.listing import Market
from krakenio.sim.markets.wallets import Cause
from krakenio.sim.notices import Notices

LOGGED = 100_000
"""Requests and attempts that are remembered."""
MAX_ATTEMPTS = 150
ATTEMPT_WINDOW = 600 * SECOND
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


@dataclass(frozen=True, slots=True)
class Timing:
    """Hold the exchange's times in seconds; `unsubscribed` is None where an empty private connection may stay."""

    heartbeat: float
    idle: float
    unsubscribed: float | None
    token_lifetime: float


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
    timing: Timing
    makers: list[Maker]
    seed: int = 0
    notices: Notices = field(default_factory=Notices)
    status: str = "online"
    requests: deque[Seen] = field(default_factory=lambda: deque[Seen](maxlen=LOGGED))
    attempts: deque[Attempt] = field(default_factory=lambda: deque[Attempt](maxlen=LOGGED))
    clients: Counter[str] = field(default_factory=Counter[str])

    def client_chance(self, host: str) -> random.Random:
        """Return a source for the next client of a host: requests of two clients may come in either order."""
        self.clients[host] += 1
        return chance(self.seed, f"client {self.clients[host]} of {host}")

    def banned(self) -> bool:
        """Tell whether too many WebSockets were opened of late: about 150 in ten minutes (limits.md §D).

        The length of Kraken's ban is another ten minutes; here it lasts until the window has room again.
        """
        since = self.clock() - ATTEMPT_WINDOW
        recent = takewhile(lambda each: each.time > since, reversed(self.attempts))
        return self.tier.enforced and sum(each.host != "rest" for each in recent) > MAX_ATTEMPTS

    def later(self, seconds: float, act: Callable[[], None], name: str) -> None:
        """Do something after so long, in a task of the exchange."""
        self.spawn(partial(_after, seconds, act), name)

    def at(self, moment: int, act: Callable[[], None], name: str) -> None:
        """Do something when a moment has come, in a task of the exchange."""
        self.spawn(partial(_at, self.clock, moment, act), name)

    def book(self, account: Account, ref_id: str, asset: str, amounts: tuple[Decimal, Decimal], cause: Cause) -> None:
        """Change a balance by an amount and a fee, beside trades, and tell who follows `balances`."""
        self.feeds.publish_entry(account, account.book(ref_id, asset, *amounts, self.clock(), cause))

    def log(self, host: str, method: str, params: Mapping[str, object], req_id: int | None = None) -> None:
        """Remember a request, its secrets left out."""
        shown = {name: value for name, value in params.items() if name not in SECRETS}
        self.requests.append(Seen(host, method, self.clock(), shown, req_id))


async def _at(clock: Clock, moment: int, act: Callable[[], None]) -> None:
    await clock.until(moment)
    act()


async def _after(seconds: float, act: Callable[[], None]) -> None:
    await anyio.sleep(seconds)
    act()


def open_core(
    seed: int,
    clock: Clock,
    timing: Timing,
    spawn: Spawn,
    *,
    tier: Tier,
    markets: Mapping[str, Market],
    levels: int,
    balances: Mapping[str, str | int | Decimal],
) -> Core:
    """Put the parts together."""
    ids, faults = Ids(seed), FaultTable(clock.steady)
    feeds = Feeds(clock, faults, seed)
    engine = Engine(clock, ids, markets, feeds.publish)
    return Core(
        clock=clock,
        ids=ids,
        chance=chance(seed, "core"),
        seed=seed,
        tier=tier,
        faults=faults,
        feeds=feeds,
        engine=engine,
        access=Access(clock.steady, ids, timing.token_lifetime),
        accounts=[Account(ids, balances, tier)],
        spawn=spawn,
        timing=timing,
        makers=open_makers(engine, seed, clock, levels),
    )
