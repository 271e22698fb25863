"""What can be asked of a side: levels as they were, volumes, and what taking them costs."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio import Book, InvalidRequest
from krakenio.books import Sweep
from krakenio.books.taking import MANY
from krakenio.messages import Level
from tests.books.reference import SlowBook
from tests.books.wire import book_message, decimals, frame, rows

BIDS = "99.0x1.0, 98.0x2.0, 96.0x4.0"
ASKS = "100.0x1.0, 102.0x3.0, 110.0x5.0"


def opened(bids: str = BIDS, asks: str = ASKS) -> Book:
    slow, book = SlowBook(10), Book("ADA/EUR")
    slow.apply([("bids", *level) for level in decimals(rows(bids))])
    slow.apply([("asks", *level) for level in decimals(rows(asks))])
    assert book.apply(book_message(frame("snapshot", rows(bids), rows(asks), slow.checksum()))) is None
    return book


def test_levels_are_a_sequence_of_decimals_with_their_digits() -> None:
    asks = opened(asks="100.50x1.00000000, 101.00x2.50000000").asks
    assert [str(level.price) for level in asks] == ["100.50", "101.00"]
    assert str(asks[-1].qty) == "2.50000000"
    assert (len(asks), len(asks[:1]), list(asks[1:])) == (2, 1, [asks[1]])
    assert Level(Decimal("100.50"), Decimal(1)) in asks
    with pytest.raises(IndexError):
        _ = asks[2]


def test_a_view_stays_as_it_was_while_the_book_goes_on() -> None:
    book = opened()
    bids, asks = book.bids, book.asks
    slow = SlowBook(10)
    slow.apply([("asks", Decimal("100.0"), Decimal("7.0"))])
    assert book.apply(book_message(frame("snapshot", [], rows("100.0x7.0"), slow.checksum()))) is None
    assert [f"{level.qty}" for level in asks] == ["1.0", "3.0", "5.0"]
    assert [f"{level.qty}" for level in book.asks] == ["7.0"]
    assert (len(bids), len(book.bids)) == (3, 0)


@pytest.mark.parametrize("kind", ["snapshot", "update"])
@pytest.mark.parametrize("step", [1, -1])
def test_a_message_of_very_many_levels_in_any_order_is_taken_and_cut_to_the_depth(kind: str, step: int) -> None:
    """§5.2: a level below the depth, a deleted one and one that comes twice among them."""
    book, slow = opened(), SlowBook(10)
    many = [(f"{price}.5", "1.0") for price in range(101, 101 + MANY)][::step]
    bids, asks = rows("99.0x0.0, 97.0x5.0"), [*many, ("105.5", "7.0"), ("103.5", "0.0")]
    if kind == "update":
        slow.apply([("bids", *level) for level in decimals(rows(BIDS))])
        slow.apply([("asks", *level) for level in decimals(rows(ASKS))])
    slow.apply([*(("bids", *level) for level in decimals(bids)), *(("asks", *level) for level in decimals(asks))])
    assert book.apply(book_message(frame(kind, bids, asks, slow.checksum()))) is None
    best = {"snapshot": ["101.5", "102.5", "104.5", "105.5"], "update": ["100.0", "101.5", "102.0", "102.5"]}
    assert [f"{level.price}" for level in book.asks[:4]] == best[kind]
    assert (len(book.asks), f"{book.best_bid.price}") == (10, "97.0" if kind == "snapshot" else "98.0")


def test_volume_to_a_price_counts_that_price_and_better_ones() -> None:
    book = opened()
    assert [book.asks.volume_to(price) for price in ("99", 100, Decimal(109), "110.0")] == [0, 1, 4, 9]
    assert [book.bids.volume_to(price) for price in (100, 99, 97, 1)] == [0, 1, 3, 7]
    assert book.asks.volume() == 9
    assert book.bids.volume() == 7


def test_what_a_volume_costs() -> None:
    book = opened()
    assert book.asks.for_volume(2) == Sweep(Decimal(2), Decimal(202), Decimal(102), Decimal(0))
    assert book.asks.for_volume("2").price == 101
    assert book.bids.for_volume(3) == Sweep(Decimal(3), Decimal(295), Decimal(98), Decimal(0))
    assert book.asks.for_volume(1).worst == 100


def test_what_the_visible_levels_lack_is_told() -> None:
    assert opened().bids.for_volume(10).short == 3
    swept = opened().asks.for_cash(1000)
    assert swept == Sweep(Decimal(9), Decimal(956), Decimal(110), Decimal(44))
    nothing = opened(asks="").asks.for_volume(1)
    assert (nothing, nothing.price) == (Sweep(Decimal(0), Decimal(0), None, Decimal(1)), None)


def test_what_cash_buys() -> None:
    assert opened().asks.for_cash(202) == Sweep(Decimal(2), Decimal(202), Decimal(102), Decimal(0))
    assert opened().asks.for_cash("50").qty == Decimal("0.5")


@given(st.decimals("0.01", "5", places=4))
def test_selling_and_buying_back_by_cash_is_the_same_sweep(qty: Decimal) -> None:
    asks = opened().asks
    by_volume = asks.for_volume(qty)
    by_cash = asks.for_cash(by_volume.cash)
    assert abs(by_cash.qty - by_volume.qty) < Decimal("1e-20")


@given(st.decimals("0.01", "900", places=2))
def test_cash_is_spent_to_the_last_digit_and_no_more(cash: Decimal) -> None:
    """A third of something has no last digit: what was spent is not reckoned from it."""
    swept = opened().asks.for_cash(cash)
    assert (swept.cash, swept.short) == (cash, Decimal(0))
    taken = opened().asks.for_volume(swept.qty)
    assert cash - Decimal("1e-20") < taken.cash <= cash


def test_imbalance_over_the_best_levels() -> None:
    book = opened()
    assert [book.imbalance(levels) for levels in (1, 2, 3, 9)] == [
        0,
        Decimal(-1) / 7,
        Decimal(-2) / 16,
        Decimal(-2) / 16,
    ]
    assert opened(asks="").imbalance() == 1


@pytest.mark.parametrize("levels", [0, -1, 1.0, True])
def test_no_levels_have_no_imbalance(levels: Any) -> None:
    with pytest.raises(InvalidRequest, match="levels must be an integer above zero"):
        opened().imbalance(levels)


@pytest.mark.parametrize("amount", [0, -1, 0.5, "x", Decimal("NaN")])
def test_amounts_must_be_exact_and_above_zero(amount: Any) -> None:
    for sweep in (opened().asks.for_volume, opened().asks.for_cash):
        with pytest.raises(InvalidRequest):
            sweep(amount)
