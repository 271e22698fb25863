"""Serve calls one at a time: callers put entries into a queue and wait for a slot; library tasks, the lanes, own httpx.

A caller never awaits a socket. When it is cancelled its cleanup is synchronous: an entry that still waits is withdrawn,
one whose request is not written yet never will be, and one that is written is finished by the lane, for nobody.
"""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Generic, TypeVar

import anyio

from krakenio.errors import KrakenError, SessionClosed, TemporaryLockout, TransportError, api_error
from krakenio.models import Answer
from krakenio.rest.line import Line, Permit
from krakenio.rest.methods import Call
from krakenio.rest.pacing import Fare
from krakenio.rest.replies import read_reply
from krakenio.rest.requests import HttpRequest

T = TypeVar("T")

_CLOSED = "was called after its block had ended; keep the use inside the `async with`"


class Entry(Generic[T]):
    """One attempt of a call: the lane fills `outcome`, the event only wakes."""

    __slots__ = ("call", "done", "outcome", "permit", "urgent")

    def __init__(self, call: Call[T], *, urgent: bool = False) -> None:
        self.call: Call[T] = call
        self.urgent: bool = urgent
        self.permit: Permit = Permit()
        self.outcome: Answer[T] | KrakenError | None = None
        self.done: anyio.Event = anyio.Event()

    def settle(self, outcome: Answer[T] | KrakenError) -> None:
        """Keep the first outcome and wake the caller."""
        if self.outcome is None:
            self.outcome = outcome
            self.done.set()


class Queue:
    """Hold what waits for a lane, in order; callers on one side, lanes on the other.

    It is as long as there are callers that wait, and no longer.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[Entry[Any], None] = OrderedDict()
        self._taken: dict[Entry[Any], None] = {}
        self._idle: list[anyio.Event] = []
        self._closed = False

    def __len__(self) -> int:
        """Return the number of entries that wait or are being served."""
        return len(self._waiting) + len(self._taken)

    async def ask(
        self, call: Call[T], deadline: float, fare: Fare, *, urgent: bool = False
    ) -> Answer[T] | KrakenError:
        """Wait for a lane to serve a call, until `deadline` in the loop's clock; what is not sent costs nothing."""
        entry = Entry(call, urgent=urgent)
        self.put(entry)
        try:
            with anyio.CancelScope(deadline=deadline):
                await entry.done.wait()
        finally:
            entry.permit.wanted = False
            self.withdraw(entry)
            if not entry.permit.written:
                fare.refund()
        return entry.outcome or _late(entry)

    async def take(self) -> Entry[Any]:
        """Wait for an entry; the caller puts it back to `settle`."""
        while not self._waiting:
            idle = anyio.Event()
            self._idle.append(idle)
            await idle.wait()
        entry, _ = self._waiting.popitem(last=False)
        self._taken[entry] = None
        return entry

    def wanted(self, entry: Entry[Any]) -> Entry[Any]:
        """Return a taken entry, or the next one if it was given up meanwhile: the turn is not to be wasted."""
        if entry.permit.wanted or not self._waiting:
            return entry
        self.settle(entry, _late(entry))
        following, _ = self._waiting.popitem(last=False)
        self._taken[following] = None
        return following

    def settle(self, entry: Entry[T], outcome: Answer[T] | KrakenError) -> None:
        """Give a taken entry its outcome."""
        self._taken.pop(entry, None)
        entry.settle(outcome)

    def close(self) -> None:
        """Serve nobody any more; whoever waits is told, so that no waiter is left asleep."""
        self._closed = True
        for entry in (*self._waiting, *self._taken):
            entry.settle(_ended(entry))
        self._waiting.clear()
        self._taken.clear()

    def withdraw(self, entry: Entry[Any]) -> None:
        """Take out an entry that waits."""
        self._waiting.pop(entry, None)

    def put(self, entry: Entry[Any]) -> None:
        """Let an entry wait for a lane, before all others if it is urgent."""
        if self._closed:
            message = f"{entry.call.path} {_CLOSED}"
            raise SessionClosed(message)
        self._waiting[entry] = None
        if entry.urgent:
            self._waiting.move_to_end(entry, last=False)
        if self._idle:
            self._idle.pop().set()  # the lane that was idle last: its connection is the warmest


class Turn:
    """The turn of a key, which one lane holds from the nonce to the answer; what is urgent bounds what is not."""

    def __init__(self) -> None:
        self._lock = anyio.Lock()
        self._line: Line | None = None
        self._urgent = 0

    @property
    def hurried(self) -> bool:
        """Tell whether something urgent waits."""
        return self._urgent > 0

    @asynccontextmanager
    async def held_by(self, line: Line) -> AsyncGenerator[None]:
        """Wait for the turn, and hold it."""
        async with self._lock:
            self._line = line
            try:
                yield
            finally:
                self._line = None

    @contextmanager
    def urgency(self) -> Generator[None]:
        """Let exchanges that are not urgent take no longer than Kraken mostly needs, the one that runs and others."""
        self._urgent += 1
        if self._line is not None:
            self._line.hurry()
        try:
            yield
        finally:
            self._urgent -= 1


class Lane:
    """Serve a queue, strictly one request at a time; `prepare` makes a request when it is its turn, nonce included.

    `turn`: shared by all lanes of one key, so that nonces arrive in their order whichever session takes them.
    """

    def __init__(
        self, queue: Queue, line: Line, prepare: Callable[[Call[Any]], HttpRequest], turn: Turn | None = None
    ) -> None:
        self._queue = queue
        self._line = line
        self._prepare = prepare
        self._turn: Turn = turn or Turn()
        self._lockout = Lockout()

    async def serve(self) -> None:
        """Be the lane's task; it ends by cancel only, and with it the queue and the sockets."""
        try:
            while True:
                entry = await self._queue.take()
                async with self._turn.held_by(self._line):
                    entry = self._queue.wanted(entry)
                    outcome = await self._answer(entry)
                self._queue.settle(entry, outcome)
        finally:
            self._queue.close()
            self._line.abort()

    async def _answer(self, entry: Entry[T]) -> Answer[T] | KrakenError:
        locked = self._lockout.error()
        if locked is not None:
            return locked
        hurried = self._turn.hurried and not entry.urgent
        reply = await self._line.send(self._prepare(entry.call), entry.permit, hurried=hurried)
        if isinstance(reply, TransportError):
            return reply
        outcome = read_reply(reply, entry.call)
        if isinstance(outcome, TemporaryLockout):
            self._lockout.begin(outcome)
        return outcome


class Lockout:
    """Keep quiet after `EGeneral:Temporary lockout`: each attempt prolongs it (contract G2)."""

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self, error: TemporaryLockout) -> None:
        """Send nothing for as long as the error says."""
        self._until = anyio.current_time() + error.wait

    def error(self) -> KrakenError | None:
        """Return the refusal while the lockout lasts, with the rest of it as `wait`."""
        rest = self._until - anyio.current_time()
        if rest <= 0:
            return None
        refusal = api_error("EGeneral:Temporary lockout")
        refusal.wait = rest
        refusal.add_note(f"not sent: Kraken locked this key out, calls are held back for {rest:.0f} s more")
        return refusal


def _late(entry: Entry[Any]) -> TransportError:
    where = "was not answered in time" if entry.permit.written else "was not sent: others before it took too long"
    path = entry.call.path
    return TransportError(f"{path} {where}", endpoint=path, ambiguous=entry.permit.written)


def _ended(entry: Entry[Any]) -> KrakenError:
    path = entry.call.path
    if entry.permit.written:
        return TransportError(f"{path}: the block ended before the answer came", endpoint=path, ambiguous=True)
    return SessionClosed(f"{path} was not sent: the block ended before")
