"""websockets with msgspec."""

import asyncio

from websockets.asyncio.client import connect

from benchmarks.job import Job, Taken, Watch
from benchmarks.structs import decode


async def receive(job: Job) -> Taken:
    """Receive the blast and decode it."""
    watch = Watch(job)
    async with connect(job.url, ssl=job.tls, compression=None, max_size=None, ping_interval=None) as socket:
        for request in job.requests:
            await socket.send(request)
        while watch.count < watch.last:
            message = await socket.recv(decode=False)
            if not watch.preamble():
                decode(message)
        return watch.taken()


def run(job: Job) -> Taken:
    """Run on asyncio."""
    return asyncio.run(receive(job))
