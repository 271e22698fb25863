"""Read Kraken's open and then its closed orders once for all whose outcome is unknown: moments go in, tables come out.

Each order by itself costs two calls of REST's counter, and an outage may leave many in doubt.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from krakenio.links.context import Context
from krakenio.models import Order
from krakenio.orders.deadlines import MARGIN
from krakenio.orders.lookup import FAR
from krakenio.orders.reading import Reading
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

    `orders` are the open and the closed ones, `None` where reading them all would cost more than asking for each.
    """

    began_ns: int
    start: int
    open: Mapping[str, Order]
    orders: Mapping[str, Order] | None


def _always(_: Tables) -> bool:
    return True


class Survey:
    """Read the tables for a session; `in_doubt` returns the adds and edits whose outcome is unknown."""

    def __init__(self, context: Context, rest: Rest, in_doubt: "Callable[[], Sequence[Intent]]") -> None:
        self._context = context
        self._rest = rest
        self._in_doubt = in_doubt
        self._reading: Reading[Tables] = Reading(context, "survey of orders")

    async def tables(self, intent: "Intent", tells: Callable[[Tables], bool] = _always) -> Tables | None:
        """Return what Kraken had once a request was decided; `None`: ask for it alone.

        It is decided already (`Record.decided`). What was read before this call is taken only if it `tells`.
        """
        return await self._reading.get(
            partial(self._serves, intent),
            tells,
            partial(self._read, intent),
            lambda: len(self._in_doubt()) > 1,  # one alone is asked for by its name
        )

    def finish(self) -> None:
        """Let nobody wait any longer: the session has ended."""
        self._reading.finish()

    def _serves(self, intent: "Intent", tables: Tables) -> bool:
        """Tell whether what was read tells of a request."""
        began = tables.began_ns + self._context.skew.offset
        return tables.start <= first_second(intent) and began >= intent.decided_ns + MARGIN * 1e9

    async def _read(self, intent: "Intent") -> Tables:
        """Read the open orders and then the closed ones: an order moves from the first table to the second."""
        began, start = self._context.steady_ns(), min(map(first_second, (intent, *self._in_doubt())))
        there = (await self._rest.account.open_orders()).open
        closed = await self._closed(start) if len(there) < MOST_OPEN else None
        return Tables(began, start, there, None if closed is None else {**there, **closed})

    async def _closed(self, start: int) -> Mapping[str, Order] | None:
        """Read the pages of closed orders by their offsets, since a cursor tells no count; the first tells whether."""
        found = dict[str, Order]()
        async with self._rest.account.closed_orders(start=start, end=FAR, ofs=0) as pages:
            async for page in pages:
                found |= page
                if len(page) == PAGE and not PAGE <= (pages.count or 0) < PAGE * len(self._in_doubt()):
                    return None
        return found


def first_second(intent: "Intent") -> int:
    """Return from when on the order of an add or edit can be among the closed ones."""
    return (intent.deadline_ns or 0) // 10**9 - BEFORE
