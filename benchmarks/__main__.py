"""The command line: `python -m benchmarks [SUITE ...] [--rounds N] [--only NAME ...] [--plot FILE]`."""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import calls, decoding, growth, orders
from benchmarks.build import build_all
from benchmarks.report import Table, plot
from benchmarks.rounds import whole
from benchmarks.source import open_source
from benchmarks.suites import SUITES

ALONE: dict[str, Callable[[int], Table]] = {
    "decoding": decoding.run,
    "growth": growth.run,
    "orders": orders.run,
    "calls": calls.run,
}
"""Suites that need no source."""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    names = [*SUITES, *ALONE, "memory"]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"what to measure (default all): {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each case (default 5)")
    parser.add_argument("--only", action="append", metavar="NAME", help="cases whose name contains NAME, and the limit")
    parser.add_argument("--messages", type=int, default=1_000_000, help="messages of the memory suite")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write the tables' first figures as SVG")
    options = parser.parse_args()
    if unknown := [name for name in options.suites if name not in names]:
        parser.error(f"there is no suite {unknown[0]!r}, but {', '.join(names)}")
    options.suites = options.suites or names
    return options


def memory(messages: int, port: int) -> None:
    """Print the growth of memory on both loops."""
    print("\nresident memory of one session, three streams:", flush=True)
    for backend in ("trio", "asyncio"):
        command = [sys.executable, "-m", "benchmarks.memory", backend, str(whole(messages)), str(port)]
        subprocess.run(command, check=True)


def tables(options: argparse.Namespace, port: int) -> list[Table]:
    """Measure one suite after the other, and print each at once."""
    found: list[Table] = []
    for name in options.suites:
        if name in SUITES:
            found.append(SUITES[name].run(options.rounds, options.only, port))
        elif name in ALONE:
            found.append(ALONE[name](options.rounds))
        else:
            memory(options.messages, port)
            continue
        print(found[-1].text(), flush=True)
    return found


def main() -> None:
    """Build, measure, print, draw."""
    options = arguments()
    build_all()
    with open_source() as port:
        found = tables(options, port)
    if options.plot:
        options.plot.write_text(plot(found))


main()
