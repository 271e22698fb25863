"""kraken-connector: `receive()` for each message, which it has typed; it always keeps the books too."""

import asyncio
import logging
from importlib import import_module
from typing import Any

from benchmarks.frames import SYMBOLS
from benchmarks.job import Job, Taken
from benchmarks.tally import Tally

client: Any = import_module("kraken_connector.ws.client")  # `benchmarks.peers` installs it
params: Any = import_module("kraken_connector.ws.subscribe")


async def receive(job: Job) -> Taken:
    """Receive everything; the mix has no true checksums, and what it logs about that is switched off."""
    logging.disable()
    tally, symbols = Tally(job), list(SYMBOLS)
    channels = (params.BookParams(symbols, depth=10), params.TickerParams(symbols), params.TradeParams(symbols))
    async with client.KrakenWSClient(job.url) as opened:
        for channel in channels:
            await opened.subscribe(channel)
        while not tally.take(getattr(await opened.receive(), "channel", None)):
            pass
    return tally.result()


def run(job: Job) -> Taken:
    """Run on asyncio."""
    return asyncio.run(receive(job))
