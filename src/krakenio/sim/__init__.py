"""Simulate the exchange: REST and WebSocket v2 with a matching engine, faults on demand and virtual time.

    async with krakenio.sim.open_exchange(seed=7) as exchange:
        async with krakenio.open_session(exchange.keys, endpoints=exchange.endpoints) as session:
            exchange.drop("ws")  # and see what the engine above does

It shares `Keys`, `Endpoints` and the lifetime of library tasks with the client, and nothing else: the wire is written
and read anew here, so that one mistake cannot hide on both sides.

    the whole       `exchange` over a `core`: `clock`, `chance`, `timers`; what goes wrong: `controls` over
                    `faults` and `notices`
    connections     `hosting` on `tcp` (`certificate`) or in `memory`; on each `stream` a `server`:
                    `http`, `websocket`; `freezing` lets them suffer
    WebSocket in    `client`, `pulse`, `hearing`, `calls`, `methods`: `subscribing`, `reading`, `changes_ws`
    WebSocket out   `feeds`: `market_data`, `windows`, `level3`, `private`, `executions`
    REST            the folder `rest`, a module for each chapter of Kraken's API
    of both         `wire`, `times`, `access`, `limits`, `requests`, `refusal`
    orders          `rules` (`prices`, `sizes`), `trading`, `changing`, `amending` (`terms`), `orders`, `kinds`
    the engine      `engine`, `matching`, `book`, `triggers`, `closes`; a market's `places` and `history`
    the world       `markets`, `precision`, `makers`, `accounts`, `vault`
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
