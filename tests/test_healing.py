"""One kept book and what it goes through: when it wants a new snapshot, and when it is given up."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from krakenio import Book, BookNotHealed, StaleBook
from krakenio.messages import BookMessage, BookUpdate, Level
from krakenio.streams.healing import HEALINGS, News, Patient
from tests.books.feed import Feed

AT = 1_700_000_000_000_000_000
Rows = tuple[BookUpdate[Any], BookUpdate[Any]]


def bid(price: str) -> tuple[str, Decimal, Decimal]:
    return ("bids", Decimal(price), Decimal("1.00000000"))


def patient() -> Patient[Book]:
    return Patient(Book("ADA/EUR"), lambda: AT)


def spoilt(row: BookUpdate[Any]) -> BookUpdate[Any]:
    return BookUpdate(row.symbol, row.checksum ^ 1, row.bids, row.asks, row.timestamp)


def rows() -> Rows:
    """Return a snapshot and the update after it."""
    feed = Feed()
    feed.update([bid("1.00000")])
    first: BookMessage[Any] = feed.snapshot()
    return first.data[0], feed.update([bid("1.10000")]).data[0]


def test_it_begins_unreadable_and_says_since_when() -> None:
    one = patient()
    with pytest.raises(StaleBook, match="its block was not entered; use `async with` around it"):
        _ = one.book.bids
    one.await_snapshot()
    assert one.take(rows()[1], snapshot=False) is News.NOTHING
    with pytest.raises(StaleBook, match=r"its snapshot has not come yet \(since 2023-11-14T22:13:20\+00:00\)"):
        _ = one.book.bids


def test_a_snapshot_begins_it_and_updates_change_it() -> None:
    one, (snapshot, update) = patient(), rows()
    assert one.take(snapshot, snapshot=True) is News.BEGUN
    assert one.take(update, snapshot=False) is News.CHANGED
    assert one.book.best_bid == Level(Decimal("1.10000"), Decimal("1.00000000"))


def test_it_is_lost_once_and_healed_by_the_next_snapshot() -> None:
    one, (snapshot, update) = patient(), rows()
    one.take(snapshot, snapshot=True)
    assert [one.take(spoilt(update), snapshot=False) for _ in range(2)] == [News.LOST, News.NOTHING]
    assert one.take(snapshot, snapshot=True) is News.HEALED
    assert (one.mismatches, one.healed) == (1, 1)


def test_snapshots_that_are_wrong_each_time_end_in_giving_up() -> None:
    one, (snapshot, _) = patient(), rows()
    news = [one.take(spoilt(snapshot), snapshot=True) for _ in range(HEALINGS + 2)]
    assert news == HEALINGS * [News.LOST] + [News.GIVEN_UP, News.NOTHING]
    with pytest.raises(BookNotHealed, match="3 new snapshots in a row did not heal it, at last its checksum is"):
        _ = one.book.bids


def test_a_true_update_begins_the_count_anew() -> None:
    one, (snapshot, update) = patient(), rows()
    for _ in range(HEALINGS + 3):
        one.take(snapshot, snapshot=True)
        assert one.take(update, snapshot=False) is News.CHANGED
        assert one.take(spoilt(update), snapshot=False) is News.LOST


def test_what_stopped_it_first_stays_the_reason() -> None:
    one, (snapshot, _) = patient(), rows()
    assert not one.stop("too late")
    one.take(snapshot, snapshot=True)
    assert one.stop("the connection was lost")
    assert not one.stop("it was subscribed anew")
    with pytest.raises(StaleBook, match="the connection was lost"):
        _ = one.book.bids


def test_closed_it_takes_nothing_more() -> None:
    one, (snapshot, _) = patient(), rows()
    one.close("its block was left")
    assert one.take(snapshot, snapshot=True) is News.NOTHING


def test_a_loss_whose_time_cannot_be_read_is_since_now() -> None:
    one, (snapshot, update) = patient(), rows()
    one.take(snapshot, snapshot=True)
    one.take(replace(spoilt(update), timestamp="soon"), snapshot=False)
    with pytest.raises(StaleBook) as caught:
        _ = one.book.bids
    assert caught.value.since == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_what_was_given_up_stays_so_where_it_is_refused_later() -> None:
    one, (snapshot, _) = patient(), rows()
    for _ in range(HEALINGS + 1):
        one.take(spoilt(snapshot), snapshot=True)
    one.refuse("Kraken refused it")
    with pytest.raises(BookNotHealed, match="did not heal it"):
        _ = one.book.bids
