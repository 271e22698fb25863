"""Keep one side of a book sorted: levels by key go in, their order and the checksum's text of the best ten come out.

Parallel lists, because a list of integers is bisected in C and a list of bytes is joined in C: that is several times as
fast as a sorted dict of levels. Asks are keyed by their price and bids by its negative, so both are best first.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import zip_longest
from operator import itemgetter
from typing import Generic, Self, TypeVar

R = TypeVar("R")

CHECKED = 10
"""Levels a side that a checksum covers, whatever the depth (ws-v2-market-data §5.3)."""


class Ranks(Generic[R]):
    """Hold levels best first: a key, a fragment of the checksum's text and a row for each; `sign` is -1 for bids.

    `touched` says that the ten best have changed since `top` was called.
    """

    __slots__ = ("_top", "fragments", "keys", "rows", "sign", "touched")

    def __init__(self, sign: int) -> None:
        self.sign: int = sign
        self.clear()

    def clear(self) -> None:
        """Forget all levels; lists that were handed out stay as they are."""
        self.keys: list[int] = []
        self.fragments: list[bytes] = []
        self.rows: list[R] = []
        self.touched: bool = True
        self._top = b""

    def copy(self) -> Self:
        """Return the same levels on their own."""
        other = type(self)(self.sign)
        other.keys, other.fragments, other.rows = self.keys[:], self.fragments[:], self.rows[:]
        return other

    def get(self, key: int) -> R | None:
        """Return the row at a key."""
        keys = self.keys
        rank = bisect_left(keys, key)
        return self.rows[rank] if rank < len(keys) and keys[rank] == key else None

    def put(self, key: int, fragment: bytes, row: R) -> None:
        """Set a level, or delete it where the fragment is empty; deleting what is not there is no error."""
        keys = self.keys
        rank = bisect_left(keys, key)
        if rank < len(keys) and keys[rank] == key:
            if fragment:
                self.fragments[rank] = fragment
                self.rows[rank] = row
            else:
                del keys[rank], self.fragments[rank], self.rows[rank]
        elif fragment:
            keys.insert(rank, key)
            self.fragments.insert(rank, fragment)
            self.rows.insert(rank, row)
        else:
            return
        if rank < CHECKED:
            self.touched = True

    def put_many(self, levels: Iterable[tuple[int, bytes, R]]) -> None:
        """Set or delete levels as `put`, but in the time of a sort; lists that were handed out stay.

        Without a dict by key: of integers a server can choose very many that have the same hash.
        """
        known = zip(self.keys, self.fragments, self.rows, strict=True)
        ranked = sorted([*known, *levels], key=itemgetter(0))
        last = [level for level, after in zip_longest(ranked, ranked[1:]) if after is None or level[0] != after[0]]
        self.keys = [key for key, fragment, _ in last if fragment]
        self.fragments = [fragment for _, fragment, _ in last if fragment]
        self.rows = [row for _, fragment, row in last if fragment]
        self.touched = True

    def truncate(self, depth: int) -> list[R]:
        """Cut to so many levels and return the rows of the others: Kraken never says that they left (§5.2)."""
        beyond = self.rows[depth:]
        del self.keys[depth:], self.fragments[depth:], self.rows[depth:]
        return beyond

    def top(self) -> bytes:
        """Return this side's part of the text that a checksum is made of."""
        if self.touched:
            self._top = b"".join(self.fragments[:CHECKED])
            self.touched = False
        return self._top

    def rewrite(self, again: Callable[[R], tuple[bytes, R]]) -> None:
        """Make all fragments anew, in the same order."""
        written = [again(row) for row in self.rows]
        self.fragments = [fragment for fragment, _ in written]
        self.rows = [row for _, row in written]
        self.touched = True
