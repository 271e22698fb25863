"""Wake a task that waits for news, at the least cost: a loop goes in, its alarms come out.

What an event costs is mostly AnyIO's and the loops' own generality: one that is new for each wait, that many tasks may
wait for, and that remembers. A stream's reader needs none of it and is woken thousands of times a second.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

from krakenio.running import on_trio


class Alarm(Protocol):
    """Be woken again and again, one task at a time; nothing is remembered, so look before you wait and again after."""

    def set(self) -> None:
        """Wake the task that waits, if one does; may be repeated."""
        ...

    def wait(self) -> Awaitable[object]:
        """Wait for the next `set`; to be awaited at once by the task that calls."""
        ...


def new_alarm() -> Alarm:
    """Return an alarm of the running loop."""
    if on_trio():
        from krakenio.transport.alarm._trio import TrioAlarm  # noqa: PLC0415 - asyncio's users do not pay for trio

        return TrioAlarm()
    from krakenio.transport.alarm._asyncio import AsyncioAlarm  # noqa: PLC0415

    return AsyncioAlarm()


class Patience(Protocol):
    """Be an alarm for one wait that ends by itself at `deadline`, by the loop's clock; it may be moved meanwhile."""

    @property
    def deadline(self) -> float:
        """Return when the wait ends by itself."""
        ...

    @deadline.setter
    def deadline(self, deadline: float) -> None: ...

    def set(self) -> None:
        """Wake the task that waits, if one does; may be repeated."""
        ...

    def wait(self) -> Awaitable[object]:
        """Wait for `set` or the deadline, whichever is first; which it was shows elsewhere."""
        ...


def patience_of_loop() -> Callable[[float], Patience]:
    """Return how one waits on the running loop: a deadline goes in.

    A scope of AnyIO does the same for several times the cost, most of what an order's wait takes.
    """
    if on_trio():
        from krakenio.transport.alarm._trio import TrioPatience  # noqa: PLC0415 - as above

        return TrioPatience
    from krakenio.transport.alarm._asyncio import AsyncioPatience  # noqa: PLC0415

    return AsyncioPatience.of_loop()


def new_patience(deadline: float) -> Patience:
    """Return one of the running loop."""
    return patience_of_loop()(deadline)
