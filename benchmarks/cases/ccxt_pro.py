"""ccxt.pro: books, tickers and trades watched at once; counted where its Kraken class takes a message in.

It hands out the last state, not each message: what comes while nobody waits is seen once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from benchmarks.build import BUILD
from benchmarks.frames import SYMBOLS
from benchmarks.job import Job, Taken
from benchmarks.tally import Tally

ccxt: Any = import_module("ccxt.pro")  # `benchmarks.peers` installs it


def exchange_at(url: str) -> Any:
    """Return its Kraken with the source's address, and the markets that its REST half would have loaded."""
    exchange = ccxt.kraken({"cafile": str(BUILD / "ca.pem")})
    exchange.urls["api"]["ws"]["publicV2"] = url
    exchange.set_markets([exchange.safe_market_structure(market(symbol)) for symbol in SYMBOLS])
    return exchange


def market(symbol: str) -> dict[str, Any]:
    """Return what it must know of a symbol."""
    base, quote = symbol.split("/")
    names = {"id": symbol, "symbol": symbol, "base": base, "quote": quote, "info": {"wsname": symbol}}
    return {**names, "type": "spot", "spot": True, "active": True}


async def watch(method: Callable[[list[str]], Awaitable[object]]) -> None:
    """Ask again and again, as its users do."""
    while True:
        await method(list(SYMBOLS))


async def receive(job: Job) -> Taken:
    """Watch all three channels."""
    exchange, tally, done = exchange_at(job.url), Tally(job), asyncio.Event()
    take_in = exchange.handle_message

    def counted(client: Any, message: dict[str, Any]) -> None:
        take_in(client, message)
        if tally.take(message.get("channel")):
            done.set()

    exchange.handle_message = counted
    methods = (exchange.watch_order_book_for_symbols, exchange.watch_tickers, exchange.watch_trades_for_symbols)
    tasks = [asyncio.create_task(watch(method)) for method in methods]
    await done.wait()
    for task in tasks:
        task.cancel()
    await exchange.close()
    return tally.result()


def run(job: Job) -> Taken:
    """Run on asyncio."""
    return asyncio.run(receive(job))
