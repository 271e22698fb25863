"""Count what a client of Kraken delivers: in, the channel of each message; out, what all of them took."""

from benchmarks.frames import MIX
from benchmarks.job import Job, Taken, now, since
from benchmarks.rounds import CYCLE

CHANNELS = frozenset({"book", "ticker", "trade"})


class Tally:
    """Take the time from the first message after the snapshots to the last.

    Clients differ in what they hand out of status, acknowledgements and heartbeats: those count for none of them.
    """

    def __init__(self, job: Job) -> None:
        self._count, self._first = 0, job.snapshots
        self._last = job.snapshots + job.messages // CYCLE * (CYCLE - MIX["heartbeat"])
        self._start = now()
        self.taken: Taken | None = None

    def take(self, channel: object) -> bool:
        """Count a message of a channel; tell whether it was the last."""
        if channel not in CHANNELS:
            return False
        if self._count == self._first:
            self._start = now()
        self._count += 1
        if self._count == self._last:
            self.taken = since(self._start)
        return self.taken is not None

    def result(self) -> Taken:
        """Return what was taken."""
        assert self.taken is not None, f"{self._count} of {self._last} messages came"
        return self.taken
