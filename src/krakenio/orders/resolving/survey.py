"""Read Kraken's open and then its closed orders once for all whose outcome is unknown: moments go in, tables come out.

Each order by itself costs two calls of REST's counter, and an outage may leave many in doubt.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from krakenio.links.context import Context
from krakenio.models import Order
from krakenio.orders.account.lookup import FAR
from krakenio.orders.resolving.sharedreading import Reading, SharedReading, always
from krakenio.rest import Rest

if TYPE_CHECKING:
    from krakenio.orders.intents.intent import Intent

BEFORE = 120
"""Seconds before the deadline, in Kraken's time, from which closed orders are searched: twice what it can lie ahead."""

PAGE = 50
"""Closed orders on a page (rest-api, ClosedOrders)."""

MOST_OPEN = 1000
"""Open orders from which on Kraken may have left out others (rest-api, OpenOrders)."""


class Tables(Reading, gc=False):
    """The open orders, and those closed from the second `start` on.

    `orders` are both, `None` where reading all closed ones would cost more than asking for each.
    """

    start: int
    open: Mapping[str, Order]
    orders: Mapping[str, Order] | None


class Survey:
    """Read the tables for a session; `in_doubt` returns the adds and edits whose outcome is unknown."""

    def __init__(self, context: Context, rest: Rest, in_doubt: "Callable[[], Sequence[Intent]]") -> None:
        self._context = context
        self._rest = rest
        self._in_doubt = in_doubt
        self._shared: SharedReading[Tables] = SharedReading(context, "survey of orders", in_doubt)

    async def tables(self, intent: "Intent", tells: Callable[[Tables], bool] = always) -> Tables | None:
        """Return what Kraken had once a request was decided, as it is by now; `None`: ask for it alone, by its name.

        What was read before this call is taken only if it `tells`.
        """
        covers = partial(_reach_to, first_second(intent))
        return await self._shared.get(intent.decided_ns, partial(self._read, intent), covers=covers, tells=tells)

    def finish(self) -> None:
        """Let nobody wait any longer: the session has ended."""
        self._shared.finish()

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


def _reach_to(second: int, tables: Tables) -> bool:
    """Tell whether what was closed from a second on is there."""
    return tables.start <= second


def first_second(intent: "Intent") -> int:
    """Return from when on the order of an add or edit can be among the closed ones."""
    return (intent.deadline_ns or 0) // 10**9 - BEFORE
