"""Hold what a stream has not read yet: items go in from the reader, which never waits; the user takes them out.

Every mailbox has a declared bound and a declared policy at it (contract D4), and nothing is dropped silently: what is
lost stands as a `Gap` where it is missing.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, Literal, Protocol, TypeVar

from krakenio.errors import StreamOverflow
from krakenio.events import Gap
from krakenio.transport.alarm import Alarm, new_alarm

T = TypeVar("T")

OnFull = Literal["conflate", "gap", "fail"]
"""What happens at the bound: keep the newest per symbol, drop and tell, or end the stream with `StreamOverflow`."""

_OVERFLOW = "the stream was read too slowly"


class Waker(Protocol):
    """Whoever is to be woken, as an event is."""

    def set(self) -> object:
        """Hear that something has arrived, or that nothing more will."""
        ...


class Taker(Protocol):
    """Take items one by one."""

    def put(self, item: Any) -> None:  # noqa: ANN401 - each channel has its own items
        """Take one item."""
        ...


def put_each(taker: Taker, items: Sequence[Any]) -> None:
    """Take items that came together one by one, where each is looked at."""
    for item in items:
        taker.put(item)


class Mailbox(Generic[T]):
    """Buffer one stream's items; only events wake its reader, no item is ever handed over as the wake-up."""

    __slots__ = (
        "__weakref__",
        "_alarm",
        "_beside",
        "_conflated_by",
        "_dropping",
        "_limit",
        "_on_full",
        "_room",
        "_waiter",
        "conflated",
        "error",
        "finished",
        "in_order",
        "items",
        "lost",
        "refresh",
        "replaced",
    )

    def __init__(self, limit: int, on_full: OnFull, conflated_by: Callable[[T], object] | None = None) -> None:
        self.items: deque[T | Gap] = deque()
        self.lost: int = 0
        self.conflated: int = 0
        self.error: BaseException | None = None
        self.finished: bool = False
        self.in_order: bool = False  # read among others, in the order in which all of their items arrived
        self.replaced: list[int] = []  # if so: places of items that newer ones replaced since the reader heard
        self.refresh: Callable[[], None] | None = None  # asks for a new snapshot once an overflow was read
        self._limit = limit
        self._room = limit  # what `put` compares with: the limit, or 0 while nothing is taken in
        self._on_full = on_full
        self._conflated_by = conflated_by
        self._dropping = 0  # items lost since the Gap at the end of `items` was put there
        self._beside: str | None = None  # what else is missing there, uncounted
        self._waiter: Waker | None = None
        self._alarm: Alarm | None = None  # made where its stream is entered: before that there may be no loop

    def put(self, item: T) -> None:
        """Take one item in."""
        if len(self.items) < self._room:
            self.items.append(item)
        else:
            self._overflow(item)
        if self._waiter is not None:
            self._wake()

    def put_run(self, items: Sequence[T]) -> None:
        """Take items in that came together; a kind of mailbox that looks at each must do so here too."""
        if len(self.items) + len(items) > self._room:
            put_each(self, items)
            return
        self.items.extend(items)
        if self._waiter is not None:
            self._wake()

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:  # noqa: ARG002 - a book's mailbox needs it
        """Mark a place where something is missing; always fits, and side by side the same is said once."""
        if self.finished:
            return  # nothing will come behind it
        if self._dropping:
            self._beside = gap.reason
            self.items[-1] = self._overflow_gap()
        elif not self.items or self._says_more(gap, self.items[-1]):
            self.items.append(gap)
        if self._waiter is not None:
            self._wake()

    def finish(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come; what is buffered stays readable (contract D6)."""
        if not self.finished:
            self.finished, self.error, self._room = True, error, 0
        if self._waiter is not None:
            self._wake()

    def leave(self) -> None:
        """Let nobody wait any longer: the stream was left, and what is buffered is not wanted."""
        Mailbox[T].finish(self)

    def take(self) -> T | Gap:
        """Return the next item; call only when `items` is not empty."""
        item = self.items.popleft()
        if type(item) is Gap and self._dropping and not self.items:
            self._resume()
        return item

    def take_all(self) -> list[T | Gap]:
        """Return everything that waits."""
        batch = list(self.items)
        self.items.clear()
        if self._dropping:
            self._resume()
        return batch

    @property
    def empty(self) -> bool:
        """Tell whether a reader has to wait: nothing is there, and something may come."""
        return not self.items and not self.finished

    def enter(self) -> Alarm:
        """Be read in the loop that runs now, and in no other: its alarm wakes none."""
        self._alarm = alarm = new_alarm()
        return alarm

    def forget(self) -> None:
        """Wake nobody: who waits is of a loop that cannot be woken from here."""
        self._waiter = None

    async def wait(self) -> None:
        """Wait until there is something to take or nothing more will come."""
        while not self.items and not self.finished:
            self._waiter = alarm = self._alarm or self.enter()
            await alarm.wait()

    def watch(self, waker: Waker) -> None:
        """Wake somebody at the next arrival, in place of the one who waits here; from now on order matters."""
        self._waiter = waker
        self.in_order = True

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.set()

    def _resume(self) -> None:
        """Accept items again: the reader has seen how many are missing."""
        self._dropping, self._beside, self._room = 0, None, 0 if self.finished else self._limit
        if self.refresh is not None:
            self.refresh()

    def _overflow(self, item: T) -> None:
        if self.finished:
            return
        if self._on_full == "conflate" and self._conflated_by is not None:
            self._conflate(item, self._conflated_by)
        elif self._on_full == "fail":
            message = f"{_OVERFLOW}: its buffer of {self._limit} items is full"
            self.finish(StreamOverflow(message, buffer=self._limit))
        else:
            self._drop()

    def _drop(self) -> None:
        self.lost += 1
        self._dropping += 1
        self._room = 0
        if self._dropping > 1:
            self.items[-1] = self._overflow_gap()
        else:
            self.items.append(self._overflow_gap())

    def _overflow_gap(self) -> Gap:
        if self._beside is None:
            return Gap(_OVERFLOW, self._dropping)
        return Gap(f"{_OVERFLOW}, and {self._beside}")  # what a dead connection missed is not counted

    def _says_more(self, gap: Gap, last: T | Gap) -> bool:
        """Tell whether a gap adds to what stands last; a full mailbox has room for one, whatever its reason."""
        return not isinstance(last, Gap) or (gap != last and len(self.items) < self._limit)

    def _conflate(self, item: T, key: Callable[[Any], object]) -> None:
        """Keep the newest item of each symbol, in the order of arrival, and the gaps between them."""
        kept: deque[T | Gap] = deque()
        replaced: list[int] = []
        seen: dict[object, None] = {}
        for place, each in reversed([*enumerate((*self.items, item))]):
            if isinstance(each, Gap):
                told = bool(kept) and isinstance(kept[0], Gap)
            else:
                symbol = key(each)
                told = symbol in seen
                seen[symbol] = None
                self.conflated += told
            if told:
                replaced.append(place)
            else:
                kept.appendleft(each)
        if self.in_order:
            self.replaced += replaced
        self.items = kept


def is_in_order(sink: object) -> bool:
    """Tell whether what a sink gets is read among what others get, so that nothing of it may wait."""
    return isinstance(sink, Mailbox) and sink.in_order
