"""Control an exchange from a test: each fault by itself, or many by a seed until the exchange is to behave again."""

from collections.abc import Sequence
from functools import partial
from random import Random

import anyio

from krakenio.sim.chance import chance
from krakenio.sim.controls.faults import Faults
from krakenio.sim.controls.misconduct import FAULTS, KINDS, LONGEST, Misdeed
from krakenio.sim.core import Core
from krakenio.sim.serving.server import Server


class Controls(Faults):
    """Offer the faults, and their drawing by chance."""

    def __init__(self, core: Core, server: Server) -> None:
        super().__init__(core, server)
        self._misconduct = 0
        self._misdeeds: list[Misdeed] = []

    def misbehave(self, seed: int = 0, rate: float = 0.2, kinds: Sequence[str] = KINDS) -> None:
        """Let faults of these kinds strike at random, `rate` a second on average, until `behave()`; a seed replays."""
        unknown = [kind for kind in kinds if kind not in FAULTS]
        if unknown or not kinds:
            message = f"misbehave(kinds=...): expected some of {', '.join(FAULTS)}, not {unknown}"
            raise ValueError(message)
        self._misconduct += 1
        number, source = self._misconduct, chance(seed, "misconduct")
        self._core.spawn(partial(self._run_misconduct, number, source, rate, tuple(kinds)), "sim: misconduct")

    def behave(self) -> None:
        """End what `misbehave()` began, lift all faults and open again."""
        self._misconduct += 1
        self.clear_faults()
        if self._core.status != "online":
            self.maintenance("online")

    @property
    def misdeeds(self) -> list[Misdeed]:
        """Return what `misbehave()` has done, in order."""
        return list(self._misdeeds)

    async def _run_misconduct(self, number: int, source: Random, rate: float, kinds: tuple[str, ...]) -> None:
        """Strike until another number holds; a maintenance ends before the next fault."""
        while True:
            await anyio.sleep(source.expovariate(rate))
            if self._misconduct != number:
                return
            kind = source.choice(kinds)
            FAULTS[kind](self, source)
            self._misdeeds.append(Misdeed(kind, self._core.clock.steady()))
            if kind == "maintenance":
                await anyio.sleep(source.uniform(1, LONGEST))
                self._reopen(number)

    def _reopen(self, number: int) -> None:
        if self._misconduct == number:
            self.maintenance("online")
