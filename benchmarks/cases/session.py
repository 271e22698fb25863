"""krakenio as a user writes it: a session, and a consumer of each of its streams."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from functools import partial
from typing import Any

import anyio

import krakenio
from benchmarks.frames import SYMBOLS
from benchmarks.job import Job, Taken, now, since
from benchmarks.workloads import STAMPED

BUFFER = 1_000_000  # items; a gap would falsify the count


class Consumer:
    """Count the items of all streams, from the first after the snapshots to the last."""

    def __init__(self, job: Job) -> None:
        self.items, self.snapshots = job.items, job.snapshots
        self.stamped = job.workload.mode == STAMPED
        self.count = self.before = 0
        self.start: Taken | None = None
        self.taken = Taken(0, 0)
        self.delays: list[int] = []
        self.each: Callable[[int], object] = lambda _count: None

    async def consume(self, stream: krakenio.Stream[Any], scope: anyio.CancelScope) -> None:
        """Read one stream until all streams together have given everything."""
        async for batch in stream.batches():
            self.begin(batch)
            closed = type(batch[-1]) is krakenio.Gap  # the source left; other streams may still have items to read
            items = batch[:-1] if closed else batch
            assert krakenio.Gap not in map(type, items), "something was missed"
            count = self.count
            for _ in items:
                count += 1
            self.count = count
            if self.stamped:
                self.note(items)
            self.each(self.count)
            if self.count == self.items + self.snapshots:
                self.end(scope)
            if closed:
                return

    def begin(self, batch: list[Any]) -> None:
        """Start the time at the first batch after the snapshots."""
        if self.start is None and self.count + len(batch) > self.snapshots:
            self.start, self.before = now(), max(0, self.count - self.snapshots)

    def note(self, batch: list[Any]) -> None:
        """Note how old each update is; its time of sending is its timestamp."""
        arrived = time.monotonic_ns()
        self.delays += [arrived - int(item.data[0].timestamp) for item in batch if item.type == "update"]

    def end(self, scope: anyio.CancelScope) -> None:
        """Take the time and end the session."""
        assert self.start is not None
        self.taken = since(self.start)
        scope.cancel()

    def result(self) -> Taken:
        """Return what all items take at the pace measured."""
        assert self.count == self.items + self.snapshots, f"{self.count} items came"
        part = (self.items - self.before) / self.items
        return Taken(self.taken.wall / part, self.taken.cpu / part, tuple(self.delays))


def session(job: Job, numbers: type[float | Decimal]) -> AbstractAsyncContextManager[krakenio.Session[Any]]:
    """Return a session on the source, still to be entered."""
    endpoints = krakenio.Endpoints(ws=job.url, ssl_context=job.tls)
    if numbers is Decimal:
        return krakenio.open_session(None, endpoints=endpoints)
    return krakenio.open_session(None, endpoints=endpoints, numbers=float)


async def receive(job: Job, numbers: type[float | Decimal], consumer: Consumer) -> Taken:
    """Receive everything through a session."""
    async with session(job, numbers) as s, anyio.create_task_group() as tasks:
        streams: dict[str, Any] = {
            "book": partial(s.book_updates, depth=job.workload.depth),
            "ticker": partial(s.ticker, on_full="gap"),
            "trade": s.trades,
        }
        for channel in job.workload.channels:
            tasks.start_soon(read, consumer, tasks, streams[channel](*SYMBOLS, buffer=BUFFER))
    return consumer.result()


async def read(consumer: Consumer, tasks: Any, stream: krakenio.Stream[Any]) -> None:
    """Open one stream and consume it."""
    async with stream:
        await consumer.consume(stream, tasks.cancel_scope)


async def keep(job: Job) -> Taken:
    """Keep and check every book, and look at each one that has changed."""
    async with session(job, float) as s, s.book(*SYMBOLS, depth=job.workload.depth) as books:
        while s.health.links["ws"].received <= job.preamble:  # the source still prepares what it sends
            await anext(books)
        start, before = now(), s.health.links["ws"].received
        async for book in books:
            if not book.valid:  # the source has closed the connection: everything was here
                break
        taken, received = since(start), s.health.links["ws"].received
        assert received >= job.last
        assert not books.mismatches
        part = (received - before) / job.messages
        return Taken(taken.wall / part, taken.cpu / part)


def run(job: Job, backend: str, numbers: type[float | Decimal] = float, **options: Any) -> Taken:
    """Run on a loop."""
    if job.workload.traffic == "books":
        return anyio.run(keep, job, backend=backend, backend_options=options)
    return anyio.run(receive, job, numbers, Consumer(job), backend=backend, backend_options=options)


def on_trio(job: Job) -> Taken:
    return run(job, "trio")


def on_asyncio(job: Job) -> Taken:
    return run(job, "asyncio")


def on_uvloop(job: Job) -> Taken:
    return run(job, "asyncio", use_uvloop=True)


def on_trio_exactly(job: Job) -> Taken:
    return run(job, "trio", Decimal)
