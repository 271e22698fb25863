"""Open an exchange in memory and a session on it, both from seeds: options go in, the two come out."""

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio

import krakenio
from krakenio.session import Session
from krakenio.sim import Exchange, open_exchange

BTC, ETH = "BTC/USD", "ETH/USD"
Opened = tuple[Exchange, Session[Any]]


@asynccontextmanager
async def opened(
    *, seed: int = 1, ahead: float = 0.0, session: dict[str, Any] | None = None, **options: Any
) -> AsyncGenerator[Opened]:
    """Open both; nothing moves unless `activity` says so. `ahead`: seconds that our clock is ahead of Kraken's."""
    chosen: dict[str, Any] = {"transport": "memory", "activity": 0, "limits": False, "seed": seed, **options}
    async with open_exchange(**chosen) as exchange:
        clock = shifted(exchange, ahead)
        chance = random.Random(seed)  # noqa: S311 - a run must replay
        more: dict[str, Any] = {"clock": clock, "chance": chance, **(session or {})}
        async with krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, **more) as opened_session:
            yield exchange, opened_session


def shifted(exchange: Exchange, ahead: float) -> Callable[[], int]:
    """Return the exchange's clock, set wrong by so many seconds."""
    return lambda: exchange.clock() + round(ahead * 1e9)


async def settled() -> None:
    """Let everything happen that needs no more than a moment of (virtual) time."""
    await anyio.sleep(0.001)
