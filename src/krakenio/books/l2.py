"""Keep a book of price levels: messages of the `book` channel go in, verdicts and levels come out.

Source of the rules: ws-v2-market-data §5.2 and §5.3.
"""

from decimal import Decimal
from typing import Any

from krakenio.books.digits import Change
from krakenio.books.kept import KeptBook
from krakenio.books.ranks import Ranks
from krakenio.books.taking import MANY, take_levels, take_many
from krakenio.messages import BookMessage, BookUpdate, Level
from krakenio.messages.kinds import Numbers

DEPTHS = (10, 25, 100, 500, 1000)


class Book(KeptBook[Level[Decimal], Ranks[Change], BookMessage[Any]]):
    """Keep one symbol's price levels, checked by every message of the `book` channel.

    The messages' numbers are Decimal or, fastest, `msgspec.Raw` (`messages.digits_decoder`).

    >>> book = Book("ADA/EUR", price_precision=5, qty_precision=8)
    >>> book.valid
    False
    """

    __slots__ = ()

    DEPTHS: tuple[int, ...] = DEPTHS

    MESSAGE: type[Any] = BookMessage

    def snapshot(self, numbers: Numbers = Decimal) -> BookMessage[Any]:
        """Return the book as it is now in the form of Kraken's snapshots; another book that applies it is the same."""
        bids, asks = ([Level[Any](numbers(x.price), numbers(x.qty)) for x in side] for side in (self.bids, self.asks))
        return BookMessage("snapshot", [BookUpdate[Any](self.symbol, self.checksum(), bids, asks, self.timestamp)])

    @staticmethod
    def _side(sign: int) -> Ranks[Change]:
        return Ranks(sign)

    def _take(self, row: BookUpdate[Any], snapshot: bool) -> None:  # noqa: FBT001 - it is called for each message
        precision, depth, bids, asks = self._precision, self.depth, self._bids, self._asks
        if snapshot:
            bids.clear()
            asks.clear()
        take = take_levels if len(row.bids) + len(row.asks) < MANY else take_many
        take(bids, row.bids, precision)
        take(asks, row.asks, precision)
        if len(bids.keys) > depth:  # not before the whole message is in: a level may come back in it
            bids.truncate(depth)
        if len(asks.keys) > depth:
            asks.truncate(depth)

    def _rewrite(self) -> None:
        for side in (self._bids, self._asks):
            side.rewrite(self._again)

    def _again(self, row: Change) -> tuple[bytes, Change]:
        change = self._precision.read(row[2], row[3])
        return change[1], change

    @staticmethod
    def _level(row: Change) -> Level[Decimal]:
        return Level(Decimal(row[2].decode()), Decimal(row[3].decode()))
