"""Run the simulated exchange by itself: options go in, lines that say where it is come out; Ctrl-C or SIGTERM end it.

The lines are `NAME=value`, so that a shell, a `.env` reader or a few lines of any language can take them in.
"""

import base64
import signal
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import anyio

from krakenio import Keys
from krakenio.cli.arguments import ExchangeOptions
from krakenio.sim import Exchange, open_exchange

STOPPED, NOT_STARTED = 0, 2
"""Exit codes: being stopped is how a server ends, so it is no failure."""


def run(options: ExchangeOptions) -> int:
    """Serve on a loop of its own; return the exit code."""
    try:
        with _ca_file(options) as ca_file:
            anyio.run(partial(_serve, options, ca_file), backend=options.backend)
    except OSError as error:  # a port that is taken, a file that cannot be written
        print(f"krakenio: the exchange could not start: {error}", file=sys.stderr)
        return NOT_STARTED
    except KeyboardInterrupt:  # before or after the part that listens for it
        return STOPPED
    return STOPPED


@contextmanager
def _ca_file(options: ExchangeOptions) -> Generator[Path | None]:
    """Name the file for the certificate: the user's own stays, ours goes."""
    if not options.tls or options.ca_file is not None:
        yield options.ca_file if options.tls else None
        return
    with tempfile.TemporaryDirectory(prefix="krakenio-") as folder:
        yield Path(folder, "ca.pem")


async def _serve(options: ExchangeOptions, ca_file: Path | None) -> None:
    async with open_exchange(
        seed=options.seed,
        tls=options.tls,
        port=options.port,
        markets=options.markets,
        activity=options.activity,
        limits=options.limits,
    ) as exchange:
        if ca_file is not None and exchange.ca_pem is not None:
            await anyio.Path(ca_file).write_text(exchange.ca_pem)
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            more = [exchange.add_keys() for _ in range(1, options.keys)]
            print("\n".join(lines(exchange, [exchange.keys, *more], ca_file)), flush=True)
            await anext(aiter(signals))


def lines(exchange: Exchange, keys: Sequence[Keys], ca_file: Path | None) -> list[str]:
    """Return what is printed for clients to take in, and a comment behind which all is ready."""
    endpoints = exchange.endpoints
    values = {
        "KRAKEN_REST_URL": endpoints.rest,
        "KRAKEN_WS_URL": endpoints.ws,
        "KRAKEN_WS_AUTH_URL": endpoints.ws_auth,
        "KRAKEN_WS_L3_URL": endpoints.ws_l3,
        **_credentials(keys),
        **({"KRAKEN_CA_FILE": str(ca_file)} if ca_file else {}),
    }
    return [*(f"{name}={value}" for name, value in values.items()), "# a simulated exchange; Ctrl-C stops it"]


def _credentials(keys: Sequence[Keys]) -> dict[str, str]:
    """Name the keys: the first as `Keys.from_env` reads it, the others with a number."""
    found: dict[str, str] = {}
    for number, key in enumerate(keys, start=1):
        place = f"_{number}" if number > 1 else ""
        found[f"KRAKEN_API_KEY{place}"] = key.api_key
        found[f"KRAKEN_API_SECRET{place}"] = base64.b64encode(key.secret).decode()
    return found
