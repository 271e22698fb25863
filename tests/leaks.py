"""What a test may not leave behind: in, a run; out, an AssertionError that names descriptors and tasks still there."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sniffio
import trio
import trio.testing

from tests.virtual import watched

DESCRIPTORS = Path("/proc/self/fd")


def descriptors() -> dict[str, str]:
    """Map every open descriptor to what it is open on; empty where there is no /proc."""
    found: dict[str, str] = {}
    for entry in DESCRIPTORS.iterdir() if DESCRIPTORS.exists() else ():
        try:
            found[entry.name] = str(entry.readlink())
        except FileNotFoundError:  # the descriptor that listed the directory
            continue
    return found


@contextmanager
def no_descriptor_left() -> Generator[None]:
    """Require that reference counting alone closes everything that the block opens."""
    before = descriptors()
    gc.disable()
    try:
        yield
        left = {name: target for name, target in descriptors().items() if before.get(name) != target}
        assert not left, f"descriptors left open: {left}"
    finally:
        gc.enable()
        gc.collect(0)  # all that the block made: what it left in cycles complains now, in the test that made it


def living() -> set[Any]:
    """Return the tasks of the running loop."""
    if sniffio.current_async_library() == "asyncio":
        return set(asyncio.all_tasks())
    root = trio.lowlevel.current_root_task()
    tasks, found = [root] if root else [], set[Any]()
    while tasks:
        task = tasks.pop()
        found.add(task)
        tasks += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
    return found


def complaints() -> list[str]:
    """Collect what asyncio would only log: lost exceptions, destroyed tasks, errors in callbacks."""
    found: list[str] = []
    if sniffio.current_async_library() == "asyncio":
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: found.append(repr(context)))
    return found


async def leaving_nothing(call: Callable[[], Awaitable[Any]], heard: list[list[str]]) -> None:
    """Await `call()` and require that no task outlives it; what asyncio complains of goes into `heard`."""
    heard.append(complaints())
    before = living()
    if sniffio.current_async_library() == "trio" and isinstance(trio.lowlevel.current_clock(), trio.testing.MockClock):
        await watched(call)
    else:
        await call()
    left = living() - before
    assert not left, f"tasks left behind: {left}"
