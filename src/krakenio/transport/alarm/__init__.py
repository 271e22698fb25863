"""Wake a task that waits for news, at the least cost: a loop goes in, its alarms come out.

What an event costs is mostly AnyIO's and the loops' own generality: one that is new for each wait, that many tasks may
wait for, and that remembers. A stream's reader needs none of it and is woken thousands of times a second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from krakenio.running import on_trio


class Alarm(Protocol):
    """What wakes one task again and again; nothing is remembered, so look before you wait and again after."""

    def set(self) -> None:
        """Wake the task that waits, if one does; may be repeated."""
        ...

    def wait(self) -> Awaitable[object]:
        """Wait for the next `set`; to be awaited at once by the task that calls."""
        ...


def alarm_of_loop() -> Callable[[], Alarm]:
    """Return what makes alarms of the running loop."""
    if on_trio():
        from krakenio.transport.alarm._trio import TrioAlarm  # noqa: PLC0415 - asyncio's users do not pay for trio

        return TrioAlarm
    from krakenio.transport.alarm._asyncio import AsyncioAlarm  # noqa: PLC0415 - as above

    return partial(AsyncioAlarm, asyncio.get_running_loop())  # in Python 3.11 asking for it costs a system call


def new_alarm() -> Alarm:
    """Return one of the running loop."""
    return alarm_of_loop()()
