"""Change orders, and place or cancel many at once: Kraken's fields go in as keywords, intents or replies come out.

Each call comes twice, as those of `Orders` do: `prepare_...` gives an intent whose outcome can be read at any time, the
plain name sends it and waits for the reply. `via="rest"` sends over REST.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, Unpack

import anyio

from krakenio.errors import InvalidRequest, KrakenError
from krakenio.links.context import Context
from krakenio.messages import Execution
from krakenio.orders.account.table import OrderTable
from krakenio.orders.batch.legs import Batch, Leg
from krakenio.orders.checks.changefields import (
    AmendFields,
    EditFields,
    check_amend,
    check_batch,
    check_edit,
    check_timeout,
)
from krakenio.orders.checks.fields import OrderFields
from krakenio.orders.checks.increments import Increments
from krakenio.orders.checks.markets import Markets
from krakenio.orders.intents.gates import Gate
from krakenio.orders.intents.identity import name_order
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.needs import Via
from krakenio.orders.intents.outcome import Acknowledged
from krakenio.orders.resolving.cancelledger import CancelLedger
from krakenio.orders.resolving.ledger import Ledger
from krakenio.orders.switches.deadman import DeadManSwitch
from krakenio.symbols import check_symbol

Prepared = TypeVar("Prepared", bound=Intent)


class Changing(ABC):
    """Offer the order methods beside `add` and `cancel`."""

    context: Context
    gate: Gate
    markets: Markets
    switch: DeadManSwitch | None
    _ledger: Ledger
    _cancel_ledger: CancelLedger

    @abstractmethod
    def _check_usable(self) -> None:
        """Refuse once the session has ended, and in another event loop."""

    @abstractmethod
    def _keep(self, intent: Intent, *, own_tag: bool) -> None:
        """Remember an add, for what Kraken tells of it later; `own_tag` says that no other order has its tag."""

    @abstractmethod
    def known(self, name: str) -> Execution | None:
        """Return what is known of an order by either of its names."""

    @abstractmethod
    def intent(self, cl_ord_id: str) -> Intent | None:
        """Return the intent of an order of this session."""

    @property
    @abstractmethod
    def open(self) -> OrderTable:
        """Return the open orders of the account, live."""

    async def checked(self, prepare: Callable[[], Prepared]) -> Prepared:
        """Prepare; bad input passes a checkpoint too, or a loop of it would never let go (contract A1)."""
        try:
            return prepare()
        except KrakenError:
            await anyio.lowlevel.checkpoint()  # noqa: ASYNC120 - a cancel goes before a refusal
            raise

    async def increments(self, symbol: str) -> Increments:
        """Return the steps and minima of a market, to round by: `round_qty(...)`, `round_price(..., side)`.

        While a book or `s.instruments()` is open this asks nobody, and orders are checked against it before they are
        sent; else Kraken is asked over REST, and what does not fit Kraken itself refuses.
        """
        return await self.markets.increments(symbol)

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
        self.markets.check_change(params, self._described(params["order_id"]))
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

    def prepare_batch(
        self, symbol: str, orders: Sequence[OrderFields], *, validate: bool = False, via: Via = "ws"
    ) -> Batch:
        """Check 2 to 15 orders of one symbol without sending anything; each gets a `cl_ord_id` and is one of `legs`."""
        return self.prepare_batch_in(self.gate, symbol, orders, validate=validate, via=via)

    def prepare_batch_in(
        self, gate: Gate, symbol: str, orders: Sequence[OrderFields], *, validate: bool = False, via: Via = "ws"
    ) -> Batch:
        """Do the same for orders that go through another gate, that of a group."""
        self._check_usable()
        gate.check()
        rows = check_batch(orders, check_symbol(symbol))
        for place, row in enumerate(rows):
            self.markets.check_order(row, symbol, f"orders[{place}]: ")
        own_tags = [name_order(row, self.context.chance.getrandbits(128)) for row in rows]
        look = self._ledger.look_for_add
        shared: dict[str, Any] = {"symbol": symbol} | ({"validate": True} if validate else {})
        legs = [Leg(self._desk, "add_order", {**row, **shared}, look, timed=True) for row in rows]
        params = {**shared, "orders": rows}
        batch = Batch(self._desk, params, legs, self._ledger.look_for_batch, gate, via)
        for leg, own_tag in zip(legs, own_tags, strict=True):
            self._keep(leg, own_tag=own_tag)
        return batch

    async def batch_add(
        self, symbol: str, orders: Sequence[OrderFields], *, validate: bool = False, via: Via = "ws"
    ) -> Batch:
        """Place 2 to 15 orders of one symbol in one request, and return the batch: each of its `legs` has an outcome.

        If one is not valid Kraken refuses all, which raises; what the engine refuses, for lack of funds say, it refuses
        alone: then that leg is `REJECTED` and its `error` says why, and the others stand.
        """
        prepare = partial(self.prepare_batch, symbol, orders, validate=validate, via=via)
        return await (await self.checked(prepare)).place()

    def prepare_cancel_all(self, *, via: Via = "ws") -> Intent:
        """Prepare the cancel of all orders of the account."""
        self._check_usable()
        return Intent(self._desk, "cancel_all", {}, self._cancel_ledger.look_for_cancel_all, timed=False, via=via)

    async def cancel_all(self, *, via: Via = "ws") -> Acknowledged:
        """Cancel every open order of the account, whatever placed it; `count` tells how many there were."""
        return await (await self.checked(lambda: self.prepare_cancel_all(via=via))).submit()

    def prepare_cancel_all_after(self, timeout: int, *, via: Via = "ws") -> Intent:
        """Prepare one call for Kraken's dead-man's switch."""
        self._check_usable()
        params = {"timeout": check_timeout(timeout)}
        if self.switch is not None:
            message = "dead_man_switch() is open, and Kraken has a single switch for the account: leave it to its block"
            raise InvalidRequest(message)
        look = self._ledger.look_for_nothing
        return Intent(self._desk, "cancel_all_orders_after", params, look, timed=False, via=via)

    async def cancel_all_after(self, timeout: int, *, via: Via = "ws") -> Acknowledged:  # noqa: ASYNC109 - Kraken's
        """Let Kraken cancel everything in `timeout` seconds unless this is called again; 0 disarms.

        `dead_man_switch(timeout)` keeps it armed for the length of a block; this is the bare call.
        """
        return await (await self.checked(lambda: self.prepare_cancel_all_after(timeout, via=via))).submit()

    def _described(self, name: str) -> Mapping[str, Any]:
        """Return what is known of an order: what Kraken told, else what it was sent with, if it was sent here."""
        if (report := self.known(name)) is not None:
            return {field: getattr(report, field) for field in ("symbol", "side", "order_type")}
        placed = self.intent(name)
        return {} if placed is None else placed.params

    @property
    def _desk(self) -> Any:  # noqa: ANN401 - the session's `Orders`, which is a `Desk`
        return self
