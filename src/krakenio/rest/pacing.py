"""Hold calls back until Kraken will take them: a call goes in, and is let through in time or refused unsent."""

from typing import Any, NamedTuple

import anyio

from krakenio.errors import CallLimitAhead, KrakenError, RateLimited, SessionClosed
from krakenio.limits.policy import OnLimit
from krakenio.limits.rest import RestCounter, cost_of, waits
from krakenio.rest.methods import Call


class Fare(NamedTuple):
    """What one attempt was counted with."""

    cost: float
    counter: RestCounter

    def refund(self) -> None:
        """Take it back: nothing was sent."""
        self.counter.refund(self.cost, anyio.current_time())

    def refused(self, error: KrakenError) -> None:
        """Learn how it failed: a refusal for the rate of calls fills the counter."""
        if isinstance(error, RateLimited) and error.category == "API":
            self.counter.exceeded(anyio.current_time())


class Pace:
    """Let calls through in the order in which they came, as their counter allows; what costs nothing never waits."""

    def __init__(self, counter: RestCounter, on_limit: OnLimit) -> None:
        self._counter = counter
        self._on_limit = on_limit
        self._turn = anyio.Lock()
        self._ended = anyio.Event()

    async def admit(self, call: Call[Any], deadline: float) -> Fare:
        """Wait for room until `deadline` in the loop's clock, and count the call.

        Raises `CallLimitAhead` where the room would come too late, or where it was asked not to wait.
        """
        cost = cost_of(call.path) if call.private else 1.0
        if cost and self._on_limit != "ignore" and waits(call.path):
            await self._take_turn()
            try:
                await self._wait(call, cost, deadline)
            finally:
                self._turn.release()
        return self.spend(cost)

    async def pause(self, call: Call[Any], seconds: float) -> None:
        """Sleep, but not beyond the end of the block, where `SessionClosed` is raised: nothing is served any more."""
        with anyio.move_on_after(seconds):
            await self._ended.wait()
        if self._ended.is_set():
            raise SessionClosed(f"{call.path} was waiting for its turn when its block ended")

    def finish(self) -> None:
        """Let nobody wait any longer."""
        self._ended.set()

    def spend(self, cost: float) -> Fare:
        """Count a call that is not held back."""
        self._counter.spend(cost, anyio.current_time())
        return Fare(cost, self._counter)

    async def _take_turn(self) -> None:
        """Wait for whoever came before, if anyone did.

        A lock that is free would look for a cancel: for ever, in a call from a thread whose task was cancelled before.
        """
        try:
            self._turn.acquire_nowait()
        except anyio.WouldBlock:
            await self._turn.acquire()

    async def _wait(self, call: Call[Any], cost: float, deadline: float) -> None:
        while (seconds := self._counter.wait(cost, anyio.current_time())) > 0:
            if self._on_limit == "raise" or anyio.current_time() + seconds > deadline:
                message = (
                    f"{call.path} was not sent: Kraken's rate limit has room for it in {seconds:.1f} s; wait, call "
                    f"less, or tell the account's tier"
                )
                raise CallLimitAhead(message, retry_in=seconds)
            await self.pause(call, seconds)
