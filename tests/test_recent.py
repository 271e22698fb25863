"""What is remembered is bounded in number and in time (contract B6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio import recent
from krakenio.recent import Recent


def test_it_finds_what_was_kept_last_under_a_key_and_forgets_it_once() -> None:
    table: Recent[str, int] = Recent()
    assert [table.keep("a", 1, 0), table.keep("b", 2, 0), table.keep("a", 3, 0)] == [[], [], []]
    assert (table.find("a"), list(table), len(table), "a" in table) == (3, [2, 3], 2, True)
    assert (table.forget("a"), table.forget("a"), table.find("a"), "a" in table) == (3, None, None, False)
    table.clear()
    assert len(table) == 0


@given(st.lists(st.tuples(st.integers(0, 8), st.floats(0, 500))))
def test_it_holds_the_newest_and_tells_what_it_gave_up(kept: list[tuple[int, float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent, "KEPT", 4)
        table: Recent[int, tuple[int, float]] = Recent()
        expected: dict[int, tuple[int, float]] = {}
        now = 0.0
        for key, seconds in kept:
            now += seconds
            forgotten = table.keep(key, (key, now), now)
            expected.pop(key, None)
            expected[key] = (key, now)
            too_many = list(expected.values())[: max(0, len(expected) - 4)]
            gone = [value for value in expected.values() if value in too_many or now - value[1] > recent.KEPT_SECONDS]
            assert forgotten == gone
            expected = {key: value for key, value in expected.items() if value not in gone}
            assert list(table) == list(expected.values())
