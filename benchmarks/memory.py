"""Measure whether memory grows with messages: in, how many; out, bytes of resident memory gained a message, by loop.

Each loop runs in a process of its own: `python -m benchmarks.memory LOOP MESSAGES PORT` prints a line of JSON.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import linear_regression
from typing import Any

import anyio

from benchmarks.cases.session import Consumer, receive
from benchmarks.job import Job
from benchmarks.report import Measurement, Row, Table
from benchmarks.rounds import whole
from benchmarks.source import Ports

LOOKS = 200  # at the memory in one run, however long it is
WARM = 0.3  # the first part of a run is not counted: caches and allocators fill
LOOPS: dict[str, dict[str, Any]] = {
    "trio": {"backend": "trio"},
    "asyncio": {"backend": "asyncio"},
    "uvloop": {"backend": "asyncio", "backend_options": {"use_uvloop": True}},
}


class Looks:
    """Look at this process's memory now and then while something is counted up to `last`."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._seen: list[tuple[int, int]] = []

    def __call__(self, count: int) -> None:
        """Look, if it is time again."""
        if not self._seen or count - self._seen[-1][0] >= self._last / LOOKS:
            self._seen.append((count, resident()))

    def settled(self, warm: float, messages: int) -> Measurement:
        """Return what was seen after the first part `warm`: the slope in bytes a message, and the last look."""
        points = [(count / self._last * messages, size) for count, size in self._seen if count > warm * self._last]
        if len(points) < 2:
            raise SystemExit("too few messages to see whether memory grows")
        return {"slope": linear_regression(*zip(*points, strict=True)).slope, "end": points[-1][1]}


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def child(module: str, *words: object) -> Measurement:
    """Run a module of ours in a process of its own, and read what it prints."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, words)]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def run(messages: int, ports: Ports) -> Table:
    """Measure each loop once."""
    found = {f"krakenio, {loop}": child("memory", loop, whole(messages), ports.tls) for loop in LOOPS}
    rows = [Row(name, cells(seen), 0) for name, seen in found.items()]
    title = f"Memory of a session with three streams over {whole(messages):,} messages, TLS"
    return Table("memory", title, ["a message", "at the end"], rows, {name: [seen] for name, seen in found.items()})


def cells(seen: Measurement) -> list[str]:
    """Write one case."""
    return [f"{seen['slope']:+.3f} bytes", f"{seen['end'] / 1e6:.1f} MB"]


def watch(loop: str, messages: int, port: int) -> Measurement:
    """Run one session over many messages, which are not held back."""
    job = Job(messages, port, hold=False)
    consumer, looks = Consumer(job), Looks(job.items)
    consumer.each = looks
    on_loop(loop, receive, job, float, consumer)
    return looks.settled(WARM, messages)


def on_loop(loop: str, function: Callable[..., Any], *values: Any) -> None:
    """Run an async function on one of the loops."""
    anyio.run(function, *values, **LOOPS[loop])


if __name__ == "__main__":
    print(json.dumps(watch(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
