"""What one measurement is told and what it tells: in, the command line of a child process; out, a line of JSON."""

import json
import ssl
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from benchmarks.build import BUILD
from benchmarks.frames import SYMBOLS
from benchmarks.workloads import STAMPED, WORKLOADS, Workload

WITH_SNAPSHOTS = ("book", "ticker")


@dataclass(frozen=True)
class Job:
    """Receive `messages` from the source on `port`; a multiple of a cycle, so that all counts are exact."""

    messages: int
    port: int
    kind: str = "mix"
    hold: bool = True

    @property
    def workload(self) -> Workload:
        """Return what is measured."""
        return WORKLOADS[self.kind]

    @property
    def acknowledgements(self) -> int:
        """Return how many symbols the client subscribes to, all channels together."""
        return len(self.workload.channels) * len(SYMBOLS)

    @property
    def snapshots(self) -> int:
        """Return how many snapshots the source sends for them."""
        return sum(channel in WITH_SNAPSHOTS for channel in self.workload.channels) * len(SYMBOLS)

    @property
    def preamble(self) -> int:
        """Return how many frames come before those that are counted; the first is the status."""
        return 1 + self.acknowledgements + self.snapshots

    @property
    def path(self) -> str:
        """Return what to ask of the source."""
        return f"{self.workload.query}&n={self.messages}&subs={self.acknowledgements}&hold={int(self.hold)}"

    @property
    def url(self) -> str:
        """Return where the source is."""
        return f"{'wss' if self.workload.secure else 'ws'}://localhost:{self.port}{self.path}"

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """Return a context that trusts the source; None where it is spoken to in plain."""
        return ssl.create_default_context(cafile=BUILD / "ca.pem") if self.workload.secure else None

    @property
    def subscriptions(self) -> list[dict[str, Any]]:
        """Return the parameters of the subscriptions, one a channel."""
        depth = {"book": {"depth": self.workload.depth}}
        return [
            {"channel": channel, "symbol": list(SYMBOLS)} | depth.get(channel, {})
            for channel in self.workload.channels
        ]

    @property
    def requests(self) -> list[str]:
        """Return the subscriptions as Kraken wants them."""
        return [
            json.dumps({"method": "subscribe", "params": params, "req_id": number})
            for number, params in enumerate(self.subscriptions)
        ]

    @property
    def last(self) -> int:
        """Return the number of the last frame that is counted."""
        return self.preamble + self.messages

    @cached_property
    def items(self) -> int:
        """Return how many items the messages put into streams of books, tickers and trades."""
        if self.workload.mode == STAMPED:
            return self.messages
        counts: dict[str, int] = json.loads((BUILD / f"counts_{self.workload.traffic}.json").read_text())
        assert self.messages % counts["messages"] == 0
        return self.messages // counts["messages"] * counts["items"]


class Taken(NamedTuple):
    """What the messages took: seconds of the clock, and seconds of this process's own work; each one's delay in ns."""

    wall: float
    cpu: float
    delays: tuple[int, ...] = ()


def now() -> Taken:
    """Read both clocks."""
    return Taken(time.perf_counter(), time.process_time())


def since(start: Taken) -> Taken:
    """Return what was taken since `start`."""
    return Taken(time.perf_counter() - start.wall, time.process_time() - start.cpu)
