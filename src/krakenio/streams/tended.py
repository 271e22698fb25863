"""Tend a stream's intake by a library task of its own, which ends with the stream: candles close, holes are filled."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import anyio

from krakenio.streams.intake import Intake
from krakenio.streams.mailbox import OnFull, put_each
from krakenio.subscriptions.channels import Key

T = TypeVar("T")


class TendedIntake(Intake[T]):
    """Be an intake that does something between rows."""

    __slots__ = ("_task",)

    def __init__(self, keys: Iterable[Key], limit: int, on_full: OnFull) -> None:
        super().__init__(keys, limit, on_full)
        self._task = anyio.CancelScope()

    async def run(self) -> None:
        """Do it, until the stream is left."""
        with self._task:
            await self._tend()

    def put_run(self, items: Sequence[T]) -> None:
        """Look at each."""
        put_each(self, items)

    def stop(self) -> None:
        """End the task: the stream is left."""
        self._task.cancel()

    async def _tend(self) -> None:
        raise NotImplementedError
