"""Read several streams as one: streams go in, their items come out in the order in which they arrived.

Each stream keeps its own buffer and what happens at its bound; only who is next is shared.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from heapq import heappop, heappush, heapreplace
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, overload

import anyio

from krakenio.entered import Iterated
from krakenio.errors import InvalidRequest, StreamClosed
from krakenio.events import Gap
from krakenio.streams.intake import Intake
from krakenio.streams.stream import TURNS, Stream
from krakenio.transport.alarm import Alarm, new_alarm

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


class Merged(Iterated, Generic[T_co]):
    """Iterate over the items of several streams; made by `merge`.

    Where one of them ends with an error, that is raised as soon as its items are read; a session's end when all are.
    """

    def __init__(self, streams: Sequence[Stream[Any]]) -> None:
        self._streams = streams
        self._arrivals = Arrivals([stream.intake for stream in streams])
        self._entered = AsyncExitStack()
        self._turns = 0
        self._open = False
        self._reading = False

    def __repr__(self) -> str:
        """Show what is read as one."""
        return f"<Merged {', '.join(map(repr, self._streams))}>"

    async def __aenter__(self) -> Self:
        """Enter each stream, as `async with` would."""
        try:
            for stream in self._streams:
                await self._entered.enter_async_context(stream)
        except BaseException as error:
            await self._entered.__aexit__(type(error), error, error.__traceback__)  # noqa: ASYNC102 - awaits no network
            raise
        self._arrivals.listen()
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave each stream."""
        self._open = False
        await self._entered.__aexit__(kind, error, trace)  # noqa: ASYNC102 - awaits no network

    def __aiter__(self) -> Self:
        """Iterate over the items; the loop ends when the session does."""
        return self

    async def __anext__(self) -> T_co | Gap:
        """Return the next item; passes a checkpoint when it waits, and at least every 64 items."""
        place = self._arrivals.first if self._turns and self._open else None
        if place is None:
            place = await self._wait()
        if place is None:
            raise StopAsyncIteration
        return self._take(place)

    async def receive(self) -> T_co | Gap:
        """Wait for the next item; raises `StreamClosed` when none will come any more."""
        place = await self._wait()
        if place is None:
            message = "the merged streams ended with their session"
            raise StreamClosed(message)
        return self._take(place)

    def _take(self, place: int) -> T_co | Gap:
        self._turns -= 1
        stream = self._streams[place]
        waiting = len(stream.intake.items)
        try:
            return stream.receive_nowait()
        finally:
            if len(stream.intake.items) < waiting:  # a gap that is raised is taken, a book given up is told beside them
                self._arrivals.take()

    async def _wait(self) -> int | None:
        """Return whose item is next, None when there will be no more."""
        self._turns = TURNS
        await anyio.lowlevel.checkpoint()
        self._check_open()
        if self._reading:
            message = "two tasks read the same merged streams; merge others for each"
            raise RuntimeError(message)
        self._reading = True
        try:
            place = await self._arrivals.wait()
        finally:
            self._reading = False
        self._check_open()  # another task may have left the block meanwhile
        return place

    def _check_open(self) -> None:
        if not self._open:
            raise StreamClosed("merged streams are read outside their block; use `async with` around it")
        self._streams[0].check_reader()


class Arrivals:
    """Know in which order items arrived at several mailboxes.

    Each item has a number, one that a newer item replaced no more; whose first item came first is next.
    """

    def __init__(self, intakes: Sequence[Intake[Any]]) -> None:
        self._intakes = intakes
        self._numbers: list[deque[int]] = [deque() for _ in intakes]  # of each mailbox's items, in their order
        self._heads: list[tuple[int, int]] = []  # a heap of who has numbers, each by one that was its first
        self._arrived = 0
        self._waiter: Alarm | None = None

    def listen(self) -> None:
        """Hear of every arrival from now on; what waits already comes first, stream by stream."""
        self._alarm = new_alarm()
        for place in range(len(self._intakes)):
            self.heard(place)

    def heard(self, place: int) -> None:
        """Give what has arrived its numbers."""
        intake, numbers = self._intakes[place], self._numbers[place]
        intake.watch(ArrivalWaker(self, place))
        if not numbers and intake.items:
            heappush(self._heads, (self._arrived, place))
        if intake.replaced:
            self._strike(place)
        while len(numbers) < len(intake.items):
            numbers.append(self._arrived)
            self._arrived += 1
        if self._waiter is not None:
            self._waiter.set()

    @property
    def first(self) -> int | None:
        """Return whose item is next, None if none waits."""
        while self._heads:
            head, place = self._heads[0]
            numbers, items = self._numbers[place], self._intakes[place].items
            while len(numbers) > len(items):  # they are not wanted any more
                numbers.popleft()
            if not numbers:
                heappop(self._heads)
            elif numbers[0] != head:
                heapreplace(self._heads, (numbers[0], place))
            else:
                return place
        return None

    def take(self) -> None:
        """Strike out the item that is next: it is taken."""
        _, place = heappop(self._heads)
        numbers = self._numbers[place]
        numbers.popleft()
        if numbers:
            heappush(self._heads, (numbers[0], place))

    def _strike(self, place: int) -> None:
        """Forget the numbers of items that were replaced, so that those of the others stay theirs."""
        replaced, numbers = frozenset(self._intakes[place].replaced), self._numbers[place]
        kept = [number for rank, number in enumerate(numbers) if rank not in replaced]
        numbers.clear()
        numbers.extend(kept)
        self._intakes[place].replaced.clear()

    async def wait(self) -> int | None:
        """Wait until an item is there, or nothing more will come; raises what a stream ended with."""
        while True:
            place = self.first
            if (place is None or not self._ended) and (error := self._failure) is not None:
                raise error
            if place is not None or self._ended:
                return place
            self._waiter = self._alarm
            try:
                await self._alarm.wait()
            except (RuntimeError, TypeError) as error:  # as in `Stream`
                self._waiter = None
                raise RuntimeError("merged streams belong to another event loop: read them there") from error

    @property
    def _ended(self) -> bool:
        return all(intake.finished for intake in self._intakes)

    @property
    def _failure(self) -> BaseException | None:
        ended = (intake for intake in self._intakes if intake.finished and not intake.items)
        return next((intake.error for intake in ended if intake.error is not None), None)


class ArrivalWaker:
    """A `Waker` in place of one mailbox's reader: each arrival is numbered."""

    __slots__ = ("_arrivals", "_place")

    def __init__(self, arrivals: Arrivals, place: int) -> None:
        self._arrivals, self._place = arrivals, place

    def set(self) -> None:
        """Hear of an arrival, and listen for the next."""
        self._arrivals.heard(self._place)


@overload
def merge(first: Stream[A], second: Stream[B], /) -> Merged[A | B]: ...
@overload
def merge(first: Stream[A], second: Stream[B], third: Stream[C], /) -> Merged[A | B | C]: ...
@overload
def merge(first: Stream[A], second: Stream[B], third: Stream[C], fourth: Stream[D], /) -> Merged[A | B | C | D]: ...
@overload
def merge(*streams: Stream[Any]) -> Merged[Any]: ...
def merge(*streams: Stream[Any]) -> Merged[Any]:
    """Read several streams as one: `async with krakenio.merge(s.ticker(...), s.trades(...)) as items`.

    Streams that were not entered go in; entering enters them all, leaving leaves them all. Each keeps its own buffer,
    bound and gaps. Items come in the order in which they arrived, those of one stream always in its own.
    """
    _check(streams)
    return Merged(streams)


def _check(streams: Sequence[object]) -> None:
    if not streams or not all(isinstance(stream, Stream) for stream in streams):
        message = 'merge: pass streams that were not entered, like s.ticker("BTC/USD"), s.trades("BTC/USD")'
        raise InvalidRequest(message)
