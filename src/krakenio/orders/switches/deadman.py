"""Keep Kraken's dead-man's switch armed while a block runs (contract H): a timeout goes in, a scope comes out.

A library task arms it anew, ahead of every other request, over REST where the socket does not answer. Leaving the block
normally disarms it; left in any other way it stays armed, and Kraken cancels all orders once it runs out.
"""

import math
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Protocol, Self

import anyio

from krakenio.bell import Bell
from krakenio.entered import Entered
from krakenio.errors import ApiError, SessionClosed
from krakenio.events import SwitchFired, SwitchLate
from krakenio.messages import Reply
from krakenio.orders.sending.asking import AskingDesk, Question
from krakenio.orders.switches.countdown import Countdown
from krakenio.running import slept
from krakenio.tasks import first_to_end

AGAIN = 5
"""Tries to disarm what a stuck request has armed after it had been disarmed."""


class SwitchDesk(AskingDesk, Protocol):
    """What the switch needs of a session; `switch` is the one that is armed."""

    switch: "DeadManSwitch | None"

    def take_switch(self, switch: "DeadManSwitch") -> None:
        """Refuse a second one."""
        ...

    def drop_switch(self) -> None:
        """Let another one be armed."""
        ...

    def open_names(self) -> Iterable[str]:
        """Return the names of the orders that are open as far as is known."""
        ...


class DeadManSwitch(Entered):
    """The switch of a block: `fires_in` says how long orders are safe from it, `late` that it was not armed in time."""

    def __init__(self, desk: SwitchDesk, timeout: int) -> None:
        self.late: bool = False
        self._desk = desk
        self._countdown = Countdown(timeout)
        self._question = Question(desk, "cancel_all_orders_after", "CancelAllOrdersAfter", self._heard_late)
        self._entered = self._leaving = self._disarmed = self._finished = False
        self._bell = Bell()

    def __repr__(self) -> str:
        """Show whether it is armed; its time left is a matter of the loop's clock."""
        state = ("late" if self.late else "armed") if self._armed else "off"
        return f"<DeadManSwitch of {self._countdown.timeout} s: {state}>"

    @property
    def fires_in(self) -> float | None:
        """Return the seconds until Kraken cancels all orders unless it is armed again; `None` while it is off."""
        fires_at = self._countdown.fires_at
        return None if fires_at is None else fires_at - _now()

    async def __aenter__(self) -> Self:
        """Arm it, and wait until Kraken has confirmed; raises its refusal."""
        await anyio.lowlevel.checkpoint()
        if self._entered:  # what one block has left says of the next that it is over: it would wait for ever
            raise RuntimeError("this switch was entered before; call dead_man_switch() again for another one")
        self._desk.take_switch(self)
        self._entered = True
        self._tasks = anyio.CancelScope()  # not before: outside of a loop there can be none
        self._desk.context.spawn(self._run, "dead man's switch")
        try:
            await self._bell.until(lambda: self._armed or self._finished or self._refusal is not None)
            self._check_armed()
        except BaseException:
            self._abandon()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disarm it and wait for the acknowledgement; on an error or a cancel leave it armed and send nothing (H2)."""
        if error is not None:
            self._abandon()
            return
        try:
            await anyio.lowlevel.checkpoint()  # noqa: ASYNC102 - waits for nothing; one that has fired just now does not
            self._leaving = True
            self._bell.ring()
            await self._bell.until(lambda: not self._may_fire or self._finished)  # noqa: ASYNC102 - H2 asks; a cancel ends it
            self._check_disarmed()
            self._disarmed = True
        finally:
            self._abandon()

    @property
    def _armed(self) -> bool:
        return self._countdown.fires_at is not None

    @property
    def _refusal(self) -> ApiError | None:
        """Return why it can never be armed."""
        trouble = self._question.trouble
        return trouble if isinstance(trouble, ApiError) and not trouble.retryable else None

    def _check_armed(self) -> None:
        if not self._armed and self._refusal is not None:
            raise self._refusal
        if not self._armed:
            raise SessionClosed("the session ended before the dead man's switch was armed")

    @property
    def _may_fire(self) -> bool:
        """Tell whether it is to be disarmed: what had no answer may have armed it too."""
        return self._countdown.may_fire_after(_now())

    def _check_disarmed(self) -> None:
        if self._may_fire:
            message = "the session ended first: the dead man's switch stays armed, and Kraken cancels all orders"
            raise SessionClosed(message)

    def finish(self) -> None:
        """Let nobody wait any longer: the session has ended, and nothing can arm or disarm it."""
        self._finished = True
        self._bell.ring()

    def _abandon(self) -> None:
        """End the tasks at once; nothing that is queued will be written."""
        self._question.withdraw()
        self._tasks.cancel()
        self._desk.drop_switch()

    def _heard_late(self, reply: Reply) -> None:
        """Disarm it again if a request that was stuck on its way has armed it since; nobody would refresh it."""
        if self._disarmed and self._desk.switch is None and reply.ok and reply.row.trigger_time != "0":
            self._desk.context.spawn(self._disarm_again, "dead man's switch")

    async def _disarm_again(self) -> None:
        for _ in range(AGAIN):
            if await self._question.ask({"timeout": 0}, self._countdown.patience):
                return

    # library tasks

    async def _run(self) -> None:
        with self._tasks:
            await first_to_end(arming=self._keep_armed, watch=self._watch)

    async def _keep_armed(self) -> None:
        while not self._leaving or self._may_fire:
            if await self._try():
                self._bell.ring()
                await self._until_due()
            else:
                self._bell.ring()
                await anyio.sleep(self._countdown.patience / 4)
        self._bell.ring()

    async def _try(self) -> bool:
        """Arm it, or disarm it when the block has been left; each try is bounded."""
        leaving, sent_at = self._leaving, _now()
        timeout = 0 if leaving else self._countdown.timeout
        if not leaving:
            self._countdown.asked(sent_at)
        done = await self._question.ask({"timeout": timeout}, self._countdown.patience)
        if done and leaving:
            self._countdown.disarmed()
        elif done:
            if self._countdown.fired_before(sent_at):  # while the computer slept: else `_watch` has told it
                self._tell_fired()
            self._countdown.armed(sent_at)
            self.late = False
        return done

    async def _until_due(self) -> None:
        with anyio.CancelScope(deadline=(self._countdown.due_at or 0.0) - slept()):
            await self._bell.until(lambda: self._leaving)

    async def _watch(self) -> None:
        """Tell the user before it fires, and what may have happened after it did (H3)."""
        while True:
            await self._sleep_until(lambda: self._countdown.late_at)
            self._tell_late()
            await self._sleep_until(lambda: self._countdown.fires_at if self.late else 0.0)
            if self.late:
                self._tell_fired()

    async def _sleep_until(self, moment: Callable[[], float | None]) -> None:
        """Wait until a moment that may be moved meanwhile."""
        while (at := moment()) is None or _now() < at:
            with anyio.CancelScope(deadline=math.inf if at is None else at - slept()):
                await self._bell.rung()

    def _tell_late(self) -> None:
        self.late = True
        context, trouble = self._desk.context, self._question.trouble
        reason = "Kraken does not answer" if trouble is None else str(trouble)
        context.publish(SwitchLate(at=context.clock(), fires_in=self.fires_in or 0.0, reason=reason))

    def _tell_fired(self) -> None:
        self._countdown.off()
        self.late = False
        context = self._desk.context
        context.publish(SwitchFired(at=context.clock(), orders=tuple(self._desk.open_names())))
        self._bell.ring()


def _now() -> float:
    """Return the time of a clock that goes on while the computer sleeps, as Kraken's does."""
    return anyio.current_time() + slept()
