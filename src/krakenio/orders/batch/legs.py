"""Hold requests about several orders: one request, and an outcome of its own for each order in it (contract B11).

The rows of the reply decide their orders, whatever `success` says: each the one that it names, by its place only where
nothing speaks against it. An order without a row, and one whose row has neither id nor error, stays unknown.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self

import anyio

from krakenio.errors import ApiError, api_error
from krakenio.links.timing import learn
from krakenio.messages import Reply, Result
from krakenio.orders.intents.gates import Gate
from krakenio.orders.intents.identity import same_form
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.needs import Desk, Sent, Via
from krakenio.orders.intents.outcome import Acknowledged, Outcome, acknowledged_row
from krakenio.orders.intents.record import only_checks

Look = Callable[[Intent], Awaitable[Outcome]]


class Leg(Intent):
    """One order of a batch: its outcome is its own, its sending is the batch's."""

    __slots__ = ()

    deadline_ns: int | None
    written_ns: int | None
    outcome: Outcome

    async def submit(self) -> Acknowledged:
        """Refuse: the batch is sent as a whole."""
        await anyio.lowlevel.checkpoint()
        message = f"{self!r} is sent by its batch: await batch.submit()"
        raise RuntimeError(message)

    def sent(self, batch: Intent) -> None:
        """Learn that the batch is on its way."""
        self.departed(batch.written_ns or 0, batch._departed, batch._departed_ns)  # noqa: SLF001 - they are of one kind
        self.deadline_ns, self._waiting = batch.deadline_ns, True

    def left(self) -> None:
        """Learn that nobody waits for the batch any more: what is known later is news."""
        self._waiting = False

    @property
    def is_shown(self) -> bool:
        """Tell whether its reply or a report says that Kraken did it."""
        return self.outcome is Outcome.ACKED or self._proof is not None

    def told(self, row: Result) -> None:
        """Learn what its row says; what contradicts itself, or says nothing of an order, decides nothing (B4)."""
        if row.error and not row.order_id:
            self.refused(self.refusal(row.error))
        elif not row.error and (row.order_id or only_checks(self.params)):
            self.accept(acknowledged_row(row))

    def refused(self, error: ApiError) -> None:
        """Learn that Kraken does not take this order."""
        self._refuse(error)

    def unsent(self) -> None:
        """Learn that nothing of the batch was written; the batch gives back its ids."""
        self.outcome, self.written_ns = Outcome.NOT_SENT, None


class Many(Intent):
    """One request about several orders; `legs` has an intent for each, in the order of the request."""

    __slots__ = ("legs",)

    def __init__(
        self,
        desk: Desk,
        method: str,
        params: Mapping[str, Any],
        legs: Sequence[Leg],
        look: Look,
        *,
        timed: bool,
        gate: Gate | None = None,
        via: Via = "ws",
    ) -> None:
        super().__init__(desk, method, params, look, timed=timed, gate=gate, via=via)
        self.legs: tuple[Leg, ...] = tuple(legs)

    def written(self) -> None:
        """Learn that the bytes are on their way."""
        super().written()
        for leg in self.legs:
            leg.sent(self)

    async def place(self) -> Self:
        """Send it and wait for the reply; the legs tell what became of each order."""
        await self.submit()
        return self

    def believe(self) -> None:
        """Take reports for the replies that did not come."""
        super().believe()
        for leg in self.legs:
            leg.believe()

    def _leave(self, request: Sent) -> None:
        super()._leave(request)
        for leg in self.legs:
            leg.left()

    def _take_back(self) -> None:
        super()._take_back()
        for leg in self.legs:
            leg.unsent()


class Batch(Many):
    """One `batch_add`: `await submit()` once, and read each of `legs` at any time.

    Its own `outcome` is `ACKED` once Kraken took the batch, though it may have refused orders in it, and `REJECTED` if
    it refused all of it.
    """

    __slots__ = ()

    def __init__(
        self,
        desk: Desk,
        params: Mapping[str, Any],
        legs: Sequence[Leg],
        look: Look,
        gate: Gate | None = None,
        via: Via = "ws",
    ) -> None:
        super().__init__(desk, "batch_add", params, legs, look, timed=True, gate=gate, via=via)

    @property
    def new_names(self) -> tuple[str, ...]:
        """Return the client ids of its orders."""
        return tuple(name for leg in self.legs for name in leg.new_names)

    @property
    def parts(self) -> Sequence[Intent]:
        """Return its orders: each is known or not by itself."""
        return self.legs

    def answered(self, reply: Reply) -> bool:
        """Let each row decide its order."""
        learn(self._context, self._departed, reply)
        if not reply.rows and not reply.ok:
            self._not_taken(reply)
            return True
        checked = only_checks(self.params) and not reply.rows  # orders that are only checked may have no rows at all
        for leg, row in self._decided_by([Result()] * len(self.legs) if checked else reply.rows):
            leg.told(row)
        self.accept(Acknowledged(""))
        if self._toll is not None:
            self._toll.heard([api_error(row.error) for row in reply.rows if row.error])
        return True

    def _refuse(self, error: ApiError) -> None:
        for leg in self.legs:
            leg.refused(error)
        super()._refuse(error)

    def _decided_by(self, rows: Sequence[Result]) -> list[tuple[Leg, Result]]:
        """Return each order with its row; the rows stand in the order of the request (ws-v2-trading §7)."""
        by_name = {same_form(leg.cl_ord_id): leg for leg in self.legs if leg.cl_ord_id}
        legs = [by_name.get(same_form(row.cl_ord_id or "")) for row in rows]
        if len(rows) == len(self.legs) and all(
            leg is here or not row.cl_ord_id for leg, here, row in zip(legs, self.legs, rows, strict=True)
        ):
            legs = [*self.legs]
        return [(leg, row) for leg, row in zip(legs, rows, strict=True) if leg is not None]
