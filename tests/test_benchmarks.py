"""What the page of the benchmarks says follows from what was measured: tables go in, verdicts and Markdown come out."""

import pytest

from benchmarks.aims import AIMS, Aim, against, fastest_client, rate
from benchmarks.page import block, filled, merged
from benchmarks.report import Measurements, Row, Table
from benchmarks.results import Results

OURS, LIMIT = "krakenio, trio", "limit"


def table(measured: Measurements, key: str = "saturated") -> Table:
    return Table(key, "title", ["rate"], [Row(name, ["1 /s"], 1, "0 .. 2") for name in measured], measured)


def rates(**rounds: list[float]) -> Measurements:
    names = {"ours": OURS, "limit": LIMIT, "slow": "ccxt.pro", "fast": "typed-kraken"}
    return {names[name]: [{"rate": rate} for rate in all_] for name, all_ in rounds.items()}


@pytest.mark.parametrize(
    ("bound", "at_most", "verdict"),
    [(0.5, False, "yes"), (0.51, False, "**no**"), (0.5, True, "yes"), (0.49, True, "**no**")],
)
def test_an_aim_is_reached_by_the_quotient_of_medians(bound: float, verdict: str, *, at_most: bool) -> None:
    aim = Aim("text", against("saturated", "rate", OURS, LIMIT), bound, at_most)
    row = aim.row({"saturated": table(rates(ours=[10, 50, 90], limit=[100, 100, 100]))})
    assert row.cells[1:] == ["0.50", verdict, "", ""]
    assert row.spread == "0.10 .. 0.90"


def test_a_rate_is_compared_by_processor_time_too() -> None:
    measured: Measurements = {
        OURS: [{"rate": 50, "cpu": 3}, {"rate": 60, "cpu": 2}],
        LIMIT: [{"rate": 100, "cpu": 1}, {"rate": 100, "cpu": 2}],
    }
    row = rate("text", "saturated", OURS, LIMIT, 0.6).row({"saturated": table(measured)})
    assert row.cells == ["at least 0.6", "0.55", "**no**", "0.60", ""]


def test_what_was_measured_pure_stands_beside_it() -> None:
    measured: Measurements = {
        OURS: [{"rate": 50, "cpu": 3}, {"rate": 50, "cpu": 3}],
        f"{OURS}, pure": [{"rate": 60}, {"rate": 80}],
        LIMIT: [{"rate": 100, "cpu": 1}, {"rate": 100, "cpu": 1}],
    }
    row = rate("text", "saturated", OURS, LIMIT, 0.7)
    assert row.row({"saturated": table(measured)}).cells[-1] == "0.70, yes"


def test_what_was_not_measured_is_not_reached() -> None:
    for aim in AIMS:
        assert aim.row({}).cells[1:] == ["not measured", "no", "", ""]


def test_the_fastest_client_is_the_one_to_compare_with() -> None:
    names = ("python-kraken-sdk", "kraken-connector")
    others: Measurements = {name: [{"rate": 1}] for name in names}
    measured = rates(ours=[100], slow=[10], fast=[25]) | others
    assert fastest_client("clients", "trio", "rate")({"clients": table(measured, "clients")}) == ([100], [25])


def test_a_table_replaces_what_stood_in_its_place_and_nothing_else() -> None:
    page = "before\n<!-- table a -->\nold\n<!-- end -->\nbetween\n<!-- table b -->\n<!-- end -->\nafter"
    once = filled(page, {"a": "A", "b": "B"})
    assert once == "before\n<!-- table a -->\nA\n<!-- end -->\nbetween\n<!-- table b -->\nB\n<!-- end -->\nafter"
    assert filled(once, {"a": "A", "b": "B"}) == once
    assert "Not measured" in filled(page, {"a": "A"})
    assert "old" not in filled(page, {"b": "B"})


def test_a_later_run_replaces_the_tables_that_it_has() -> None:
    old = Results("1", "m", "p", [table({}, "a"), table({}, "b")])
    new = Results("2", "m", "p", [table({}, "b")])
    assert [(kept.date, kept.tables[0].key) for kept in merged([old], [new])] == [("1", "a"), ("2", "b")]


def test_a_block_is_a_table_with_its_spread_and_where_it_is_from() -> None:
    head, rule, row = "|  | rate | lowest .. highest |", "| --- | --- | --- |", f"| **{OURS}** | 1 /s | 0 .. 2 |"
    lines = block(table(rates(ours=[1])), "*caption*").splitlines()
    assert lines == ["", head, rule, row, "", "*caption*"]
