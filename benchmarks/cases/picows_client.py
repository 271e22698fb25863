"""picows, compiled, with msgspec in its callback."""

import asyncio

from picows import WSFrame, WSListener, WSMsgType, WSTransport
from picows import ws_connect as connect  # pyright: ignore[reportUnknownVariableType] -- its **kwargs

from benchmarks.job import Job, Taken, Watch
from benchmarks.structs import decode


class Listener(WSListener):  # type: ignore[misc,unused-ignore] # compiled
    """Decode each frame where it arrives."""

    def __init__(self, job: Job) -> None:
        self.job, self.watch = job, Watch(job)
        self.done: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Subscribe."""
        for request in self.job.requests:
            transport.send(WSMsgType.TEXT, request.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Decode one message."""
        del transport
        watch = self.watch
        if watch.count < watch.last:
            if not watch.preamble():
                decode(frame.get_payload_as_memoryview())
            if watch.count == watch.last:
                self.done.set_result(watch.taken())


async def receive(job: Job) -> Taken:
    """Receive the blast and decode it."""
    transport, listener = await connect(lambda: Listener(job), job.url, ssl_context=job.tls)
    assert isinstance(listener, Listener)
    taken = await listener.done
    transport.disconnect()
    return taken


def run(job: Job) -> Taken:
    """Run on asyncio, its only kind of loop."""
    return asyncio.run(receive(job))
