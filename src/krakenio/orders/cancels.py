"""Cancel orders by their names, or all: ids, lists of them or a tag go in, an intent or Kraken's reply comes out."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, overload

from krakenio.errors import InvalidRequest
from krakenio.orders.account.table import OrderTable
from krakenio.orders.batch.cancellist import BatchCancel, CancelList
from krakenio.orders.batch.tags import TagCancel
from krakenio.orders.changing import Changing
from krakenio.orders.checks.changefields import (
    MOST_CANCELS,
    check_names,
    check_timeout,
    one_name,
    order_id,
    user_reference,
)
from krakenio.orders.checks.fields import Check, client_order_id
from krakenio.orders.intents.identity import same_form
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.needs import Via
from krakenio.orders.intents.outcome import Acknowledged
from krakenio.orders.resolving.cancelledger import CancelLedger
from krakenio.orders.switches.deadman import DeadManSwitch

Ids = list[str] | tuple[str, ...]

_CHECKS: Mapping[str, Check] = {"order_id": order_id, "cl_ord_id": client_order_id, "order_userref": user_reference}
_ONE_BY_ONE = 'cancel: REST takes one id at a time; batch_cancel(order_id=[...], via="rest") takes 2 to 50'
_ONE_TAG = "cancel: pass one order_userref, that of all orders to cancel; batch_cancel takes a list of them"


class Cancelling(Changing):
    """Offer the cancels."""

    switch: DeadManSwitch | None
    _cancel_ledger: CancelLedger

    @property
    @abstractmethod
    def open(self) -> OrderTable:
        """Return the open orders of the account, live."""

    def prepare_batch_cancel(
        self,
        *,
        order_id: Sequence[str] = (),
        cl_ord_id: Sequence[str] = (),
        order_userref: Sequence[int] = (),
        via: Via = "ws",
    ) -> Intent:
        """Check the cancel of 2 to 50 names of orders without sending anything; a tag counts as one."""
        self._check_usable()
        ids, names = check_names(order_id, cl_ord_id, order_userref)
        return BatchCancel(self._desk, ids, names, self._cancel_ledger.look_for_cancel, via)

    async def batch_cancel(
        self,
        *,
        order_id: Sequence[str] = (),
        cl_ord_id: Sequence[str] = (),
        order_userref: Sequence[int] = (),
        via: Via = "ws",
    ) -> Acknowledged:
        """Cancel 2 to 50 orders in one request; `count` tells how many were, not which: the executions do.

        An `order_userref` names all open orders that have it, and counts as one of the 50.
        """
        names: Any = {"order_id": order_id, "cl_ord_id": cl_ord_id, "order_userref": order_userref}
        return await (await self.checked(lambda: self.prepare_batch_cancel(**names, via=via))).submit()

    @overload
    def prepare_cancel(
        self, *, order_id: str | None = None, cl_ord_id: str | None = None, via: Via = "ws"
    ) -> Intent: ...
    @overload
    def prepare_cancel(self, *, order_userref: int, via: Via = "ws") -> Intent: ...
    @overload
    def prepare_cancel(self, *, order_id: Ids) -> CancelList: ...
    @overload
    def prepare_cancel(self, *, cl_ord_id: Ids) -> CancelList: ...
    def prepare_cancel(
        self,
        *,
        order_id: str | Ids | None = None,
        cl_ord_id: str | Ids | None = None,
        order_userref: int | None = None,
        via: Via = "ws",
    ) -> Intent:
        """Check a cancel without sending anything; name the order by one of its ids, or several by a list or a tag."""
        self._check_usable()
        given: dict[str, Any] = {"order_id": order_id, "cl_ord_id": cl_ord_id, "order_userref": order_userref}
        field = one_name("cancel", given, [*given])
        if isinstance(given[field], list | tuple):
            return self._prepare_list(field, given[field], via)
        value, look = _CHECKS[field](given[field], field), self._cancel_ledger.look_for_cancel
        if isinstance(value, int):
            return TagCancel(self._desk, value, partial(self._tagged, value), look, via)
        return Intent(self._desk, "cancel_order", {field: [value]}, look, timed=False, via=via)

    def _prepare_list(self, field: str, given: Ids, via: Via) -> CancelList:
        if field == "order_userref":
            raise InvalidRequest(_ONE_TAG)
        if via != "ws":
            raise InvalidRequest(_ONE_BY_ONE)
        return CancelList(self._desk, field, _checked(field, given), self._cancel_ledger.look_for_cancel)

    def _tagged(self, tag: int) -> list[str]:
        """Return which orders are known to be open that have a tag."""
        return [order.order_id for order in self.open if order.report.order_userref == tag]

    @overload
    async def cancel(
        self, *, order_id: str | None = None, cl_ord_id: str | None = None, via: Via = "ws"
    ) -> Acknowledged: ...
    @overload
    async def cancel(self, *, order_userref: int, via: Via = "ws") -> Acknowledged: ...
    @overload
    async def cancel(self, *, order_id: Ids) -> CancelList: ...
    @overload
    async def cancel(self, *, cl_ord_id: Ids) -> CancelList: ...
    async def cancel(
        self,
        *,
        order_id: str | Ids | None = None,
        cl_ord_id: str | Ids | None = None,
        order_userref: int | None = None,
        via: Via = "ws",
    ) -> Acknowledged | CancelList:
        """Cancel one order and wait for Kraken's reply; an order that is gone already raises `UnknownOrder`.

        With a list of ids all are cancelled by one request, and nothing raises for a single one: read `outcomes`. With
        an `order_userref` all open orders that have it are; this returns with the first, the executions tell the rest.
        """
        names: Any = {"order_id": order_id, "cl_ord_id": cl_ord_id, "order_userref": order_userref}
        intent: Intent = await self.checked(lambda: self.prepare_cancel(**names, via=via))
        return await intent.place() if isinstance(intent, CancelList) else await intent.submit()

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


def _checked(field: str, given: Ids) -> list[str]:
    names = list({same_form(name): name for name in (str(_CHECKS[field](each, field)) for each in given)}.values())
    if not 1 <= len(names) <= MOST_CANCELS:
        message = f"cancel: pass 1 to {MOST_CANCELS} ids at once, not {len(names)}"
        raise InvalidRequest(message)
    return names
