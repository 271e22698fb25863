"""Measure whether memory grows: in, a loop's name; out, bytes of resident memory gained a message."""

import resource
import sys
from pathlib import Path
from statistics import linear_regression

import anyio

from benchmarks.cases.session import Consumer, receive
from benchmarks.job import Job

STEP = 20_000  # items between two looks
WARM = 0.3  # the first part of a run is not counted: caches and allocators fill


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> None:
    """Run one session over many messages, which are not held back, and print the slope."""
    backend, messages, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    job = Job(messages, port, hold=False)
    consumer, seen = Consumer(job), list[tuple[int, int]]()

    def look(count: int) -> None:
        if not seen or count - seen[-1][0] >= STEP:
            seen.append((count, resident()))

    consumer.each = look
    anyio.run(receive, job, float, consumer, backend=backend)
    settled = [point for point in seen if point[0] > WARM * job.items]
    slope = linear_regression(*zip(*settled, strict=True)).slope
    print(f"{backend}: {slope:+.3f} bytes a message over {messages:,}, {settled[-1][1] / 1e6:.1f} MB at the end")


main()
