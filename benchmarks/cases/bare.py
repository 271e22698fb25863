"""What a loop costs by itself: one task waits for the limit's socket, and does with what comes what the limit does.

No session, no stream, no second task, no timeout. What krakenio takes beyond this is its own; the rest is the loop's.
"""

import asyncio
import ssl
from collections.abc import Iterator

import trio
import uvloop

from benchmarks.cases.blocking import SecureWire, masked, request
from benchmarks.job import Job, Taken
from benchmarks.watch import Watch
from krakenio.frames import FrameSplitter

READ = 32 * 1024  # bytes at once, as krakenio reads


class Taking:
    """The limit's wire, subscribed; what its socket brings is decrypted, cut into frames and decoded in one pass."""

    def __init__(self, job: Job) -> None:
        self.watch = Watch(job)
        self.wire = SecureWire(job)
        self._frames = FrameSplitter()
        self.wire.send(request(job))
        self.wire.read_head()
        self.wire.send(b"".join(masked(text) for text in job.requests))
        self.wire.socket.settimeout(0)

    def take(self, data: bytes | memoryview) -> bool:
        """Do the work of each message; tell whether the last one was among them."""
        self.wire.incoming.write(data)
        plain = b"".join(self._records())
        return any(self.watch.take(frame) for frame in self._frames.feed(plain))

    def _records(self) -> Iterator[bytes]:
        try:
            while record := self.wire.tls.read(READ):
                yield record
        except ssl.SSLWantReadError:
            return


async def receive_on_trio(job: Job) -> Taken:
    """Wait and read as trio's own streams do, without their locks."""
    taking = Taking(job)
    with taking.wire.socket as socket:
        ended = False
        while not ended:
            await trio.lowlevel.wait_readable(socket)
            ended = taking.take(socket.recv(READ))
    return taking.watch.taken()


class Protocol(asyncio.BufferedProtocol):
    """Take what comes where the loop reads it."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._buffer = memoryview(bytearray(READ))
        self.done: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Read into the same buffer each time."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        if not self.done.done() and self._taking.take(self._buffer[:nbytes]):
            self.done.set_result(self._taking.watch.taken())


async def receive_on_asyncio(job: Job) -> Taken:
    """Let the loop read, in the way that costs it least."""
    taking = Taking(job)
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_connection(lambda: Protocol(taking), sock=taking.wire.socket)
    taken = await protocol.done
    transport.close()
    return taken


def on_trio(job: Job) -> Taken:
    return trio.run(receive_on_trio, job)


def on_asyncio(job: Job) -> Taken:
    return asyncio.run(receive_on_asyncio(job))


def on_uvloop(job: Job) -> Taken:
    return uvloop.run(receive_on_asyncio(job))
