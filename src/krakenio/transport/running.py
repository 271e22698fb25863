"""Know the running loop: nothing goes in, which of the two it is and its clock come out."""

import asyncio
from collections.abc import Callable

import anyio


def on_trio() -> bool:
    """Tell whether the running loop is trio's."""
    return anyio.get_cancelled_exc_class().__module__.partition(".")[0] == "trio"


def loop_clock() -> Callable[[], float]:
    """Return the running loop's clock; AnyIO would look for the loop each time, under asyncio by a system call."""
    if on_trio():
        import trio  # noqa: PLC0415 - asyncio's users do not pay for trio

        return trio.current_time
    return asyncio.get_running_loop().time
