"""Cancel a call at each of its checkpoints: in, a call; out, a report of what became of it.

The call's coroutine is driven by hand, its yields are counted, and a cancel is fired at the N-th:
`park` as the wait starts, `resume` after it has completed, `race` (asyncio) between the wake-up and the step, where
asyncio throws results away. The cancel is an AnyIO `scope` on both loops, or asyncio's own `native` or `timeout`.
"""

import asyncio
import functools
import itertools
import math
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import anyio
import sniffio

from tests.depths import note

T = TypeVar("T")
Mode = Literal["park", "resume", "race"]
Kind = Literal["scope", "native", "timeout"]
WAYS: list[tuple[Kind, Mode]] = [
    ("scope", "park"),
    ("scope", "resume"),
    ("native", "park"),
    ("native", "resume"),
    ("native", "race"),
    ("timeout", "park"),
    ("timeout", "resume"),
]
DEEPEST = 100_000  # more checkpoints than any call has: the sweep itself must end


class Driven(Generic[T]):
    """Await a coroutine and call `fire` at its yield number `at`, counted from 1; 0 never."""

    def __init__(self, awaitable: Awaitable[T], mode: Mode, at: int, fire: Callable[[], object]) -> None:
        self.awaitable, self.mode, self.at, self.fire = awaitable, mode, at, fire
        self.yields = 0

    def __await__(self) -> Generator[Any, Any, T]:
        """Pass each request up to the loop and each answer down, as `yield from` would."""
        steps = self.awaitable.__await__()
        step: Callable[[], Any] = functools.partial(next, steps)
        while True:
            try:
                request = step()
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]
            step = yield from self.pass_up(steps, request)

    def pass_up(self, steps: Generator[Any, Any, T], request: Any) -> Generator[Any, Any, Callable[[], Any]]:
        """Yield one request to the loop, firing before, between or after; return how to go on."""
        self.yields += 1
        due = self.yields == self.at
        if due:
            self.before(request)
        try:
            answer = yield request
        except BaseException as error:  # noqa: ASYNC103, BLE001 -- thrown into the call, whatever it is
            step = functools.partial(steps.throw, error)
        else:
            step = functools.partial(steps.send, answer)
        if due and self.mode == "resume":
            self.fire()
        return step

    def before(self, request: Any) -> None:
        """Fire now, or as soon as the awaited future is done and ahead of the task's own wake-up."""
        if self.mode == "park":
            self.fire()
        elif self.mode == "race" and request is None:  # asyncio's bare yield, whose next step is scheduled after this
            asyncio.get_running_loop().call_soon(self.fire)
        elif self.mode == "race":
            request.add_done_callback(self.woken)

    def woken(self, _future: object) -> None:
        """Fire: asyncio calls back in the order of registration, and the task's own wake-up comes next."""
        self.fire()


@dataclass
class Report(Generic[T]):
    """What became of an injected call: it returned `value`, was `cancelled`, or raised `error`."""

    fired: bool = False
    fired_at: float = math.nan
    cancelled: bool = False
    value: T | None = None
    error: BaseException | None = None
    yields: int = 0


class Injection:
    """Cancel the one call made through it at its yield number `at`."""

    def __init__(self, kind: Kind, mode: Mode, at: int) -> None:
        self.kind: Kind = kind
        self.mode: Mode = mode
        self.at = at
        self.fired = False

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> Report[T]:
        """Await `call()` under the injection and report."""
        report = Report[T]()
        run = {"scope": self.in_scope, "native": self.in_task, "timeout": self.in_timeout}[self.kind]
        await run(call, report)
        self.fired = report.fired
        return report

    async def drive(self, call: Callable[[], Awaitable[T]], report: Report[T], cancel: Callable[[], object]) -> None:
        """Await the call, and note in the report how it ended."""

        def fire() -> None:
            report.fired, report.fired_at = True, anyio.current_time()
            cancel()

        driven = Driven(call(), self.mode, self.at, fire)
        try:
            report.value = await driven
        except anyio.get_cancelled_exc_class():
            report.cancelled = True
            raise
        except BaseException as error:  # noqa: BLE001 -- the report is the place for it
            report.error = error
        finally:
            report.yields = driven.yields

    async def in_scope(self, call: Callable[[], Awaitable[T]], report: Report[T]) -> None:
        """Cancel by an AnyIO scope around the call."""
        with anyio.CancelScope() as scope:
            await self.drive(call, report, scope.cancel)

    async def in_task(self, call: Callable[[], Awaitable[T]], report: Report[T]) -> None:
        """Cancel by `task.cancel()` of a task that makes the call."""

        async def job() -> None:
            task = asyncio.current_task()
            assert task is not None
            await self.drive(call, report, task.cancel)

        await asyncio.wait([asyncio.create_task(job())])

    async def in_timeout(self, call: Callable[[], Awaitable[T]], report: Report[T]) -> None:
        """Cancel by letting an `asyncio.timeout` run out."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as limit:
                await self.drive(call, report, lambda: limit.reschedule(0))


def kinds_and_modes() -> list[tuple[Kind, Mode]]:
    """Return the ways to cancel that exist on the running loop; `race` tells something of asyncio's own cancel only."""
    return WAYS if sniffio.current_async_library() == "asyncio" else WAYS[:2]


class Moment:
    """Cancel the one call made through it from another task: so many scheduler passes and seconds after it began."""

    def __init__(self, kind: Kind, passes: int, seconds: float = 0.0) -> None:
        self.kind: Kind = kind
        self.mode: Mode = "park"
        self.passes = self.at = passes
        self.seconds = seconds
        self.fired = False

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> Report[T]:
        """Await `call()`, cancelled at the moment unless it has ended, and report."""
        never = Injection(self.kind, self.mode, 0)
        report, ended = Report[T](), anyio.Event()

        async def wait_and(cancel: Callable[[], object]) -> None:
            for _ in range(self.passes):
                await anyio.lowlevel.checkpoint()
            if self.seconds:
                with anyio.move_on_after(self.seconds):
                    await ended.wait()
            if not ended.is_set():
                report.fired = self.fired = True
                cancel()

        async with anyio.create_task_group() as tasks:
            if self.kind == "native":
                task = asyncio.create_task(self.in_task(call, report, never))
                tasks.start_soon(wait_and, task.cancel)
                await asyncio.wait([task])
            else:
                with anyio.CancelScope() as scope:
                    tasks.start_soon(wait_and, scope.cancel)  # noqa: ASYNC111 - a scope that was left ignores it
                    await never.drive(call, report, never_fires)
            ended.set()
        return report

    async def in_task(self, call: Callable[[], Awaitable[T]], report: Report[T], drive: Injection) -> None:
        """Make the call in a task of its own."""
        with suppress(asyncio.CancelledError):
            await drive.drive(call, report, never_fires)


def never_fires() -> None:
    """Stand where a cancel would."""


Inject = Injection | Moment


async def sweep_moments(
    universe: Callable[[Moment], Awaitable[None]], passes_tried: int, seconds_tried: Sequence[float]
) -> dict[str, int]:
    """Run `universe` with a cancel at each of the first passes and at some later moments; return the deepest pass."""
    kinds: list[Kind] = ["scope", "native"] if sniffio.current_async_library() == "asyncio" else ["scope"]
    moments = [(passes, 0.0) for passes in range(passes_tried)] + [(0, seconds) for seconds in seconds_tried]
    deepest: dict[str, int] = {}
    for kind, (passes, seconds) in itertools.product(kinds, moments):
        inject = Moment(kind, passes, seconds)
        with Told(f"cancelled by {kind} after {passes} passes and {seconds:g} s"):
            await universe(inject)
        if inject.fired:
            deepest[kind] = max(deepest.get(kind, 0), passes)
    return deepest


async def sweep(universe: Callable[[Injection], Awaitable[None]]) -> int:
    """Run `universe` with every way to cancel at every checkpoint; return the deepest that was reached.

    The universe makes one call by `report = await inject(call)` and then checks the contract from outside.
    """
    depths = [await sweep_one(universe, kind, mode) for kind, mode in kinds_and_modes()]
    note(max(depths), sum(depths) + len(depths))
    return max(depths)


async def sweep_one(universe: Callable[[Injection], Awaitable[None]], kind: Kind, mode: Mode) -> int:
    """Raise N until the cancel no longer fires."""
    for at in itertools.islice(itertools.count(1), DEEPEST):
        inject = Injection(kind, mode, at)
        with Told(f"cancelled by {kind}, {mode}, at checkpoint {at}"):
            await universe(inject)
        if not inject.fired:
            return at - 1
    raise AssertionError(f"more than {DEEPEST} checkpoints")


class Told(AbstractContextManager[None]):
    """Add a note to what fails in the block: with which injection."""

    def __init__(self, note: str) -> None:
        self.note = note

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Add the note."""
        if error is not None:
            error.add_note(self.note)
