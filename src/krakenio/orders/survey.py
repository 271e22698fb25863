"""Read Kraken's open and then its closed orders once for all whose outcome is unknown: moments go in, tables come out.

Each order by itself costs two calls of REST's counter, and an outage may leave many in doubt. A library task reads, so
whoever is cancelled while he waits leaves the others what they wait for.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from krakenio.bell import Bell
from krakenio.errors import KrakenError
from krakenio.links.context import Context
from krakenio.models import Order
from krakenio.orders.deadlines import MARGIN
from krakenio.orders.lookup import FAR
from krakenio.rest import Rest

if TYPE_CHECKING:
    from krakenio.orders.intent import Intent

BEFORE = 120
"""Seconds before the deadline, in Kraken's time, from which closed orders are searched: twice what it can lie ahead."""

PAGE = 50
"""Closed orders on a page (rest-api, ClosedOrders)."""

MOST_OPEN = 1000
"""Open orders from which on Kraken may have left out others (rest-api, OpenOrders)."""


class Tables(Struct, gc=False):
    """Be what Kraken had: when reading began, by the loop's clock, and from which second on closed orders are there.

    `orders` is `None` where reading them all would cost more than asking for each.
    """

    began_ns: int
    start: int
    orders: Mapping[str, Order] | None


class Survey:
    """Read the tables for a session; `in_doubt` returns the adds whose outcome is unknown."""

    def __init__(self, context: Context, rest: Rest, in_doubt: "Callable[[], Sequence[Intent]]") -> None:
        self._context = context
        self._rest = rest
        self._in_doubt = in_doubt
        self._tables: Tables | None = None
        self._reading = self._finished = False
        self._bell = Bell()

    async def orders(self, intent: "Intent") -> Mapping[str, Order] | None:
        """Return the orders that Kraken had once an add was decided, first the open ones; `None`: ask for it alone.

        It is decided already (`Record.decided`). What could not be read raises nothing here.
        """
        while not self._serve(intent):
            if len(self._in_doubt()) < 2 or self._finished:  # noqa: PLR2004 - one alone is asked for by its name
                return None
            if not self._reading:
                self._reading = True
                self._context.spawn(partial(self._read, self._first_second()), "survey of orders")
            before = self._tables
            await self._bell.until(lambda: not self._reading or self._finished)
            if self._tables is before:
                return None  # it failed
        return None if self._tables is None else self._tables.orders

    def finish(self) -> None:
        """Let nobody wait any longer: the session has ended."""
        self._finished = True
        self._bell.ring()

    def _serve(self, intent: "Intent") -> bool:
        """Tell whether what was read tells of an add."""
        tables = self._tables
        if tables is None or tables.start > first_second(intent):
            return False
        began = tables.began_ns + self._context.skew.offset
        return began >= intent.decided_ns + MARGIN * 1e9

    def _first_second(self) -> int:
        return min(map(first_second, self._in_doubt()))

    async def _read(self, start: int) -> None:
        try:
            began = self._context.steady_ns()
            self._tables = Tables(began, start, await self._listed(start))
        except KrakenError:
            pass  # whoever waited asks for his own order, and is told what is wrong
        finally:
            self._reading = False
            self._bell.ring()

    async def _listed(self, start: int) -> Mapping[str, Order] | None:
        """Read the open orders and then the closed ones: an order moves from the first table to the second."""
        there = (await self._rest.account.open_orders()).open
        first = await self._rest.account.closed_orders(start=start, end=FAR)
        if len(there) >= MOST_OPEN:
            return None
        if len(first.closed) < PAGE or first.count == PAGE:
            return {**there, **first.closed}
        if not PAGE < (first.count or 0) < PAGE * len(self._in_doubt()):
            return None
        found = dict(there)
        async with self._rest.account.closed_orders(start=start, end=FAR) as pages:
            async for page in pages:
                found |= page
        return found


def first_second(intent: "Intent") -> int:
    """Return from when on an add's order can be among the closed ones."""
    return (intent.deadline_ns or 0) // 10**9 - BEFORE
