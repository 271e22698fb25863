"""python-kraken-sdk: a callback for each message, which is a plain dict."""

import asyncio
from importlib import import_module
from typing import Any

from benchmarks.job import Job, Taken
from benchmarks.tally import Tally

spot: Any = import_module("kraken.spot")  # `benchmarks.peers` installs it


async def receive(job: Job) -> Taken:
    """Take everything in the callback."""
    tally, done = Tally(job), asyncio.Event()

    async def take(message: dict[str, Any]) -> None:
        if tally.take(message.get("channel")):
            done.set()

    client = spot.SpotWSClient(callback=take, ws_url=f"{job.url}&path=")  # it appends its version to the address
    await client.start()
    for request in job.subscriptions:
        await client.subscribe(params=request)
    await done.wait()
    return tally.result()


def run(job: Job) -> Taken:
    """Run on asyncio."""
    return asyncio.run(receive(job))
