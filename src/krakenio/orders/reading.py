"""Read a table of Kraken's once for all who wait for it: what each needs goes in, what was read for all comes out.

A library task reads, so whoever is cancelled while he waits leaves the others what they wait for.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

from krakenio.bell import Bell
from krakenio.errors import KrakenError
from krakenio.links.context import Context

T = TypeVar("T")


class Reading(Generic[T]):
    """Be what was read last, and the task that reads anew; `name` is the task's."""

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._name = name
        self._found: T | None = None
        self._begun = 0
        self._busy = self._finished = False
        self._bell = Bell()

    async def get(
        self,
        fits: Callable[[T], bool],
        tells: Callable[[T], bool],
        read: Callable[[], Awaitable[T]],
        worth: Callable[[], bool],
    ) -> T | None:
        """Return what fits; of what was begun to be read before this call only what `tells`: the rest may have changed.

        `None` where reading for all is not worth it or failed: then he who asks reads for himself, and is told why.
        """
        begun = self._begun
        while self._found is None or not (fits(self._found) and (self._begun > begun or tells(self._found))):
            if self._finished or not worth():
                return None
            if not self._busy:
                self._busy = True
                self._context.spawn(partial(self._read, read), self._name)
            before = self._found
            await self._bell.until(lambda: not self._busy or self._finished)
            if self._found is before:
                return None
        return self._found

    def finish(self) -> None:
        """Let nobody wait any longer: the session has ended."""
        self._finished = True
        self._bell.ring()

    async def _read(self, read: Callable[[], Awaitable[T]]) -> None:
        self._begun += 1
        try:
            self._found = await read()
        except KrakenError:
            pass  # whoever waited asks for his own
        finally:
            self._busy = False
            self._bell.ring()
