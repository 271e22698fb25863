"""Keep a book of orders: messages of the `level3` channel go in, verdicts and levels with their queues come out.

Source of the rules: ws-v2-market-data §6.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from krakenio.books.desync import Inapplicable
from krakenio.books.kept import KeptBook
from krakenio.books.levels import Levels
from krakenio.books.queues import Queue, Queues, Resting, queue_time
from krakenio.messages import Level, Level3Message, Level3Order, Level3Update
from krakenio.wire import Wire

LEVEL3_DEPTHS = (10, 100, 1000)


class OrderLevel(Wire, frozen=True, gc=False):
    """One price, the quantity of all its orders, and the orders, first in the queue first."""

    price: Decimal
    qty: Decimal
    orders: tuple[Level3Order[Decimal], ...]


class Level3Book(KeptBook[OrderLevel, Queues, Level3Message[Any]]):
    """Keep one symbol's visible orders, checked by every message of the `level3` channel; `depth` counts price levels.

    The messages' numbers are Decimal or, fastest, `msgspec.Raw` (`messages.digits_decoder`).
    """

    __slots__ = ()

    DEPTHS: tuple[int, ...] = LEVEL3_DEPTHS

    MESSAGE: type[Any] = Level3Message

    @staticmethod
    def _side(sign: int) -> Queues:
        return Queues(sign)

    @property
    def aggregated_bids(self) -> Levels[Level[Decimal]]:
        """Return the bids as they are now without their orders: what a `Book` would hold."""
        self._check()
        return Levels(self._bids.rows[:], _sum, self._bids.sign)

    @property
    def aggregated_asks(self) -> Levels[Level[Decimal]]:
        """Return the asks as they are now without their orders: what a `Book` would hold."""
        self._check()
        return Levels(self._asks.rows[:], _sum, self._asks.sign)

    def _take(self, row: Level3Update[Any], snapshot: bool) -> None:  # noqa: FBT001 - as its base
        if not snapshot:
            self._follow(row)
            return
        self._replace(row, Queues.add)
        self._hash()
        if self._crc != row.checksum:  # the reference says that queues are listed in order, which is not always by time
            self._replace(row, Queues.append)

    def _follow(self, row: Level3Update[Any]) -> None:
        for side, orders in ((self._bids, row.bids), (self._asks, row.asks)):
            for order in orders:
                _happen(side, order.event, self._resting(order, side.sign))
            side.settle(self.depth)

    def _replace(self, row: Level3Update[Any], queue: Callable[[Queues, Resting], None]) -> None:
        for side, orders in ((self._bids, row.bids), (self._asks, row.asks)):
            side.clear()
            for order in orders:
                queue(side, self._resting(order, side.sign))
            side.settle(self.depth)

    def _resting(self, order: Level3Order[Any], sign: int) -> Resting:
        key, fragment, price, qty = self._precision.read(order.limit_price, order.order_qty)
        return Resting(order.order_id, key * sign, queue_time(order.timestamp), fragment, price, qty, order.timestamp)

    def _rewrite(self) -> None:
        for side in (self._bids, self._asks):
            side.rewrite(self._again)

    def _again(self, queue: Queue) -> tuple[bytes, Queue]:
        written = tuple(self._printed(order) for order in queue)
        return b"".join([order.fragment for order in written]), written

    def _printed(self, order: Resting) -> Resting:
        _, fragment, price, qty = self._precision.read(order.price, order.qty)
        return Resting(order.order_id, order.key, order.time, fragment, price, qty, order.timestamp)

    @staticmethod
    def _level(row: Queue) -> OrderLevel:
        orders = tuple(map(_order, row))
        return OrderLevel(orders[0].limit_price, sum((order.order_qty for order in orders), Decimal(0)), orders)


def _happen(side: Queues, kind: str | None, order: Resting) -> None:
    match kind:
        case "add":
            side.add(order)
        case "modify":
            side.modify(order)
        case "delete":
            side.remove(order.order_id)
        case _:
            raise Inapplicable(f"an order had an event that is not known, {kind!r}")


def _order(resting: Resting) -> Level3Order[Decimal]:
    price, qty = Decimal(resting.price.decode()), Decimal(resting.qty.decode())
    return Level3Order(resting.order_id, price, qty, resting.timestamp)


def _sum(queue: Queue) -> Level[Decimal]:
    qty = sum((Decimal(order.qty.decode()) for order in queue), Decimal(0))
    return Level(Decimal(queue[0].price.decode()), qty)
