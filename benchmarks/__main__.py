"""The command line: `python -m benchmarks [--rounds N] [--messages N] [--only NAME ...]`."""

import argparse
import subprocess
import sys
from statistics import median

from benchmarks.build import build_all
from benchmarks.cases import CASES
from benchmarks.rounds import Measurements, run_rounds, whole
from benchmarks.source import open_source


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each case (default 5)")
    parser.add_argument("--messages", type=int, default=300_000, help="messages of one measurement")
    parser.add_argument("--only", action="append", metavar="NAME", help="cases whose name contains NAME, and the limit")
    parser.add_argument("--memory", type=int, default=1_000_000, help="messages of the memory case, 0 for none")
    return parser.parse_args()


def chosen(only: list[str] | None) -> list[str]:
    """Return the names of the cases to run; the limit is always one of them."""
    return [name for name in CASES if name == "limit" or not only or any(part in name for part in only)]


def table(found: Measurements) -> None:
    """Print medians and ratios to the limit; where others use the machine, trust the ratio of processor times."""
    heads = f"{'messages/s':>12}{'of limit':>10}{'µs CPU':>8}{'of limit':>10}"
    print(f"\n{'TLS, one record a message, mix':32}{heads}   lowest .. highest")
    limit, least = (median(result[key] for result in found["limit"]) for key in ("rate", "cpu"))
    for name, results in found.items():
        rates = sorted(result["rate"] for result in results)
        rate, cpu = median(rates), median(result["cpu"] for result in results)
        ratios = f"{rate:12,.0f}{rate / limit:10.2f}{cpu * 1e6:8.2f}{least / cpu:10.2f}"
        print(f"{name:32}{ratios}   {rates[0]:,.0f} .. {rates[-1]:,.0f}")


def memory(messages: int, port: int) -> None:
    """Print the growth of memory on both loops."""
    print("\nresident memory of one session, three streams:", flush=True)
    for backend in ("trio", "asyncio"):
        command = [sys.executable, "-m", "benchmarks.memory", backend, str(whole(messages)), str(port)]
        subprocess.run(command, check=True)


def main() -> None:
    """Build, measure, print."""
    options = arguments()
    build_all()
    with open_source() as port:
        table(run_rounds(chosen(options.only), options.rounds, options.messages, port))
        if options.memory:
            memory(options.memory, port)


main()
