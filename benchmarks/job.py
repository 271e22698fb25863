"""What one measurement is told and what it tells: in, the command line of a child process; out, a line of JSON."""

import json
import ssl
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from benchmarks.build import BUILD
from benchmarks.frames import SYMBOLS
from benchmarks.workloads import STAMPED, WORKLOADS, Work, Workload

WITH_SNAPSHOTS = ("book", "ticker")


@dataclass(frozen=True)
class Job:
    """Receive `messages` over TLS from the source on `port`; a multiple of a cycle, so that all counts are exact."""

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
    def work(self) -> Work:
        """Return what a client of another library does with each frame that is counted."""
        return self.workload.work

    @property
    def path(self) -> str:
        """Return what to ask of the source."""
        return f"{self.workload.query}&n={self.messages}&subs={self.acknowledgements}&hold={int(self.hold)}"

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
        depth, channels = self.workload.depth, self.workload.channels
        return [subscribe(channel, depth, number) for number, channel in enumerate(channels)]

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


def subscribe(channel: str, depth: int, number: int) -> str:
    """Return a request as Kraken wants it."""
    params: dict[str, Any] = {"channel": channel, "symbol": list(SYMBOLS)}
    if channel == "book":
        params["depth"] = depth
    return json.dumps({"method": "subscribe", "params": params, "req_id": number})


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


class Watch:
    """Do the work of each frame, and take the time from the first one after the snapshots to the last."""

    def __init__(self, job: Job) -> None:
        self.count = 0
        self.first, self.last = job.preamble, job.last
        self.work = stamped(job.work, self) if job.workload.mode == STAMPED else job.work
        self.delays: list[int] = []
        self.start = now()

    def take(self, frame: Any) -> bool:
        """Take one frame; tell whether it was the last."""
        if self.count >= self.first:
            if self.count == self.first:
                self.start = now()
            self.work(frame)
        self.count += 1
        return self.count == self.last

    def taken(self) -> Taken:
        """Return what was taken since the first frame that was counted."""
        assert self.count == self.last, f"{self.count} of {self.last} frames came"
        return since(self.start)._replace(delays=tuple(self.delays))


def stamped(work: Work, watch: Watch) -> Work:
    """Return work that notes how old each message is once it is decoded; its time of sending is its timestamp."""

    def note(frame: Any) -> None:
        message = work(frame)
        watch.delays.append(time.monotonic_ns() - int(message.data[0].timestamp))

    return note
