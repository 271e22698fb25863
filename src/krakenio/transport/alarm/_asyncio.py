"""Wake a task under asyncio (uvloop included), by a bare future, and by a timer where it must not wait for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial


class AsyncioAlarm:
    """Be an `Alarm` under asyncio."""

    __slots__ = ("_future", "_loop")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()  # in Python 3.11 asking for it costs a system call
        self._future: asyncio.Future[None] | None = None

    def set(self) -> None:
        """Wake the task that waits."""
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def wait(self) -> Awaitable[object]:
        """Wait for the next `set`."""
        self._future = future = self._loop.create_future()
        return future


class AsyncioPatience:
    """Be a `Patience` under asyncio; a deadline that was put off costs no new timer until the old one has run out."""

    __slots__ = ("_deadline", "_future", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, deadline: float) -> None:
        self._loop = loop
        self._deadline = deadline
        self._future: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def of_loop(cls) -> "Callable[[float], AsyncioPatience]":
        """Return what makes them on the running loop."""
        return partial(cls, asyncio.get_running_loop())

    @property
    def deadline(self) -> float:
        """Return when the wait ends by itself."""
        return self._deadline

    @deadline.setter
    def deadline(self, deadline: float) -> None:
        sooner, self._deadline = deadline < self._deadline, deadline
        if sooner and self._timer is not None:
            self._timer.cancel()
            self._look()

    def set(self) -> None:
        """Wake the task that waits."""
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    async def wait(self) -> None:
        """Wait for `set` or the deadline."""
        self._future = self._loop.create_future()
        self._look()
        try:
            await self._future
        finally:
            self._stop()

    def _look(self) -> None:
        """Wake the task if it is time, else look again when it should be."""
        if self._loop.time() >= self._deadline:
            self.set()
        else:
            self._timer = self._loop.call_at(self._deadline, self._look)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
