"""Simulate the exchange: REST and WebSocket v2 with a matching engine, faults on demand and virtual time.

    async with krakenio.sim.open_exchange(seed=7) as exchange:
        async with krakenio.open_session(exchange.keys, endpoints=exchange.endpoints) as session:
            exchange.drop("ws")  # and see what the engine above does

It shares `Keys`, `Endpoints` and the lifetime of library tasks with the client, and nothing else: the wire is written
and read anew here, so that one mistake cannot hide on both sides.
"""

from krakenio.sim.access import PERMISSIONS
from krakenio.sim.core import Attempt, Seen
from krakenio.sim.exchange import AcceptedOrder, Exchange, open_exchange
from krakenio.sim.markets import ASSETS, MARKETS, Asset, Market

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
