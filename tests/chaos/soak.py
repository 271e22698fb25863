"""Keep one session in a bad network for long: `python -m tests.chaos.soak MINUTES BACKEND`; out, what it cost.

The exchange is a process of its own, so memory is the client's (and the network's). A line tells that, the descriptors,
the requests that wait, and the longest time for which the loop was held up. What grows to the end, leaks.
"""

import random
import ssl
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import anyio

import krakenio
from benchmarks.memory import resident
from krakenio.session import Session
from tests.chaos.network import FATES, Network, through
from tests.leaks import descriptors
from tests.opened import RESTING, pending

EVERY = 10.0
"""Seconds between two lines."""

LIVES = 150.0
"""Seconds that a connection has at most; most have those after which the next wait is a short one again (G5)."""

SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD")
EXCHANGE = ("exchange", "--port", "0", "--activity", "1000", "--no-limits")


@contextmanager
def exchange() -> Generator[tuple[krakenio.Keys, krakenio.Endpoints]]:
    """Run the simulated exchange beside us."""
    command = [sys.executable, "-m", "krakenio", *EXCHANGE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        told = dict(line.strip().split("=", 1) for line in takewhile(lambda line: "=" in line, process.stdout))
        try:
            yield krakenio.Keys(told["KRAKEN_API_KEY"], told["KRAKEN_API_SECRET"]), krakenio.Endpoints(
                rest=told["KRAKEN_REST_URL"],
                ws=told["KRAKEN_WS_URL"],
                ws_auth=told["KRAKEN_WS_AUTH_URL"],
                ws_l3=told["KRAKEN_WS_L3_URL"],
                ssl_context=ssl.create_default_context(cafile=told["KRAKEN_CA_FILE"]),
            )
        finally:
            process.terminate()


@dataclass
class Soak:
    """One run."""

    session: Session[Any]
    network: Network
    chance: random.Random
    orders: int = 0
    failed: int = 0
    stall: float = 0.0
    memory: list[float] = field(default_factory=list[float])

    async def read(self) -> None:
        """Read as fast as it comes."""
        async with self.session.trades(*SYMBOLS, backfill=True) as trades:
            async for _ in trades.batches():
                pass

    async def trade(self) -> None:
        """Place an order that rests, and cancel it with its group, again and again."""
        while True:
            try:
                with anyio.move_on_after(self.chance.uniform(0.1, 3)):
                    async with self.session.orders.open_group(grace=1.0) as group:
                        self.orders += 1
                        await group.add(**RESTING)
            except krakenio.KrakenError:
                self.failed += 1
            await anyio.sleep(0.05)

    async def watch(self) -> None:
        """Find out how long the loop is held up."""
        while True:
            began = anyio.current_time()
            await anyio.sleep(0.005)
            self.stall = max(self.stall, anyio.current_time() - began - 0.005)

    async def report(self, seconds: float) -> None:
        """Say now and then how it is."""
        ends = anyio.current_time() + seconds
        while anyio.current_time() < ends:
            await anyio.sleep(EVERY)
            say(self.line())
            self.stall = 0.0

    def line(self) -> str:
        """Measure."""
        self.memory.append(resident() / 1e6)
        links = self.session.health.links
        return (
            f"{self.memory[-1]:.1f} MB, {len(descriptors())} descriptors, {sum(pending(self.session))} requests wait, "
            f"{self.orders} orders ({self.failed} failed), {sum(each.received for each in links.values())} messages, "
            f"{sum(each.connects for each in links.values())} connections, held up for {self.stall * 1e3:.0f} ms"
        )


def say(line: str) -> None:
    """Print at once."""
    print(line, flush=True)  # noqa: T201 - what it is for


async def soak(seconds: float, keys: krakenio.Keys, endpoints: krakenio.Endpoints) -> None:
    """Run it all."""
    chance = random.Random(1)
    network = Network(chance, FATES[1:], LIVES)
    async with (
        through(network, endpoints) as led,
        krakenio.open_session(keys, endpoints=led, on_limit="ignore", tier="pro") as session,
        session.book(*SYMBOLS, depth=100),
        anyio.create_task_group() as tasks,
    ):
        run = Soak(session, network, chance)
        for task in (run.read, run.trade, run.trade, run.watch):
            tasks.start_soon(task)
        await run.report(seconds)
        middle = run.memory[len(run.memory) // 2]
        say(f"{dict(network.tally)}; memory from the middle to the end: {middle:.1f} to {run.memory[-1]:.1f} MB")
        tasks.cancel_scope.cancel()


def main() -> None:
    """Read the command line."""
    minutes, backend = float(sys.argv[1]), sys.argv[2]
    options = {"use_uvloop": True} if backend == "uvloop" else {}
    with exchange() as (keys, endpoints):
        name = "trio" if backend == "trio" else "asyncio"
        anyio.run(soak, minutes * 60, keys, endpoints, backend=name, backend_options=options)


if __name__ == "__main__":
    main()
