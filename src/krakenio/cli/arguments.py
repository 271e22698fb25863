"""Read the command line: words go in, a command's options come out; mistakes end with a message and exit code 2."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from krakenio.version import __version__

LEAST_SECONDS, MOST_SECONDS = 1.0, 3600.0
DEFAULT_PORT, LAST_PORT = 8443, 65_532
MOST_ACTIVITY, MOST_KEYS = 100_000.0, 100

Backend = Literal["trio", "asyncio"]


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What `demo` was asked for."""

    backend: Backend
    seconds: float
    seed: int
    tls: Literal[True] = True


@dataclass(frozen=True, slots=True)
class ExchangeOptions:
    """What `exchange` was asked for."""

    backend: Backend = "asyncio"
    seed: int = 0
    port: int = DEFAULT_PORT
    tls: bool = True
    ca_file: Path | None = None
    markets: int | None = None
    activity: float = 25.0
    limits: bool = True
    keys: int = 1


def parse(argv: Sequence[str] | None = None) -> DemoOptions | ExchangeOptions:
    """Read the arguments; `--help`, `--version` and mistakes raise `SystemExit`."""
    found = vars(_parser().parse_args(argv))
    make: Callable[..., DemoOptions | ExchangeOptions] = found.pop("make")
    return make(**found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("krakenio", description="Talk to the Kraken exchange from trio and asyncio.")
    parser.add_argument("--version", action="version", version=f"krakenio {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)
    _add_demo(commands.add_parser("demo", help=_DEMO, description=_DEMO + _DEMO_MORE))
    _add_exchange(commands.add_parser("exchange", help=_EXCHANGE, description=_EXCHANGE + _EXCHANGE_MORE))
    return parser


_DEMO = "watch and trade on a simulated exchange in this process"
_DEMO_MORE = """ over TLS on loopback: quotes, balances and executions as they move, orders of every outcome, a dropped
connection, an expired token, orders cancelled in flight. Needs no keys and no network. The exit code is 0 if everything
that krakenio promises held, 1 if not, 130 after Ctrl-C."""


def _add_demo(demo: argparse.ArgumentParser) -> None:
    demo.set_defaults(make=DemoOptions)
    add = demo.add_argument
    add("--backend", choices=["trio", "asyncio"], default="trio", help="the event loop (default: trio)")
    add("--seconds", type=_seconds, default=10.0, help="how long, about (default: 10)", metavar="N")
    add("--seed", type=_whole, default=1, help="what the markets do, and all chance (default: 1)", metavar="N")


_EXCHANGE = "run the simulated exchange for clients of any language, until Ctrl-C"
_EXCHANGE_MORE = """ or SIGTERM: REST, public, private and level 3 WebSocket v2 on four ports of 127.0.0.1 in a row.
Prints lines NAME=value: the addresses, key and secret of the simulated account, the certificate to trust."""


def _add_exchange(exchange: argparse.ArgumentParser) -> None:
    exchange.set_defaults(make=ExchangeOptions)
    add, default = exchange.add_argument, ExchangeOptions()
    add("--port", type=_port, default=default.port, help="of REST; 0: any (default: 8443)", metavar="N")
    add("--no-tls", dest="tls", action="store_false", help="plain http:// and ws://")
    add("--ca-file", type=Path, help="where the certificate goes (default: a temporary file)", metavar="PATH")
    add("--seed", type=_whole, default=default.seed, help="of the markets, ids and keys (default: 0)", metavar="N")
    add("--keys", type=_count, default=default.keys, help="of the account, as nonces are a key's own", metavar="N")
    add("--markets", type=_whole, help="how many (default: all it knows)", metavar="N")
    add("--activity", type=_rate, default=default.activity, help="events a second of others (default: 25)", metavar="N")
    add("--no-limits", dest="limits", action="store_false", help="let every rate through")
    add("--backend", choices=["trio", "asyncio"], default=default.backend, help="the event loop (default: asyncio)")


def _port(text: str) -> int:
    port = _whole(text)
    if port <= LAST_PORT:
        return port
    raise argparse.ArgumentTypeError(f"{text!r} leaves no room for four ports in a row: at most {LAST_PORT}")


def _count(text: str) -> int:
    count = _whole(text)
    if 1 <= count <= MOST_KEYS:
        return count
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_KEYS}")


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if 0 <= rate <= MOST_ACTIVITY:
        return rate
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {MOST_ACTIVITY:g}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if LEAST_SECONDS <= seconds <= MOST_SECONDS:
        return seconds
    message = f"{text!r} is not a number of seconds from {LEAST_SECONDS:g} to {MOST_SECONDS:g}"
    raise argparse.ArgumentTypeError(message)


def _whole(text: str) -> int:
    if text.isascii() and text.isdecimal():
        return int(text)
    message = f"{text!r} is not a whole number from 0 on"
    raise argparse.ArgumentTypeError(message)
