"""trio-websocket with msgspec."""

import trio
from trio_websocket import open_websocket_url

from benchmarks.job import Job, Taken
from benchmarks.watch import Watch


async def receive(job: Job) -> Taken:
    """Receive everything and do the work of each message."""
    watch = Watch(job)
    async with open_websocket_url(job.url, ssl_context=job.tls) as socket:
        for request in job.requests:
            await socket.send_message(request)
        while not watch.take(await socket.get_message()):
            pass
        return watch.taken()


def run(job: Job) -> Taken:
    """Run on trio, its only loop."""
    return trio.run(receive, job)
