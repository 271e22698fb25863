"""Measure: suites in turn, each printed when it is done, and written where `--results` and `--plot` say."""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import calls, decoding, growth, memory, orders, slow
from benchmarks.build import build_all
from benchmarks.plot import plot
from benchmarks.report import Table
from benchmarks.results import Results, here
from benchmarks.source import Ports, open_source
from benchmarks.suites import PEER_SUITES, SUITES

ALONE: dict[str, Callable[[int], Table]] = {
    "decoding": decoding.run,
    "growth": growth.run,
    "orders": orders.run,
    "calls": calls.run,
}
"""Suites that need no source."""

WATCHED: dict[str, Callable[[int, Ports], Table]] = {"memory": memory.run, "slow": slow.run}
"""Suites that watch memory over many messages."""

ALL = [*SUITES, *ALONE, *WATCHED]


def arguments(line: list[str] | None, default: list[str]) -> argparse.Namespace:
    """Read the command line."""
    names = [*ALL, *PEER_SUITES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"what to measure: {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each case (default 5)")
    parser.add_argument("--only", action="append", metavar="NAME", help="cases whose name contains NAME, and the limit")
    parser.add_argument("--messages", type=int, default=1_000_000, help="messages of what watches memory")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write all figures of all rounds as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write the tables' first figures as SVG")
    options = parser.parse_args(line)
    if unknown := [name for name in options.suites if name not in names]:
        parser.error(f"there is no suite {unknown[0]!r}, but {', '.join(names)}")
    options.suites = options.suites or default
    return options


def tables(options: argparse.Namespace, ports: Ports) -> Iterator[Table]:
    """Measure one suite after the other."""
    for name in options.suites:
        if name in WATCHED:
            yield WATCHED[name](options.messages, ports)
        elif name in ALONE:
            yield ALONE[name](options.rounds)
        else:
            yield (SUITES | PEER_SUITES)[name].run(options.rounds, options.only, ports)


def main(line: list[str] | None = None, default: list[str] = ALL) -> None:
    """Build, measure, print, draw; what was measured is written at once, lest a later suite lose it."""
    options = arguments(line, default)
    build_all()
    found = list[Table]()
    with open_source() as ports:
        for table in tables(options, ports):
            found.append(table)
            print(table.text(), flush=True)
            if options.results:
                Results(*here(), found).write(options.results)
    if options.plot:
        options.plot.write_text(plot(found))
