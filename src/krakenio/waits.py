"""End waits by one timer for all of them: deadlines go in, each task is woken at its own at the latest.

A timer for each, nearly always taken back, would cost an order more than the rest of its wait.
"""

import math
from collections.abc import Callable

import anyio

from krakenio.transport.alarm import Alarm, new_alarm


class Waits:
    """The waits of a session; its task, `run`, must live for as long as anyone waits."""

    def __init__(self, new: Callable[[], Alarm] = new_alarm) -> None:
        self._new = new
        self._waiting: dict[Wait, None] = {}
        self._alarm: Alarm | None = None  # of the task
        self._rings_at = -math.inf  # the task looks at everything when it begins

    @property
    def watched(self) -> int:
        """Return how many wait now."""
        return len(self._waiting)

    def until(self, deadline: float) -> "Wait":
        """Return a wait that ends by itself at `deadline`, by the loop's clock."""
        return Wait(self, self._new(), deadline)

    def enter(self, wait: "Wait") -> None:
        """Watch a wait that begins."""
        self._waiting[wait] = None
        self.expect(wait.deadline)

    def leave(self, wait: "Wait") -> None:
        """Watch it no longer."""
        self._waiting.pop(wait, None)

    def expect(self, deadline: float) -> None:
        """Ring at a deadline that may be before all others."""
        if deadline < self._rings_at and self._alarm is not None:
            self._rings_at = deadline
            self._alarm.set()

    async def run(self) -> None:
        """Wake each task in time."""
        self._alarm = self._new()
        while True:
            now = anyio.current_time()
            for wait in list(self._waiting):
                if wait.deadline <= now:
                    wait.set()
            self._rings_at = min((wait.deadline for wait in self._waiting if wait.deadline > now), default=math.inf)
            with anyio.CancelScope(deadline=self._rings_at):
                await self._alarm.wait()


class Wait:
    """One wait of one task; nothing is remembered, so look before it and again after: what ended it shows there."""

    __slots__ = ("_alarm", "_deadline", "_waits")

    def __init__(self, waits: Waits, alarm: Alarm, deadline: float) -> None:
        self._waits = waits
        self._alarm = alarm
        self._deadline = deadline

    @property
    def deadline(self) -> float:
        """Return when it ends by itself; it may be moved meanwhile."""
        return self._deadline

    @deadline.setter
    def deadline(self, deadline: float) -> None:
        self._deadline = deadline
        self._waits.expect(deadline)

    def set(self) -> None:
        """Wake the task, if it waits; may be repeated."""
        self._alarm.set()

    async def over(self) -> None:
        """Wait for `set` or the deadline, whichever is first."""
        self._waits.enter(self)
        try:
            await self._alarm.wait()
        finally:
            self._waits.leave(self)
