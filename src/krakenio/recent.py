"""Remember a bounded number of things for a bounded time (contract B6): what is kept and what is forgotten are told."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

KEPT = 10_000
KEPT_SECONDS = 600.0
"""How many things are remembered, and for how long: what is older is forgotten when the next one is kept."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A table of what was kept last, the oldest first; `now` is in seconds and never goes back."""

    def __init__(self) -> None:
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many things are remembered."""
        return len(self._kept)

    def __iter__(self) -> Iterator[V]:
        """Yield the values, the oldest first."""
        return (value for _, value in self._kept.values())

    def __contains__(self, key: K) -> bool:
        """Tell whether something is remembered under a key."""
        return key in self._kept

    def keep(self, key: K, value: V, now: float) -> list[V]:
        """Remember a value, as the newest; return those that are forgotten for it."""
        kept = self._kept
        kept.pop(key, None)
        kept[key] = (now, value)  # which is never old, so there is always a first one to look at
        forgotten: list[V] = []
        while len(kept) > KEPT or now - next(iter(kept.values()))[0] > KEPT_SECONDS:
            forgotten.append(kept.popitem(last=False)[1][1])
        return forgotten

    def find(self, key: K) -> V | None:
        """Return what is remembered under a key."""
        kept = self._kept.get(key)
        return None if kept is None else kept[1]

    def forget(self, key: K) -> V | None:
        """Remember it no longer; return what it was."""
        kept = self._kept.pop(key, None)
        return None if kept is None else kept[1]

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
