"""Know the running loop: nothing goes in, which of the two it is, its clock, and whether it still is come out."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from threading import get_ident
from types import coroutine

import anyio


def on_trio() -> bool:
    """Tell whether the running loop is trio's."""
    return anyio.get_cancelled_exc_class().__module__.partition(".")[0] == "trio"


def loop_clock() -> Callable[[], float]:
    """Return the running loop's clock; AnyIO would look for the loop each time, under asyncio by a system call."""
    if on_trio():
        import trio  # noqa: PLC0415 - asyncio's users do not pay for trio

        return trio.lowlevel.current_clock().current_time
    own = asyncio.get_running_loop().time
    usual = getattr(own, "__func__", None) is asyncio.BaseEventLoop.time
    return time.monotonic if usual else own  # it is what the usual one calls, and an order asks a dozen times


def slept() -> float:
    """Return for how many seconds the computer has slept since its start, through which the loops' clocks stand still.

    Linux alone tells; elsewhere it is 0. A clock that somebody sets would tell of sleeps that never were.
    """
    if sys.platform != "linux":
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


def loop_checkpoint() -> Callable[[], Awaitable[object]]:
    """Return how a task of the running loop lets the others run and learns of a cancel, as AnyIO's does."""
    if on_trio():
        import trio  # noqa: PLC0415 - as above

        return trio.lowlevel.checkpoint
    return _let_others_run


@coroutine
def _let_others_run() -> Generator[None]:
    """Do what asyncio's `sleep(0)` does, in one call."""
    yield


def loop_ends() -> Callable[[], float]:
    """Return how to ask when the caller's cancel scopes end, by the loop's clock; -inf once he is cancelled."""
    if on_trio():
        import trio  # noqa: PLC0415 - as above

        return trio.current_effective_deadline
    return anyio.current_effective_deadline


def native_cancels() -> int:
    """Return how many of asyncio's own cancels of the running task were not taken back; none under trio."""
    if on_trio():
        return 0
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def own_loop(what: str) -> Callable[[], None]:
    """Return what refuses whoever calls it from another thread or event loop than the one that runs now.

    Else a wake-up would be lost, or would strike a loop's tasks while that is busy with them.
    """
    thread, running = get_ident(), asyncio._get_running_loop  # noqa: SLF001 - one of asyncio's `__all__`; trio's is None
    loop = running()

    def check() -> None:
        if get_ident() != thread or running() not in (loop, None):  # none: as between two runs of the same loop
            message = f"this {what} belongs to another thread or event loop: call it there, by anyio.from_thread.run()"
            raise RuntimeError(message)

    return check
