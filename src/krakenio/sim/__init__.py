"""Simulate the exchange: REST and WebSocket v2 with a matching engine, faults on demand and virtual time.

    async with krakenio.sim.open_exchange(seed=7) as exchange:
        async with krakenio.open_session(exchange.keys, endpoints=exchange.endpoints) as session:
            exchange.drop("ws")  # and see what the engine above does

It shares `Keys`, `Endpoints` and the lifetime of library tasks with the client, and nothing else: the wire is written
and read anew here, so that one mistake cannot hide on both sides.

    of all          `clock`, `chance`, `wire` (exact digits), `refusal`; planned `faults`, announced `notices`

Then the way of the data, room by room; none imports what stands below it:

    `connections`   bytes of clients, as requests and texts
    `markets`       what is traded: orders, books, what was traded
    `accounts`      who trades, by which keys, within which limits
    `engine`        what becomes of orders
    `feeds`         what WebSockets are told of it
    `core`          all of these, put together
    `gateway`       what clients ask for, checked, on its way to the engine
    `ws`, `rest`    how they ask, and how they are answered
    `serving`       where they reach the exchange
    `controls`      what a test does to it
    `exchange`      the whole, as long as its block lasts
"""

from krakenio.sim.accounts.access import PERMISSIONS
from krakenio.sim.core import Attempt, Seen
from krakenio.sim.exchange import AcceptedOrder, Exchange, open_exchange
from krakenio.sim.markets.listing import ASSETS, MARKETS, Asset, Market

__all__ = [
    "ASSETS",
    "MARKETS",
    "PERMISSIONS",
    "AcceptedOrder",
    "Asset",
    "Attempt",
    "Exchange",
    "Market",
    "Seen",
    "open_exchange",
]
