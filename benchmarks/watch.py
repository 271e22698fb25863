"""What a client of another library does with each frame: in, a job and its frames; out, what they took."""

import time
from collections.abc import Callable
from typing import Any, Literal

from benchmarks.job import Job, Taken, now, since
from benchmarks.structs import decode
from benchmarks.workloads import STAMPED, Workload
from krakenio import Book
from krakenio.messages import digits_decoder

Work = Callable[[Any], Any]


class BookShelf:
    """Keep krakenio's own books beside another library, so that only the ways to the book differ."""

    def __init__(self, depth: Literal[10, 100]) -> None:
        self._depth = depth
        self._decode = digits_decoder(float)
        self._books: dict[str, Book] = {}

    def __call__(self, frame: Any) -> None:
        """Decode a frame and apply it; a book that breaks must stop the benchmark."""
        message: Any = self._decode(frame)
        symbol: str = message.data[0].symbol
        book = self._books.get(symbol) or self._books.setdefault(symbol, Book(symbol, self._depth))
        assert book.apply(message) is None


def work_of(workload: Workload) -> Work:
    """Return what is done with each frame after the snapshots."""
    return BookShelf(workload.depth) if workload.traffic == "books" else decode


class Watch:
    """Do the work of each frame, and take the time from the first one after the snapshots to the last."""

    def __init__(self, job: Job) -> None:
        self.count = 0
        self.first, self.last = job.preamble, job.last
        self.delays: list[int] = []
        work = work_of(job.workload)
        self.work = stamped(work, self) if job.workload.mode == STAMPED else work
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
