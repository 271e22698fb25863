"""Tell whether orders are gone that were to be cancelled: a cancel goes in whose reply was lost, its outcome comes out.

While an order is open its cancel may be on the way, so that stays unknown. What is not in the table of open orders may
still come to it: an add that is on its way is waited for first, and an order that is known to be open must have ended.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from krakenio.errors import UnknownOrder
from krakenio.limits.pricing import named
from krakenio.orders.identity import same_form, tag_in
from krakenio.orders.outcome import Outcome
from krakenio.rest import Rest
from krakenio.subscriptions.standing import Standing

if TYPE_CHECKING:
    from krakenio.orders.intent import Intent

_AT_ONCE = 50
"""Orders that one call of QueryOrders may ask for (rest-api, QueryOrders)."""

_ENDED = frozenset({"closed", "canceled", "expired"})


class Gone:
    """Look whether orders are gone.

    `undecided` returns the adds that may still become orders, `standing` has those that are open as far as is known.
    """

    def __init__(
        self, rest: Rest, undecided: "Callable[[], Sequence[Intent]]", standing: Mapping[str, Standing]
    ) -> None:
        self._rest = rest
        self._undecided = undecided
        self._standing = standing

    async def look_for_cancel(self, intent: "Intent") -> Outcome:
        """Tell whether the orders that a cancel names are gone."""
        targets = Targets(intent.params)
        await _arrived(add for add in self._undecided() if targets.has(add.cl_ord_id, add.params.get("order_userref")))
        return await self._are_gone(targets)

    async def look_for_cancel_all(self, intent: "Intent") -> Outcome:
        """Tell whether nothing is open of what was sent before; what is may have come later."""
        before = [add for add in self._undecided() if add.since_ns <= intent.since_ns]
        await _arrived(before)
        return await self._are_gone(None)

    async def _are_gone(self, targets: "Targets | None") -> Outcome:
        """Look for orders, `None` for any: none may be listed as open, nor be known and without an end at Kraken."""
        orders = (await self._rest.account.open_orders()).open
        if any(targets is None or targets.has(txid, order.cl_ord_id, order.userref) for txid, order in orders.items()):
            return Outcome.UNKNOWN
        known = [standing.report for standing in self._standing.values()]
        names = [(row.order_id, row.cl_ord_id, row.order_userref) for row in known]
        meant = [each[0] for each in names if targets is None or targets.has(*each)]
        return Outcome.ACKED if await self._have_ended(meant) else Outcome.UNKNOWN

    async def _have_ended(self, order_ids: Sequence[str]) -> bool:
        """Tell whether Kraken says of each order how it ended; one that it cannot find yet is a new one."""
        for at in range(0, len(order_ids), _AT_ONCE):
            asked = order_ids[at : at + _AT_ONCE]
            try:
                found = await self._rest.account.query_orders(txid=asked)
            except UnknownOrder:
                return False
            if any(name not in found or found[name].status not in _ENDED for name in asked):
                return False
        return True


class Targets:
    """Be what a cancel names: orders by either of their ids, or by the tag that they share."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        tags = [*params.get("order_userref", ()), *map(tag_in, params.get("orders", ()))]
        self._names = frozenset[str | int | None]([*map(same_form, named(params)), *tags]) - {None}

    def has(self, *names: str | int | None) -> bool:
        """Tell whether an order is one of them, by any of its names: Kraken's id, the client id, the tag."""
        forms = [same_form(name) if isinstance(name, str) else name for name in names]
        return any(form in self._names for form in forms)


async def _arrived(adds: "Iterable[Intent]") -> None:
    """Wait until each add is an order or can become none any more."""
    for add in [*adds]:
        await add.settled()
