"""aiohttp with msgspec."""

import asyncio

import aiohttp

from benchmarks.job import Job, Taken, Watch
from benchmarks.structs import decode


async def receive(job: Job) -> Taken:
    """Receive the blast and decode it."""
    watch = Watch(job)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(job.url, ssl=job.tls, compress=0, max_msg_size=0) as socket,
    ):
        for request in job.requests:
            await socket.send_str(request)
        while watch.count < watch.last:
            message = await socket.receive()
            if not watch.preamble():
                decode(message.data)
        return watch.taken()


def run(job: Job) -> Taken:
    """Run on asyncio."""
    return asyncio.run(receive(job))
