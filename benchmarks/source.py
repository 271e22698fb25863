"""Start the C source: in, nothing; out, its TLS port for as long as the block lasts."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

from benchmarks.build import BUILD, SOURCE


def first_core() -> None:
    """Keep the source away from the client's core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@contextmanager
def open_source() -> Generator[int]:
    """Run the source; yield the port on which it speaks TLS."""
    files = [str(BUILD / name) for name in ("cert.pem", "key.pem")]
    command = [str(SOURCE), "0", "0", *files, str(BUILD)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=first_core)  # noqa: PLW1509 -- no threads here
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline().split()[2])
    finally:
        process.kill()
        process.communicate()
