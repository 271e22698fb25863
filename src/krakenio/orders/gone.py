"""Tell whether orders are gone that were to be cancelled: a cancel goes in whose reply was lost, its outcome comes out.

While an order is open its cancel may be on the way, so that stays unknown. What is not in the table of open orders may
still come to it: an add that is on its way is waited for first, and an order that is known to be open must have ended.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from krakenio.errors import UnknownOrder
from krakenio.limits.pricing import named
from krakenio.links.context import Context
from krakenio.models import Order
from krakenio.orders.deadlines import MARGIN
from krakenio.orders.identity import same_form, tag_in
from krakenio.orders.outcome import Outcome
from krakenio.orders.reading import Reading
from krakenio.rest import Rest
from krakenio.subscriptions.standing import Standing

if TYPE_CHECKING:
    from krakenio.orders.intent import Intent

_AT_ONCE = 50
"""Orders that one call of QueryOrders may ask for (rest-api, QueryOrders)."""

_ENDED = frozenset({"closed", "canceled", "expired"})


class Look(Struct, gc=False):
    """Be what Kraken had when reading began, by the loop's clock: the open orders, and which others have ended.

    `coming` are the adds that could still become orders then, of which it says nothing.
    """

    began_ns: int
    coming: "Sequence[Intent]"
    open: Mapping[str, Order]
    ended: frozenset[str]


class Gone:
    """Look whether orders are gone, for all cancels that ask at once by one reading.

    `undecided` returns the adds that may still become orders, `in_doubt` the cancels whose outcome is unknown,
    `standing` those that are open as far as is known.
    """

    def __init__(
        self,
        context: Context,
        rest: Rest,
        undecided: "Callable[[], Sequence[Intent]]",
        in_doubt: "Callable[[], Sequence[Intent]]",
        standing: Callable[[], Mapping[str, Standing]],
    ) -> None:
        self._context = context
        self._rest = rest
        self._undecided = undecided
        self._in_doubt = in_doubt
        self._standing = standing
        self._reading: Reading[Look] = Reading(context, "look for open orders")

    async def look_for_cancel(self, intent: "Intent") -> Outcome:
        """Tell whether the orders that a cancel names are gone."""
        targets = Targets(intent.params)
        return await self._are_gone(intent, targets, targets.among(self._undecided()))

    async def look_for_cancel_all(self, intent: "Intent") -> Outcome:
        """Tell whether nothing is open of what was sent before; what is may have come later."""
        before = [add for add in self._undecided() if add.since_ns <= intent.since_ns]
        return await self._are_gone(intent, Targets(intent.params), before)

    def finish(self) -> None:
        """Let nobody wait any longer: the session has ended."""
        self._reading.finish()

    async def _are_gone(self, intent: "Intent", targets: "Targets", adds: "Sequence[Intent]") -> Outcome:
        """Look for orders: none may be listed as open, nor be known and without an end at Kraken."""
        for add in adds:
            await add.settled()
        look = await self._look(targets, max(each.decided_ns for each in (intent, *adds)))
        if targets.are_in(look.open):
            return Outcome.UNKNOWN
        meant = [order_id for order_id in self._known(targets) if order_id not in look.ended]
        return Outcome.ACKED if await self._ended(meant) >= set(meant) else Outcome.UNKNOWN

    async def _look(self, targets: "Targets", decided_ns: int) -> Look:
        """Return what Kraken had once all was decided."""
        look = await self._reading.get(
            partial(self._serves, decided_ns), partial(_tells, targets), self._read, lambda: len(self._in_doubt()) > 1
        )
        return look or Look(0, (), (await self._rest.account.open_orders()).open, frozenset())

    def _serves(self, decided_ns: int, look: Look) -> bool:
        """Tell whether it was looked late enough (contract B8)."""
        return look.began_ns + self._context.skew.offset >= decided_ns + MARGIN * 1e9

    async def _read(self) -> Look:
        """Read for all cancels in doubt: the open orders, and of what is known and not there whether it has ended."""
        began, coming = self._context.steady_ns(), self._undecided()
        there = (await self._rest.account.open_orders()).open
        known = self._known(Targets(*(each.params for each in self._in_doubt())))
        return Look(began, coming, there, await self._ended([order_id for order_id in known if order_id not in there]))

    def _known(self, targets: "Targets") -> list[str]:
        """Return the orders meant that are open as far as is known."""
        known = [standing.report for standing in self._standing().values()]
        return [row.order_id for row in known if targets.has(row.order_id, row.cl_ord_id, row.order_userref)]

    async def _ended(self, order_ids: Sequence[str]) -> frozenset[str]:
        """Return of which orders Kraken says how they ended; one that it cannot find yet is a new one."""
        ended = set[str]()
        for at in range(0, len(order_ids), _AT_ONCE):
            try:
                found = await self._rest.account.query_orders(txid=order_ids[at : at + _AT_ONCE])
            except UnknownOrder:
                continue
            ended.update(name for name, order in found.items() if order.status in _ENDED)
        return frozenset(ended)


def _tells(targets: "Targets", look: Look) -> bool:
    """Tell whether what was read before somebody asked tells that his orders are gone: else it may be so by now."""
    return not targets.are_in(look.open) and not targets.among(look.coming)


class Targets:
    """Be what cancels name: orders by either of their ids, or by the tag that they share; all where one names none."""

    def __init__(self, *cancels: Mapping[str, Any]) -> None:
        self._names = frozenset(name for params in cancels for name in _names_in(params)) - {None}
        self._all = not all(cancels)

    def has(self, *names: str | int | None) -> bool:
        """Tell whether an order is one of them, by any of its names: Kraken's id, the client id, the tag."""
        forms = [same_form(name) if isinstance(name, str) else name for name in names]
        return self._all or any(form in self._names for form in forms)

    def among(self, adds: "Sequence[Intent]") -> "list[Intent]":
        """Return the adds of them."""
        return [add for add in adds if self.has(add.cl_ord_id, add.params.get("order_userref"))]

    def are_in(self, orders: Mapping[str, Order]) -> bool:
        """Tell whether one of them is among orders of REST."""
        return any(self.has(txid, order.cl_ord_id, order.userref) for txid, order in orders.items())


def _names_in(params: Mapping[str, Any]) -> list[str | int | None]:
    tags = [*params.get("order_userref", ()), *map(tag_in, params.get("orders", ()))]
    return [*map(same_form, named(params)), *tags]
