"""Keep a book true: rows of its channel go in; a verdict, levels and what follows from the best of them come out.

What levels of price and levels of orders share: when a book can be read, and why not.
"""

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Generic, Self, TypeAlias, TypeVar
from zlib import crc32

from krakenio.books.desync import Desync, Inapplicable
from krakenio.books.digits import Precision
from krakenio.books.levels import L_co, Levels, best_of
from krakenio.books.ranks import Ranks
from krakenio.errors import BookNotHealed, EmptySide, InvalidRequest, StaleBook
from krakenio.messages import BookMessage, BookUpdate, Level3Message, Level3Update
from krakenio.symbols import check_symbol

Row: TypeAlias = BookUpdate[Any] | Level3Update[Any]
SideT = TypeVar("SideT", bound=Ranks[Any])
MessageT = TypeVar("MessageT", bound=BookMessage[Any] | Level3Message[Any])
AWAITED = "its snapshot has not come yet"


class KeptBook(ABC, Generic[L_co, SideT, MessageT]):
    """Hold one symbol's book to `depth` price levels a side.

    It can be read while its last snapshot and every update since were applied and confirmed by their checksums; else
    reading raises `StaleBook`. `price_precision` and `qty_precision` are the pair's from the `instrument` channel;
    without them, and after a snapshot that holds only so, the digits are taken as they come.
    """

    __slots__ = (
        "_asks", "_asks_crc", "_bids", "_crc", "_error", "_precision", "_stale",
        "depth", "desync", "symbol", "timestamp",
    )  # fmt: skip

    DEPTHS: tuple[int, ...]
    """What Kraken's channel has."""

    MESSAGE: type[Any]
    """What Kraken's channel brings."""

    def __init__(
        self, symbol: str, depth: int = 10, *, price_precision: int | None = None, qty_precision: int | None = None
    ) -> None:
        if type(depth) is not int or depth not in self.DEPTHS:
            raise InvalidRequest(f"depth must be one of {', '.join(map(str, self.DEPTHS))}, not {depth!r}")
        self.symbol: str = check_symbol(symbol)
        self.depth: int = depth
        self.desync: Desync | None = None
        self.timestamp: str | None = None
        self._precision = Precision(price_precision, qty_precision, 4 * depth)
        self._stale: tuple[str, datetime | None] | None = (AWAITED, None)
        self._error = StaleBook
        self._bids, self._asks = self._side(-1), self._side(1)
        self._crc = self._asks_crc = 0

    def __repr__(self) -> str:
        state = "live" if self._stale is None else self._stale[0]
        return f"<{type(self).__name__} {self.symbol} depth={self.depth}: {state}>"

    @staticmethod
    @abstractmethod
    def _side(sign: int) -> SideT:
        """Make an empty side: `sign` is -1 for bids."""

    # what comes in

    def apply(self, message: MessageT) -> Desync | None:
        """Apply a message of this symbol; return what went wrong, once, else None.

        Updates of a book that waits for a snapshot are passed over, as Kraken asks (§5.2): `valid` tells. A message of
        floats is refused, since it lost the digits that the checksum is made of; an update refused is an update lost.
        """
        if not isinstance(message, self.MESSAGE):
            wanted = f"{type(self).__name__}.apply takes a {self.MESSAGE.__name__}"
            raise InvalidRequest(f"{wanted}, not {type(message).__name__}: pass over what is of other channels")
        found = None
        snapshot = message.type == "snapshot"
        for row in message.data:
            if row.symbol != self.symbol:
                raise InvalidRequest(f"a message of {row.symbol} does not belong to the book of {self.symbol}")
            found = self.apply_row(row, snapshot=snapshot) or found
        return found

    def apply_row(self, row: Row, *, snapshot: bool) -> Desync | None:
        """Apply one row of a message, without a look at its symbol."""
        if self._stale is not None and not snapshot:
            return None
        try:
            self._take(row, snapshot)
        except InvalidRequest:
            self.invalidate("a message was refused")
            raise
        except Inapplicable as error:  # a message that cannot be applied is a message lost
            return self._lose(row, Desync(self.symbol, str(error), timestamp=row.timestamp))
        if self._bids.touched or self._asks.touched:
            self._hash()
        if self._crc != row.checksum and not (snapshot and self._holds_as_written(row)):
            return self._lose(row, self._mismatch(row))
        self.timestamp = row.timestamp
        if snapshot:
            self._stale = self.desync = None
        return None

    def _holds_as_written(self, row: Row) -> bool:
        """Tell whether a snapshot holds by its own digits: the precision changed, and who tells of that is behind."""
        told, computed = self._precision, self._crc
        self._precision = Precision(None, None, 4 * self.depth)
        self._take(row, True)  # noqa: FBT003 - as `apply_row`
        self._hash()
        if self._crc == row.checksum:
            return True
        self._precision, self._crc = told, computed
        return False

    @abstractmethod
    def _take(self, row: Any, snapshot: bool) -> None:  # noqa: ANN401, FBT001 - each its own; called for each message
        """Apply a row, then cut both sides to the depth; raises `Inapplicable` where it cannot."""

    def invalidate(self, reason: str, since: datetime | None = None) -> None:
        """Let nobody read the book until its next snapshot, because of something outside: its connection, say."""
        self._stale, self._error = (reason, since), StaleBook

    def give_up(self, reason: str, since: datetime | None = None) -> None:
        """Let nobody read the book: as `invalidate`, but reading raises `BookNotHealed`."""
        self._stale, self._error = (reason, since), BookNotHealed

    def adopt(self, other: Self) -> None:
        """Become what another book of the same symbol and depth is now; from then on each goes its own way."""
        if (other.symbol, other.depth) != (self.symbol, self.depth):
            raise InvalidRequest(f"{other!r} is another book than {self!r}")
        self._bids, self._asks = other._bids.copy(), other._asks.copy()
        self._precision = Precision(other.price_precision, other.qty_precision, 4 * self.depth)
        self._stale, self._error = other._stale, other._error
        self.timestamp, self.desync = other.timestamp, other.desync
        self._hash()

    def set_precision(self, price_precision: int | None, qty_precision: int | None) -> None:
        """Take over the pair's precisions, which may change at any time; the next checksum is verified with them."""
        if (price_precision, qty_precision) != (self._precision.price, self._precision.qty):
            self._precision = Precision(price_precision, qty_precision, 4 * self.depth)
            self._rewrite()

    @abstractmethod
    def _rewrite(self) -> None:
        """Write all fragments again, since the precision changed."""

    def _hash(self) -> None:
        """Compute the checksum; that of the asks goes on through the bids."""
        if self._asks.touched:
            self._asks_crc = crc32(self._asks.top())
        self._crc = crc32(self._bids.top(), self._asks_crc)

    def _mismatch(self, row: Row) -> Desync:
        reason = f"its checksum is {self._crc} where Kraken's is {row.checksum}"
        return Desync(self.symbol, reason, row.checksum, self._crc, row.timestamp)

    def _lose(self, row: Row, desync: Desync) -> Desync:
        self.desync = desync
        self.invalidate(desync.reason, kraken_time(row.timestamp))
        return desync

    # what comes out

    @property
    def price_precision(self) -> int | None:
        """Return the decimals of prices, None if they are not known."""
        return self._precision.price

    @property
    def qty_precision(self) -> int | None:
        """Return the decimals of quantities, None if they are not known."""
        return self._precision.qty

    @property
    def valid(self) -> bool:
        """Tell whether the book can be read."""
        return self._stale is None

    def checksum(self) -> int:
        """Return the CRC32 of the best ten levels, as Kraken computes it (§5.3, §6.4)."""
        self._check()
        self._hash()
        return self._crc

    @property
    def bids(self) -> Levels[L_co]:
        """Return the bids as they are now, highest first."""
        self._check()
        return self._view(self._bids)

    @property
    def asks(self) -> Levels[L_co]:
        """Return the asks as they are now, lowest first."""
        self._check()
        return self._view(self._asks)

    @property
    def best_bid(self) -> L_co:
        """Return the highest bid; raises `EmptySide` if there is none."""
        return self._best(self._bids)

    @property
    def best_ask(self) -> L_co:
        """Return the lowest ask; raises `EmptySide` if there is none."""
        return self._best(self._asks)

    @property
    def spread(self) -> Decimal:
        """Return how far the best ask lies above the best bid; negative in a crossed book."""
        return self.best_ask.price - self.best_bid.price

    @property
    def mid(self) -> Decimal:
        """Return the price halfway between the best bid and the best ask."""
        return (self.best_ask.price + self.best_bid.price) / 2

    def imbalance(self, levels: int = 1) -> Decimal:
        """Return (bids - asks) / (bids + asks) of the quantities in so many best levels: 1 if there are only bids."""
        bids = best_of(levels, self.bids).volume()
        asks = best_of(levels, self.asks).volume()
        if not bids + asks:
            raise EmptySide(f"the book of {self.symbol} has no level on either side")
        return (bids - asks) / (bids + asks)

    def _check(self) -> None:
        if self._stale is not None:
            reason, since = self._stale
            raise self._error(reason, symbol=self.symbol, since=since)

    def _best(self, side: Ranks[Any]) -> L_co:
        self._check()
        if not side.rows:
            raise EmptySide(f"the book of {self.symbol} has no {'bids' if side is self._bids else 'asks'}")
        return self._level(side.rows[0])

    def _view(self, side: Ranks[Any]) -> Levels[L_co]:
        return Levels(side.rows[:], self._level, side.sign)

    @staticmethod
    @abstractmethod
    def _level(row: Any) -> L_co:  # noqa: ANN401 - each book's own
        """Make a level of a row."""


def kraken_time(timestamp: str | None) -> datetime | None:
    """Read Kraken's time to the microsecond; what is none is not worth an error here."""
    try:
        time = datetime.fromisoformat(timestamp or "")
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
