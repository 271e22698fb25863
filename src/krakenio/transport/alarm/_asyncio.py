"""Wake a task under asyncio (uvloop included), by a bare future."""

import asyncio
from collections.abc import Awaitable


class AsyncioAlarm:
    """An `Alarm` under asyncio."""

    __slots__ = ("_future", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._future: asyncio.Future[None] | None = None

    def set(self) -> None:
        """Wake the task that waits."""
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def wait(self) -> Awaitable[object]:
        """Wait for the next `set`."""
        self._future = future = self._loop.create_future()
        return future
