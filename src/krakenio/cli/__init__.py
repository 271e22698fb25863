"""The command line: arguments go in, an exit code comes out.

It uses nothing of krakenio but what is public, so that it can be read as an example.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from krakenio.cli.arguments import ExchangeOptions, parse

NOT_STARTED = 2
"""The exit code of bad arguments and missing extras; argparse uses it too."""

_WITHOUT_TRUSTME = (
    "this needs trustme, which makes the exchange's TLS certificate: install krakenio-anyio with its extra `sim`, "
    "or trustme itself; `exchange --no-tls` goes without"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return 0, 1 if what was promised did not hold, 2 if it could not start, 130 after Ctrl-C."""
    options = parse(argv)
    if options.tls and find_spec("trustme") is None:
        print(f"krakenio: {_WITHOUT_TRUSTME}", file=sys.stderr)
        return NOT_STARTED
    from krakenio.cli import demo, serving  # noqa: PLC0415 - --help and --version need not wait for the client

    return serving.run(options) if isinstance(options, ExchangeOptions) else demo.run(options)
