"""Exact numbers in, plain digits out."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio.errors import InvalidRequest
from krakenio.numbers import exact, plain, positive

SANE = st.decimals(min_value=Decimal("-1e30"), max_value=Decimal("1e30"), allow_nan=False, places=10)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.01000000", "0.01000000"),
        ("1E-8", "0.00000001"),
        ("0E-8", "0.00000000"),
        ("1E+5", "100000"),
        ("-0.00", "0.00"),
        ("-0", "0"),
        ("-1.50", "-1.50"),
        ("123456789012345678901234567890.123", "123456789012345678901234567890.123"),
    ],
)
def test_a_number_is_written_with_all_its_digits_and_no_exponent(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+1000000", "1E-1000000"])
def test_what_no_exchange_trades_is_not_written(number: str) -> None:
    with pytest.raises(InvalidRequest, match="finite"):
        plain(Decimal(number))


@given(SANE)
def test_what_is_written_reads_back_as_the_same_number(number: Decimal) -> None:
    text = plain(number)
    assert Decimal(text) == number
    assert exact(text, "n") == number
    assert text.lstrip("-").replace(".", "").isdecimal()


@pytest.mark.parametrize(
    ("value", "number"),
    [(Decimal("0.10"), "0.10"), (7, "7"), (-7, "-7"), ("0.01", "0.01"), ("+.5", "0.5"), ("1.", "1"), ("1e-8", "1E-8")],
)
def test_decimals_integers_and_text_are_taken_digit_by_digit(value: Any, number: str) -> None:
    assert str(exact(value, "order_qty")) == number


@pytest.mark.parametrize("value", [0.1, 1.0, float("nan"), float("inf")])
def test_a_float_is_refused_and_told_how_to_pass_it(value: float) -> None:
    with pytest.raises(InvalidRequest, match=r'^order_qty=.* is a float, .* pass it as text or Decimal, order_qty="'):
        exact(value, "order_qty")


@pytest.mark.parametrize(
    "value", [True, False, None, "", "abc", "1,5", "1_0", " 1", "0x1", "\uff11", "1e99999", "--1", b"1", [1], object()]
)
def test_what_is_no_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^order_qty must be a Decimal, an int or text"):
        exact(value, "order_qty")


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), "1e41", "1e-999", 10**50])
def test_what_is_not_finite_or_of_no_sane_size_is_refused_by_name(value: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^order_qty must be a finite number"):
        exact(value, "order_qty")


@pytest.mark.parametrize("value", [0, "0.00", Decimal("-0"), -1, "-0.00000001"])
def test_a_quantity_must_be_above_zero(value: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^order_qty must be above zero"):
        positive(value, "order_qty")


def test_a_quantity_above_zero_comes_back_exact() -> None:
    assert str(positive("0.0100", "order_qty")) == "0.0100"


def test_a_refused_value_is_not_repeated_at_length() -> None:
    with pytest.raises(InvalidRequest) as caught:
        exact("x" * 1000, "order_qty")
    assert len(str(caught.value)) < 100
