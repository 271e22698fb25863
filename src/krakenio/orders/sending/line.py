"""Let requests of one pair through one by one: whoever comes waits in a line, and passes when there is room.

Waiting happens in the caller, before anything is queued: a waiter that is cancelled has taken nothing (contract B3).
"""

import math
from collections import OrderedDict
from collections.abc import Callable

import anyio

SHORTEST = 0.001
"""Seconds: a shorter wait may end before a clock has moved, and would be repeated at once."""

LONGEST = 1.0
"""Seconds until the first in a line looks again: while it waits its order gets older, and its request cheaper."""


class Place:
    """One waiter's place in a line."""

    def __init__(self) -> None:
        self.bell: anyio.Event = anyio.Event()

    async def called(self) -> None:
        """Wait for the bell, once."""
        await self.bell.wait()
        self.bell = anyio.Event()


class Line:
    """Keep the order of coming; those who may go first stand before the others."""

    def __init__(self) -> None:
        self._places: OrderedDict[Place, None] = OrderedDict()

    @property
    def empty(self) -> bool:
        """Tell whether nobody waits."""
        return not self._places

    async def turn(self, seconds: Callable[[], float], *, first: bool) -> None:
        """Wait until all before are through and `seconds()` has fallen to zero; what it raises ends the wait."""
        place = Place()
        self._places[place] = None
        if first:
            self._places.move_to_end(place, last=False)
        try:
            while (left := self._left(place, seconds)) > 0:
                with anyio.move_on_after(math.inf if left == math.inf else min(max(SHORTEST, left), LONGEST)):
                    await place.called()
        finally:
            del self._places[place]
            self.ring()

    def ring(self) -> None:
        """Let the first one look again: something has changed."""
        for place in self._places:
            place.bell.set()
            break

    def _left(self, place: Place, seconds: Callable[[], float]) -> float:
        leads = next(iter(self._places)) is place
        return seconds() if leads else math.inf
