"""Keep one side's orders in their queues: orders by id go in, levels of orders come out.

Source of the rules: ws-v2-market-data §6.2 and §6.3. A queue is a tuple that is replaced, never changed: whoever looks
at a level keeps what it saw.
"""

from bisect import bisect_right
from collections.abc import Callable
from decimal import Decimal
from operator import attrgetter
from typing import Self, TypeAlias

from msgspec.structs import replace

from krakenio.books.desync import Inapplicable
from krakenio.books.ranks import Ranks
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


class Queues(Ranks[Queue]):
    """Hold one side's queues, best price first, and each order by its id."""

    __slots__ = ("_orders",)

    def clear(self) -> None:
        """Forget all orders."""
        super().clear()
        self._orders: dict[str, Resting] = {}

    def copy(self) -> Self:
        """Return the same orders on their own."""
        other = super().copy()
        other._orders = dict(self._orders)  # noqa: SLF001 - of the same class
        return other

    def __contains__(self, order_id: object) -> bool:
        """Tell whether an order is known."""
        return order_id in self._orders

    def add(self, order: Resting) -> None:
        """Queue an order by its time; one that is already there is replaced, it may have come back into the window."""
        known = self._orders.get(order.order_id)
        if known is not None and known.key == order.key and order.time in ("", known.time):
            self._replace(known, replace(order, time=known.time))
            return
        self.remove(order.order_id)
        self._insert(order, timed=bool(order.time))

    def append(self, order: Resting) -> None:
        """Queue an order last, whatever its time says."""
        self.remove(order.order_id)
        self._insert(order, timed=False)

    def modify(self, order: Resting) -> None:
        """Change an order: it keeps its place unless its price changes, or its quantity grows with a new time.

        Then it queues by its new time, or last where it has none.
        """
        known = self._orders.get(order.order_id)
        if known is None:
            raise Inapplicable("an order that is not known was modified")
        timed = order.time not in ("", known.time)
        if known.key == order.key and (not timed or _qty(order) <= _qty(known)):
            self._replace(known, replace(order, time=known.time))
            return
        self.remove(order.order_id)
        self._insert(order, timed=timed)

    def remove(self, order_id: str) -> None:
        """Take an order out; one that is not known is none the less gone."""
        order = self._orders.pop(order_id, None)
        if order is not None:
            queue = tuple(other for other in self.get(order.key) or () if other is not order)
            self._queue(order.key, queue)

    def truncate(self, depth: int) -> list[Queue]:
        """Cut to so many price levels; their orders are forgotten, and come anew if the levels do."""
        beyond = super().truncate(depth)
        for queue in beyond:
            for order in queue:
                del self._orders[order.order_id]
        return beyond

    def rewrite(self, again: Callable[[Queue], tuple[bytes, Queue]]) -> None:
        """Make all fragments anew."""
        super().rewrite(again)
        self._orders = {order.order_id: order for queue in self.rows for order in queue}

    def _insert(self, order: Resting, *, timed: bool) -> None:
        queue = self.get(order.key) or ()
        if queue and not timed:
            order = replace(order, time=max(order.time, queue[-1].time))
        rank = bisect_right(queue, order.time, key=_time)
        self._put(order.key, (*queue[:rank], order, *queue[rank:]), order)

    def _replace(self, known: Resting, order: Resting) -> None:
        queue = tuple(order if other is known else other for other in self.get(order.key) or ())
        self._put(order.key, queue, order)

    def _put(self, key: int, queue: Queue, order: Resting) -> None:
        self._orders[order.order_id] = order
        self._queue(key, queue)
        if not order.fragment:
            self.remove(order.order_id)

    def _queue(self, key: int, queue: Queue) -> None:
        self.put(key, b"".join([order.fragment for order in queue]), queue)


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
