"""Wake a task under trio, by its scheduler."""

from collections.abc import Awaitable
from typing import Any

import trio


class TrioAlarm:
    """An `Alarm` under trio."""

    __slots__ = ("_task",)

    def __init__(self) -> None:
        self._task: trio.lowlevel.Task | None = None

    def set(self) -> None:
        """Wake the task that waits."""
        task, self._task = self._task, None
        if task is not None:
            trio.lowlevel.reschedule(task)

    def wait(self) -> Awaitable[object]:
        """Wait for the next `set`."""
        self._task = trio.lowlevel.current_task()
        return trio.lowlevel.wait_task_rescheduled(self._abort)  # noqa: ASYNC105 - whoever called awaits it at once

    def _abort(self, _: Any) -> trio.lowlevel.Abort:  # noqa: ANN401 - how to raise the cancel later, which trio does now
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED
