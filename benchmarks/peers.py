"""Measure Kraken's Python clients beside krakenio: `python -m benchmarks.peers` installs them and runs their suites.

Each is installed into a folder of its own, since what they ask for contradicts each other (kraken-connector wants
httpx before 0.26), and the process that measures one sees that folder first.
"""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.build import BUILD

FOLDER = Path(__file__).parent.parent / "build" / "peers"
VERSIONS = {
    "typed-kraken": "0.5.0",
    "python-kraken-sdk": "3.5.1",
    "ccxt": "4.5.90",
    "kraken-connector": "0.2.0",
}
LEFT_OUT = "cryptofeed 2.4.1 speaks Kraken's WebSocket v1 only, so these frames mean nothing to it"


def environment(peer: str) -> dict[str, str]:
    """Return what a process needs to find a client, and to trust the source; nothing where there is none to find."""
    if not peer:
        return {}
    path = [str(FOLDER / peer), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(path), "SSL_CERT_FILE": str(BUILD / "ca.pem")}


def install() -> None:
    """Install what is not there yet."""
    for name, version in VERSIONS.items():
        done = FOLDER / name / f".{version}"
        if not done.exists():
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(FOLDER / name)]
            subprocess.run([*command, f"{name}=={version}"], check=True)
            done.touch()


def main() -> None:
    """Install and measure."""
    from benchmarks import command, suites  # noqa: PLC0415 - they need `environment`, which stands here

    install()
    command.main(default=list(suites.PEER_SUITES))
    print(f"\nleft out: {LEFT_OUT}")


if __name__ == "__main__":
    main()
