"""Keep one market's resting orders in price-time priority: orders go in and out, levels and checksums come out.

Prices and quantities are integers in the market's precisions, so nothing here rounds.
"""

import zlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

from krakenio.sim.markets.orders import Order

CHECKED = 10
"""Levels a side that a checksum covers, whatever the depth (ws-v2-market-data §5.3)."""


class Level:
    """Hold the orders at one price, oldest first, and the quantity that they show."""

    __slots__ = ("orders", "qty")

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.qty: int = 0

    @property
    def whole(self) -> int:
        """Return what the orders have to trade, hidden parts included."""
        return sum(order.remaining for order in self.orders.values())


class Side:
    """Hold the levels of one side; keys ascend from the best price to the worst."""

    def __init__(self, side: str) -> None:
        self.levels: dict[int, Level] = {}
        self._sign = -1 if side == "buy" else 1
        self._keys: list[int] = []

    def __len__(self) -> int:
        """Return the number of levels."""
        return len(self._keys)

    @property
    def best(self) -> int | None:
        """Return the best price, or None if the side is empty."""
        return self._keys[0] * self._sign if self._keys else None

    @property
    def best_qty(self) -> int:
        """Return the quantity at the best price, 0 if the side is empty."""
        return self.levels[self._keys[0] * self._sign].qty if self._keys else 0

    def top(self, depth: int) -> list[int]:
        """Return up to `depth` prices, best first."""
        return [key * self._sign for key in self._keys[:depth]]

    def edge(self, depth: int) -> int | None:
        """Return the worst of so many levels, None if there are fewer."""
        return self._keys[depth - 1] * self._sign if len(self._keys) >= depth else None

    def beyond(self, price: int, depth: int) -> list[int]:
        """Return the prices worse than this one among so many levels."""
        keys = self._keys[bisect_right(self._keys, price * self._sign) : depth]
        return [key * self._sign for key in keys]

    def rank(self, price: int) -> int:
        """Return how many levels are better than this price."""
        return bisect_left(self._keys, price * self._sign)

    def worse(self, price: int, other: int) -> bool:
        """Tell whether a price is further from the market than another."""
        return price * self._sign > other * self._sign

    def add(self, order: Order, shown: int | None = None) -> None:
        """Put an order behind all others of its price; an iceberg shows all of its display, or what it did before."""
        level = self.levels.get(order.price)
        if level is None:
            level = self.levels[order.price] = Level()
            insort(self._keys, order.price * self._sign)
        order.shown = order.display if shown is None else shown
        level.orders[order.order_id] = order
        level.qty += order.visible

    def take(self, order: Order, qty: int) -> None:
        """Lower an order's resting quantity; at the end it leaves."""
        level = self.levels[order.price]
        level.qty -= qty
        if not order.remaining:
            self._leave(level, order)

    def remove(self, order: Order) -> None:
        """Take an order out with all that remains of it."""
        level = self.levels[order.price]
        level.qty -= order.visible
        self._leave(level, order)

    def amend(self, order: Order, qty: int, display: int = 0) -> None:
        """Change an order's quantities; a larger whole goes to the end of the queue, a larger display waits."""
        level = self.levels[order.price]
        if qty > order.qty:
            level.orders[order.order_id] = level.orders.pop(order.order_id)
        level.qty -= order.visible
        order.qty, order.display, order.shown = qty, display, min(order.shown, display)
        level.qty += order.visible

    def refill(self, order: Order) -> None:
        """Show the next part of an iceberg, behind all others of its price."""
        level = self.levels[order.price]
        level.orders[order.order_id] = level.orders.pop(order.order_id)
        order.shown = order.display
        level.qty += order.visible

    def _leave(self, level: Level, order: Order) -> None:
        del level.orders[order.order_id]
        if not level.orders:
            del self.levels[order.price]
            del self._keys[self.rank(order.price)]

    def resting(self) -> Iterator[Order]:
        """Yield all orders, best first, oldest first."""
        for price in self.top(len(self._keys)):
            yield from self.levels[price].orders.values()

    def digits(self) -> str:
        """Return this side's part of the checksum text: the digits of price and quantity without leading zeros."""
        return "".join(f"{price}{self.levels[price].qty}" for price in self.top(CHECKED))

    def digits_of_orders(self) -> str:
        """Return this side's part of a level-3 checksum: every order of the best levels, in queue order."""
        checked = ((price, self.levels[price].orders.values()) for price in self.top(CHECKED))
        return "".join(f"{price}{order.visible}" for price, orders in checked for order in orders)


class Book:
    """Hold both sides of one market."""

    def __init__(self) -> None:
        self.bids: Side = Side("buy")
        self.asks: Side = Side("sell")

    def side(self, side: str) -> Side:
        """Return the side that such an order rests on."""
        return self.bids if side == "buy" else self.asks

    def against(self, side: str) -> Side:
        """Return the side that such an order trades with."""
        return self.asks if side == "buy" else self.bids

    def checksum(self) -> int:
        """Return Kraken's CRC32 over the ten best asks, then the ten best bids (ws-v2-market-data §5.3)."""
        return zlib.crc32((self.asks.digits() + self.bids.digits()).encode())

    def checksum_of_orders(self) -> int:
        """Return the same over single orders, as `level3` has it (ws-v2-market-data §6.4)."""
        return zlib.crc32((self.asks.digits_of_orders() + self.bids.digits_of_orders()).encode())
