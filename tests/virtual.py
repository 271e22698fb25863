"""Virtual time for both loops: in, a coroutine function that sleeps for days; out, its result at once.

Where every task waits and no timer is set, nothing can ever happen again: that raises `DeadlockError`.
Only what lives in memory may run here: a socket or a thread would be outrun by the clock.
"""

import asyncio
import math
import selectors
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

import sniffio
import trio
import trio.testing

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
SPINS = 50  # empty passes of trio's loop until it counts as a deadlock; wait_all_tasks_blocked needs two
RESOLUTION = 1e-6  # seconds: must exceed a float's step at the largest time, or a timer that is due never fires


class DeadlockError(Exception):
    """Every task waits and no timer is set."""


class JumpingSelector(selectors.DefaultSelector):
    """Wait for nothing: move `now` to the next timer when no descriptor is ready."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready now; else jump by `timeout` seconds."""
        if timeout == 0 and len(self.get_map()) == 1:  # the loop's own pipe: most passes, and a system call for each
            return []
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise DeadlockError("every task waits and no timer is set")
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Run asyncio with a clock of its own."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)
        self._clock_resolution = RESOLUTION

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._jumping.now

    def jump(self, seconds: float) -> None:
        """Let time pass."""
        self._jumping.now += seconds

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Set a timer; one at infinity, as `anyio.sleep_forever` sets, is none."""
        if when == math.inf:
            return asyncio.TimerHandle(when, callback, args, self, context)
        return super().call_at(when, callback, *args, context=context)


class DeadlockWatch(trio.abc.Instrument):
    """Cancel `scope` when trio's autojump clock has nowhere to jump to."""

    def __init__(self, scope: trio.CancelScope) -> None:
        self.scope = scope
        self.now = -1.0
        self.spins = 0
        self.found = False

    def before_io_wait(self, timeout: float) -> None:
        """Count the passes in which no task can run and no deadline is set; where the clock has moved, one was."""
        before, self.now = self.now, trio.current_time()
        if before != self.now:
            self.spins = 0
            return
        state = trio.lowlevel.current_statistics()
        stuck = timeout == 0 and not state.tasks_runnable and state.seconds_to_next_deadline == math.inf
        self.spins = self.spins + 1 if stuck else 0
        if self.spins == SPINS:
            self.found = True
            self.scope.cancel()


def hold_up(seconds: float) -> None:
    """Let time pass as code does that never awaits: nothing else happens meanwhile."""
    if sniffio.current_async_library() == "asyncio":
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.jump(seconds)
    else:
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, trio.testing.MockClock)
        clock.jump(seconds)


def trio_options() -> dict[str, Any]:
    """Return the options of a trio run in virtual time."""
    return {"clock": trio.testing.MockClock(autojump_threshold=0)}


def asyncio_options() -> dict[str, Any]:
    """Return the options of an asyncio run in virtual time."""
    return {"loop_factory": VirtualLoop}


async def watched(call: Callable[[], Awaitable[T]]) -> T:
    """Await `call()` under trio's virtual clock, a deadlock raising."""
    with trio.CancelScope() as scope:
        watch = DeadlockWatch(scope)
        trio.lowlevel.add_instrument(watch)
        try:
            return await call()
        finally:
            trio.lowlevel.remove_instrument(watch)
    raise DeadlockError("every task waits and no deadline is set")
