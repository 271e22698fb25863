"""Wake everyone who waits for news: state lives elsewhere, and whoever is woken looks for himself."""

from collections.abc import Callable

import anyio


class Bell:
    """A bell that is rung any number of times, and heard by any number of waiters."""

    _event: anyio.Event | None = None  # made where someone waits: most bells ring for nobody

    def ring(self) -> None:
        """Wake all who wait now."""
        event, self._event = self._event, None
        if event is not None:
            event.set()

    async def rung(self) -> None:
        """Wait for the next ring."""
        if self._event is None:
            self._event = anyio.Event()
        await self._event.wait()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is so; each ring looks again."""
        while not true():
            await self.rung()
