"""Run library tasks beside a user's block: contract E and F live here.

A block goes in; its library tasks run shielded from every scope outside, end when the block is left, and never show:
what the block raises leaves bare and identical, and a failure of a library task leaves as one bare exception.
"""

from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Never, TypeVar

import anyio
from anyio.abc import TaskGroup

from krakenio.errors import InternalError, SessionError
from krakenio.tasks import Job, bare, interrupts_unwrapped, is_cancel, let_cancels_go_first, run_reported, within

EXIT_GRACE = 2.0
"""Seconds that a normal exit may take in total (contract E1)."""

T = TypeVar("T")


class Lifetime:
    """Own the library tasks of one block.

    `failure` is what ended it from within, `None` while all is well. `finish` says goodbye to the peers.
    """

    def __init__(self, label: str) -> None:
        self.failure: BaseException | None = None
        self.finish: Job | None = None
        self._label = label
        self._jobs: deque[tuple[Job, str]] = deque()
        self._more = anyio.Event()
        self._tasks = anyio.CancelScope(shield=True)
        self._block = anyio.CancelScope()

    def spawn(self, job: Job, name: str) -> None:
        """Start a library task soon; what it raises fails the lifetime."""
        self._jobs.append((job, name))
        self._more.set()

    def fail(self, error: BaseException) -> None:
        """Keep the first failure as a value and cancel the user's block (never raise into the task group)."""
        if self.failure is None:
            self.failure = self._as_failure(error)
            self._block.cancel()

    def _as_failure(self, error: BaseException) -> BaseException:
        interrupt = within(error, (KeyboardInterrupt, SystemExit))
        if interrupt is not None or isinstance(error, SessionError):
            return interrupt or error
        failure = InternalError(f"a library task of the {self._label} failed; this is a bug in krakenio: {error!r}")
        failure.__cause__ = error
        return failure

    async def _say_farewell(self) -> None:
        """Run `finish`, bounded, in the user's task; its error is a failure of ours, not the block's."""
        if self.finish is None or self.failure is not None:
            return
        try:
            with interrupts_unwrapped(), anyio.move_on_after(EXIT_GRACE):
                await self.finish()
        except Exception as error:  # noqa: BLE001 - a value, raised once everything has ended
            self.fail(error)

    async def _supervise(self) -> None:
        with self._tasks:
            await run_reported(self._start_jobs, "supervisor", self.fail)

    async def _start_jobs(self) -> None:
        async with bare(anyio.create_task_group()) as tasks:
            while True:
                self._start_waiting(tasks)
                await self._more.wait()

    def _start_waiting(self, tasks: TaskGroup) -> None:
        self._more = anyio.Event()
        while self._jobs:
            job, name = self._jobs.popleft()
            tasks.start_soon(run_reported, job, name, self.fail, name=f"krakenio {name}")


@asynccontextmanager
async def open_lifetime(label: str) -> AsyncGenerator[Lifetime]:
    """Enter a block with library tasks beside it.

    A normal exit runs `finish` for at most `EXIT_GRACE` seconds; no other exit awaits the network.
    Raises what the block raised, else an outer cancel, else the failure (contract F2 to F4).
    """
    life = Lifetime(label)
    try:
        async with bare(anyio.create_task_group(), life._tasks.cancel) as outside:  # noqa: SLF001 - the class's door
            outside.start_soon(life._supervise, name=f"krakenio {label}")  # noqa: SLF001
            async with _cancelled_by(life._block):  # noqa: SLF001
                yield life
            await life._say_farewell()  # noqa: SLF001
    except anyio.get_cancelled_exc_class():
        raise
    except BaseException as error:
        _note_failure(error, life.failure)
        raise
    if life.failure is not None:
        await let_cancels_go_first()
        raise life.failure from life.failure.__cause__


@asynccontextmanager
async def _cancelled_by(scope: anyio.CancelScope) -> AsyncGenerator[None]:
    """Enter a scope that only sees cancels: trio's takes the user's groups apart and raises copies (contract F1)."""
    left: BaseException | None = None
    with scope:
        try:
            yield
        except BaseException as error:  # noqa: ASYNC103 - a cancel is raised here, all else outside the scope
            if is_cancel(error):
                raise
            left = error
    if left is not None:
        raise left


def _note_failure(error: BaseException, failure: BaseException | None) -> None:
    if failure is not None and failure is not error:
        error.add_note(f"krakenio failed too: {type(failure).__name__}: {failure}")


class OneTask(Generic[T]):
    """Insist that a context manager is entered once, and left in the task that entered it (contract E4)."""

    def __init__(self, label: str, make: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        self._label = label
        self._inner: AbstractAsyncContextManager[T] = make()
        self._task: int | None = None

    def __repr__(self) -> str:
        """Say what to do with it."""
        return f"<{self._label}(): enter it, `async with krakenio.{self._label}(...) as s:`>"

    def __getattr__(self, name: str) -> Never:
        """Say what is forgotten most easily."""
        if name.startswith("_"):  # what Python itself looks for
            raise AttributeError(name)
        message = f"{self._label}() must be entered: `async with krakenio.{self._label}(...) as s:`, and then s.{name}"
        raise AttributeError(message)

    if not TYPE_CHECKING:  # checkers refuse `with` and `await` by themselves, as long as these are not there

        def __enter__(self) -> Never:
            """Say what a block of a session begins with."""
            raise self._misused("with")

        def __exit__(self, *_: object) -> None:
            """Be there, since Python looks for it before it enters."""

        def __await__(self) -> Never:
            """Say the same of `s = await open_session(...)`, which other libraries have."""
            raise self._misused("await")

        def _misused(self, how: str) -> TypeError:
            right = f"`async with krakenio.{self._label}(...) as s:`"
            return TypeError(f"{self._label}() takes no `{how}`: enter it by {right}, which ends what it opens")

    async def __aenter__(self) -> T:
        """Enter, once."""
        if self._task is not None:
            await anyio.lowlevel.checkpoint()  # a loop around it must let go (contract A1)
            message = f"this {self._label} was entered before; call {self._label}() again for another one"
            raise RuntimeError(message)
        self._task = anyio.get_current_task().id
        return await self._inner.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Leave, in the task that entered."""
        if anyio.get_current_task().id != self._task:
            message = (
                f"{self._label}() was entered in another task; enter and leave it in the same one, which fixtures of "
                "pytest-asyncio and cells of a notebook are not"
            )
            raise RuntimeError(message)
        return await self._inner.__aexit__(kind, error, trace)  # noqa: ASYNC102 - bounded by the block that is left
