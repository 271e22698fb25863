"""Change orders that are there: Kraken's fields go in as keywords, an intent or Kraken's reply comes out."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Unpack

from krakenio.errors import InvalidRequest
from krakenio.messages import Execution
from krakenio.orders.checks.changefields import (
    AmendFields,
    EditFields,
    check_amend,
    check_edit,
)
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.needs import Via
from krakenio.orders.intents.outcome import Acknowledged
from krakenio.orders.placing import Placing


class Changing(Placing):
    """Offer what changes orders that are there."""

    @abstractmethod
    def known(self, name: str) -> Execution | None:
        """Return what is known of an order by either of its names."""

    @abstractmethod
    def intent(self, cl_ord_id: str) -> Intent | None:
        """Return the intent of an order of this session."""

    def prepare_amend(self, *, via: Via = "ws", **fields: Unpack[AmendFields]) -> Intent:
        """Check an amend without sending anything; name the order by exactly one of its ids."""
        self._check_usable()
        params = check_amend(fields, self._described)
        self.markets.check_change(params, self._described(params.get("order_id") or params["cl_ord_id"]))
        look = self._ledger.look_for_amend
        return Intent(self._desk, "amend_order", params, look, timed=True, gate=self.gate, via=via)

    async def amend(self, *, via: Via = "ws", **fields: Unpack[AmendFields]) -> Acknowledged:
        """Change an order in place: ids, fills and, where only the quantity falls, its place in the queue stay.

        `order_qty` is the new total; below what is filled it cancels the rest. The reply has the `amend_id`.
        """
        return await (await self.checked(lambda: self.prepare_amend(via=via, **fields))).submit()

    def prepare_edit(self, *, via: Via = "ws", **fields: Unpack[EditFields]) -> Intent:
        """Check an edit without sending anything; its `order_id` becomes the new order's once Kraken took it.

        Over REST `s.orders.open` must know the order, since its type tells what REST's prices mean.
        """
        self._check_usable()
        params = check_edit(fields, self._described)
        self._refuse_grouped(params["order_id"])
        self.markets.check_edit(params, self._described(params["order_id"]))
        look = self._ledger.look_for_edit
        return Intent(self._desk, "edit_order", params, look, timed=True, gate=self.gate, via=via)

    def _refuse_grouped(self, order_id: str) -> None:
        """Refuse to replace an order that a group must cancel: it would not know the new one."""
        known = self.known(order_id)
        intent = self.intent((known.cl_ord_id if known is not None else None) or "")
        if intent is not None and intent.grouped and intent.order_id == order_id:
            message = f"edit: {order_id} is of a group, which could not cancel the new order: amend it instead"
            raise InvalidRequest(message)

    async def edit(self, *, via: Via = "ws", **fields: Unpack[EditFields]) -> Acknowledged:
        """Cancel an order and place another in its stead; `amend` is cheaper and keeps the order.

        The reply has the new `order_id` and the `original_order_id`; fills stay with the old one.
        """
        return await (await self.checked(lambda: self.prepare_edit(via=via, **fields))).submit()

    def _described(self, name: str) -> Mapping[str, Any]:
        """Return what is known of an order: what Kraken told, else what it was sent with, if it was sent here."""
        if (report := self.known(name)) is not None:
            return {field: getattr(report, field) for field in ("symbol", "side", "order_type", "reduce_only")}
        placed = self.intent(name)
        return {} if placed is None else placed.params
