"""Run library tasks so that none can hide: jobs go in, their ends come out as values.

Task groups wrap what their block raises and forget a child that was cancelled natively; both are put right here, once.
"""

import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Protocol, TypeVar, cast

import anyio

from krakenio.errors import SessionInterrupted
from krakenio.running import native_cancels

_NEVER_BEGAN = "a library task was cancelled from outside before it began"

Job = Callable[[], Awaitable[None]]
Report = Callable[[BaseException], None]


class _Group(Protocol):
    """What AnyIO's task groups and trio's nurseries share."""

    @property
    def cancel_scope(self) -> Any: ...  # noqa: ANN401 - AnyIO's scope or trio's


GroupT = TypeVar("GroupT", bound=_Group)


@asynccontextmanager
async def bare(
    group: AbstractAsyncContextManager[GroupT], end: Callable[[], object] | None = None
) -> AsyncGenerator[GroupT]:
    """Enter a task group whose tasks end with the block, and which never wraps what the block raises (contract F1).

    `end` cancels the tasks; the default cancels the group's scope, and with it the task that waits for them: on asyncio
    a native cancel that struck the block is then raised anew, under another text (so not around a user's block: A3).
    Raises `SessionInterrupted` if one of its tasks was cancelled natively before its first step: then none of our code
    ran in it, and all that shows is that AnyIO cancelled the group (contract E6). Where the block's own task was
    cancelled natively too, as `asyncio.run` does to all tasks in the end, that goes first (A3).
    """
    left: BaseException | None = None
    before = native_cancels()
    with interrupts_unwrapped():
        async with group as tasks:
            try:
                yield tasks
            except BaseException as error:  # noqa: ASYNC103, BLE001 - kept as a value; raised again below
                left = error
            interrupted = tasks.cancel_scope.cancel_called
            tasks.cancel_scope.shield = True  # the tasks end at once; no outer cancel must hide what the block raised
            (end or tasks.cancel_scope.cancel)()
    struck = native_cancels() > before or cancelled_by_a_scope()
    if interrupted and (left is None or is_cancel(left)) and not struck:
        raise SessionInterrupted(_NEVER_BEGAN) from None
    if left is not None:
        raise left


@contextmanager
def interrupts_unwrapped() -> Generator[None]:
    """Let Ctrl-C pass bare that strikes where a group waits for its tasks: trio's groups wrap it (contract F5)."""
    try:
        yield
    except BaseExceptionGroup as error:
        interrupt = within(error, (KeyboardInterrupt, SystemExit))
        if interrupt is None:
            raise
        raise interrupt from None


async def run_reported(job: Job, name: str, report: Report) -> None:
    """Run a task that never raises into its group: `report` gets what ended it, unless a scope cancelled it.

    A native cancel from outside is reported as `SessionInterrupted` (contract E6).
    """
    try:
        await job()
    except anyio.get_cancelled_exc_class():
        if not cancelled_by_a_scope():
            report(SessionInterrupted(f"the library task {name!r} was cancelled from outside"))
        raise
    except BaseException as error:  # noqa: BLE001 - a value, not an exception in the group
        report(error)


async def first_to_end(**jobs: Job) -> None:
    """Run jobs side by side until one of them raises, then cancel the others and raise just that, bare."""
    ends: list[BaseException] = []
    async with anyio.create_task_group() as tasks:

        def report(error: BaseException) -> None:
            ends.append(error)
            tasks.cancel_scope.cancel()

        for name, job in jobs.items():
            tasks.start_soon(run_reported, job, name, report, name=f"krakenio {name}")
    raise ends[0] if ends else SessionInterrupted(_NEVER_BEGAN)  # none of them ends by itself


def within(error: BaseException, kinds: tuple[type[BaseException], ...]) -> BaseException | None:
    """Return the error if it is of one of the kinds, or the first such inside the groups that wrapped it."""
    if not isinstance(error, BaseExceptionGroup):
        return error if isinstance(error, kinds) else None
    inside = (within(each, kinds) for each in cast("BaseExceptionGroup[BaseException]", error).exceptions)
    return next((each for each in inside if each is not None), None)


def is_cancel(error: BaseException) -> bool:
    """Tell whether an exception is a cancel, or a group with one in it: a scope must see those."""
    return within(error, (anyio.get_cancelled_exc_class(),)) is not None


async def let_cancels_go_first() -> None:
    """Let a cancel that is due strike here, where an error of ours would come next.

    One pass is for a scope's cancel, another for a deadline that has just passed. AnyIO's `checkpoint_if_cancelled` is
    busy until the cancel comes: for ever, in a call from a thread whose task was cancelled before it (asyncio).
    """
    for _ in range(2):
        await anyio.lowlevel.checkpoint()


def cancelled_by_a_scope() -> bool:
    """Tell whether an AnyIO scope around the current task is cancelled; if not, a cancel came natively."""
    return anyio.current_effective_deadline() == -math.inf
