"""A tape gives each trade once and in order, and knows what is missing, whatever comes live and whatever is fetched."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio.messages import Trade, unix_ns
from krakenio.models import PublicTrade
from krakenio.streams.tape import HELD, Tape, as_trade

TIME = "2026-11-23T00:00:00.000001Z"


def trade(number: int, at: str = TIME) -> Trade[Any]:
    return Trade("BTC/USD", "buy", Decimal(1), Decimal(1), "limit", number, at)


def following(*numbers: int) -> Tape:
    tape = Tape()
    for number in numbers:
        assert tape.admit(trade(number), room=True)
    return tape


def held(tape: Tape) -> list[int]:
    return [each.trade_id for each in tape.held]


def test_live_trades_pass_while_nothing_is_missing() -> None:
    tape = following(5, 6, 7)
    assert not tape.open
    assert tape.missing is None


def test_a_repetition_is_dropped() -> None:
    tape = following(5, 6)
    assert not tape.admit(trade(6), room=True)
    assert not tape.admit(trade(5), room=True)
    assert held(tape) == []
    assert not tape.open


def test_behind_a_hole_trades_wait_and_the_hole_is_counted() -> None:
    tape = following(5)
    assert not tape.admit(trade(9), room=True)
    assert not tape.admit(trade(10), room=True)
    assert (tape.open, tape.missing, held(tape)) == (True, 3, [9, 10])


def test_of_a_page_only_what_is_missing_is_wanted() -> None:
    tape = following(5)
    tape.admit(trade(8), room=True)
    assert [each.trade_id for each in tape.wanted([trade(number) for number in range(3, 11)])] == [6, 7]


def test_what_waits_and_was_fetched_too_waits_no_more() -> None:
    tape = following(5)
    tape.missed()
    tape.admit(trade(7), room=True)
    tape.skipped(trade(6))
    tape.skipped(trade(7))
    assert (tape.missing, held(tape)) == (None, [])


def test_where_there_is_no_room_a_trade_waits_even_the_first() -> None:
    tape = Tape()
    assert not tape.admit(trade(5), room=False)
    assert (tape.open, tape.missing, held(tape), tape.since) == (True, None, [5], None)


def test_what_cannot_wait_leaves_the_tape_open() -> None:
    tape = following(0)
    for number in range(2, HELD + 4):
        tape.admit(trade(number), room=True)
    assert len(tape.held) == HELD
    tape.held.clear()
    tape.close()
    assert tape.open
    tape.close()
    assert not tape.open


def test_nothing_can_be_missing_before_the_first_trade() -> None:
    assert not Tape().missed()
    assert following(5).missed()


def test_a_market_that_has_begun_may_miss_its_first_trade() -> None:
    tape = Tape()
    tape.begin(1)
    tape.begin(2)
    assert tape.missed()
    assert not tape.admit(trade(5), room=True)
    assert (tape.missing, tape.since, held(tape)) == (None, "1", [5])
    assert [each.trade_id for each in tape.wanted([trade(4), trade(5)])] == [4]
    assert tape.skipped(trade(4)) == 0
    assert tape.missing == 0


def test_it_asks_from_just_before_the_last_trade() -> None:
    assert following(5).since == str(unix_ns(TIME) - 1_000)


def test_it_asks_from_before_a_trade_whose_time_was_rounded_up() -> None:
    """Its true time is in `last` alone; the next trade may have that same microsecond."""
    tape, true_ns = Tape(), 1763856000145395974
    row = PublicTrade(Decimal("1.5"), Decimal(2), Decimal("1763856000.145396"), "s", "m", trade_id=7)
    tape.skipped(as_trade("BTC/USD", row, Decimal))
    assert tape.since is not None
    assert int(tape.since) < true_ns


def test_a_trade_without_a_number_is_never_wanted() -> None:
    row = PublicTrade(Decimal("1.5"), Decimal(2), Decimal("1763856000.1234567"), "s", "m")
    fetched = as_trade("BTC/USD", row, Decimal)
    assert (fetched.side, fetched.ord_type) == ("sell", "market")
    assert fetched.timestamp == "2025-11-23T00:00:00.123456Z"
    assert Tape().wanted([fetched]) == []


@pytest.mark.parametrize(
    ("number", "at", "anew"),
    [
        (7, "2026-11-23T00:00:09.000000Z", False),  # the next one
        (6, "2026-11-23T00:00:01.000002Z", True),
        (1, "2026-11-23T00:00:01.000002Z", True),
        (6, "2026-11-23T00:00:01.000001Z", False),  # a late repetition, its time rounded
        (6, TIME, False),
        (1, "2026-11-22T00:00:00.000000Z", False),
        (1, "soon", False),
    ],
)
@pytest.mark.parametrize("waits", [False, True])
def test_numbers_began_anew_where_a_lower_one_happened_well_after(
    *, number: int, at: str, anew: bool, waits: bool
) -> None:
    tape = following(3 if waits else 6)
    tape.admit(trade(6), room=True)
    assert tape.waits is waits
    assert tape.began_anew(trade(number, at)) is anew


def test_before_the_first_trade_no_number_began_anew() -> None:
    assert not Tape().began_anew(trade(1))


def test_a_tape_that_is_over_wants_nothing_of_a_page_that_was_on_its_way() -> None:
    tape = following(5)
    tape.admit(trade(8), room=True)
    tape.end()
    assert (tape.open, tape.waits, tape.wanted([trade(6), trade(7)])) == (False, False, [])
    tape.close()
    assert not tape.open


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=60))
def test_whatever_is_lost_on_the_way_each_trade_is_given_once_or_counted(steps: list[tuple[int, bool]]) -> None:
    """Each step jumps over some trades, and says whether they can be fetched."""
    tape, given_, lost, number = following(0), [0], 0, 0
    for jump, fetchable in steps:
        number += jump
        if tape.admit(trade(number), room=True):
            given_.append(number)
        page = [trade(each) for each in range(number + 1)] if fetchable else []
        for each in (*tape.wanted(page), *([tape.held.popleft()] if tape.waits else [])):
            lost += tape.skipped(each)
            given_.append(each.trade_id)
        tape.close()
    assert given_ == sorted(dict.fromkeys(given_))
    assert len(given_) + lost == number + 1
