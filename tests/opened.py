"""Open an exchange in memory and a session on it, both from seeds: options go in, the two come out."""

import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import pytest

import krakenio
from krakenio import Intent, KrakenError, Outcome
from krakenio.bytestream import ByteStream, Prompt
from krakenio.session import Session
from krakenio.sim import Exchange, open_exchange

BTC, ETH = "BTC/USD", "ETH/USD"
Opened = tuple[Exchange, Session[Any]]


@asynccontextmanager
async def opened(
    *,
    seed: int = 1,
    ahead: float = 0.0,
    session: dict[str, Any] | None = None,
    valve: "Valve | None" = None,
    **options: Any,
) -> AsyncGenerator[Opened]:
    """Open both; nothing moves unless `activity` says so. `ahead`: seconds that our clock is ahead of Kraken's.

    `valve`: through which everything goes that the session sends.
    """
    chosen: dict[str, Any] = {"transport": "memory", "activity": 0, "limits": False, "seed": seed, **options}
    async with open_exchange(**chosen) as exchange:
        clock = shifted(exchange, ahead)
        chance = random.Random(seed)
        more: dict[str, Any] = {"clock": clock, "chance": chance, **(session or {})}
        endpoints = exchange.endpoints if valve is None else valve.before(exchange.endpoints)
        opening: Any = krakenio.open_session  # its overloads tell numbers apart, and `more` could be any
        async with opening(exchange.keys, endpoints=endpoints, **more) as made:
            yield exchange, made


def shifted(exchange: Exchange, ahead: float) -> Callable[[], int]:
    """Return the exchange's clock as it is now, set wrong by so many seconds; it goes on if the exchange's is set."""
    begin = exchange.clock() - exchange.clock.steady() + round(ahead * 1e9)
    return lambda: begin + exchange.clock.steady()


async def settled() -> None:
    """Let everything happen that needs no more than a moment of (virtual) time."""
    await anyio.sleep(0.001)


RESTING: dict[str, Any] = {
    "symbol": BTC,
    "side": "buy",
    "order_type": "limit",
    "order_qty": "0.001",
    "limit_price": "50000.0",
}
"""An order that rests in the book: far below the market."""

CROSSING: dict[str, Any] = {**RESTING, "limit_price": "95000.0"}
"""An order that trades at once."""


def resting(**change: Any) -> dict[str, Any]:
    """Return that order, changed."""
    return {**RESTING, **change}


def row(**change: Any) -> Any:
    """Return that order, changed, as one of a batch: the batch has the symbol."""
    order = resting(**change)
    del order["symbol"]
    return order


async def attempt(intent: krakenio.Intent, ends: list[object]) -> None:
    """Submit, and note what the caller is told."""
    try:
        ends.append(await intent.submit())
    except krakenio.KrakenError as error:
        ends.append(error)


async def ended(intent: krakenio.Intent) -> None:
    """Submit what must fail."""
    with pytest.raises(krakenio.KrakenError):
        await intent.submit()


async def resolve_all(intents: Sequence[krakenio.Intent]) -> list[krakenio.Outcome]:
    """Ask what became of all at once; return what each was told."""
    async with anyio.create_task_group() as tasks:
        for intent in intents:
            tasks.start_soon(intent.resolve)
    return [intent.outcome for intent in intents]


async def left_unknown(exchange: Exchange, intent: krakenio.Intent) -> krakenio.Intent:
    """Let Kraken refuse a request without saying that nothing was done; it did nothing."""
    exchange.reject(intent.method, "EService:Unavailable")
    await ended(intent)
    assert intent.outcome is krakenio.Outcome.UNKNOWN
    return intent


async def lost(exchange: Exchange, session: Session[Any], order: dict[str, Any], hold: float) -> krakenio.Intent:
    """Submit an order that the exchange takes `hold` seconds later; the connection is lost meanwhile, for good."""
    exchange.hold(hold, "ws_auth", "add_order", times=1)
    intent = session.orders.prepare(**order)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ended, intent)
        await settled()
        exchange.freeze("ws_auth", 10_000)
        exchange.drop("ws_auth")
    assert intent.outcome is krakenio.Outcome.UNKNOWN
    return intent


async def later(seconds: float, act: Callable[[], object]) -> None:
    """Do something after a while."""
    await anyio.sleep(seconds)
    act()


def ids(exchange: Exchange) -> list[str | None]:
    """Return the `cl_ord_id` of each order that the exchange accepted, ever."""
    return [order.cl_ord_id for order in exchange.orders]


def seen(exchange: Exchange, method: str) -> list[Any]:
    """Return the parameters of each request of a method that arrived at the exchange."""
    return [request.params for request in exchange.requests if request.method == method]


def pending(session: Session[Any]) -> tuple[int, int, int]:
    """Return what the private socket's outbox holds: queued, waited for, kept for a late reply."""
    connection = session._link("ws_auth").connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return (0, 0, 0) if connection is None else connection.outbox.counts()


async def until(happened: Callable[[], object]) -> None:
    """Wait for up to two virtual minutes until something is so."""
    with anyio.fail_after(120):
        while not happened():  # noqa: ASYNC110 - what it asks for has no event
            await anyio.sleep(0.01)


class Valve:
    """Let a peer stop reading: while it is closed, what the client sends gets stuck in its first byte.

    `spare_rest`: of the WebSocket hosts only.
    """

    def __init__(self, *, spare_rest: bool = False) -> None:
        self.closed = False
        self._spare_rest = spare_rest
        self._opened = anyio.Event()

    def close(self) -> None:
        """Hold back what is sent from now on."""
        self.closed, self._opened = True, anyio.Event()

    def open(self) -> None:
        """Let it through."""
        self.closed = False
        self._opened.set()

    def before(self, endpoints: krakenio.Endpoints) -> krakenio.Endpoints:
        """Return the same exchange, behind the valve."""
        reach = endpoints.dial
        assert reach is not None

        async def dial(host: str, port: int) -> ByteStream:
            stream = await reach(host, port)
            return stream if self._spare_rest and f"{host}:{port}" in endpoints.rest else Valved(stream, self)

        return replace(endpoints, dial=dial)

    async def passed(self) -> None:
        """Wait until it is open."""
        while self.closed:
            await self._opened.wait()


class Valved:
    """A byte stream behind a valve."""

    def __init__(self, stream: ByteStream, valve: Valve) -> None:
        self._stream, self._valve = stream, valve
        self.receive, self.abort = stream.receive, stream.abort

    def is_writable(self) -> bool:
        """Be as the stream is, unless the valve is closed."""
        return not self._valve.closed and isinstance(self._stream, Prompt) and self._stream.is_writable()

    def send_nowait(self, data: bytes) -> None:
        """Pass it on."""
        assert isinstance(self._stream, Prompt)
        self._stream.send_nowait(data)

    async def send(self, data: bytes) -> None:
        """Send once the valve is open."""
        await self._valve.passed()
        await self._stream.send(data)


async def told_of_the_end(intent: Intent) -> None:
    """Wait for what became of a request, and learn that the session has ended instead."""
    with anyio.fail_after(5), pytest.raises((KrakenError, RuntimeError), match=r"ended|closed"):
        await intent.resolve()


async def refused(intent: Intent) -> None:
    """Ask what became of a request with a key that may not, and know no more than before."""
    with pytest.raises(KrakenError, match="Permission denied"):
        await intent.resolve()
    assert intent.outcome is Outcome.UNKNOWN
