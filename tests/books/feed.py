"""An exchange in small: a whole book, and a feed that tells of its best levels only, as Kraken's does (§5.2, §6.3).

Changes go in, in any batches; messages with true checksums come out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from krakenio.messages import BookMessage, BookUpdate, Level, Level3Message, Level3Order, Level3Update
from tests.books.reference import SlowBook, crc, text_l3

Change = tuple[str, Decimal, Decimal]
Window = dict[Decimal, Decimal]
SIDES = ("bids", "asks")
ENDLESS = 10**6


class Feed:
    """Hold all levels and tell the best `depth`."""

    def __init__(self, depth: int = 10) -> None:
        self.depth, self.truth = depth, SlowBook(ENDLESS)

    def window(self, side: str) -> Window:
        return dict(self.truth.levels(side)[: self.depth])

    def snapshot(self) -> BookMessage[Decimal]:
        return self._message("snapshot", {side: self.window(side) for side in SIDES})

    def update(self, changes: Iterable[Change]) -> BookMessage[Decimal]:
        before = {side: self.window(side) for side in SIDES}
        self.truth.apply(changes)
        return self._message("update", {side: self._told(side, before[side]) for side in SIDES})

    def _told(self, side: str, before: Window) -> Window:
        """Return what changed in sight: nothing of a level that was only pushed out."""
        after = self.window(side)
        changed = {price: qty for price, qty in after.items() if before.get(price) != qty}
        return {price: Decimal(0) for price in before if price not in self.truth.sides[side]} | changed

    def _message(self, kind: str, told: Mapping[str, Window]) -> BookMessage[Decimal]:
        bids, asks = ([Level(price, qty) for price, qty in told[side].items()] for side in SIDES)
        return BookMessage(kind, [BookUpdate("ADA/EUR", self.truth.checksum(), bids, asks)])


@dataclass
class Resting:
    """One order of the whole book."""

    price: Decimal
    qty: Decimal
    time: int


Orders = dict[str, Resting]
Queues = list[tuple[Decimal, list[tuple[str, Resting]]]]


@dataclass
class Feed3:
    """Hold all orders and tell those of the best `depth` prices."""

    depth: int = 10
    orders: dict[str, Orders] = field(default_factory=lambda: {"bids": {}, "asks": {}})

    def queues(self, side: str) -> Queues:
        found: dict[Decimal, list[tuple[str, Resting]]] = {}
        for order_id, order in sorted(self.orders[side].items(), key=lambda item: item[1].time):
            found.setdefault(order.price, []).append((order_id, order))
        return sorted(found.items(), reverse=side == "bids")[: self.depth]

    def seen(self, side: str) -> dict[str, tuple[Decimal, Decimal, int]]:
        return {name: (o.price, o.qty, o.time) for _, queue in self.queues(side) for name, o in queue}

    def checksum(self) -> int:
        asks, bids = (
            [(price, [order.qty for _, order in queue]) for price, queue in self.queues(side)]
            for side in ("asks", "bids")
        )
        return crc(text_l3(asks, bids))

    def snapshot(self) -> Level3Message[Decimal]:
        return self.message("snapshot", {"bids": {}, "asks": {}})

    def message(self, kind: str, before: Mapping[str, Mapping[str, Any]]) -> Level3Message[Decimal]:
        """Tell what is different in sight from what was seen before."""
        bids, asks = (self._told(side, before[side]) for side in SIDES)
        return Level3Message(kind, [Level3Update("ADA/EUR", self.checksum(), bids, asks)])

    def _told(self, side: str, before: Mapping[str, Any]) -> list[Level3Order[Decimal]]:
        after = self.seen(side)
        gone = [_row(name, row, "delete") for name, row in before.items() if self._left(side, name, row[0], after)]
        new = [_row(name, row, "add") for name, row in reversed(after.items()) if name not in before]
        changed = [(name, row, before[name]) for name, row in after.items() if name in before and row != before[name]]
        return gone + new + [_row(name, step, "modify") for name, *rows in changed for step in _steps(*rows)]

    def _left(self, side: str, name: str, price: Decimal, after: Mapping[str, Any]) -> bool:
        """Tell whether an order is gone, or has moved out of sight; not whether its level was pushed out."""
        order = self.orders[side].get(name)
        return order is None or (name not in after and order.price != price)


Row = tuple[Decimal, Decimal, int]


def _steps(after: Row, before: Row) -> list[Row]:
    """Return what happened to an order; one that lost its place and is smaller now had grown before it was filled."""
    price, qty, time = after
    grew_first = time != before[2] and price == before[0] and qty <= before[1]
    return [(price, before[1] + 1, time), after] if grew_first else [after]


def _row(name: str, row: Row, event: str) -> Level3Order[Decimal]:
    return Level3Order(name, row[0], row[1], f"2026-11-02T09:00:00.{row[2]:09}Z", event)
