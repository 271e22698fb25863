"""Open a session: keys go in, streams, orders and REST come out; its tasks end with its block.

The session owns the token-refresh task and one `Link` for each of Kraken's hosts, opened when first needed (the private
one on entry). They are cancelled together when the block is left, whichever way, and have ended before it is left.
"""

import random
import time
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar, overload

import anyio

from krakenio.auth import Keys
from krakenio.backoff import ConnectionBudget
from krakenio.endpoints import PRODUCTION, Endpoints
from krakenio.errors import CredentialsError, EntryTimeout, SessionClosed, SessionOutage
from krakenio.health import Health
from krakenio.lifetime import Lifetime, OneTask, open_lifetime
from krakenio.limits.policy import OnLimit, check_on_limit
from krakenio.limits.rest import TierName
from krakenio.links.context import Clock, Context
from krakenio.links.link import Link
from krakenio.links.token import Token
from krakenio.messages import Pair
from krakenio.options import Options, check_options
from krakenio.orders import Orders
from krakenio.orders.account.executions import Executions
from krakenio.orders.account.funds import BalanceTable
from krakenio.process import UsedIds, shared
from krakenio.rest import Rest, RestOptions, start_rest
from krakenio.running import loop_checkpoint, loop_clock, loop_ends, own_loop
from krakenio.streams.subscribing import Subscribing
from krakenio.subscriptions.channels import EXECUTIONS, LinkName
from krakenio.transport import Connect, open_websocket
from krakenio.transport.alarm import alarm_of_loop
from krakenio.waits import Waits

N = TypeVar("N", Decimal, float)

ENTRY_TIMEOUT = 10.0
"""Seconds for DNS, TCP, TLS, upgrade, token and first snapshot together (contract E3)."""


class Session(Subscribing[N]):
    """One open session; made by `open_session`.

    `rest` calls every endpoint, `orders` trades, `ticker(...)` and its like give streams.
    """

    def __init__(self, options: Options, life: Lifetime) -> None:
        super().__init__(private=options.keys is not None)
        used = shared(options.endpoints)
        life.finish = self._say_goodbye
        self._life = life
        self._closed = False
        self._options = options
        self._context = self._surroundings(used.budget)
        self._links: dict[LinkName, Link] = {}
        rest = RestOptions(options.endpoints, options.clock, options.chance, options.tier, options.on_limit)
        self.rest: Rest = start_rest(life, options.keys, rest)
        self._token = Token(self.rest.trading.get_websockets_token, options.refresh_margin, self._context)
        if options.keys is not None:
            self._begin_to_trade(used.used_ids)
        if options.max_outage is not None:
            life.spawn(partial(self._watch_outage, options.max_outage), "outage watch")

    def _surroundings(self, budget: ConnectionBudget) -> Context:
        options = self._options
        return Context(
            endpoints=options.endpoints,
            connect=options.connect,
            numbers=options.numbers,
            clock=options.clock,
            chance=options.chance,
            budget=budget,
            publish=self._publish,
            spawn=self._life.spawn,
            on_limit=options.on_limit,
            pair=self._pair,
            now=loop_clock(),
            waits=Waits(alarm_of_loop()),
            check_loop=own_loop("session"),
            checkpoint=loop_checkpoint(),
            ends=loop_ends(),
        )

    def _begin_to_trade(self, used_ids: UsedIds) -> None:
        self._life.spawn(self._token.run, "token")
        self._life.spawn(self._context.waits.run, "waits for replies")
        private = self._link("ws_auth")
        self._orders = Orders(self._context, private, self._token, used_ids, self.rest, self._check_open)
        self._life.spawn(self._orders.executions.run, "healing of executions")

    def __repr__(self) -> str:
        """Show where it is, its sockets, and how many streams are open; nothing of the keys."""
        state = "left" if self._closed else "open"
        sockets = "".join(f", {name} {link.state}" for name, link in self._links.items())
        return f"<Session at {self._options.endpoints.rest}: {state}{sockets}, {len(self._intakes)} streams>"

    @property
    def orders(self) -> Orders:
        """Trade; needs keys."""
        if self._closed or self._options.keys is None:  # asked here itself: orders come by
            self._need_keys("s.orders")
        return self._orders

    def balances_table(self) -> BalanceTable:
        """Keep the balances with what orders hold: `async with s.balances_table() as funds: funds["USD"].available`."""
        self._need_keys("s.balances_table()")
        return BalanceTable(self._context, self._link("ws_auth"), self.rest, self._orders.executions)

    @property
    def failure(self) -> BaseException | None:
        """Return what ended the session from within, `None` while all is well."""
        return self._life.failure

    @property
    def health(self) -> Health:
        """Return how the sockets and the token are, without awaiting."""
        trouble = self._token.trouble
        return Health(
            {name: link.health for name, link in self._links.items()}, None if trouble is None else str(trouble)
        )

    async def token(self) -> str:
        """Return a valid WebSocket token, waiting for it if need be. It is a credential: never log it."""
        await anyio.lowlevel.checkpoint()
        self._need_keys("s.token()")
        self._context.check_loop()
        return await self._token.get()

    def _link(self, name: LinkName) -> Link:
        link = self._links.get(name)
        if link is None:
            token = None if name == "ws" else self._token
            elsewhere = self._link("ws").precisions if name == "ws_l3" else None  # that host serves level3 alone
            link = self._links[name] = Link(name, self._context, token, elsewhere)
            self._life.spawn(link.run, name)
        return link

    def _pair(self, symbol: str) -> Pair | None:
        """Return what Kraken says of a market now, if something of the session listens to it."""
        link = self._links.get("ws")
        return None if link is None else link.pair(symbol)

    def _check_open(self) -> None:
        if self._closed:
            message = "the session has ended: use it inside its `async with` block"
            raise SessionClosed(message)

    def _need_keys(self, what: str) -> None:
        self._check_open()
        if self._options.keys is None:
            message = f"{what} needs keys: pass them to open_session(), for example krakenio.Keys.from_env()"
            raise CredentialsError(message)

    @property
    def _executions(self) -> Executions:
        return self._orders.executions

    async def _enter(self) -> None:
        """Wait until the executions are in sync; all or nothing (contract E3)."""
        await anyio.lowlevel.checkpoint()
        if self._options.keys is None:
            return
        link = self._link("ws_auth")
        link.attach([EXECUTIONS], self._orders)
        link.attach([EXECUTIONS], self._orders.executions)
        with anyio.move_on_after(ENTRY_TIMEOUT):
            await link.wait_live(EXECUTIONS)
            return
        cause = self._token.trouble or link.trouble
        message = f"the session was not in sync with Kraken within {ENTRY_TIMEOUT:g} s"
        raise EntryTimeout(f"{message}: {cause or self._stage(link)}") from cause

    def _stage(self, link: Link) -> str:
        """Say what entering still waits for."""
        if link.state == "up":
            return "the snapshot of the executions did not come"
        if link.state == "waiting":
            return "this process has made as many connections as Kraken bears in 10 minutes"
        return "no token came" if self._token.last is None else f"no connection to {link.name} came about"

    def _end(self) -> None:
        self._closed = True
        self._finish(self._life.failure)
        if self._options.keys is not None:
            self._orders.executions.finish()
            self._orders.finish()

    async def _say_goodbye(self) -> None:
        """Close the sockets politely; whoever calls bounds it."""
        async with anyio.create_task_group() as goodbyes:
            for link in self._links.values():
                goodbyes.start_soon(link.close)

    async def _watch_outage(self, limit: float) -> None:
        """End the session when a socket that is wanted stays away for longer than the user allows (contract G4)."""
        while True:
            now, pause = anyio.current_time(), min(1.0, limit)
            for link in self._links.values():
                left = limit if link.down_since is None else link.down_since + limit - now
                if left <= 0:
                    message = f"no connection to {link.name} for {limit:g} s: {link.trouble}"
                    raise SessionOutage(message) from link.trouble
                pause = min(pause, left)
            await anyio.sleep(pause)


@overload
def open_session(
    keys: Keys | None = None,
    *,
    endpoints: Endpoints = PRODUCTION,
    refresh_margin: float = 60.0,
    numbers: type[Decimal] = Decimal,
    max_outage: float | None = None,
    connect: Connect | None = None,
    clock: Clock = time.time_ns,
    chance: random.Random | None = None,
    on_limit: OnLimit = "wait",
    tier: TierName = "starter",
) -> AbstractAsyncContextManager[Session[Decimal]]: ...
@overload
def open_session(
    keys: Keys | None = None,
    *,
    endpoints: Endpoints = PRODUCTION,
    refresh_margin: float = 60.0,
    numbers: type[float],
    max_outage: float | None = None,
    connect: Connect | None = None,
    clock: Clock = time.time_ns,
    chance: random.Random | None = None,
    on_limit: OnLimit = "wait",
    tier: TierName = "starter",
) -> AbstractAsyncContextManager[Session[float]]: ...
def open_session(  # noqa: PLR0913 - each option stands alone, and all are keywords
    keys: Keys | None = None,
    *,
    endpoints: Endpoints = PRODUCTION,
    refresh_margin: float = 60.0,
    numbers: type[Any] = Decimal,
    max_outage: float | None = None,
    connect: Connect | None = None,
    clock: Clock = time.time_ns,
    chance: random.Random | None = None,
    on_limit: OnLimit = "wait",
    tier: TierName = "starter",
) -> AbstractAsyncContextManager[Session[Any]]:
    """Open a session: `async with krakenio.open_session(keys) as s`.

    Without keys there is public data only. With them, entering fetches a token, opens the private socket and waits for
    the snapshot of executions: at most 10 s, then `EntryTimeout`.

    `refresh_margin`: seconds before its expiry at which the token is fetched anew. `numbers`: `Decimal`, or `float` for
    market data at about a third of the decoding cost (orders, executions and balances stay `Decimal`). `max_outage`:
    seconds without a connection after which the session ends with `SessionOutage`; by default it tries for ever.
    `on_limit`: what an order request or REST call does that Kraken's rate counter would refuse: `wait` for the counter,
    `raise` (`RateLimitAhead`, `CallLimitAhead`), or `ignore` it. `tier`: the account's verification, by which REST
    calls are counted; the matching engine's threshold Kraken tells itself.
    `connect` opens WebSockets in another way, `clock` is the wall clock in nanoseconds, `chance` makes jitter and ids.

    What the body raises leaves as the same object. A failure of the session leaves as one `SessionError`.
    """
    check_options(keys, endpoints, refresh_margin, numbers, max_outage)
    check_on_limit(on_limit)
    options = Options(
        keys,
        endpoints,
        refresh_margin,
        numbers,
        max_outage,
        connect or open_websocket,
        clock,
        chance or random.SystemRandom(),
        on_limit,
        tier,
    )
    return OneTask("open_session", partial(_open, options))


@asynccontextmanager
async def _open(options: Options) -> AsyncGenerator[Session[Any]]:
    with ExitStack() as last:
        async with open_lifetime("session") as life:
            session: Session[Any] = Session(options, life)
            last.callback(session.rest.abort)  # when no task of ours can take the end of REST for a failure,
            last.callback(session._token.finish)  # noqa: SLF001 - nor that of the token
            try:
                await session._enter()  # noqa: SLF001 - the class and its door are one
                yield session
            finally:
                session._end()  # noqa: SLF001
