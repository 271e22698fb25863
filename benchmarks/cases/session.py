"""krakenio as a user writes it: a session, three streams, a consumer of each."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from functools import partial
from typing import Any

import anyio

import krakenio
from benchmarks.frames import SYMBOLS
from benchmarks.job import SNAPSHOTS, Job, Taken, now, since

BUFFER = 1_000_000  # items; a gap would falsify the count


class Consumer:
    """Count the items of all streams, from the first after the snapshots to the last."""

    def __init__(self, job: Job) -> None:
        self.items = job.items
        self.count = self.before = 0
        self.start: Taken | None = None
        self.taken = Taken(0, 0)
        self.each: Callable[[int], object] = lambda _count: None

    async def consume(self, stream: krakenio.Stream[Any], scope: anyio.CancelScope) -> None:
        """Read one stream until all streams together have given everything."""
        async for batch in stream.batches():
            self.begin(batch)
            for item in batch:
                assert type(item) is not krakenio.Gap, item
                self.count += 1
            self.each(self.count)
            if self.count == self.items + SNAPSHOTS:
                assert self.start is not None
                self.taken = since(self.start)
                scope.cancel()

    def begin(self, batch: list[Any]) -> None:
        """Start the time at the first batch after the snapshots."""
        if self.start is None and self.count + len(batch) > SNAPSHOTS:
            self.start, self.before = now(), max(0, self.count - SNAPSHOTS)

    def result(self) -> Taken:
        """Return what the whole blast takes at the pace measured."""
        part = (self.items - self.before) / self.items
        return Taken(self.taken.wall / part, self.taken.cpu / part)


def session(job: Job, numbers: type[float | Decimal]) -> AbstractAsyncContextManager[krakenio.Session[Any]]:
    """Return a session on the source, still to be entered."""
    endpoints = krakenio.Endpoints(ws=job.url, ssl_context=job.tls)
    if numbers is Decimal:
        return krakenio.open_session(None, endpoints=endpoints)
    return krakenio.open_session(None, endpoints=endpoints, numbers=float)


async def receive(job: Job, numbers: type[float | Decimal], consumer: Consumer) -> Taken:
    """Receive the blast through a session."""
    async with session(job, numbers) as s, anyio.create_task_group() as tasks:
        stream_of = partial(read, consumer, tasks)
        tasks.start_soon(stream_of, s.book_updates(*SYMBOLS, depth=10, buffer=BUFFER))
        tasks.start_soon(stream_of, s.ticker(*SYMBOLS, buffer=BUFFER, on_full="gap"))
        tasks.start_soon(stream_of, s.trades(*SYMBOLS, buffer=BUFFER))
    return consumer.result()


async def read(consumer: Consumer, tasks: Any, stream: krakenio.Stream[Any]) -> None:
    """Open one stream and consume it."""
    async with stream:
        await consumer.consume(stream, tasks.cancel_scope)


def run(job: Job, backend: str, numbers: type[float | Decimal] = float, **options: Any) -> Taken:
    """Run on a loop."""
    return anyio.run(receive, job, numbers, Consumer(job), backend=backend, backend_options=options)


def on_trio(job: Job) -> Taken:
    return run(job, "trio")


def on_asyncio(job: Job) -> Taken:
    return run(job, "asyncio")


def on_uvloop(job: Job) -> Taken:
    return run(job, "asyncio", use_uvloop=True)


def on_trio_exactly(job: Job) -> Taken:
    return run(job, "trio", Decimal)
