"""Own orders for the time of a block (contract I): what was placed in it cannot outlive it unnoticed.

`async with s.orders.open_group() as group` gives a group; leaving it cancels what is open, by a library task, and the
user's task waits for that for a declared time: the one shield that stands in a user's task.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Literal, Protocol, Self, TypeVar, Unpack

import anyio

from krakenio.entered import Entered
from krakenio.errors import GroupLeft, InvalidRequest
from krakenio.events import OrdersUnconfirmed
from krakenio.limits.pricing import price_of_orders, totals
from krakenio.orders.batch.legs import Batch
from krakenio.orders.checks.fields import OrderFields
from krakenio.orders.groups.leaving import Leaving, LeavingDesk
from krakenio.orders.groups.leftopen import OrdersLeftOpen
from krakenio.orders.intents.gates import Gate
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.needs import Via
from krakenio.orders.intents.outcome import Acknowledged
from krakenio.tasks import cancelled_by_a_scope

GRACE = 2.0
"""Seconds that leaving a group waits for the executions to confirm that its orders are gone."""

_BEING_LEFT = "the group of orders is being left: nothing was sent, place orders inside its block"

_NAMELESS = "order_userref: an order of a group needs a cl_ord_id, by which it can be cancelled at any time"

_SPAWNING = (
    "conditional: the orders that Kraken makes of its fills have no name by which a group could cancel them, and would "
    "outlive the group: place it with s.orders.add"
)

KEPT = 500
"""Orders that a group remembers though they are gone: one may be open for days and see a million."""


Prepared = TypeVar("Prepared", bound=Intent)


class GroupDesk(LeavingDesk, Protocol):
    """What a group needs of a session."""

    gate: Gate

    @property
    def ended(self) -> bool:
        """Tell whether the session has ended: nobody can confirm anything."""
        ...

    def prepare_in(self, gate: Gate, order: OrderFields, via: Via = "ws") -> Intent:
        """Make an intent that goes through a gate."""
        ...

    def prepare_batch_in(
        self, gate: Gate, symbol: str, orders: Sequence[OrderFields], *, validate: bool = False, via: Via = "ws"
    ) -> Batch:
        """Make a batch that goes through a gate."""
        ...

    async def checked(self, prepare: Callable[[], Prepared]) -> Prepared:
        """Prepare, with a checkpoint for bad input."""
        ...


class OrderGroup(Entered):
    """A group of orders; `unconfirmed` are those that may have outlived it."""

    def __init__(self, desk: GroupDesk, grace: float, outer: "OrderGroup | None" = None) -> None:
        self.unconfirmed: tuple[Intent, ...] = ()
        self._desk = desk
        self._grace = _checked_grace(grace)
        around = desk.gate if outer is None else outer._gate  # noqa: SLF001 - the same class
        self._gate: Gate = Gate(around, self._own)
        self._intents: dict[Intent, None] = {}
        self._most = KEPT
        self._state: Literal["new", "open", "left"] = "new"

    def __repr__(self) -> str:
        """Show how many orders it owns."""
        unconfirmed = f", {len(self.unconfirmed)} unconfirmed" if self.unconfirmed else ""
        return f"<OrderGroup: {self._state}, {len(self._intents)} orders{unconfirmed}>"

    @property
    def intents(self) -> tuple[Intent, ...]:
        """Return the orders placed in it and in groups inside it; after some hundred the gone ones are forgotten."""
        return tuple(self._intents)

    def prepare(self, *, via: Via = "ws", **order: Unpack[OrderFields]) -> Intent:
        """Prepare an order of the group, as `s.orders.prepare` does; raises `GroupLeft` once it is being left."""
        self._check_entered()
        _check_member(order)
        intent = self._desk.prepare_in(self._gate, order, via)
        self._own(intent)
        return intent

    async def add(self, *, via: Via = "ws", **order: Unpack[OrderFields]) -> Acknowledged:
        """Place an order of the group and wait for Kraken's reply: `prepare` and `submit` in one."""
        intent = await self._desk.checked(lambda: self.prepare(via=via, **order))
        return await intent.submit()

    def prepare_batch(
        self, symbol: str, orders: Sequence[OrderFields], *, validate: bool = False, via: Via = "ws"
    ) -> Batch:
        """Prepare 2 to 15 orders of the group in one request, as `s.orders.prepare_batch` does."""
        self._check_entered()
        batch = self._desk.prepare_batch_in(self._gate, symbol, orders, validate=validate, via=via)
        for leg in batch.legs:
            _check_member(leg.params)
        self._own(batch)
        return batch

    async def batch_add(
        self, symbol: str, orders: Sequence[OrderFields], *, validate: bool = False, via: Via = "ws"
    ) -> Batch:
        """Place 2 to 15 orders of the group in one request; each is cancelled with the group, whatever came of it."""
        prepare = partial(self.prepare_batch, symbol, orders, validate=validate, via=via)
        return await (await self._desk.checked(prepare)).place()

    def open_group(self, grace: float = GRACE) -> "OrderGroup":
        """Open a group inside this one, which is left before it; what it leaves unconfirmed stays this one's."""
        return OrderGroup(self._desk, grace, self)

    def cost_to_cancel(self) -> dict[str, float]:
        """Return what cancelling all that may be open would add to the counters now, by pair."""
        names = [intent.order_id or intent.cl_ord_id or "" for intent in self.open_intents]
        return totals(price_of_orders("batch_cancel", names, self._desk.pacing.ages, anyio.current_time()))

    @property
    def open_intents(self) -> tuple[Intent, ...]:
        """Return the intents whose orders are open, or may be."""
        return tuple(Leaving(self._desk, self.intents).unconfirmed)

    def _own(self, intent: Intent) -> None:
        """Take an order in, when it is prepared and at the latest when it is queued."""
        if len(self._intents) >= self._most:
            self._intents = dict.fromkeys(self.open_intents)
            self._most = 2 * len(self._intents) + KEPT
        for each in intent.legs if isinstance(intent, Batch) else (intent,):
            each.grouped = True
            self._intents[each] = None

    def _check_entered(self) -> None:
        if self._state == "new":
            raise RuntimeError("enter the group first: async with s.orders.open_group() as group: ...")

    async def __aenter__(self) -> Self:
        """Open the group, once."""
        await anyio.lowlevel.checkpoint()
        self._desk.context.check_loop()
        if self._state != "new":
            raise RuntimeError("this group was entered before; call open_group() again for another one")
        self._state = "open"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel what is open; waits for at most the grace, whatever cancels come meanwhile (I1)."""
        self._state = "left"
        self._gate.close(GroupLeft(_BEING_LEFT))
        leaving = Leaving(self._desk, self.intents)
        struck = await self._wait(leaving) if leaving.unconfirmed else None  # noqa: ASYNC102 - bounded, shielded
        self.unconfirmed = tuple(leaving.unconfirmed)
        self._tell(error, struck)
        if struck is not None:
            raise struck
        if error is None:
            await self._end_normally()  # noqa: ASYNC102 - a checkpoint, for a cancel that waits

    async def _wait(self, leaving: Leaving) -> BaseException | None:
        """Wait for the library task; return what ended that early: Ctrl-C, or a cancel that came natively.

        asyncio lets the latter through any shield.
        """
        leaving.send()
        if self._desk.ended:
            return None
        self._desk.context.spawn(leaving.run, "order group")
        cancels: list[BaseException] = []
        try:
            with anyio.move_on_after(self._grace, shield=True):
                await _patiently(leaving, cancels)
        except anyio.get_cancelled_exc_class() as error:  # noqa: ASYNC103 - raised once the group has told; AnyIO
            cancels.append(error)  # hands its own cancel on, when the time is up and a native one had come before
        except BaseException as error:  # noqa: BLE001 - as above: Ctrl-C must not hide what may be open
            cancels.insert(0, error)
        leaving.stop()
        return cancels[0] if cancels else None

    async def _end_normally(self) -> None:
        """Let a cancel from outside go before an error of ours, with the note."""
        try:
            await anyio.lowlevel.checkpoint()
        except BaseException as cancelled:
            self._note(cancelled)
            raise
        if self.unconfirmed:
            raise OrdersLeftOpen(_told(self.unconfirmed), intents=self.unconfirmed)

    def _tell(self, *errors: BaseException | None) -> None:
        """Tell by an event, and by a note on what the block raised and on what is raised in its place."""
        if self.unconfirmed:
            context = self._desk.context
            names = tuple(intent.order_id or intent.cl_ord_id or "" for intent in self.unconfirmed)
            context.publish(OrdersUnconfirmed(at=context.clock(), orders=names))
        for error in errors:
            if error is not None:
                self._note(error)

    def _note(self, error: BaseException) -> None:
        if self.unconfirmed:
            error.add_note(_told(self.unconfirmed))


def _check_member(order: Mapping[str, Any]) -> None:
    """Refuse what could outlive a group unnoticed."""
    if order.get("conditional") is not None:
        raise InvalidRequest(_SPAWNING)
    if order.get("order_userref") is not None:
        raise InvalidRequest(_NAMELESS)


async def _patiently(leaving: Leaving, cancels: list[BaseException]) -> None:
    """Wait on through native cancels, and keep them."""
    while not leaving.done.is_set():
        try:
            await leaving.done.wait()
        except anyio.get_cancelled_exc_class() as error:  # noqa: ASYNC103 - the caller raises it
            if cancelled_by_a_scope():  # ours, whose time is up
                raise
            cancels.append(error)


def _told(intents: Sequence[Intent]) -> str:
    orders = ", ".join(f"{intent.order_id or intent.cl_ord_id} ({intent.outcome.value})" for intent in intents)
    return f"orders of a group may be open, nothing confirmed in time that they are gone: {orders}"


def _checked_grace(grace: object) -> float:
    if isinstance(grace, bool) or not isinstance(grace, int | float) or not 0 <= grace < float("inf"):
        raise InvalidRequest(f"grace: pass a number of seconds, not {grace!r}")
    return grace
