"""The loop that takes a book's levels: compiled, it does with any levels what it does in Python."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Raw

from krakenio.books.desync import Inapplicable
from krakenio.books.digits import Change, Precision
from krakenio.books.ranks import Ranks
from krakenio.books.taking import TakeLevels, take_levels_slowly, take_many
from krakenio.errors import InvalidRequest

DIGITS = st.text("0123456789", min_size=1, max_size=9)
USUAL = st.builds("{}.{}".format, DIGITS, DIGITS)
ODD = st.sampled_from(
    [
        *("0", "0.0", "5", "0.00000000", "1e-8", "1E3", "-1.5", '"2.50"', '"0"', "null", "true"),
        *("1.2.3", ".5", "5.", "", ".", "1x", "x1", "1 "),
        *("0" * 61, "1" * 41, "1" * 61, "1" * 55 + ".12345678"),
        *("0." + "0" * 21, "0." + "1" * 20, "0." + "1" * 21),
    ]
)
NUMBERS = st.one_of(USUAL, USUAL, USUAL, ODD).map(lambda text: Raw(text.encode()))
PRICES = st.one_of(st.sampled_from([Raw(b"7.5"), Raw(b"7.50"), Raw(b"8"), Raw(b"9.25")]), NUMBERS)
OTHERS = st.sampled_from([Decimal("1.50"), Decimal("Infinity"), b"1.50", bytearray(b"1.5"), "1.50", 3, True, 1.5, None])
LEVELS = st.lists(st.tuples(PRICES | OTHERS, NUMBERS | OTHERS), max_size=15)
PLACES = st.sampled_from([None, 0, 1, 2, 8])

Side = tuple[Ranks[Change], Precision]


@pytest.fixture(scope="module")
def compiled(native: ModuleType) -> TakeLevels:
    return partial(native.take_levels, take_levels_slowly)


def side(sign: int, price: int | None, qty: int | None) -> Side:
    """Make a side with some levels, which remembers a few prices only."""
    made = Ranks[Change](sign), Precision(price, qty, remembered=3)
    take_levels_slowly(made[0], levels([(Raw(b"%d" % number), Raw(b"1.00000000")) for number in range(3, 14)]), made[1])
    made[0].top()
    return made


def levels(numbers: list[tuple[Any, Any]]) -> list[Any]:
    return [SimpleNamespace(price=price, qty=qty) for price, qty in numbers]


def found(take: TakeLevels, made: Side, given_: list[Any]) -> tuple[object, ...]:
    """Return all that can be seen after a message: what was raised, and the side, and what is known of prices."""
    ranks, precision = made
    error = None
    try:
        take(ranks, given_, precision)
    except (Inapplicable, InvalidRequest) as raised:
        error = type(raised), str(raised)
    return error, ranks.keys, ranks.fragments, ranks.rows, ranks.touched, ranks.top(), precision.prices


@given(numbers=LEVELS, sign=st.sampled_from([1, -1]), price=PLACES, qty=PLACES)
@example(numbers=[(Raw(b"7"), Raw(b"0.00000000"))] * 2, sign=-1, price=0, qty=8)
@example(numbers=[(Raw(b"7"), Raw(b"2.50000000")), (Raw(b"7"), Raw(b"2.5"))], sign=1, price=0, qty=8)
@example(numbers=[(Raw(b"7"), Raw(b"2.50000000")), (1.5, Raw(b"2.5"))], sign=1, price=None, qty=None)
def test_it_takes_of_any_levels_what_python_takes(
    compiled: TakeLevels, numbers: list[tuple[Any, Any]], sign: int, price: int | None, qty: int | None
) -> None:
    fast, slow = (found(take, side(sign, price, qty), levels(numbers)) for take in (compiled, take_levels_slowly))
    assert fast == slow
    assert repr(fast) == repr(slow), "types too"


@given(numbers=LEVELS, sign=st.sampled_from([1, -1]), price=PLACES, qty=PLACES)
@example(numbers=[(Raw(b"7"), Raw(b"0.00000000"))] * 2, sign=-1, price=0, qty=8)
@example(numbers=[(Raw(b"9"), Raw(b"0.0")), (Raw(b"9"), Raw(b"2.5")), (Raw(b"1"), Raw(b"3"))], sign=1, price=0, qty=8)
def test_many_at_once_are_taken_as_one_by_one(
    numbers: list[tuple[Any, Any]], sign: int, price: int | None, qty: int | None
) -> None:
    many, single = (found(take, side(sign, price, qty), levels(numbers)) for take in (take_many, take_levels_slowly))
    assert many[0] == single[0]
    if single[0] is None:  # else the book is lost, whatever stands there
        assert many[1:4] + many[5:] == single[1:4] + single[5:], "all but whether the best have changed"


@pytest.mark.parametrize(
    "arguments", [(), (None, None, [], None, None), (None, None, (), None), (None, None, [SimpleNamespace()], None)]
)
def test_wrong_arguments_raise(native: ModuleType, arguments: tuple[object, ...]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        native.take_levels(*arguments)


def test_a_side_that_is_no_book_and_a_level_that_is_none_raise(compiled: TakeLevels) -> None:
    ranks, precision = side(1, None, None)
    level, broken = levels([(Raw(b"7.5"), Raw(b"1"))]), Ranks[Change](1)
    broken.keys = ()  # type: ignore[assignment]
    refused: list[Callable[[], None]] = [
        lambda: compiled(ranks, [SimpleNamespace(price=Raw(b"7.5"))], precision),
        lambda: compiled(broken, level, precision),
        lambda: compiled(ranks, level, SimpleNamespace(prices={}, qty="8")),  # type: ignore[arg-type]
        lambda: compiled(ranks, level, SimpleNamespace(prices={b"7.5": (1,)}, qty=None)),  # type: ignore[arg-type]
    ]
    for call in refused:
        with pytest.raises((TypeError, AttributeError, IndexError)):
            call()
