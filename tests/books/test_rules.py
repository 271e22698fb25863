"""How a book is kept (ws-v2-market-data §5.2), and when it can be read."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

import pytest
from msgspec import Raw

from krakenio import Book, EmptySide, Gap, InvalidRequest, KrakenError, StaleBook
from krakenio.books import Desync
from krakenio.messages import BookMessage, BookUpdate, HeartbeatMessage, Level, Level3Message, decode
from tests.books.reference import SlowBook
from tests.books.wire import AT, Form, book_message, decimals, frame, rows

BIDS = "0.41250x10.00000000, 0.41240x20.00000000, 0.41230x30.00000000"
ASKS = "0.41260x1.00000000, 0.41270x2.00000000, 0.41280x3.00000000"


class Fed:
    """A book and the slow one beside it: what one is told the other is, with the right checksum."""

    def __init__(self, depth: int = 10, bids: str = BIDS, asks: str = ASKS) -> None:
        self.book, self.slow = Book("ADA/EUR", depth), SlowBook(depth)
        assert self.say("snapshot", bids, asks) is None

    def say(self, kind: str, bids: str, asks: str, *, wrong: int = 0, numbers: Form = Raw) -> Desync | None:
        told = {"bids": rows(bids), "asks": rows(asks)}
        if kind == "snapshot":
            self.slow.clear()
        self.slow.apply([(name, *level) for name, side in told.items() for level in decimals(side)])
        checksum = self.slow.checksum() ^ wrong
        return self.book.apply(book_message(frame(kind, told["bids"], told["asks"], checksum), numbers))


def shown(levels: Sequence[Level[Decimal]]) -> str:
    return ", ".join(f"{level.price}x{level.qty:f}" for level in levels)


def test_a_snapshot_is_sorted_whatever_its_order_and_replaces_everything() -> None:
    fed = Fed()
    assert fed.say("snapshot", "1.00000x1.00000000, 3.00000x1.00000000, 2.00000x1.00000000", "") is None
    assert shown(fed.book.bids) == "3.00000x1.00000000, 2.00000x1.00000000, 1.00000x1.00000000"
    assert shown(fed.book.asks) == ""


def test_levels_are_set_replaced_and_deleted() -> None:
    fed = Fed()
    assert fed.say("update", "0.41250x0.00000000, 0.41245x5.00000000", "0.41270x9.00000000") is None
    assert shown(fed.book.bids) == "0.41245x5.00000000, 0.41240x20.00000000, 0.41230x30.00000000"
    assert shown(fed.book.asks) == "0.41260x1.00000000, 0.41270x9.00000000, 0.41280x3.00000000"


def test_the_last_entry_of_a_price_wins() -> None:
    fed = Fed()
    assert fed.say("update", "0.41250x0.00000000, 0.41250x7.00000000, 0.41240x7.00000000, 0.41240x0", "") is None
    assert shown(fed.book.bids) == "0.41250x7.00000000, 0.41230x30.00000000"


@pytest.mark.parametrize("zero", ["0", "0.0", "0.00000000", "0e-8", '"0.0"', "-0.0"])
def test_any_zero_deletes_and_deleting_what_is_not_there_is_no_error(zero: str) -> None:
    fed = Fed()
    level = Level(Raw(b"0.41250"), Raw(zero.encode()))
    message: BookMessage[Raw] = BookMessage("update", [BookUpdate("ADA/EUR", 0, [level])])
    fed.book.apply(message)
    fed.slow.apply([("bids", Decimal("0.41250"), Decimal(0))])
    assert fed.book.desync is not None
    assert fed.book.desync.computed == fed.slow.checksum()
    assert Fed().say("update", "0.99990x0.00000000", "0.00010x0.00000000") is None


def test_levels_beyond_the_depth_are_cut_after_the_whole_message() -> None:
    many = ", ".join(f"0.{n}x1.00000000" for n in range(50010, 50000, -1))
    fed = Fed(bids=many)
    assert fed.say("update", "0.50011x1.00000000, 0.50012x1.00000000, 0.50012x0.00000000", "") is None
    assert (len(fed.book.bids), fed.book.bids[-1].price) == (10, Decimal("0.50002"))
    assert fed.say("update", "0.50011x0.00000000", "") is None
    assert len(fed.book.bids) == 9, "what was cut does not come back by itself"
    assert fed.say("update", "0.50001x4.00000000", "") is None
    assert len(fed.book.bids) == 10


def test_a_level_that_leaves_and_returns_within_one_message_is_not_lost() -> None:
    many = ", ".join(f"0.{n}x1.00000000" for n in range(50010, 50000, -1))
    fed = Fed(bids=many)
    changes = "0.50011x1.00000000, 0.50010x0.00000000"  # eleven levels in between: the eleventh must survive
    assert fed.say("update", changes, "") is None
    assert fed.book.bids[-1].price == Decimal("0.50001")


def test_a_crossed_book_is_kept_as_told() -> None:
    fed = Fed()
    assert fed.say("update", "0.41300x1.00000000", "") is None
    assert fed.book.best_bid.price > fed.book.best_ask.price
    assert fed.book.spread == Decimal("-0.00040")


def test_an_empty_side_is_told_by_name_and_an_empty_book_has_checksum_zero() -> None:
    fed = Fed(bids="", asks="0.41260x1.00000000")
    with pytest.raises(EmptySide, match="the book of ADA/EUR has no bids"):
        _ = fed.book.best_bid
    assert fed.book.best_ask == Level(Decimal("0.41260"), Decimal("1.00000000"))
    assert fed.say("snapshot", "", "") is None
    assert (fed.book.checksum(), list(fed.book.bids), list(fed.book.asks)) == (0, [], [])
    for read in (lambda: fed.book.best_ask, lambda: fed.book.spread, lambda: fed.book.mid, fed.book.imbalance):
        with pytest.raises(EmptySide):
            read()


def test_best_prices_spread_and_middle() -> None:
    book = Fed().book
    assert (book.best_bid.price, book.best_ask.price) == (Decimal("0.41250"), Decimal("0.41260"))
    assert (book.spread, book.mid) == (Decimal("0.00010"), Decimal("0.41255"))
    assert (book.depth, book.timestamp, book.symbol) == (10, AT, "ADA/EUR")


Read = Callable[[Book], object]
READS: dict[str, Read] = {
    "bids": attrgetter("bids"),
    "asks": attrgetter("asks"),
    "best_bid": attrgetter("best_bid"),
    "best_ask": attrgetter("best_ask"),
    "spread": attrgetter("spread"),
    "mid": attrgetter("mid"),
    "imbalance": Book.imbalance,
    "checksum": Book.checksum,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_book_before_its_snapshot_cannot_be_read(read: Read) -> None:
    with pytest.raises(StaleBook, match=r"book of ADA/EUR cannot be read: its snapshot has not come yet$") as caught:
        read(Book("ADA/EUR"))
    assert (caught.value.symbol, caught.value.since) == ("ADA/EUR", None)
    assert isinstance(caught.value, KrakenError)


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("kind", ["snapshot", "update"])
def test_a_wrong_checksum_is_told_once_and_nothing_can_be_read_until_the_next_snapshot(kind: str, read: Read) -> None:
    fed = Fed()
    found = fed.say(kind, BIDS, "0.41260x8.00000000", wrong=1)
    assert found is not None
    assert (found.computed, found.expected) == (fed.slow.checksum(), fed.slow.checksum() ^ 1)
    assert fed.say("update", "0.41250x1.00000000", "") is None, "told once: Kraken limits how often one may resubscribe"
    assert (fed.book.valid, fed.book.desync) == (False, found)
    with pytest.raises(StaleBook, match=f"checksum is {found.computed} where Kraken's is {found.expected}") as caught:
        read(fed.book)
    assert caught.value.since == datetime(2026, 11, 2, 10, 0, 2, 500, UTC)
    assert fed.say("snapshot", BIDS, ASKS) is None
    assert (fed.book.valid, fed.book.desync) == (True, None)
    read(fed.book)


def test_what_lies_outside_the_book_can_make_it_stale_too() -> None:
    fed = Fed()
    fed.book.invalidate("the connection was lost", datetime(2026, 11, 2, tzinfo=UTC))
    with pytest.raises(StaleBook, match=r"the connection was lost \(since 2026-11-02T00:00:00\+00:00\)") as caught:
        _ = fed.book.best_bid
    assert caught.value.reason == "the connection was lost"
    assert fed.say("update", "0.41250x1.00000000", "") is None
    assert not fed.book.valid
    assert fed.say("snapshot", BIDS, ASKS) is None
    assert fed.book.valid


@pytest.mark.parametrize("numbers", [Raw, Decimal])
def test_messages_of_both_kinds_can_be_mixed(numbers: Form) -> None:
    fed = Fed()
    assert fed.say("update", "0.41250x1.50000000", "", numbers=numbers) is None
    assert fed.book.best_bid == Level(Decimal("0.41250"), Decimal("1.50000000"))


def test_floats_are_refused_with_the_reason_and_the_update_counts_as_lost() -> None:
    fed = Fed()
    message = decode(frame("update", rows(BIDS), [], 1), float)
    assert isinstance(message, BookMessage)
    with pytest.raises(InvalidRequest, match="lost the trailing zeros that its checksum is made of; decode with"):
        fed.book.apply(message)
    with pytest.raises(StaleBook, match="a message was refused"):
        _ = fed.book.best_bid


@pytest.mark.parametrize("number", [True, None, [], 1.5])
def test_what_is_no_number_is_refused(number: Any) -> None:
    message: BookMessage[Any] = BookMessage("snapshot", [BookUpdate("ADA/EUR", 0, [Level(number, Decimal(1))])])
    with pytest.raises(InvalidRequest):
        Book("ADA/EUR").apply(message)


@pytest.mark.parametrize("text", ["null", "true", '"NaN"', '"Infinity"', "-1", "1e999", "1e-30", "{}", '"', "1" * 60])
@pytest.mark.parametrize("place", ["price", "qty"])
def test_a_wire_number_that_is_none_costs_the_book_and_raises_nothing(place: str, text: str) -> None:
    fed = Fed()
    numbers = {"price": b"1.0", "qty": b"1.0", place: text.encode()}
    level = Level(Raw(numbers["price"]), Raw(numbers["qty"]))
    message: BookMessage[Raw] = BookMessage("update", [BookUpdate("ADA/EUR", 0, [level])])
    found = fed.book.apply(message)
    assert found is not None
    assert found.reason.startswith("a price or quantity is") or place == "qty", "a huge quantity is only a mismatch"
    assert not fed.book.valid
    assert fed.say("snapshot", BIDS, ASKS) is None


def test_a_message_of_another_symbol_is_refused_and_changes_nothing() -> None:
    fed = Fed()
    with pytest.raises(InvalidRequest, match="a message of BTC/USD does not belong to the book of ADA/EUR"):
        fed.book.apply(book_message(frame("update", rows(BIDS), [], 1, symbol="BTC/USD")))
    assert fed.book.valid


@pytest.mark.parametrize("message", [HeartbeatMessage(), Level3Message[Any]("update", []), Gap("lost")])
def test_what_is_no_message_of_the_channel_is_refused_by_its_name(message: Any) -> None:
    fed = Fed()
    with pytest.raises(InvalidRequest, match=f"takes a BookMessage, not {type(message).__name__}: pass over"):
        fed.book.apply(message)
    assert fed.book.valid


def test_a_message_of_several_rows_is_applied_row_by_row() -> None:
    fed = Fed()
    good = book_message(frame("update", rows("0.41250x1.00000000"), [], 0), Decimal).data[0]
    fed.slow.apply([("bids", Decimal("0.41250"), Decimal("1.00000000"))])
    row = BookUpdate("ADA/EUR", fed.slow.checksum(), good.bids)
    assert fed.book.apply(BookMessage("update", [row, row])) is None
    bad = BookUpdate("ADA/EUR", 7, good.bids)
    found = fed.book.apply(BookMessage("update", [bad, row]))
    assert found is not None
    assert found.expected == 7


@pytest.mark.parametrize("depth", [0, 11, 10.0, True, "10", None])
def test_a_depth_that_kraken_does_not_have_names_those_that_it_has(depth: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"depth must be one of 10, 25, 100, 500, 1000, not"):
        Book("ADA/EUR", depth)


def test_a_symbol_of_rest_names_the_right_one() -> None:
    with pytest.raises(InvalidRequest, match="BTC/USD"):
        Book("XBT/USD")


def test_a_book_shows_its_state() -> None:
    assert repr(Book("ADA/EUR", 25)) == "<Book ADA/EUR depth=25: its snapshot has not come yet>"
    fed = Fed()
    assert repr(fed.book) == "<Book ADA/EUR depth=10: live>"
    assert repr(fed.book.bids).startswith("<3 levels: 0.41250 x 10.00000000, ")
    assert repr(Fed(bids=BIDS + ", 0.1x1").book.bids).endswith(", ...>")


def test_a_bad_timestamp_does_not_hide_the_reason() -> None:
    in_utc = datetime(2026, 11, 2, 10, 0, 2, tzinfo=UTC)
    for timestamp, since in ((None, None), ("soon", None), ("2026-11-02T10:00:02", in_utc)):
        book = Book("ADA/EUR")
        book.apply(BookMessage("snapshot", [BookUpdate("ADA/EUR", 7, timestamp=timestamp)]))
        with pytest.raises(StaleBook, match="checksum is 0 where Kraken's is 7") as caught:
            _ = book.bids
        assert caught.value.since == since


def test_a_book_that_adopts_another_begins_as_it_is_and_goes_its_own_way() -> None:
    fed, twin = Fed(), Book("ADA/EUR")
    assert fed.say("update", "0.41245x5.00000000", "") is None
    twin.adopt(fed.book)
    was = shown(twin.bids)
    assert (was, twin.checksum(), twin.timestamp) == (shown(fed.book.bids), fed.book.checksum(), fed.book.timestamp)
    assert fed.say("update", "0.41245x0.00000000", "0.41255x1.00000000") is None
    assert shown(twin.bids) == was
    fed.say("update", "0.41250x1.00000000", "", wrong=1)
    assert (fed.book.valid, twin.valid) == (False, True)
    twin.adopt(fed.book)
    with pytest.raises(StaleBook, match="its checksum is"):
        _ = twin.bids


@pytest.mark.parametrize("other", [Book("ADA/USD"), Book("ADA/EUR", 25)])
def test_a_book_adopts_no_other_symbol_or_depth(other: Book) -> None:
    fed = Fed()
    with pytest.raises(InvalidRequest, match="is another book than"):
        fed.book.adopt(other)
    assert shown(fed.book.bids) == BIDS
