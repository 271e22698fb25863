"""Start the C source: in, nothing; out, its two ports for as long as the block lasts."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple

from benchmarks.build import BUILD, SOURCE
from benchmarks.workloads import WORKLOADS


class Ports(NamedTuple):
    """Where the source listens."""

    plain: int
    tls: int

    def of(self, kind: str) -> int:
        """Return the port for one kind of traffic."""
        return self.tls if WORKLOADS[kind].secure else self.plain


def first_core() -> None:
    """Keep the source away from the client's core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@contextmanager
def open_source() -> Generator[Ports]:
    """Run the source; yield its ports."""
    files = [str(BUILD / name) for name in ("cert.pem", "key.pem")]
    command = [str(SOURCE), "0", "0", *files, str(BUILD)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=first_core)  # noqa: PLW1509 -- no threads here
    try:
        assert process.stdout is not None
        yield Ports(*map(int, process.stdout.readline().split()[1:]))
    finally:
        process.kill()
        process.communicate()
