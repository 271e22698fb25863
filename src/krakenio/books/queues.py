"""Keep one side's orders in their queues: orders by id go in, levels of orders come out.

Source of the rules: ws-v2-market-data §6.2 and §6.3. A queue is a tuple that is replaced, never changed: whoever looks
at a level keeps what it saw. It is written once a message: once an order would take the square of its length.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Self, TypeAlias

from msgspec.structs import replace

from krakenio.books.desync import Inapplicable
from krakenio.books.ranks import Ranks
from krakenio.books.taking import MANY
from krakenio.errors import DecodeError
from krakenio.messages.times import rfc3339, unix_ns
from krakenio.wire import Wire


class Resting(Wire, frozen=True, gc=False):
    """One order: `key` ranks its level, `time` its place in the queue; `fragment` is empty if nothing rests."""

    order_id: str
    key: int
    time: str
    fragment: bytes
    price: bytes
    qty: bytes
    timestamp: str | None


Queue: TypeAlias = tuple[Resting, ...]

_time = attrgetter("time")
_SHOWN = len("2026-11-02T10:00:03.000000001Z")


class Line:
    """A queue that changes: its orders by id, in the order of their times unless they came otherwise."""

    __slots__ = ("_in_order", "_latest", "key", "orders")

    def __init__(self, key: int, queue: Queue = ()) -> None:
        self.key: int = key
        self._hold(queue)

    def _hold(self, queue: Sequence[Resting]) -> None:
        self.orders: dict[str, Resting] = {order.order_id: order for order in queue}
        self._latest = queue[-1].time if queue else ""
        self._in_order = True

    def insert(self, order: Resting, *, timed: bool) -> None:
        """Queue an order behind those of its time, or last where it is not `timed`."""
        if order.time >= self._latest or not self.orders:
            self._latest = order.time
        elif timed:
            self._in_order = False
        else:
            order = replace(order, time=self._latest)
        self.orders[order.order_id] = order

    def written(self) -> tuple[bytes, Queue]:
        """Return the checksum's text and the orders, first in the queue first; those of one time stay as they came."""
        if not self._in_order:
            self._hold(sorted(self.orders.values(), key=_time))
        queue = tuple(self.orders.values())
        self._latest = queue[-1].time if queue else ""
        return b"".join([order.fragment for order in queue]), queue


class Queues(Ranks[Queue]):
    """Hold one side's queues, best price first, and each order by its id.

    What is done to orders shows in the levels once it is settled.
    """

    __slots__ = ("_changed", "_lines", "_where")

    def clear(self) -> None:
        """Forget all orders."""
        super().clear()
        self._know()

    def copy(self) -> Self:
        """Return the same orders on their own."""
        other = super().copy()
        other._know()  # noqa: SLF001 - of the same class
        return other

    def __contains__(self, order_id: object) -> bool:
        """Tell whether an order is known."""
        return order_id in self._where

    def add(self, order: Resting) -> None:
        """Queue an order by its time; one that is already there is replaced, it may have come back into the window."""
        line = self._where.get(order.order_id)
        if line is not None and line.key == order.key and order.time in ("", line.orders[order.order_id].time):
            self._replace(line, order)
            return
        self._insert(order, timed=bool(order.time))

    def append(self, order: Resting) -> None:
        """Queue an order last, whatever its time says."""
        self._insert(order, timed=False)

    def modify(self, order: Resting) -> None:
        """Change an order: it keeps its place unless its price changes, or its quantity grows with a new time.

        Then it queues by its new time, or last where it has none.
        """
        line = self._where.get(order.order_id)
        if line is None:
            raise Inapplicable("an order that is not known was modified")
        known = line.orders[order.order_id]
        timed = order.time not in ("", known.time)
        if line.key == order.key and (not timed or _qty(order) <= _qty(known)):
            self._replace(line, order)
            return
        self._insert(order, timed=timed)

    def remove(self, order_id: str) -> None:
        """Take an order out; one that is not known is none the less gone."""
        line = self._where.pop(order_id, None)
        if line is not None:
            del line.orders[order_id]
            self._changed.add(line)

    def settle(self, depth: int) -> None:
        """Let the levels show what was done, cut to so many; orders beyond are forgotten, and come anew if need be."""
        if len(self._changed) < MANY:
            for line in self._changed:
                self.put(line.key, *line.written())
        else:
            self.put_many((line.key, *line.written()) for line in self._changed)
        for line in self._changed:
            if not line.orders:
                del self._lines[hex(line.key)]
        self._changed.clear()
        if len(self.keys) > depth:
            self._forget(self.truncate(depth))

    def rewrite(self, again: Callable[[Queue], tuple[bytes, Queue]]) -> None:
        """Make all fragments anew."""
        super().rewrite(again)
        self._know()

    def _know(self) -> None:
        lines = [Line(key, queue) for key, queue in zip(self.keys, self.rows, strict=True)]
        self._lines: dict[str, Line] = {hex(line.key): line for line in lines}
        self._where: dict[str, Line] = {order_id: line for line in lines for order_id in line.orders}
        self._changed: set[Line] = set()

    def _forget(self, beyond: Iterable[Queue]) -> None:
        for queue in beyond:
            del self._lines[hex(queue[0].key)]
            for order in queue:
                del self._where[order.order_id]

    def _insert(self, order: Resting, *, timed: bool) -> None:
        self.remove(order.order_id)
        if order.fragment:
            line = self._where[order.order_id] = self._line(order.key)
            line.insert(order, timed=timed)
            self._changed.add(line)

    def _replace(self, line: Line, order: Resting) -> None:
        if not order.fragment:
            self.remove(order.order_id)
            return
        line.orders[order.order_id] = replace(order, time=line.orders[order.order_id].time)
        self._changed.add(line)

    def _line(self, key: int) -> Line:
        """Return a price's queue; known by text, of whose hashes no server can choose many that are the same."""
        name = hex(key)
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = Line(key)
        return line


def queue_time(timestamp: str | None) -> str:
    """Return a time as text that sorts, to the nanosecond; empty where there is none to go by."""
    if timestamp is None:
        return ""
    if len(timestamp) == _SHOWN and timestamp[-1] == "Z":
        return timestamp
    try:
        return rfc3339(unix_ns(timestamp), 9)
    except DecodeError:
        return ""


def _qty(order: Resting) -> Decimal:
    return Decimal(order.qty.decode())
