"""Read the command line: words go in, `Options` come out; mistakes end with a message and exit code 2."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

LEAST_SECONDS, MOST_SECONDS = 1.0, 3600.0

Backend = Literal["trio", "asyncio"]


@dataclass(frozen=True, slots=True)
class Options:
    """Be what `demo` was asked for."""

    backend: Backend
    seconds: float
    seed: int


def parse(argv: Sequence[str] | None = None) -> Options:
    """Read the arguments; `--help`, `--version` and mistakes raise `SystemExit`."""
    found = _parser().parse_args(argv)
    return Options(found.backend, found.seconds, found.seed)


def version() -> str:
    """Return the version of the installed distribution."""
    try:
        return metadata.version("krakenio-anyio")
    except metadata.PackageNotFoundError:
        return "(run from a copy of the source)"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("krakenio", description="Talk to the Kraken exchange from trio and asyncio.")
    parser.add_argument("--version", action="version", version=f"krakenio {version()}")
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)
    _add_demo(commands.add_parser("demo", help=_DEMO, description=_DEMO + _DEMO_MORE))
    return parser


_DEMO = "watch and trade on a simulated exchange in this process"
_DEMO_MORE = """ over TLS on loopback: quotes, balances and executions as they move, orders of every outcome, a dropped
connection, an expired token, orders cancelled in flight. Needs no keys and no network. The exit code is 0 if everything
that krakenio promises held, 1 if not, 130 after Ctrl-C."""


def _add_demo(demo: argparse.ArgumentParser) -> None:
    add = demo.add_argument
    add("--backend", choices=["trio", "asyncio"], default="trio", help="the event loop (default: trio)")
    add("--seconds", type=_seconds, default=10.0, help="how long, about (default: 10)", metavar="N")
    add("--seed", type=_seed, default=1, help="what the markets do, and all chance (default: 1)", metavar="N")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if LEAST_SECONDS <= seconds <= MOST_SECONDS:
        return seconds
    message = f"{text!r} is not a number of seconds from {LEAST_SECONDS:g} to {MOST_SECONDS:g}"
    raise argparse.ArgumentTypeError(message)


def _seed(text: str) -> int:
    if text.isascii() and text.isdecimal():
        return int(text)
    message = f"{text!r} is not a whole number from 0 on"
    raise argparse.ArgumentTypeError(message)
