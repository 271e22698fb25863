"""One module a library: `run(job)`, or a name for each loop, returns what the blast took."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from benchmarks.build import NATIVE
from benchmarks.job import Job, Taken
from native.hook import load


@dataclass(frozen=True)
class Case:
    """Say where a case's code is, and by how much fewer messages it gets, being slow.

    `peer`: the client of Kraken that it measures, which `python -m benchmarks.peers` installs into a folder of its own.
    `pure`: krakenio's loops are those in Python, not those that it compiles where it can; where a peer keeps krakenio's
    books, it has the same ones.
    """

    module: str
    function: str
    divisor: int = 1
    peer: str = ""
    pure: bool = False

    def load(self) -> Callable[[Job], Taken]:
        """Import it; raises ImportError where the library is not there."""
        sys.modules["krakenio._native"] = None if self.pure else load("krakenio._native", NATIVE)  # type: ignore[assignment]
        function: Callable[[Job], Taken] = getattr(import_module(f"benchmarks.cases.{self.module}"), self.function)
        return function


CASES = {
    "limit": Case("blocking", "run"),
    "trio alone": Case("bare", "on_trio"),
    "asyncio alone": Case("bare", "on_asyncio"),
    "uvloop alone": Case("bare", "on_uvloop"),
    "krakenio, trio": Case("session", "on_trio"),
    "krakenio, asyncio": Case("session", "on_asyncio"),
    "krakenio, uvloop": Case("session", "on_uvloop"),
    "krakenio, trio, Decimal": Case("session", "on_trio_exactly"),
    "krakenio, trio, pure": Case("session", "on_trio", pure=True),
    "krakenio, asyncio, pure": Case("session", "on_asyncio", pure=True),
    "krakenio, uvloop, pure": Case("session", "on_uvloop", pure=True),
    "picows, asyncio": Case("picows_client", "run"),
    "aiohttp, asyncio": Case("aiohttp_client", "run"),
    "websockets, asyncio": Case("websockets_client", "run", divisor=2),
    "trio-websocket, trio": Case("trio_websocket_client", "run", divisor=5),
    "limit, pure": Case("blocking", "run", pure=True),
    "websockets, asyncio, pure": Case("websockets_client", "run", divisor=2, pure=True),
    "trio-websocket, trio, pure": Case("trio_websocket_client", "run", divisor=5, pure=True),
    "typed-kraken": Case("typed_kraken_client", "run", divisor=3, peer="typed-kraken"),
    "python-kraken-sdk": Case("python_kraken_sdk", "run", divisor=5, peer="python-kraken-sdk"),
    "ccxt.pro": Case("ccxt_pro", "run", divisor=10, peer="ccxt"),
    "kraken-connector": Case("kraken_connector_client", "run", divisor=10, peer="kraken-connector"),
}
