"""aiohttp with msgspec."""

import asyncio

import aiohttp

from benchmarks.job import Job, Taken
from benchmarks.watch import Watch


async def receive(job: Job) -> Taken:
    """Receive everything and do the work of each message."""
    watch = Watch(job)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(job.url, ssl=job.tls or True, compress=0, max_msg_size=0) as socket,
    ):
        for request in job.requests:
            await socket.send_str(request)
        while not watch.take((await socket.receive()).data):
            pass
        return watch.taken()


def run(job: Job) -> Taken:
    """Run on asyncio."""
    return asyncio.run(receive(job))
