"""Leave a group of orders: its intents go in, what could not be confirmed to be gone comes out (contract I1 to I3).

A library task cancels over the socket, and over REST where the executions do not confirm it soon. It runs until nothing
is left, or until whoever waits for it has waited long enough.
"""

from collections.abc import Sequence
from typing import Protocol

import anyio

from krakenio.bell import Bell
from krakenio.errors import KrakenError
from krakenio.links.outbox import Request
from krakenio.orders.groups.groupcancels import CancellingDesk, cancel_over_rest, queue_cancels
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.outcome import Outcome
from krakenio.orders.intents.record import only_checks

ROUND = 0.4
"""Seconds for the executions to confirm a cancel; then REST is asked, and the cancel is sent again."""

REST_WITHIN = 1.0
"""Seconds for one answer of REST."""


class LeavingDesk(CancellingDesk, Protocol):
    """What leaving needs of a session."""

    bell: Bell

    @property
    def listed(self) -> bool:
        """Tell whether this connection's snapshot of the open orders has come."""
        ...


class Leaving:
    """The closing of a group; `done` is set when all its orders are gone for certain, or nobody can tell any more."""

    def __init__(self, desk: LeavingDesk, intents: Sequence[Intent]) -> None:
        self.done: anyio.Event = anyio.Event()
        self._desk = desk
        self._intents = intents
        self._gone: dict[Intent, None] = {}
        self._requests: list[Request] = []
        self._task = anyio.CancelScope()

    @property
    def unconfirmed(self) -> list[Intent]:
        """Return the orders that may be open."""
        return [intent for intent in self._intents if not self._is_gone(intent)]

    def send(self) -> None:
        """Queue the cancels of what may be open; awaits nothing. Those of before that are still queued are replaced."""
        for request in self._requests:
            request.give_up()
        gone = next((each.order_id for each in self._intents if each.order_id and self._is_gone(each)), None)
        self._requests = queue_cancels(self._desk, self.unconfirmed, gone)

    def stop(self) -> None:
        """End the task; cancels that are queued still go out."""
        self._task.cancel()

    async def run(self) -> None:
        """Cancel until nothing is left, or the session ends."""
        try:
            with self._task:
                while self.unconfirmed:
                    await self._confirmed(ROUND)
                    await self._ask_rest()
                    self.send()
        finally:
            self.done.set()

    def _is_gone(self, intent: Intent) -> bool:
        """Tell whether an order is certainly not open; an `UNKNOWN` one is not, until its deadline has passed (I3)."""
        if intent in self._gone or intent.outcome not in {Outcome.UNKNOWN, Outcome.ACKED} or only_checks(intent.params):
            return True
        if intent.outcome is Outcome.UNKNOWN:
            return False
        names = (intent.order_id, intent.cl_ord_id)
        return any(name and self._desk.pacing.ages.is_gone(name, in_sync=self._desk.listed) for name in names)

    async def _confirmed(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._desk.bell.until(lambda: not self.unconfirmed)

    async def _ask_rest(self) -> None:
        """Cancel over REST what the executions have not confirmed, one order after the other."""
        for intent in self.unconfirmed:
            if intent.decided:
                await self._resolve(intent)
            gone = await cancel_over_rest(self._desk, intent, REST_WITHIN)
            if gone and intent.outcome is Outcome.ACKED:
                self._gone[intent] = None

    async def _resolve(self, intent: Intent) -> None:
        """Find out about an order whose deadline has passed: it is not accepted any more, or it is open (B8)."""
        with anyio.move_on_after(REST_WITHIN):
            try:
                await intent.resolve()
            except KrakenError:
                return
