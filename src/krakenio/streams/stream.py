"""Give the user a stream: one `async with` subscribes, `async for` reads, leaving unsubscribes.

The reader of the socket puts items into the stream's mailbox and never waits; the user takes them out. Cancelling any
call here loses and repeats nothing, since an item leaves the mailbox only after the last await (contract D2).
"""

import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from threading import get_ident
from types import TracebackType
from typing import Any, Generic, Literal, Protocol, Self, overload

import anyio
from typing_extensions import TypeVar

from krakenio.entered import Iterated
from krakenio.errors import ApiError, StreamClosed, StreamGap
from krakenio.events import Gap
from krakenio.streams.intake import Intake

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
"""What a stream gives: nobody puts anything in by it, so a stream of trades is one of objects too."""

Gaps = Literal["yield", "raise"]
"""How a gap shows: as a `Gap` item, or as a `StreamGap` error after which reading goes on."""

G = TypeVar("G", bound=Gaps, default=Gaps)
G_co = TypeVar("G_co", bound=Gaps, default=Gaps, covariant=True)
"""Which of the two, for type checkers: where gaps are raised, no item is one."""

TURNS = 64
"""Items that `async for` gives between two checkpoints; a checkpoint per item would cost more than the item."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Source(Generic[T]):
    """Where a stream's items come from: how to attach and detach its intake."""

    label: str
    intake: Intake[T]
    attach: Callable[[Intake[T]], None]
    detach: Callable[[Intake[T]], None]


class ReportFeed(Protocol):
    """Where the executions come from, whole."""

    def attach(self, reader: Intake[Any]) -> None:
        """Let a stream have them."""
        ...

    def detach(self, reader: Intake[Any]) -> None:
        """Let it have no more."""
        ...


class Stream(Iterated, Generic[T_co, G_co]):
    """Read one channel: `async for item`, `await receive()`, or whole `batches()`.

    Items come in Kraken's order. Where some are missing stands a `Gap` (or `StreamGap` is raised, with `gaps="raise"`).
    `lost` counts items dropped at the bound, `conflated` those that a newer one of their symbol replaced, `rejected`
    holds what Kraken refused, by symbol. One task reads at a time.
    """

    def __init__(self, source: Source[T_co], gaps: G_co) -> None:
        self._source = source
        self._intake = source.intake
        self._raise_gaps = gaps == "raise"
        self._turns = 0
        self._state: Literal["new", "open", "left"] = "new"
        self._reading = False
        self._thread = 0
        self._warning: weakref.finalize[..., Any] | None = None

    def __repr__(self) -> str:
        """Show the channel and what waits."""
        return f"<{type(self).__name__} {self._source.label}: {self._state}, {len(self._intake.items)} waiting>"

    @property
    def lost(self) -> int:
        """Return how many items were dropped since they were read too slowly."""
        return self._intake.lost

    @property
    def conflated(self) -> int:
        """Return how many items a newer one of the same symbol replaced unread."""
        return self._intake.conflated

    @property
    def rejected(self) -> dict[str, ApiError]:
        """Return what Kraken refused, by symbol."""
        return {key.symbol or key.channel: error for key, error in self._intake.rejected.items()}

    async def __aenter__(self) -> Self:
        """Subscribe and wait for the acknowledgements.

        Raises `SubscriptionError` if Kraken refused all of them; those refused among others are in `rejected`.
        """
        await anyio.lowlevel.checkpoint()
        if self._state != "new":
            message = f"this {self._source.label} stream was entered before; make another one"
            raise RuntimeError(message)
        self._open()
        try:
            await self._intake.wait_settled()
            self._check_accepted()
        except BaseException:
            self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unsubscribe, without waiting for it."""
        self._close()
        if error is None:
            await anyio.lowlevel.checkpoint()  # noqa: ASYNC102 - waits for nothing

    def __aiter__(self) -> Self:
        """Iterate over the items; the loop ends when the session does."""
        return self

    @overload
    async def __anext__(self: "Stream[T_co, Literal['raise']]") -> T_co: ...
    @overload
    async def __anext__(self) -> T_co | Gap: ...
    async def __anext__(self) -> T_co | Gap:
        """Return the next item; passes a checkpoint when it waits, and at least every `TURNS` items."""
        if self._turns and self._intake.items and self._state == "open":
            self._turns -= 1
        else:
            await self._wait()
        if not self._intake.items:
            raise self._end() or StopAsyncIteration
        return self._take()

    @overload
    async def receive(self: "Stream[T_co, Literal['raise']]") -> T_co: ...
    @overload
    async def receive(self) -> T_co | Gap: ...
    async def receive(self) -> T_co | Gap:
        """Wait for the next item; raises `StreamClosed` when none will come any more."""
        await self._wait()
        return self._next()

    @overload
    def receive_nowait(self: "Stream[T_co, Literal['raise']]") -> T_co: ...
    @overload
    def receive_nowait(self) -> T_co | Gap: ...
    def receive_nowait(self) -> T_co | Gap:
        """Return the next item if one waits, else raise `anyio.WouldBlock`; passes no checkpoint.

        Where none will come any more it raises what `receive` does.
        """
        self.check_reader()
        if not self._intake.items and not self._intake.finished:
            raise anyio.WouldBlock
        return self._next()

    @property
    def intake(self) -> Intake[T_co]:
        """Return where its items wait, for what reads several streams at once."""
        return self._intake

    @overload
    def batches(self: "Stream[T_co, Literal['raise']]") -> "Batches[T_co]": ...
    @overload
    def batches(self) -> "Batches[T_co | Gap]": ...
    def batches(self) -> "Batches[Any]":
        """Iterate over lists of all items that wait, at least one: the cheapest way to read much."""
        return Batches(self)

    @overload
    async def take_batch(self: "Stream[T_co, Literal['raise']]") -> list[T_co]: ...
    @overload
    async def take_batch(self) -> list[T_co | Gap]: ...
    async def take_batch(self) -> list[Any]:
        """Wait for items and return all of them; empty once nothing more will come."""
        await self._wait()
        if not self._intake.items:
            if (end := self._end()) is not None:
                raise end
            return []
        batch = self._intake.take_all()
        if self._raise_gaps and any(type(item) is Gap for item in batch):
            return self._split_at_gap(batch)
        return batch

    def _next(self) -> T_co | Gap:
        if not self._intake.items:
            raise self._end() or StreamClosed(f"the {self._source.label} stream ended with its session")
        return self._take()

    def _take(self) -> T_co | Gap:
        item = self._intake.take()
        if self._raise_gaps and isinstance(item, Gap):
            raise StreamGap(item.reason, lost=item.lost)
        return item

    def _split_at_gap(self, batch: list[T_co | Gap]) -> list[T_co | Gap]:
        """Give what is before the gap now, and raise it at the next call."""
        place = next(index for index, item in enumerate(batch) if isinstance(item, Gap))
        gap = batch[place]
        if place or not isinstance(gap, Gap):
            self._intake.items.extendleft(reversed(batch[place:]))
            return batch[:place]
        self._intake.items.extendleft(reversed(batch[1:]))
        raise StreamGap(gap.reason, lost=gap.lost)

    async def _wait(self) -> None:
        """Pass one checkpoint, by waiting where nothing is there yet."""
        self._turns = TURNS - 1
        if self._reading or not self._intake.empty or self._state != "open":
            await anyio.lowlevel.checkpoint()  # ahead of the errors too: a loop around them must let go (contract A1)
        self.check_reader()
        if self._reading:
            message = f"two tasks read the same {self._source.label} stream; open one for each"
            raise RuntimeError(message)
        self._reading = True
        try:
            await self._intake.wait()
        except (RuntimeError, TypeError) as error:  # what a loop says of another one's alarm; to ask first would cost
            self._intake.forget()
            message = f"this {self._source.label} stream belongs to another event loop: read it there"
            raise RuntimeError(message) from error
        finally:
            self._reading = False
        self.check_reader()  # another task may have left the block meanwhile

    def _end(self) -> BaseException | None:
        """Return the error that a stream ends with, a new one each time it is asked."""
        return self._intake.error

    def _open(self) -> None:
        self._source.attach(self._intake)
        self._intake.enter()
        self._state, self._thread = "open", get_ident()
        self._warning = weakref.finalize(self, _dropped, self._source)
        self._warning.atexit = False

    def _close(self) -> None:
        if self._state == "open":
            self._state = "left"
            self._source.detach(self._intake)
            self._intake.leave()
            if self._warning is not None:
                self._warning.detach()

    def check_reader(self) -> None:
        """Refuse to be read outside the block, or in another thread: what wakes a reader is of one loop's tasks.

        Another loop of the same thread is found out where it would wait.
        """
        if self._state != "open":
            raise StreamClosed(f"the {self._source.label} stream is read outside its block; use `async with` around it")
        if get_ident() != self._thread:
            raise RuntimeError(f"this {self._source.label} stream belongs to another thread: read it there")

    def _check_accepted(self) -> None:
        if self._intake.finished:
            raise self._end() or StreamClosed(f"the session ended before {self._source.label} was subscribed")


class Batches(Generic[T_co]):
    """Iterate over a stream in lists of what it gives."""

    def __init__(self, stream: Stream[Any]) -> None:
        self._stream = stream

    def __repr__(self) -> str:
        """Show of what."""
        return f"<Batches of {self._stream!r}>"

    def __aiter__(self) -> Self:
        """Iterate."""
        return self

    async def __anext__(self) -> list[T_co]:
        """Return everything that waits, at least one item; one checkpoint each."""
        batch: list[Any] = await self._stream.take_batch()
        if not batch:
            raise StopAsyncIteration
        return batch


def _dropped(source: Source[Any]) -> None:
    source.detach(source.intake)
    message = f"a {source.label} stream was dropped inside its block; leave the `async with` instead (contract D1)"
    warnings.warn(message, ResourceWarning, stacklevel=2)
