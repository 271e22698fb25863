"""Open sessions on simulated exchanges: options in, the two context managers of most tests out."""

import itertools
import random
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from typing import Any, cast

import anyio

from krakenio import Keys, Session, open_session
from krakenio.sim import Exchange, open_exchange

SYMBOL = "BTC/USD"
_TICKS = itertools.count()  # virtual time stands still, and two nonces may not be the same


def quiet(**options: Any) -> AbstractAsyncContextManager[Exchange]:
    """Return an exchange in memory with one market, where nothing moves by itself."""
    given: dict[str, Any] = {"transport": "memory", "activity": 0, "markets": [SYMBOL], **options}
    return open_exchange(**given)


def session_on(exchange: Exchange, **options: Any) -> AbstractAsyncContextManager[Session[Decimal]]:
    """Return a session with the exchange's keys, clock and a fixed chance."""
    given: dict[str, Any] = {"clock": lambda: exchange.clock() + next(_TICKS), "chance": random.Random(7), **options}
    keys: Keys | None = given.pop("keys", exchange.keys)
    opening: Any = open_session  # its overloads tell numbers apart, and `options` could be any
    return cast("AbstractAsyncContextManager[Session[Decimal]]", opening(keys, endpoints=exchange.endpoints, **given))


@asynccontextmanager
async def quiet_session(**options: Any) -> AsyncGenerator[tuple[Exchange, Session[Decimal]]]:
    """Open both; `options` are the session's."""
    async with quiet() as exchange, session_on(exchange, **options) as session:
        yield exchange, session


def requests(exchange: Exchange, method: str) -> int:
    """Count the requests of one method that arrived."""
    return sum(seen.method == method for seen in exchange.requests)


async def settled() -> None:
    """Let everything that can happen without time passing happen."""
    await anyio.wait_all_tasks_blocked()
