"""Sequence numbers: a hole is found once, where it is, and nowhere else."""

import pytest

from krakenio.subscriptions.sequence import Sequence


def holes(*messages: tuple[str, int | None]) -> list[int]:
    sequence = Sequence()
    return [index for index, (kind, number) in enumerate(messages) if sequence.jumped(kind, number)]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([("snapshot", 1), ("update", 2), ("update", 3)], []),
        ([("snapshot", 1), ("update", 3), ("update", 4)], [1]),
        ([("snapshot", 1), ("update", 2), ("update", 2)], [2]),  # a repetition is no order to rely on either
        ([("snapshot", 1), ("update", 5), ("snapshot", 1), ("update", 2)], [1]),  # healed by a new snapshot
        ([("update", 7), ("update", 8)], []),  # nothing before the first to compare with
        ([("snapshot", 1), ("update", None), ("update", 9), ("update", 10)], []),  # Kraken leaves it out at times
    ],
)
def test_a_hole_is_found_where_it_is(messages: list[tuple[str, int | None]], expected: list[int]) -> None:
    """D3."""
    assert holes(*messages) == expected


def test_two_channels_count_on_their_own() -> None:
    """Defect 21: one counter for two channels gives false gaps."""
    executions, balances = Sequence(), Sequence()
    for sequence in (executions, balances):
        assert not sequence.jumped("snapshot", 1)
    assert not executions.jumped("update", 2)
    assert not executions.jumped("update", 3)
    assert not balances.jumped("update", 2)
