"""Measure how the cost of a message grows with subscriptions and streams; out, processor time a message.

No network: the engine of the session is replaced (`connect=`) by one that acknowledges and then tells what it has, so
that nothing but krakenio's own work is measured.
"""

import gc
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import anyio

import krakenio
from benchmarks.report import Row, Table

MESSAGES = 120_000
BATCH = 120  # messages of one read of the socket, as over TLS at full speed; in a market that is followed it is one
UPDATE = (
    '{{"channel":"trade","type":"update","data":[{{"symbol":"{symbol}","side":"sell","price":67432.1,"qty":0.10000000,'
    '"ord_type":"limit","trade_id":4665906,"timestamp":"2026-11-02T09:15:00.100001Z"}}]}}'
)
ANSWER = (
    '{{"method":"subscribe","req_id":{number},"result":{{"channel":"trade","snapshot":false,"symbol":"{symbol}"}},'
    '"success":true}}'
)


@dataclass(frozen=True)
class Size:
    """How many symbols are subscribed, in how many streams, how many of those get messages; how many a read brings."""

    symbols: int
    streams: int
    busy: int
    batch: int = BATCH

    def __str__(self) -> str:
        counts = f"{self.symbols} symbols, {self.streams} streams, {self.busy} busy"
        return counts if self.batch == BATCH else f"{counts}, reads of {self.batch}"

    @property
    def names(self) -> list[str]:
        """Return the symbols."""
        return [f"S{number}/USD" for number in range(self.symbols)]

    def split(self) -> list[list[str]]:
        """Return the symbols of each stream."""
        share = self.symbols // self.streams
        return [self.names[start : start + share] for start in range(0, self.symbols, share)]


SIZES = [
    Size(10, 1, 1),
    Size(100, 1, 1),
    Size(1_000, 1, 1),
    Size(5_000, 1, 1),
    Size(5_000, 10, 1),
    Size(5_000, 500, 1),
    Size(5_000, 10, 10),
    Size(5_000, 100, 100),
    Size(5_000, 1, 1, batch=1),
    Size(5_000, 100, 100, batch=1),
]


class Engine:
    """A `WebSocket` that needs no network."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._answers: list[bytes] = []
        self._acknowledged = 0
        self._news = anyio.Event()
        self._traffic = traffic(size)

    async def receive(self) -> list[bytes]:
        """Return answers while some are due, then the traffic, then nothing for ever."""
        while not self._answers and self._acknowledged < self._size.symbols:
            self._news = anyio.Event()
            await self._news.wait()
        await anyio.lowlevel.checkpoint()
        if self._answers:
            answers, self._answers = self._answers, []
            self._acknowledged += len(answers)
            return answers
        if not self._traffic:
            await anyio.sleep_forever()
        return self._traffic.pop()

    async def send(self, message: bytes) -> None:
        """Answer a subscription, once for each symbol."""
        await anyio.lowlevel.checkpoint()
        request = json.loads(message)
        for symbol in request.get("params", {}).get("symbol", ()):
            self._answers.append(ANSWER.format(number=request["req_id"], symbol=symbol).encode())
        self._news.set()

    async def close(self, code: int = 1000) -> None:  # noqa: ARG002 -- the seam's form
        """Say nothing."""
        await anyio.lowlevel.checkpoint()


def traffic(size: Size) -> list[list[bytes]]:
    """Return what the busy streams get, symbol after symbol, in batches."""
    symbols = [symbol for share in size.split()[: size.busy] for symbol in share]
    frames = [UPDATE.format(symbol=symbols[number * 7919 % len(symbols)]).encode() for number in range(MESSAGES)]
    return [frames[start : start + size.batch] for start in range(0, MESSAGES, size.batch)]


async def measure(size: Size) -> float:
    """Return seconds of processor time a message, from the first to the last."""

    @asynccontextmanager
    async def connect(url: str, endpoints: krakenio.Endpoints) -> AsyncGenerator[Any]:  # noqa: ARG001 -- the seam's form
        yield Engine(size)

    counted = Counter()
    async with krakenio.open_session(connect=connect, numbers=float) as s:
        opened = [s.trades(*symbols, buffer=MESSAGES) for symbols in size.split()]
        async with anyio.create_task_group() as tasks:
            for stream in opened:
                tasks.start_soon(read, stream, counted, tasks.cancel_scope)
    return counted.seconds / MESSAGES


class Counter:
    """Count what all streams got."""

    def __init__(self) -> None:
        self.count, self.began, self.seconds = 0, 0.0, 0.0

    def add(self, count: int) -> bool:
        """Add; tell whether that was all."""
        if not self.count:
            gc.collect()
            self.began = time.process_time()
        self.count += count
        if self.count < MESSAGES:
            return False
        self.seconds = time.process_time() - self.began  # once: asking costs as much as a message
        return True


async def read(stream: krakenio.Stream[Any], counted: Counter, scope: anyio.CancelScope) -> None:
    """Read one stream until all streams together have everything."""
    async with stream:
        async for batch in stream.batches():
            if counted.add(len(batch)):
                scope.cancel()


def run(rounds: int) -> Table:
    """Measure every size in turn, round after round, on trio."""
    found: dict[Size, list[float]] = {size: [] for size in SIZES}
    for _ in range(rounds):
        for size in SIZES:
            found[size].append(anyio.run(partial(measure, size), backend="trio"))
    first = median(found[SIZES[0]])
    rows = [row(str(size), sorted(all_), first) for size, all_ in found.items()]
    measured = {str(size): [{"cpu": value} for value in all_] for size, all_ in found.items()}
    title = "Growth: processor time a message, without the network, trio"
    return Table("growth", title, ["a message", "of the first"], rows, measured)


def row(name: str, seen: list[float], first: float) -> Row:
    """Write one size; `seen` is sorted."""
    middle = median(seen)
    return Row(name, [micros(middle), f"{middle / first:.2f}"], middle, f"{micros(seen[0])} .. {micros(seen[-1])}")


def micros(seconds: float) -> str:
    """Write a time."""
    return f"{seconds * 1e6:.2f} µs"
