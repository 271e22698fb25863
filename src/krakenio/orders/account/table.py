"""See the account's orders live: `s.orders.open` is the table, each order in it says how it stands and can be awaited.

The executions of the session keep it, whole over reconnects; nothing here asks Kraken.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Protocol

import anyio

from krakenio.bell import Bell
from krakenio.errors import OrderNotFilled, OrderUnresolved
from krakenio.messages import Execution
from krakenio.orders.account.journal import Journal
from krakenio.subscriptions.standing import Standing


class Kept(Protocol):
    """The executions that keep the table."""

    journal: Journal
    bell: Bell
    finished: bool
    check_loop: Callable[[], None]


class LiveOrder:
    """One order, live: each attribute is as of the last report; quantities in base currency, prices in quote."""

    def __init__(self, standing: Standing, kept: Kept) -> None:
        self._standing = standing
        self._kept = kept

    def __repr__(self) -> str:
        """Show its name and how it stands."""
        whole = "" if self.order_qty is None else f" of {self.order_qty}"
        return f"<LiveOrder {self.order_id} {self.side} {self.symbol}: {self.status}, {self.cum_qty}{whole} filled>"

    @property
    def report(self) -> Execution:
        """Return every field as Kraken told it last, none of a single fill."""
        return self._standing.report

    @property
    def order_id(self) -> str:
        """Return Kraken's name for it."""
        return self.report.order_id

    @property
    def cl_ord_id(self) -> str | None:
        """Return the client order id."""
        return self.report.cl_ord_id

    @property
    def symbol(self) -> str | None:
        """Return its pair, which Kraken's later reports omit; `None` if no report ever told it."""
        return self.report.symbol

    @property
    def side(self) -> str | None:
        """Return `buy` or `sell`."""
        return self.report.side

    @property
    def order_qty(self) -> Decimal | None:
        """Return its quantity, as amended last; `None` for an order that says how much to spend."""
        return self.report.order_qty

    @property
    def limit_price(self) -> Decimal | None:
        """Return its limit."""
        return self.report.limit_price

    @property
    def cum_qty(self) -> Decimal:
        """Return what is filled."""
        return self._standing.cum_qty

    @property
    def remaining(self) -> Decimal | None:
        """Return what is not filled; `None` where there is no quantity."""
        return None if self.order_qty is None else max(self.order_qty - self.cum_qty, Decimal(0))

    @property
    def avg_price(self) -> Decimal | None:
        """Return the average price of its fills."""
        return self.report.avg_price

    @property
    def status(self) -> str:
        """Return `pending_new`, `new`, `partially_filled`, `filled`, `canceled` or `expired`.

        Kraken says `partially_filled` in the report of the last fill too; here quantities decide.
        """
        return self._standing.status

    @property
    def reason(self) -> str | None:
        """Return why it was cancelled or amended."""
        return self.report.reason

    @property
    def is_open(self) -> bool:
        """Tell whether it can still fill, as far as is known."""
        return self._standing.is_open

    @property
    def is_filled(self) -> bool:
        """Tell whether it was filled wholly."""
        return self._standing.is_filled

    async def filled(self) -> "LiveOrder":
        """Wait until it is filled wholly; may be cancelled and repeated.

        Raises `OrderNotFilled` if it closes before, `OrderUnresolved` if what became of it cannot be known.
        """
        await self._until(lambda: not self.is_open)
        if not self.is_filled:
            message = f"{self!r} was closed before it was filled: {self.reason or 'Kraken gave no reason'}"
            raise OrderNotFilled(message, order_id=self.order_id, cum_qty=self.cum_qty, status=self.status)
        return self

    async def closed(self) -> "LiveOrder":
        """Wait until it is filled, cancelled or expired: `status` says which; may be cancelled and repeated.

        Raises `OrderUnresolved` if that cannot be known.
        """
        await self._until(lambda: not self.is_open)
        return self

    async def _until(self, true: Callable[[], bool]) -> None:
        await anyio.lowlevel.checkpoint()
        standing, kept = self._standing, self._kept
        kept.check_loop()
        await kept.bell.until(lambda: true() or standing.unresolved or kept.finished)
        if not true():
            why = "the session has ended" if kept.finished else "the executions that would tell could not be found out"
            raise OrderUnresolved(f"what became of {self!r} is not known: {why}", order_id=self.order_id)


class OrderTable:
    """The open orders of the account, live: iterate over them, count them, `find` one by either of its names.

    `in_sync` tells whether nothing is missing now. An order is here from Kraken's acknowledgement on, and until it is
    filled or a report tells its end; `known` has those that have ended of late too, at most 10 000.
    """

    def __init__(self, kept: Kept, in_sync: Callable[[], bool]) -> None:
        self._kept = kept
        self._in_sync = in_sync

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<OrderTable: {len(self)} open{'' if self.in_sync else ', not in sync'}>"

    def __iter__(self) -> Iterator[LiveOrder]:
        """Yield the open orders, the oldest first; changes do not disturb it."""
        return iter([self._order(each) for each in self._kept.journal.open.values() if each.is_open])

    def __len__(self) -> int:
        """Return how many orders are open."""
        return sum(each.is_open for each in self._kept.journal.open.values())

    def __contains__(self, name: object) -> bool:
        """Tell whether an order is open, by `order_id` or `cl_ord_id`."""
        order = self.find(name) if isinstance(name, str) else None
        return order is not None and order.is_open

    def __getitem__(self, name: str) -> LiveOrder:
        """Return an order by `order_id` or `cl_ord_id`, open or ended of late; raises `KeyError` if it is not known."""
        if (order := self.find(name)) is None:
            raise KeyError(name)
        return order

    def find(self, name: str) -> LiveOrder | None:
        """Return an order by `order_id` or `cl_ord_id` (the newest of that), open or ended of late."""
        standing = self._kept.journal.find(name)
        return None if standing is None else self._order(standing)

    @property
    def known(self) -> tuple[LiveOrder, ...]:
        """Return every order that is remembered, those that have ended first."""
        return tuple(self._order(each) for each in self._kept.journal.all())

    @property
    def in_sync(self) -> bool:
        """Tell whether the table is as Kraken has it: connected, nothing missing."""
        return self._in_sync()

    def _order(self, standing: Standing) -> LiveOrder:
        return LiveOrder(standing, self._kept)
