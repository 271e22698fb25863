"""typed-kraken: a stream for each channel, validated by pydantic as it does by default."""

import asyncio
from importlib import import_module
from typing import Any

from benchmarks.frames import SYMBOLS
from benchmarks.job import Job, Taken
from benchmarks.tally import Tally

transport: Any = import_module("typed_kraken.core.transport.ws")  # `benchmarks.peers` installs it
streams: Any = import_module("typed_kraken.streams.market_data")


async def receive(job: Job) -> Taken:
    """Read all three streams at once."""
    tally, done = Tally(job), asyncio.Event()
    async with transport.KrakenSocketClient.new(job.url) as client:
        market, symbols = streams.MarketData(client=client), list(SYMBOLS)
        opened = [market.book(symbols, depth=10), market.ticker(symbols), market.trade(symbols)]
        tasks = [asyncio.create_task(consume(await stream, tally, done)) for stream in opened]
        await done.wait()
        for task in tasks:
            task.cancel()
    return tally.result()


async def consume(stream: Any, tally: Tally, done: asyncio.Event) -> None:
    """Count the messages of one stream."""
    async for message in stream:
        if tally.take(message["channel"]):
            done.set()


def run(job: Job) -> Taken:
    """Run on asyncio."""
    return asyncio.run(receive(job))
