"""Offer the kill switch beside the order methods: calls go in, a `Halt` does it (`orders/switches/halting.py`)."""

import anyio

from krakenio.errors import SessionClosed
from krakenio.orders.cancels import Cancelling
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.outcome import Outcome
from krakenio.orders.intents.record import only_checks
from krakenio.orders.resolving.doubts import Doubts
from krakenio.orders.resolving.survey import Survey
from krakenio.orders.sending.pacing import Pacing
from krakenio.orders.switches.halting import Halt


class Stopping(Cancelling):
    """Stop trading, and let it go on."""

    _doubts: Doubts
    _halt: Halt | None = None
    _survey: Survey
    pacing: Pacing

    async def halt(self) -> None:
        """Stop trading: the kill switch. New orders are refused at once, with `OrdersHalted`, until `resume()`.

        What is queued is taken back (`NOT_SENT`), all orders of the account are cancelled, and this returns once the
        exchange has confirmed that none is open nor can become so, or once `resume()` has ended it. Cancelling the call
        does not end the halt.
        Raises Kraken's refusal where no repetition helps, such as `PermissionDenied`: new orders stay refused, and
        another `halt()` tries again.
        """
        try:
            self._check_usable()
        except SessionClosed:
            await anyio.lowlevel.checkpoint()  # noqa: ASYNC120 - a cancel goes before a refusal
            raise
        halt = self._halt
        if halt is None or halt.refusal is not None:
            halt = self._halt = halt or Halt(self._desk)
            halt.begin()
        await anyio.lowlevel.checkpoint()
        await halt.wait()

    def resume(self) -> None:
        """Let orders through again after `halt()`."""
        if self._halt is not None:
            self._halt.end()
            self._halt = None

    def finish(self) -> None:
        """Let nobody wait any longer for what only a session that lives can do."""
        for waited_for in (self._halt, self.switch, self._survey, self._cancel_ledger, self.pacing):
            if waited_for is not None:
                waited_for.finish()

    def undecided(self) -> list[Intent]:
        """Return the adds and edits that may still become orders: written, not answered, deadline not passed."""
        unknown = [intent for intent in self._doubts if intent.outcome is Outcome.UNKNOWN and not intent.decided]
        placing = [intent for intent in unknown if intent.method in {"add_order", "edit_order"}]
        return [intent for intent in placing if not only_checks(intent.params)]

    def in_doubt(self, *methods: str) -> list[Intent]:
        """Return the requests of some kinds whose outcome is unknown."""
        asked = [intent for intent in self._doubts if intent.method in methods and not only_checks(intent.params)]
        return [intent for intent in asked if intent.outcome is Outcome.UNKNOWN]

    @property
    def halted(self) -> bool:
        """Tell whether `halt()` holds."""
        return self._halt is not None
