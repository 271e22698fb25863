"""What one measurement is told and what it tells: in, the command line of a child process; out, a line of JSON."""

import json
import ssl
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from benchmarks.build import BUILD
from benchmarks.frames import SYMBOLS

CHANNELS = ("book", "ticker", "trade")
ACKNOWLEDGEMENTS = len(CHANNELS) * len(SYMBOLS)
SNAPSHOTS = 2 * len(SYMBOLS)  # of books and tickers
PREAMBLE = 1 + ACKNOWLEDGEMENTS + SNAPSHOTS  # frames before the blast; the first is the status


@dataclass(frozen=True)
class Job:
    """Receive `messages` over TLS from the source on `port`; a multiple of the mix, so that all counts are exact."""

    messages: int
    port: int
    hold: bool = True

    @property
    def path(self) -> str:
        """Return what to ask of the source."""
        return f"/blast?n={self.messages}&rec=1&subs={ACKNOWLEDGEMENTS}&hold={int(self.hold)}"

    @property
    def url(self) -> str:
        """Return where the source is."""
        return f"wss://localhost:{self.port}{self.path}"

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Return a context that trusts the source."""
        return ssl.create_default_context(cafile=BUILD / "ca.pem")

    @property
    def requests(self) -> list[str]:
        """Return the subscriptions, one a channel."""
        return [subscribe(channel, number) for number, channel in enumerate(CHANNELS)]

    @property
    def last(self) -> int:
        """Return the number of the last frame that is counted."""
        return PREAMBLE + self.messages

    @cached_property
    def items(self) -> int:
        """Return how many items the blast puts into streams of books, tickers and trades."""
        counts: dict[str, int] = json.loads((BUILD / "counts.json").read_text())
        assert self.messages % counts["messages"] == 0
        return self.messages // counts["messages"] * counts["items"]


def subscribe(channel: str, number: int) -> str:
    """Return a request as Kraken wants it."""
    params: dict[str, Any] = {"channel": channel, "symbol": list(SYMBOLS)}
    if channel == "book":
        params["depth"] = 10
    return json.dumps({"method": "subscribe", "params": params, "req_id": number})


class Taken(NamedTuple):
    """What the blast took: seconds of the clock, and seconds of this process's own work."""

    wall: float
    cpu: float


def now() -> Taken:
    """Read both clocks."""
    return Taken(time.perf_counter(), time.process_time())


def since(start: Taken) -> Taken:
    """Return what was taken since `start`."""
    return Taken(time.perf_counter() - start.wall, time.process_time() - start.cpu)


class Watch:
    """Take the time from the first frame of the blast to the last."""

    def __init__(self, job: Job) -> None:
        self.count = 0
        self.first, self.last = PREAMBLE, job.last
        self.start = now()

    def preamble(self) -> bool:
        """Count a frame; tell whether it came before the blast. The first one after starts the time."""
        self.count += 1
        if self.count == self.first + 1:
            self.start = now()
        return self.count <= self.first

    def taken(self) -> Taken:
        """Return what was taken since the blast began."""
        assert self.count == self.last, f"{self.count} of {self.last} frames came"
        return since(self.start)
