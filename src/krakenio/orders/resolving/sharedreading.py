"""Read Kraken's tables once for all requests in doubt: when one was decided goes in, what was read for all comes out.

A library task reads, so whoever is cancelled while he waits leaves the others what they wait for.
"""

from collections.abc import Awaitable, Callable, Sized
from functools import partial
from typing import Generic, TypeVar

from msgspec import Struct

from krakenio.bell import Bell
from krakenio.errors import KrakenError
from krakenio.links.context import Context
from krakenio.orders.intents.deadlines import MARGIN


class Reading(Struct, gc=False):
    """What Kraken's tables had; `began_ns` tells when reading them began, by the loop's clock."""

    began_ns: int


R = TypeVar("R", bound=Reading)


def always(_: object) -> bool:
    """Say that any will do."""
    return True


class SharedReading(Generic[R]):
    """The last reading, and the task that reads anew; `in_doubt` returns the requests that it is for."""

    def __init__(self, context: Context, name: str, in_doubt: Callable[[], Sized]) -> None:
        self._context = context
        self._name = name
        self._in_doubt = in_doubt
        self._last: R | None = None
        self._begun = 0  # readings so far
        self._busy = self._finished = False
        self._bell = Bell()

    async def get(
        self,
        decided_ns: int,
        read: Callable[[], Awaitable[R]],
        *,
        covers: Callable[[R], bool] = always,
        tells: Callable[[R], bool] = always,
    ) -> R | None:
        """Return a reading of after a request was decided, that `covers` it.

        One that began before this call is returned only if it `tells`: what it leaves open may have changed since.
        `None` where one request alone is in doubt, or reading failed: then read for it alone, which tells why.
        """
        begun = self._begun
        while (last := self._last) is None or not (
            self._is_late_enough(last, decided_ns) and covers(last) and (self._begun > begun or tells(last))
        ):
            if self._finished or len(self._in_doubt()) <= 1:
                return None
            await self._next(read)
            if self._last is last:
                return None
        return last

    def finish(self) -> None:
        """Let nobody wait any longer: the session has ended."""
        self._finished = True
        self._bell.ring()

    def _is_late_enough(self, reading: R, decided_ns: int) -> bool:
        """Tell whether reading began when the tables were certain to show what Kraken had decided (contract B8)."""
        return reading.began_ns + self._context.skew.offset >= decided_ns + MARGIN * 1e9

    async def _next(self, read: Callable[[], Awaitable[R]]) -> None:
        """Wait for the reading that runs, or for one that begins now."""
        if not self._busy:
            self._busy = True
            self._context.spawn(partial(self._read, read), self._name)
        await self._bell.until(lambda: not self._busy or self._finished)

    async def _read(self, read: Callable[[], Awaitable[R]]) -> None:
        self._begun += 1
        try:
            self._last = await read()
        except KrakenError:
            pass  # whoever waited asks for his own
        finally:
            self._busy = False
            self._bell.ring()
