"""The table of sweeps has a line for each test, with the deepest of its runs and their sum."""

from types import SimpleNamespace

from tests.depths import PROPERTY, Swept, swept, table


def test_runs_of_one_test_are_one_line() -> None:
    adds = [Swept("test_an_add", "trio", 3, 8), Swept("test_an_add", "trio", 2, 6)]
    lines = table([*adds, Swept("test_a_book", "uvloop", 1, 4)]).splitlines()
    assert lines[2:] == ["| a book |  |  | 1 in 4 |", "| an add | 3 in 14 |  |  |"]


def test_what_failed_is_not_told() -> None:
    properties = [(PROPERTY, ["test_an_add", "trio", 3, 8]), ("other", 1)]
    reports = [SimpleNamespace(when="call", passed=passed, user_properties=properties) for passed in (True, False)]
    assert swept([*reports, SimpleNamespace()]) == [Swept("test_an_add", "trio", 3, 8)]
