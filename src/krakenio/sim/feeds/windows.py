"""Follow what a book of one depth shows: transactions go in, the levels that a client must hear of come out.

Clients cut their book to the depth after each message and hear of no level that was pushed out; so a level that comes
back is sent again (ws-v2-market-data §5.2).
"""

from collections.abc import Callable, Iterable

from krakenio.sim.feeds import market_data
from krakenio.sim.feeds.market_data import Rows
from krakenio.sim.markets.book import CHECKED, Side
from krakenio.sim.markets.orders import Transaction
from krakenio.sim.markets.places import Place

Strikes = Callable[[str], bool]
"""Tell whether a fault of a kind strikes now, and count it."""


def never(_kind: str) -> bool:
    """Let no fault strike."""
    return False


def other_digit(qty: int) -> int:
    """Return the quantity with its last digit changed; never zero."""
    return qty - 1 if qty % 10 == 9 else qty + 1  # noqa: PLR2004 - the last digit there is


class Window:
    """Follow a book of levels; `_edges` are the worst prices shown, None while not full."""

    def __init__(self, place: Place, depth: int) -> None:
        self._place, self._depth = place, depth
        self._edges: list[int | None] = []
        self.measure()

    def measure(self) -> None:
        """Note what is shown now: at the beginning, and when all prices were written anew."""
        self._edges = [side.edge(self._depth) for side in self._sides()]

    def snapshot(self, now: int) -> bytes:
        """Return the whole window."""
        bids, asks = (self._rows(side, side.top(self._depth)) for side in self._sides())
        return market_data.book(self._place, "snapshot", bids, asks, now)

    def update(self, deal: Transaction, *, wrong: Callable[[], bool], strikes: Strikes = never) -> bytes | None:
        """Return what a transaction changed in the window, None if nothing; `wrong` spoils its checksum."""
        touched = (deal.bids, deal.asks)
        each = zip(self._sides(), touched, self._edges, strict=True)
        bids, asks = (self._changes(side, prices, edge, strikes) for side, prices, edge in each)
        self.measure()
        if not bids and not asks:
            return None
        self._spoil(bids, asks, strikes)
        return market_data.book(self._place, "update", bids, asks, deal.time, wrong=wrong())

    def _sides(self) -> tuple[Side, Side]:
        return self._place.book.bids, self._place.book.asks

    def _changes(self, side: Side, touched: dict[int, None], edge: int | None, strikes: Strikes) -> Rows:
        rows = [row for price in touched if (row := self._change(side, price, edge))]
        back = [] if edge is None else side.beyond(edge, self._depth)
        refill = [price for price in back if price not in touched]
        if refill and strikes("refill"):
            return rows
        return rows + self._rows(side, refill)

    def _change(self, side: Side, price: int, edge: int | None) -> tuple[int, int] | None:
        level = side.levels.get(price)
        if level is None:
            return (price, 0) if edge is None or not side.worse(price, edge) else None
        return (price, level.qty) if side.rank(price) < self._depth else None

    def _rows(self, side: Side, prices: Iterable[int]) -> Rows:
        return [(price, side.levels[price].qty) for price in prices]

    def _spoil(self, bids: Rows, asks: Rows, strikes: Strikes) -> None:
        """Change a digit of a level that the checksum covers, if that is planned."""
        for side, rows in zip(self._sides(), (bids, asks), strict=True):
            for index, (price, qty) in enumerate(rows):
                if qty and side.rank(price) < CHECKED and strikes("digit"):
                    rows[index] = price, other_digit(qty)
