"""websockets with msgspec."""

import asyncio

from websockets.asyncio.client import connect

from benchmarks.job import Job, Taken
from benchmarks.watch import Watch


async def receive(job: Job) -> Taken:
    """Receive everything and do the work of each message."""
    watch = Watch(job)
    async with connect(job.url, ssl=job.tls, compression=None, max_size=None, ping_interval=None) as socket:
        for request in job.requests:
            await socket.send(request)
        while not watch.take(await socket.recv(decode=False)):
            pass
        return watch.taken()


def run(job: Job) -> Taken:
    """Run on asyncio."""
    return asyncio.run(receive(job))
