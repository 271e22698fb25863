"""The simulated exchange's own books and those kept from its frames: they share no code, and never differ."""

from itertools import count, cycle
from typing import Any

import pytest

from krakenio import Book
from krakenio.messages import BookMessage, digits_decoder
from krakenio.sim.chance import Ids
from krakenio.sim.clock import SECOND
from krakenio.sim.engine.engine import Engine
from krakenio.sim.engine.makers import open_makers
from krakenio.sim.feeds.windows import Window
from krakenio.sim.markets.listing import choose
from krakenio.sim.markets.orders import Transaction
from krakenio.sim.markets.places import Place

DEPTHS = cycle((10, 25, 100))


class Market:
    """Trade many symbols with themselves, and keep a book of each from what the exchange would send."""

    def __init__(self, symbols: int, seed: int, *, precise: bool) -> None:
        clock = count(1_700_000_000 * SECOND, 1_000_000)
        self.decode = digits_decoder(float)
        self.windows: dict[str, Window] = {}
        self.books: dict[str, Book] = {}
        self.updates = self.mismatches = 0
        self.engine = Engine(clock.__next__, Ids(seed), choose(symbols), self.publish)
        self.makers = open_makers(self.engine, seed, clock.__next__)
        for symbol, place in self.engine.places.items():
            self.open(symbol, place, next(DEPTHS), precise=precise)

    def open(self, symbol: str, place: Place, depth: int, *, precise: bool) -> None:
        market = place.market
        known: dict[str, Any] = {"price_precision": market.price_precision, "qty_precision": market.qty_precision}
        self.windows[symbol] = Window(place, depth)
        self.books[symbol] = Book(symbol, depth, **(known if precise else {}))
        self.hear(symbol, self.windows[symbol].snapshot(0))

    def publish(self, place: Place, deal: Transaction) -> None:
        window = self.windows.get(place.market.symbol)
        frame = window.update(deal, wrong=lambda: False) if window else None
        if frame is not None:
            self.updates += 1
            self.hear(place.market.symbol, frame)

    def hear(self, symbol: str, frame: bytes) -> None:
        message = self.decode(frame)
        assert isinstance(message, BookMessage)
        self.mismatches += self.books[symbol].apply(message) is not None

    def run(self, updates: int) -> None:
        for maker in cycle(self.makers):
            maker.act()
            if self.updates >= updates:
                return

    def check(self) -> None:
        """Compare every book with the engine's: each level, and the checksum."""
        for symbol, book in self.books.items():
            place = self.engine.places[symbol]
            sides = ((book.bids, place.book.bids), (book.asks, place.book.asks))
            for mine, theirs in sides:
                market = place.market
                shown = [
                    (int(x.price.scaleb(market.price_precision)), int(x.qty.scaleb(market.qty_precision))) for x in mine
                ]
                assert shown == [(price, theirs.levels[price].qty) for price in theirs.top(book.depth)]
            assert book.checksum() == place.book.checksum()


@pytest.mark.parametrize("precise", [True, False])
def test_thousands_of_updates_over_all_markets_leave_every_book_as_the_exchanges(precise: bool) -> None:  # noqa: FBT001
    market = Market(20, seed=11, precise=precise)
    market.run(5_000)
    assert market.mismatches == 0
    market.check()


@pytest.mark.parametrize(
    "updates", [pytest.param(200_000, marks=pytest.mark.proof), pytest.param(1_000_000, marks=pytest.mark.long)]
)
def test_very_many_updates_over_200_symbols_have_no_mismatch(updates: int) -> None:
    market = Market(200, seed=7, precise=True)
    for so_far in range(100_000, updates + 1, 100_000):
        market.run(so_far)
        assert market.mismatches == 0
        market.check()
