"""Take a message's levels into one side of a book: what is read of each goes to its rank.

This loop is most of what a book costs. It is there twice: in Python, and in C (`native/levels.c`).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from krakenio.books.digits import Change, Precision
from krakenio.books.ranks import Ranks
from krakenio.compiled import compiled

MANY = 8000
"""Levels of a message above which each is not put into its place alone, which moves all that stand behind it."""

TakeLevels: TypeAlias = Callable[[Ranks[Change], Sequence[Any], Precision], None]


def take_levels_slowly(side: Ranks[Change], levels: Sequence[Any], precision: Precision) -> None:
    """Take levels in their order: the same price may come twice, and the last one wins; raises as `Precision.read`."""
    read, put, sign = precision.read, side.put, side.sign
    for level in levels:
        change = read(level.price, level.qty)
        put(change[0] * sign, change[1], change)


def take_many(side: Ranks[Change], levels: Sequence[Any], precision: Precision) -> None:
    """Take levels as `take_levels`, but in the time of a sort, however many they are and in whatever order."""
    read, sign = precision.read, side.sign
    changes = [read(level.price, level.qty) for level in levels]
    side.put_many((change[0] * sign, change[1], change) for change in changes)


def or_slowly(take: Callable[..., None] | None) -> TakeLevels:
    """Return the compiled loop, which hands odd levels to the other, or the other."""
    return take_levels_slowly if take is None else partial(take, take_levels_slowly)


take_levels: TakeLevels = or_slowly(compiled("take_levels"))
