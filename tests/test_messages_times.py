"""Times of the wire, to the nanosecond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio.errors import DecodeError
from krakenio.messages import rfc3339, unix_ns

SECOND = 1_000_000_000
TEN = 1793613600 * SECOND  # 2026-11-02T10:00:00Z


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-02T10:00:00Z", TEN),
        ("2026-11-02T10:00:00", TEN),
        ("2026-11-02t10:00:00z", TEN),
        ("2026-11-02 10:00:00.1", TEN + 100_000_000),
        ("2026-11-02T10:00:00.0001405", TEN + 140_500),
        ("2026-11-02T10:00:00.000000001Z", TEN + 1),
        ("2026-11-02T10:00:00.000000001999Z", TEN + 1),
        ("2026-11-02T12:00:00.5+02:00", TEN + SECOND // 2),
        ("2026-11-02T05:00:00-05:00", TEN),
        ("1969-12-31T23:59:59.25Z", -SECOND + 250_000_000),
    ],
)
def test_a_time_is_read_to_the_nanosecond(text: str, nanoseconds: int) -> None:
    assert unix_ns(text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "2026-11-02",
        "2026-13-02T10:00:00Z",
        "2026-11-02T25:00:00Z",
        "2026-11-02T10:00:00.Z",
        "\uff12026-11-02T10:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9998-12-31T23:59:00-00:01",
        "9999-12-31T23:59:59Z",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(DecodeError, match="RFC 3339"):
        unix_ns(text)


@pytest.mark.parametrize(
    ("digits", "text"),
    [
        (0, "2026-11-02T10:00:00Z"),
        (3, "2026-11-02T10:00:00.123Z"),
        (6, "2026-11-02T10:00:00.123456Z"),
        (9, "2026-11-02T10:00:00.123456789Z"),
    ],
)
def test_a_time_is_cut_to_the_digits_wanted(digits: int, text: str) -> None:
    assert rfc3339(TEN + 123_456_789, digits) == text


def test_milliseconds_are_the_default_as_deadlines_want_them() -> None:
    assert rfc3339(TEN) == "2026-11-02T10:00:00.000Z"


@given(st.integers(0, 2**63 - 1))
def test_what_is_written_reads_back(nanoseconds: int) -> None:
    assert unix_ns(rfc3339(nanoseconds, 9)) == nanoseconds


@given(st.integers(0, 2**63 - 1), st.integers(0, 9))
def test_a_time_that_was_cut_is_never_later(nanoseconds: int, digits: int) -> None:
    back = unix_ns(rfc3339(nanoseconds, digits))
    assert 0 <= nanoseconds - back < 10 ** (9 - digits)


@pytest.mark.parametrize("seconds", [10**12, -(10**12), 10**40])
def test_a_time_of_no_year_cannot_be_written(seconds: int) -> None:
    """As REST could tell it; an `OverflowError` would end the session that looks for missed trades or fills."""
    with pytest.raises(DecodeError, match="beyond the years"):
        rfc3339(seconds * SECOND)
