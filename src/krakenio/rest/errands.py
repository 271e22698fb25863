"""Run a call for somebody who does not wait in its queue: it goes in, its teller hears when it is written and the end.

What the teller is told is what became of the bytes: until the first of them is written the errand can be taken back.
"""

from collections.abc import Callable
from typing import Any, Literal, Protocol

from krakenio.errors import KrakenError
from krakenio.models import Answer
from krakenio.rest.lane import Entry, Queue
from krakenio.rest.line import Permit
from krakenio.rest.methods import Call
from krakenio.rest.pacing import Fare


class Teller(Protocol):
    """Whoever wants to know what becomes of an errand; called in the lane, never awaits."""

    def written(self) -> None:
        """Learn that the bytes are on their way."""
        ...

    def told(self, outcome: Answer[Any] | KrakenError, *, written: bool) -> None:
        """Learn how it ended."""
        ...


class Told(Permit):
    """Allow the writing once, and tell of it."""

    __slots__ = ("_tell",)

    def __init__(self, tell: Callable[[], object]) -> None:
        super().__init__()
        self._tell = tell

    def __call__(self) -> bool:
        """Answer the network, right before the first byte; never a second time, so that nothing is sent twice."""
        if self.written or not super().__call__():
            return False
        self._tell()
        return True


class Errand(Entry[Any]):
    """One call on its way; nothing of it is ever repeated."""

    __slots__ = ("_fare", "_queue", "_teller")

    def __init__(self, call: Call[Any], teller: Teller, queue: Queue, fare: Fare) -> None:
        super().__init__(call)
        self.permit: Permit = Told(teller.written)
        self._teller = teller
        self._queue = queue
        self._fare = fare

    @property
    def state(self) -> Literal["queued", "written", "done"]:
        """Tell how far it is."""
        if self.outcome is not None:
            return "done"
        return "written" if self.permit.written else "queued"

    def give_up(self) -> bool:
        """Want the answer no longer; true if no byte was or will be written."""
        wanted, self.permit.wanted = self.permit.wanted, False
        if self.permit.written:
            return False
        if wanted and self.state == "queued":
            self._fare.refund()
        self._queue.withdraw(self)
        return True

    def settle(self, outcome: Answer[Any] | KrakenError) -> None:
        """Keep the first outcome and tell of it, unless it was taken back."""
        if self.outcome is not None:
            return
        super().settle(outcome)
        if isinstance(outcome, KrakenError):
            self._fare.refused(outcome)
        if self.permit.wanted or self.permit.written:
            if not self.permit.written:
                self._fare.refund()
            self._teller.told(outcome, written=self.permit.written)
