"""Missed reports go where they belong among the heard ones, whatever clocks were set to meanwhile."""

from decimal import Decimal
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from krakenio.messages import Execution
from krakenio.orders.account.interleaving import interleaved
from krakenio.subscriptions.standing import time_of
from tests.executions.world import BEGIN, Placed, fill_row, report


def fill(number: int, second: int, name: str = "O0") -> Execution:
    return fill_row(f"T{number}", Placed(name, Decimal(9), BEGIN), Decimal(1), BEGIN + second * 10**9)


def told(kind: str, second: int, name: str = "O0") -> Execution:
    return report(name, kind, kind, BEGIN + second * 10**9)


def mixed(missed: list[Execution], heard: list[Execution]) -> list[Execution]:
    times = accumulate(map(time_of, missed), max)
    return list(interleaved(zip(times, missed, strict=True), heard))


def test_reports_of_different_orders_go_by_time() -> None:
    heard = [fill(1, 1), fill(3, 3)]
    missed = [fill(7, 0, "O1"), fill(8, 2, "O2"), fill(9, 4, "O3")]
    assert [row.trade_id for row in mixed(missed, heard)] == [7, 1, 8, 3, 9]


def test_fills_of_one_order_go_by_their_numbers_where_the_clock_was_set_or_stood_still() -> None:
    assert mixed([fill(2, 1)], [fill(1, 1)]) == [fill(1, 1), fill(2, 1)]
    assert mixed([fill(2, 1)], [fill(1, 5)]) == [fill(1, 5), fill(2, 1)]
    assert mixed([fill(1, 5)], [fill(2, 1)]) == [fill(1, 5), fill(2, 1)]


def test_a_fill_comes_after_its_orders_beginning_and_before_its_end() -> None:
    heard = [told("pending_new", 5), told("new", 5), told("amended", 9), told("canceled", 2)]
    early, late = mixed([fill(1, 0)], heard), mixed([fill(1, 99)], heard)
    assert early == [*heard[:2], fill(1, 0), *heard[2:]]
    assert late == [*heard[:3], fill(1, 99), heard[3]]


def test_an_end_comes_after_all_that_was_heard_of_its_order() -> None:
    heard = [told("new", 5), fill(1, 9), told("new", 9, "O1")]
    assert mixed([told("canceled", 0)], heard) == [*heard[:2], told("canceled", 0), heard[2]]


@given(st.lists(st.tuples(st.sampled_from(["O0", "O1"]), st.integers(0, 9), st.booleans()), max_size=30))
def test_any_clock_leaves_each_order_in_its_order(acts: list[tuple[str, int, bool]]) -> None:
    """An act is one fill: of which order, at what the clock says, and whether it was missed."""
    rows = [(fill(number, second, name), missed) for number, (name, second, missed) in enumerate(acts, 1)]
    missed, heard = ([row for row, each in rows if each is was] for was in (True, False))
    mixture = mixed(sorted(missed, key=lambda row: row.order_id), heard)
    assert [row for row in mixture if row in heard] == heard
    assert sorted(row.trade_id or 0 for row in mixture) == [*range(1, len(acts) + 1)]
    for name in ("O0", "O1"):
        numbers = [row.trade_id or 0 for row in mixture if row.order_id == name]
        assert numbers == sorted(numbers)
