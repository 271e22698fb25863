"""Follow single orders to a depth of price levels: transactions go in, the events that a client must hear of come out.

As for levels, nothing is told of orders that were pushed out; when their level comes back, all of them are sent again
as `add`, with the times that they always had. Source: ws-v2-market-data §6.
"""

import random
from collections.abc import Callable, Iterable

from krakenio.sim.clock import nanos
from krakenio.sim.feeds.market_data import message
from krakenio.sim.feeds.windows import Strikes, other_digit
from krakenio.sim.markets.book import CHECKED, Side
from krakenio.sim.markets.orders import Order, Transaction
from krakenio.sim.markets.places import Place
from krakenio.sim.wire import scaled

DEPTHS = (10, 100, 1000)
Row = dict[str, object]
Event = tuple[str, Order]


class Queues:
    """Follow the queues of a market; `_edges` are the worst prices shown, None while not full.

    `source` decides in what order the orders of a level that comes back are told: not always as they stand in the
    queue (§6.3), their times tell that.
    """

    def __init__(self, place: Place, depth: int, source: random.Random) -> None:
        self._place, self._depth, self._source = place, depth, source
        self._edges: list[int | None] = []
        self.measure()

    def measure(self) -> None:
        """Note what is shown now: at the beginning, and when all prices were written anew."""
        self._edges = [side.edge(self._depth) for side in self._sides()]

    def snapshot(self, now: int) -> bytes:
        """Return every visible order, level by level, in queue order."""
        bids, asks = ([self._row(order) for order in self._shown(side)] for side in self._sides())
        return self._message("snapshot", bids, asks, now)

    def update(self, deal: Transaction, *, wrong: Callable[[], bool], strikes: Strikes) -> bytes | None:
        """Return the events of a transaction within the depth, None without any; `wrong` spoils the checksum."""
        names = ("buy", "sell")
        each = zip(self._sides(), names, self._edges, strict=True)
        bids, asks = (self._events(side, _of(deal, name), edge, strikes) for side, name, edge in each)
        self.measure()
        if not bids and not asks:
            return None
        return self._message("update", bids, asks, deal.time, wrong=wrong())

    def _sides(self) -> tuple[Side, Side]:
        return self._place.book.bids, self._place.book.asks

    def _shown(self, side: Side) -> Iterable[Order]:
        return (order for price in side.top(self._depth) for order in side.levels[price].orders.values())

    def _events(self, side: Side, events: list[Event], edge: int | None, strikes: Strikes) -> list[Row]:
        back = [] if edge is None else side.beyond(edge, self._depth)
        rows = [self._event(side, *each, strikes) for each in events if self._shows(side, *each, edge)]
        if back and strikes("refill"):
            return rows
        return rows + [self._event(side, "add", order, strikes) for price in back for order in self._queue(side, price)]

    def _shows(self, side: Side, event: str, order: Order, edge: int | None) -> bool:
        """Tell whether an event concerns what the client has; orders of a level that comes back are told apart."""
        if edge is not None and side.worse(order.price, edge):
            return False
        return event == "delete" or side.rank(order.price) < self._depth

    def _queue(self, side: Side, price: int) -> list[Order]:
        orders = list(side.levels[price].orders.values())
        if self._source.getrandbits(1):
            self._source.shuffle(orders)
        return orders

    def _event(self, side: Side, event: str, order: Order, strikes: Strikes) -> Row:
        row = {"event": event, **self._row(order)}
        if event != "delete" and side.rank(order.price) < CHECKED and strikes("digit"):
            row["order_qty"] = scaled(other_digit(order.visible), order.market.qty_precision)
        return row

    def _row(self, order: Order) -> Row:
        market = order.market
        return {
            "order_id": order.order_id,
            "limit_price": scaled(order.price, market.price_precision),
            "order_qty": scaled(order.visible, market.qty_precision),
            "timestamp": nanos(order.queued),
        }

    def _message(self, kind: str, bids: list[Row], asks: list[Row], now: int, *, wrong: bool = False) -> bytes:
        row = {
            "symbol": self._place.market.symbol,
            "bids": bids,
            "asks": asks,
            "checksum": self._place.book.checksum_of_orders() ^ wrong,
            "timestamp": nanos(now),
        }
        return message("level3", kind, [row])


def _of(deal: Transaction, side: str) -> list[Event]:
    return [(event, order) for event, order in deal.events if order.side == side]
