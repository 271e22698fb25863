"""Stop a session's trading (the kill switch): nothing new goes out, everything is cancelled, until `resume`.

A library task cancels all orders of the account, over REST where the socket does not answer, again and again until the
exchange has confirmed that none is open and no order that is on its way can become so: by the executions, or by REST's
list of open orders while the socket is down.
"""

from collections.abc import Iterable
from typing import Protocol

import anyio

from krakenio.bell import Bell
from krakenio.errors import KrakenError, OrdersHalted, SessionClosed
from krakenio.orders.intents.gates import Gate
from krakenio.orders.sending.asking import AskingDesk, Question
from krakenio.orders.sending.pacing import Pacing

ASK_WITHIN = 1.0
"""Seconds for Kraken's answer over the socket; then REST is asked."""

ROUND = 1.0
"""Seconds for the executions to confirm; then everything is cancelled again."""

LOOK_WITHIN = 5.0
"""Seconds for REST to list the open orders while the socket is down."""

_UNCONFIRMED = "the session ended before the exchange had confirmed the halt: orders may be open"

_HALTED = "s.orders.halt() stopped the orders of this session: nothing was sent; call s.orders.resume() to trade again"


class HaltingDesk(AskingDesk, Protocol):
    """What halting needs of a session."""

    bell: Bell
    gate: Gate
    pacing: Pacing

    @property
    def listed(self) -> bool:
        """Tell whether this connection's snapshot of the open orders has come."""
        ...

    def undecided(self) -> Iterable[object]:
        """Return the requests that may still become orders."""
        ...


class Halt:
    """One use of the kill switch: `confirmed` tells that the exchange has no open order of the account."""

    def __init__(self, desk: HaltingDesk) -> None:
        self.confirmed: bool = False
        self.refusal: KrakenError | None = None
        self._ended = self._finished = False
        self._desk = desk
        self._cancel_all = Question(desk, "cancel_all", "CancelAll")
        self._bell = Bell()
        self._task = anyio.CancelScope()

    def begin(self) -> None:
        """Stop new orders at once, and cancel all by a library task; begin again after a refusal."""
        self.refusal, self._task = None, anyio.CancelScope()
        self._desk.gate.close(OrdersHalted(_HALTED))
        self._desk.pacing.ring()
        self._desk.context.spawn(self._run, "halt")

    def end(self) -> None:
        """Let orders through again; cancelling stops."""
        self._ended = True
        self._cancel_all.withdraw()
        self._task.cancel()
        self._desk.gate.open()
        self._bell.ring()

    def finish(self) -> None:
        """Let nobody wait any longer: the session has ended."""
        self._finished = True
        self._bell.ring()

    async def wait(self) -> None:
        """Wait until the exchange has confirmed; raises Kraken's refusal where no repetition helps."""
        await self._bell.until(lambda: self._is_over or self._finished)
        if self.refusal is not None:
            raise self.refusal
        if not self._is_over:
            raise SessionClosed(_UNCONFIRMED)

    @property
    def _is_over(self) -> bool:
        return self.confirmed or self.refusal is not None or self._ended

    async def _run(self) -> None:
        with self._task:
            while not self._is_over:
                if await self._cancelled():
                    self.confirmed = True
                elif self.refusal is None:  # else another `begin` could come before this one has ended
                    await anyio.sleep(ROUND / 4)
            self._bell.ring()

    async def _cancelled(self) -> bool:
        """Cancel all once, and see whether that was all: what became an order after it is for another one.

        So it confirms only where nothing was on its way when it was sent, whatever the executions have told so far.
        """
        settled, self._cancel_all.trouble = not any(self._desk.undecided()), None
        if not await self._cancel_all.ask({}, ASK_WITHIN):
            self.refusal = _if_fatal(self._cancel_all.trouble)
            return False
        with anyio.move_on_after(ROUND):
            await self._desk.bell.until(self._is_clear)
        return settled and (self._is_clear() or await self._is_clear_over_rest())

    async def _is_clear_over_rest(self) -> bool:
        """Look into the open orders where no executions come.

        A cancel that a dying socket took may be done later, and would hit the orders that follow: then it says no.
        """
        if self._desk.listed or self._cancel_all.may_come_late:
            return False
        with anyio.move_on_after(LOOK_WITHIN):
            try:
                return not (await self._desk.rest.account.open_orders()).open
            except KrakenError:
                return False
        return False

    def _is_clear(self) -> bool:
        open_symbols = self._desk.pacing.ages.open_symbols(self._desk.context.now())
        return self._desk.listed and not any(open_symbols) and not any(self._desk.undecided())


def _if_fatal(trouble: KrakenError | None) -> KrakenError | None:
    return trouble if trouble is not None and trouble.fatal else None
