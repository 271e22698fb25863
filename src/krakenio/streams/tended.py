"""Tend a stream's intake by a library task of its own, which ends with the stream: candles close, holes are filled."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import anyio

from krakenio.streams.intake import Intake
from krakenio.streams.mailbox import OnFull, put_each
from krakenio.subscriptions.channels import Key

T = TypeVar("T")


class TendedIntake(Intake[T]):
    """An intake that does something between rows."""

    __slots__ = ("_stopped", "_task")

    def __init__(self, keys: Iterable[Key], limit: int, on_full: OnFull) -> None:
        super().__init__(keys, limit, on_full)
        self._task: anyio.CancelScope | None = None  # outside of a loop there can be none
        self._stopped = False

    async def run(self) -> None:
        """Do it, until the stream is left."""
        with anyio.CancelScope() as self._task:
            if not self._stopped:
                await self._tend()

    def put_run(self, items: Sequence[T]) -> None:
        """Look at each."""
        put_each(self, items)

    def stop(self) -> None:
        """End the task: the stream is left."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    async def _tend(self) -> None:
        raise NotImplementedError
