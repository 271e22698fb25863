"""Look into Kraken's tables for what became of cancels whose reply was lost: a cancel goes in, its outcome comes out.

While an order is open its cancel may be on the way, so that stays unknown. What is not in the table of open orders may
still come to it: an add that is on its way is waited for first, and an order that is known to be open must have ended.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from krakenio.errors import UnknownOrder
from krakenio.links.context import Context
from krakenio.models import Order
from krakenio.orders.intents.outcome import Outcome
from krakenio.orders.resolving.sharedreading import Reading, SharedReading
from krakenio.orders.resolving.targets import Targets
from krakenio.rest import Rest
from krakenio.subscriptions.standing import Standing

if TYPE_CHECKING:
    from krakenio.orders.intents.intent import Intent

_AT_ONCE = 50
"""Orders that one call of QueryOrders may ask for (rest-api, QueryOrders)."""

_ENDED = frozenset({"closed", "canceled", "expired"})


class OpenTable(Reading, gc=False):
    """The open orders, and which others have ended; of the adds `coming` then, still on their way, it says nothing."""

    coming: "Sequence[Intent]"
    open: Mapping[str, Order]
    ended: frozenset[str]


class CancelLedger:
    """Read over REST whether orders are gone that were to be cancelled, for all cancels in doubt at once.

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
        self._shared: SharedReading[OpenTable] = SharedReading(context, "look for open orders", in_doubt)

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
        self._shared.finish()

    async def _are_gone(self, intent: "Intent", targets: Targets, adds: "Sequence[Intent]") -> Outcome:
        """Look for orders: none may be listed as open, nor be known and without an end at Kraken."""
        for add in adds:
            await add.settled()
        table = await self._table(targets, max(each.decided_ns for each in (intent, *adds)))
        if targets.are_in(table.open):
            return Outcome.UNKNOWN
        meant = [order_id for order_id in self._known(targets) if order_id not in table.ended]
        return Outcome.ACKED if await self._ended(meant) >= set(meant) else Outcome.UNKNOWN

    async def _table(self, targets: Targets, decided_ns: int) -> OpenTable:
        """Return what Kraken had once all was decided: what was read for all, or now for this cancel alone."""
        table = await self._shared.get(decided_ns, self._read, tells=partial(_tells, targets))
        return table or OpenTable(0, (), (await self._rest.account.open_orders()).open, frozenset())

    async def _read(self) -> OpenTable:
        """Read for all cancels in doubt: the open orders, and of what is known and not there whether it has ended."""
        began, coming = self._context.steady_ns(), self._undecided()
        there = (await self._rest.account.open_orders()).open
        known = self._known(Targets(*(each.params for each in self._in_doubt())))
        elsewhere = [order_id for order_id in known if order_id not in there]
        return OpenTable(began, coming, there, await self._ended(elsewhere))

    def _known(self, targets: Targets) -> list[str]:
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


def _tells(targets: Targets, table: OpenTable) -> bool:
    """Tell whether what was read before somebody asked tells that his orders are gone: else it may be so by now."""
    return not targets.are_in(table.open) and not targets.among(table.coming)
