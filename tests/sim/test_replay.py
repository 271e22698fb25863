"""One seed is one exchange: the same bytes again, on either loop."""

import functools

import anyio

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


def replay(name: str, seed: int) -> list[str]:
    """Record a seed on a loop."""
    backend, options = BACKENDS[name]()
    return anyio.run(functools.partial(record, seed), backend=backend, backend_options=options)


def test_a_seed_replays_to_the_last_byte_on_both_loops() -> None:
    first = replay("trio-virtual", 5)
    assert first == replay("trio-virtual", 5) == replay("asyncio-virtual", 5)
    assert any('"exec_type":"trade"' in text for text in first)


def test_another_seed_is_another_exchange() -> None:
    assert replay("trio-virtual", 5) != replay("trio-virtual", 6)
