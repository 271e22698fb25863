"""Open the simulated exchange: a seed goes in, an exchange that lives as long as the block comes out."""

import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Literal

from krakenio.auth import Keys
from krakenio.endpoints import Endpoints
from krakenio.lifetime import open_lifetime
from krakenio.sim.accounts.access import PERMISSIONS
from krakenio.sim.accounts.account import DEFAULT_BALANCES, Account
from krakenio.sim.accounts.limits import open_tier
from krakenio.sim.chance import chance, make_key
from krakenio.sim.clock import Clock, open_clock
from krakenio.sim.connections.certificate import contexts
from krakenio.sim.controls.controls import Controls
from krakenio.sim.core import Attempt, Core, Seen, Timing, open_core
from krakenio.sim.engine.makers import LEVELS, run_makers
from krakenio.sim.faults import HOSTS
from krakenio.sim.markets.listing import Market, choose
from krakenio.sim.markets.orders import Order
from krakenio.sim.serving.hosting import in_memory, listening, on_loopback, ports
from krakenio.sim.serving.server import Server


@dataclass(frozen=True, slots=True)
class AcceptedOrder:
    """Show an order that the exchange accepted, as it is now.

    `status` is the WebSocket's: new, partially_filled, filled, canceled, expired.
    """

    order_id: str
    cl_ord_id: str | None
    order_userref: int | None
    symbol: str
    side: str
    order_type: str
    order_qty: Decimal
    filled_qty: Decimal
    limit_price: Decimal | None
    status: str
    reason: str | None
    exec_ids: tuple[str, ...]


class Exchange(Controls):
    """An exchange: where to reach it, what goes wrong in it (`Controls`), and what really happened (the oracle)."""

    def __init__(self, core: Core, server: Server, keys: Keys, endpoints: Endpoints) -> None:
        super().__init__(core, server)
        self.keys: Keys = keys
        self.endpoints: Endpoints = endpoints
        self.clock: Clock = core.clock

    def __repr__(self) -> str:
        """Show where it is, and how much is there; nothing of the keys."""
        connections = sum(self.connections.values())
        return f"<Exchange at {self.endpoints.rest}: {connections} connections, {len(self.orders)} orders>"

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        """Return a client context that trusts the exchange's certificate; None without TLS."""
        return self.endpoints.ssl_context

    @property
    def ca_pem(self) -> str | None:
        """Return the authority's certificate, for clients of other libraries that want a file; None without TLS."""
        if self.ssl_context is None:
            return None
        (authority,) = self.ssl_context.get_ca_certs(binary_form=True)
        return ssl.DER_cert_to_PEM_cert(authority)

    @property
    def orders(self) -> list[AcceptedOrder]:
        """Return every order that was accepted, in the order of acceptance."""
        return [_shown(order) for account in self._core.accounts for order in account.orders.values()]

    @property
    def balances(self) -> dict[str, Decimal]:
        """Return what the account owns in all wallets, holds and Earn included."""
        account = self._core.accounts[0]
        return {asset: account.total(asset) for _, asset, _ in account.held_in()}

    @property
    def requests(self) -> list[Seen]:
        """Return the requests that arrived, without their secrets."""
        return list(self._core.requests)

    @property
    def attempts(self) -> list[Attempt]:
        """Return the attempts to connect."""
        return list(self._core.attempts)

    @property
    def connections(self) -> dict[str, int]:
        """Return how many connections are open, by host."""
        hosts = [connection.host for connection in self._server.connections]
        return {host: hosts.count(host) for host in HOSTS}

    @property
    def tokens_issued(self) -> int:
        """Return how many WebSocket tokens were given out."""
        return self._core.access.issued

    def add_keys(self, permissions: Sequence[str] = PERMISSIONS, keys: Keys | None = None) -> Keys:
        """Accept one more key for the account, made up unless given, with these permissions only."""
        made = keys or Keys(*make_key(self._core.chance))
        self._core.access.admit(made, self._core.accounts[0], tuple(permissions))
        return made

    def add_account_keys(self, balances: Mapping[str, str | int | Decimal] = DEFAULT_BALANCES) -> Keys:
        """Open one more account, which may trade with the first, and return keys to it with all permissions."""
        core, made = self._core, Keys(*make_key(self._core.chance))
        core.accounts.append(Account(core.ids, balances, core.tier))
        core.access.admit(made, core.accounts[-1], PERMISSIONS)
        return made

    def best(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Return the best bid and ask of a market."""
        place = self._core.engine.places[symbol]
        book, places = place.book, place.market.price_precision
        return Decimal(book.bids.best or 0).scaleb(-places), Decimal(book.asks.best or 0).scaleb(-places)


def _shown(order: Order) -> AcceptedOrder:
    market = order.market
    return AcceptedOrder(
        order_id=order.order_id,
        cl_ord_id=order.cl_ord_id,
        order_userref=order.userref,
        symbol=market.symbol,
        side=order.side,
        order_type=order.order_type,
        order_qty=Decimal(order.qty).scaleb(-market.qty_precision),
        filled_qty=Decimal(order.filled).scaleb(-market.qty_precision),
        limit_price=Decimal(order.price).scaleb(-market.price_precision) if order.price else None,
        status=order.status,
        reason=order.reason,
        exec_ids=tuple(order.trades),
    )


@asynccontextmanager
async def open_exchange(  # noqa: PLR0913 - each option stands alone, and all are keywords
    *,
    seed: int = 0,
    transport: Literal["tcp", "memory"] = "tcp",
    tls: bool = True,
    port: int = 0,
    markets: int | Sequence[str | Market] | None = None,
    activity: float = 5.0,
    levels: int = LEVELS,
    balances: Mapping[str, str | int | Decimal] = DEFAULT_BALANCES,
    keys: Keys | None = None,
    tier: Literal["starter", "intermediate", "pro"] = "intermediate",
    limits: bool = True,
    token_lifetime: float = 900.0,
    heartbeat: float = 1.0,
    idle: float = 60.0,
    unsubscribed: float | None = None,
    slices: bool = False,
) -> AsyncGenerator[Exchange]:
    """Run a simulated exchange beside the block; leaving the block ends it at once.

    `transport`: loopback sockets with TLS (`tls=False` for plain ones; TLS needs the extra `sim`), or memory, where the
    clock starts at a fixed epoch and follows the loop, so that virtual time works; `slices` then cuts what is received
    into small pieces. `port`: of REST; `ws`, `ws_auth` and `ws_l3` have the next three; 0 for free ones.
    `markets`: all of ours, so many (made-up pairs beyond ours), or symbols and descriptions (`Market`).
    `activity`: events a second by made-up makers and takers, over all markets together; 0 for still markets. `levels`:
    of a book, a side, which the makers keep up; more than a depth for books that are cut.
    `balances`: of the account, by v2 names. `keys`: accepted instead of a pair made up from the seed. `limits`: whether
    the tier's rate limits hold. Seconds: `idle` until a silent client is closed, `unsubscribed` until ws-auth closes a
    client without private subscription (None: never).
    """
    made = keys or Keys(*make_key(chance(seed, "keys")))
    chosen, memory = choose(markets), transport == "memory"
    async with listening([] if memory else ports(port)) as listeners, open_lifetime("simulated exchange") as life:
        clock = open_clock(virtual=memory)
        timing = Timing(heartbeat, idle, unsubscribed, token_lifetime)
        terms = open_tier(tier, clock.steady, enforced=limits)
        core = open_core(seed, clock, timing, life.spawn, tier=terms, markets=chosen, levels=levels, balances=balances)
        core.access.admit(made, core.accounts[0], PERMISSIONS)
        life.spawn(partial(run_makers, core.makers, seed, activity, lambda: core.status == "online"), "makers")
        server = Server(core)
        if memory:
            endpoints = in_memory(server, life, chance(seed, "slices") if slices else None)
        else:
            endpoints = on_loopback(server, life, listeners, contexts() if tls else None)
        yield Exchange(core, server, made, endpoints)
