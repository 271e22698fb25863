"""A candle comes out once, when it is sure to be closed, and none is left out: neither empty nor missed in silence."""

from decimal import Decimal
from typing import Any

import pytest

from krakenio import DecodeError, Gap
from krakenio.messages import Candle, rfc3339, unix_ns
from krakenio.streams.candles import MARGIN, Closing

START = unix_ns("2026-11-02T10:00:00Z")
MINUTE = 60_000_000_000


def row(minute: int, close: int = 5, trades: int = 1) -> Candle[Decimal]:
    begin = rfc3339(START + minute * MINUTE, 9)
    return Candle(
        "BTC/USD", Decimal(4), Decimal(9), Decimal(1), Decimal(close), trades, Decimal(2), begin, 1, Decimal(3)
    )


def at(minutes: float) -> int:
    """Return the time at which the clock closes what ended then."""
    return START + round(minutes * MINUTE) + MARGIN


def begun(*rows: Candle[Decimal]) -> Closing[Decimal]:
    closing: Closing[Decimal] = Closing(1)
    for each in rows:
        assert closing.row(each) == []
    assert closing.passed(at(0)) == []
    return closing


def minutes(items: list[Any]) -> list[int]:
    return [(unix_ns(item.interval_begin) - START) // MINUTE for item in items]


def test_a_later_row_closes_a_candle_as_it_was_last() -> None:
    closing = begun(row(0, close=5))
    assert closing.row(row(0, close=6)) == []
    assert closing.row(row(1, close=7)) == [row(0, close=6)]
    assert closing.row(row(2)) == [row(1, close=7)]


def test_the_clock_closes_a_candle_a_margin_after_its_end_and_only_once() -> None:
    closing = begun(row(0))
    assert closing.passed(at(1) - 1) == []
    assert closing.passed(at(1)) == [row(0)]
    assert closing.passed(at(1)) == []


def test_an_interval_without_trades_has_the_last_close_and_no_volume() -> None:
    closing = begun(row(0, close=7))
    closed: list[Any] = closing.row(row(3))
    _, empty, _ = closed
    assert (empty.open, empty.high, empty.low, empty.close) == (Decimal(7),) * 4
    assert (empty.volume, empty.trades, empty.vwap, empty.timestamp) == (0, 0, None, None)
    assert empty.interval_begin == "2026-11-02T10:01:00.000000000Z"


def test_empty_candles_are_the_same_by_clock_and_by_row() -> None:
    by_clock, by_row = begun(row(0, close=7)), begun(row(0, close=7))
    closed = [candle for minute in (1, 2, 3, 4) for candle in by_clock.passed(at(minute))]
    assert minutes(closed) == [0, 1, 2, 3]
    assert by_row.row(row(4)) == closed
    assert by_clock.row(row(4)) == []


def test_a_trade_in_a_candle_that_the_clock_opened_belongs_to_it() -> None:
    closing = begun(row(0))
    closing.passed(at(1))
    assert closing.row(row(1, close=8)) == []
    assert closing.passed(at(2)) == [row(1, close=8)]


def test_a_row_of_a_closed_candle_changes_nothing() -> None:
    closing = begun(row(0))
    closing.passed(at(1))
    assert closing.row(row(0, close=99)) == []
    assert minutes(closing.row(row(2))) == [1]


def test_what_had_ended_before_the_stream_is_history() -> None:
    closing: Closing[Decimal] = Closing(1)
    for minute in (0, 2, 4):
        assert closing.row(row(minute)) == []
    assert closing.passed(at(7.5)) == []
    assert minutes(list(closing.passed(at(9)))) == [7, 8]


def test_the_clock_closes_nothing_while_rows_may_be_missing() -> None:
    closing = begun(row(0))
    assert closing.missed()
    assert closing.passed(at(3)) == []


def test_a_snapshot_that_reaches_back_leaves_no_gap() -> None:
    closing = begun(row(0), row(1, close=5))
    closing.missed()
    snapshot = [row(0), row(1, close=6), row(3), row(4)]
    closed = [item for each in snapshot for item in closing.row(each)]
    assert minutes(closed) == [1, 2, 3]
    assert closed[0] == row(1, close=6)


def test_a_snapshot_that_begins_later_leaves_a_gap_before_what_follows() -> None:
    closing = begun(row(0))
    closing.missed()
    items = [item for each in (row(5), row(6)) for item in closing.row(each)]
    assert items == [Gap("the candles of BTC/USD have a hole"), row(5)]


def test_a_stream_without_any_candle_cannot_be_joined_by_a_snapshot() -> None:
    assert not Closing[Decimal](1).missed()


def test_a_candle_of_the_future_is_refused_and_closes_nothing() -> None:
    closing = begun(row(0))
    with pytest.raises(DecodeError, match="in the future"):
        closing.row(row(2), now=START + MINUTE - 1)
    assert closing.row(row(0, close=6), now=START) == []
    assert closing.row(row(1), now=START) == [row(0, close=6)]


def test_a_candle_of_the_future_that_came_before_the_time_was_known_is_forgotten() -> None:
    closing: Closing[Decimal] = Closing(1)
    assert closing.row(row(500)) == []
    assert closing.passed(at(0)) == []
    assert closing.row(row(0)) == []
    assert closing.passed(at(0)) == []
    assert closing.row(row(1)) == [row(0)]


def test_floats_stay_floats() -> None:
    closing: Closing[float] = Closing(60)
    closing.row(Candle("BTC/USD", 4.0, 9.0, 1.0, 5.0, 1, 2.0, rfc3339(START, 9), 60))
    closing.passed(at(0))
    _, empty = closing.passed(at(120))
    assert isinstance(empty, Candle)
    assert [type(each) for each in (empty.open, empty.volume)] == [float, float]
