"""trio-websocket with msgspec."""

import trio
from trio_websocket import open_websocket_url

from benchmarks.job import Job, Taken, Watch
from benchmarks.structs import decode


async def receive(job: Job) -> Taken:
    """Receive the blast and decode it."""
    watch = Watch(job)
    async with open_websocket_url(job.url, ssl_context=job.tls) as socket:
        for request in job.requests:
            await socket.send_message(request)
        while watch.count < watch.last:
            message = await socket.get_message()
            if not watch.preamble():
                decode(message)
        return watch.taken()


def run(job: Job) -> Taken:
    """Run on trio, its only loop."""
    return trio.run(receive, job)
