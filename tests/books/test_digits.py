"""Prices and quantities of every written form: what a book sorts by, shows and hashes."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Raw

from krakenio import Book, InvalidRequest
from krakenio.books.digits import Precision, digits
from krakenio.messages import BookMessage, BookUpdate, Level
from tests.books import reference
from tests.books.wire import book_message, frame, rows


def told(*levels: tuple[Any, Any], checksum: int) -> BookMessage[Any]:
    return BookMessage("snapshot", [BookUpdate("ADA/EUR", checksum, [Level(price, qty) for price, qty in levels])])


FORMS: dict[str, Callable[[str], object]] = {
    "Decimal": Decimal,
    "raw": lambda text: Raw(text.encode()),
    "raw text": lambda text: Raw(f'"{text}"'.encode()),
    "str": str,
    "bytes": str.encode,
}
PRICES = st.integers(1, 10**8).flatmap(lambda n: st.integers(0, 10).map(lambda places: Decimal(n).scaleb(-places)))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("text", ["5.1E-5", "5.1e-05", "0.000051", "0.0000510", "51E-6"])
def test_every_form_of_a_number_gives_the_same_key_and_digits_once_the_precision_is_known(
    text: str, form: Callable[[str], object]
) -> None:
    key, fragment, price, qty = Precision(7, 8).read(form(text), form("1"))
    assert (key, fragment) == (51 * 10**14, b"510" + b"100000000")
    assert (Decimal(price.decode()), Decimal(qty.decode())) == (Decimal("0.000051"), Decimal(1))


def test_integers_are_numbers() -> None:
    assert Precision(0, 0).read(5, 7)[1] == b"57"
    assert Precision(2, 2).read(Raw(b"5"), Raw(b"7"))[1] == b"500700"
    assert Precision(None, None).read(Raw(b"5"), Raw(b"7"))[1] == b"57"


def test_prices_with_differing_decimals_sort_right_without_precisions() -> None:
    texts = ["0.5", "0.55", "1", "1e-2", "0.501", "10.25", "9.9999999999"]
    book = Book("ADA/EUR")
    found = book.apply(told(*((Raw(text.encode()), Raw(b"1")) for text in texts), checksum=0))
    assert found is not None
    assert found.computed is not None
    book.apply(told(*((Raw(text.encode()), Raw(b"1")) for text in texts), checksum=found.computed))
    assert [level.price for level in book.bids] == sorted(map(Decimal, texts), reverse=True)


def test_one_price_written_in_two_ways_is_one_level() -> None:
    levels = [(Decimal("0.50"), Decimal(1)), (Decimal("0.5"), Decimal(2))]
    book = Book("ADA/EUR", price_precision=2, qty_precision=0)
    assert book.apply(told(*levels, checksum=reference.crc("502"))) is None
    assert book.bids[0] == Level(Decimal("0.5"), Decimal(2))
    assert len(book.bids) == 1


@example(levels=[(Decimal("1E-10"), Decimal("0.000001"))], known=True)
@given(st.lists(st.tuples(PRICES, PRICES), unique_by=lambda level: level[0], max_size=20), st.booleans())
def test_any_numbers_sort_and_hash_as_the_reference_says(
    levels: list[tuple[Decimal, Decimal]],
    known: bool,  # noqa: FBT001 - drawn
) -> None:
    price, qty = (9, 5) if known else (None, None)  # fewer decimals than some have: these are rounded
    levels = [each for each in levels if reference.text_l2([each], [], price, qty)]  # else it is gone
    slow = reference.SlowBook(10, price, qty)
    slow.apply([("bids", *level) for level in levels])
    book = Book("ADA/EUR", price_precision=price, qty_precision=qty)
    assert book.apply(told(*levels, checksum=slow.checksum())) is None
    assert [(level.price, level.qty) for level in book.bids] == slow.levels("bids")


@given(PRICES, st.integers(0, 12))
def test_digits_are_those_of_the_sheet(number: Decimal, places: int) -> None:
    assert digits(format(number, "f").encode(), places).decode() == reference.digits(number, places)
    assert digits(format(number, "f").encode(), None).decode() == reference.digits(number, None)


def test_precisions_may_change_while_the_book_lives() -> None:
    book = Book("ADA/EUR")
    levels = rows("0.5x1.00, 0.4x2.00")
    assert book.apply(book_message(frame("snapshot", levels, [], reference.crc("51004200")))) is None
    book.set_precision(3, 4)
    assert (book.price_precision, book.qty_precision) == (3, 4)
    assert book.checksum() == reference.crc("5001000040020000")
    update = frame("update", rows("0.450x3.0000"), [], reference.crc("500100004503000040020000"))
    assert book.apply(book_message(update)) is None
    book.set_precision(3, 4)
    assert book.checksum() == reference.crc("500100004503000040020000")
    book.set_precision(1, 0)
    assert book.checksum() == reference.crc("514342"), "rounded half to even, as Python's quantize does"


@pytest.mark.parametrize("precision", [-1, 21, 1.0, True, "8"])
def test_a_precision_that_is_none_is_refused(precision: Any) -> None:
    with pytest.raises(InvalidRequest, match="price_precision must be a number of decimals from 0 to 20, or None"):
        Book("ADA/EUR", price_precision=precision)
    with pytest.raises(InvalidRequest, match="qty_precision must be"):
        Book("ADA/EUR").set_precision(1, precision)


def test_the_memory_of_prices_is_bounded() -> None:
    precision = Precision(0, 0, remembered=8)
    for price in range(1, 1000):
        assert precision.read(str(price), "1")[0] == price * 10**20
    assert len(precision.prices) <= 8
