"""picows, compiled, with msgspec in its callback."""

import asyncio

from picows import WSFrame, WSListener, WSMsgType, WSTransport
from picows import ws_connect as connect  # pyright: ignore[reportUnknownVariableType] -- its **kwargs

from benchmarks.job import Job, Taken
from benchmarks.watch import Watch


class Listener(WSListener):  # type: ignore[misc,unused-ignore] # compiled
    """Take each frame where it arrives."""

    def __init__(self, job: Job) -> None:
        self.job, self.watch = job, Watch(job)
        self.done: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Subscribe."""
        for request in self.job.requests:
            transport.send(WSMsgType.TEXT, request.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Do the work of one message."""
        del transport
        if not self.done.done() and self.watch.take(frame.get_payload_as_memoryview()):
            self.done.set_result(self.watch.taken())


async def receive(job: Job) -> Taken:
    """Receive everything and do the work of each message."""
    transport, listener = await connect(lambda: Listener(job), job.url, ssl_context=job.tls)
    assert isinstance(listener, Listener)
    taken = await listener.done
    transport.disconnect()
    return taken


def run(job: Job) -> Taken:
    """Run on asyncio, its only kind of loop."""
    return asyncio.run(receive(job))
