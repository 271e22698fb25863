"""One seed is one exchange: the same bytes again, on either loop."""

import functools
import random
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

import anyio
import pytest

from tests.backends import BACKENDS
from tests.sim.clients import raw_rest, raw_socket, still


async def record(seed: int) -> list[str]:
    """Return what a client hears that watches three markets and buys now and then."""
    options = {"seed": seed, "activity": 20, "markets": 3, "slices": True}
    async with still(**options) as exchange, raw_socket(exchange) as public, raw_socket(exchange, "ws_auth") as private:
        async with raw_rest(exchange) as rest:
            token = await rest.token()
        await private.send("subscribe", channel="executions", token=token)
        await public.send("subscribe", channel="book", symbol=exchange.symbols)
        await public.send("subscribe", channel="ticker", symbol=exchange.symbols, event_trigger="bbo")
        order = {"order_type": "market", "side": "buy", "symbol": "BTC/USD", "order_qty": 0.001, "token": token}
        heard: list[str] = []
        for _ in range(6):
            heard += [await public.receive_text() for _ in range(50)]
            await private.send("add_order", **order)
            heard += [await private.receive_text() for _ in range(5)]
        return heard


async def record_orders(seed: int) -> list[str]:
    """Return what a client hears that follows single orders, candles and reference data while all goes wrong."""
    options = {"seed": seed, "activity": 50, "markets": 3, "slices": True}
    async with still(**options) as exchange, raw_socket(exchange) as public, raw_socket(exchange, "ws_l3") as single:
        async with raw_rest(exchange) as rest:
            token = await rest.token()
        symbols, heard = exchange.symbols, list[str]()
        await single.send("subscribe", channel="level3", symbol=symbols, token=token)
        await public.send("subscribe", channel="ohlc", symbol=symbols, interval=5)
        await public.send("subscribe", channel="book", symbol=symbols)
        await public.send("subscribe", channel="instrument")
        for symbol in symbols:
            heard += [await single.receive_text() for _ in range(60)]
            exchange.set_precision(symbol, price=4)
            exchange.lose_update(symbol, channel="level3")
            exchange.wrong_digit(symbol)
            exchange.announce_maintenance()
            heard += [await public.receive_text() for _ in range(60)]
        async with raw_rest(exchange) as rest:
            heard += [str(await rest.call("Level3", pair=symbols[0]))]
            heard += [str(await rest.get(f"/0/public/{name}?pair={symbols[0]}")) for name in ("Trades", "OHLC")]
        return heard


class InOrder(random.Random):
    """Take chance out of trio's scheduler, which shuffles the tasks that can run: a replay needs one order."""

    def random(self) -> float:
        """Keep a batch as it is."""
        return 0.9

    def shuffle(self, x: Any) -> None:
        """Keep a batch as it is."""


def replay(name: str, seed: int, recording: Callable[[int], Awaitable[list[str]]] = record) -> list[str]:
    """Record a seed on a loop."""
    backend, options = BACKENDS[name]()
    with patch("trio._core._run._r", InOrder()):
        return anyio.run(functools.partial(recording, seed), backend=backend, backend_options=options)


def test_a_seed_replays_to_the_last_byte_on_both_loops() -> None:
    first = replay("trio-virtual", 5)
    assert first == replay("trio-virtual", 5) == replay("asyncio-virtual", 5)
    assert any('"exec_type":"trade"' in text for text in first)


@pytest.mark.parametrize("seed", range(5, 9))
def test_single_orders_candles_and_faults_replay_to_the_last_byte_too(seed: int) -> None:
    first = replay("trio-virtual", seed, record_orders)
    assert first == replay("trio-virtual", seed, record_orders) == replay("asyncio-virtual", seed, record_orders)
    assert any('"event":"modify"' in text for text in first)


def test_another_seed_is_another_exchange() -> None:
    assert replay("trio-virtual", 5) != replay("trio-virtual", 6)
