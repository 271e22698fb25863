"""Contract E and F for a lifetime alone: toy library tasks beside a block, no session, no socket."""

# ruff: noqa: PT012 -- what is tested is the block itself and how an exception leaves it

import asyncio
import signal
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NoReturn

import anyio
import pytest
import trio
from anyio.lowlevel import checkpoint

from krakenio import open_session
from krakenio.errors import InternalError, SessionClosed, SessionError, SessionInterrupted, SessionRefused
from krakenio.lifetime import EXIT_GRACE, Lifetime, OneTask, open_lifetime
from tests.injection import Injection, sweep
from tests.leaks import living

REFUSED = "Kraken said no"
ASYNCIO = pytest.mark.backends("asyncio", "uvloop")
RAISED: list[BaseException] = [
    RuntimeError("boom"),
    StopIteration(7),
    StopAsyncIteration(),
    GeneratorExit(),
    KeyboardInterrupt(),
    SystemExit(3),
    SessionClosed("the user's own"),
    ExceptionGroup("two", [ValueError("one"), KeyError("other")]),
    BaseExceptionGroup("mixed", [KeyboardInterrupt(), ValueError("one")]),
]


async def wait() -> None:
    await anyio.sleep_forever()


async def fail(error: BaseException) -> NoReturn:
    await checkpoint()
    raise error


async def toy(*, jobs: int = 3, body: Callable[[Lifetime], Awaitable[None]] | None = None) -> None:
    """Enter and leave a lifetime with some tasks."""
    async with open_lifetime("toy") as life:
        for number in range(jobs):
            life.spawn(wait, f"toy {number}")
        await (checkpoint() if body is None else body(life))


def fresh(error: BaseException) -> BaseException:
    """Return the error as if it had not been raised before: the table is shared by all loops."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
async def test_what_the_body_raises_leaves_bare_and_identical(error: BaseException) -> None:
    """F1, F5."""
    fresh(error)
    with pytest.raises(type(error)) as caught:
        async with open_lifetime("toy") as life:
            life.spawn(wait, "waiting")
            await checkpoint()
            raise error
    assert caught.value is error
    assert (error.__context__, error.__cause__, getattr(error, "__notes__", [])) == (None, None, [])


async def test_the_traceback_shows_the_body_once() -> None:
    """F1: the user finds the own line at the end, and none of it twice."""
    with pytest.raises(ValueError, match="here") as caught:
        await toy(body=lambda _life: fail(ValueError("here")))
    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert frames[-1] == "fail"
    assert frames.count("fail") == 1
    assert len(frames) < 20


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
async def test_what_an_enclosed_lifetime_lets_through_is_still_identical(error: BaseException) -> None:
    """F1, with lifetimes inside each other."""
    fresh(error)
    with pytest.raises(type(error)) as caught:
        async with open_lifetime("outer"), one(), open_lifetime("inner") as life:
            life.spawn(wait, "waiting")
            raise error
    assert caught.value is error


async def test_a_failure_while_the_body_waits_is_raised_once_and_bare() -> None:
    """F2."""
    cause = ValueError("why")
    refused = SessionRefused(REFUSED)
    refused.__cause__ = cause

    async def body(life: Lifetime) -> None:
        life.spawn(partial(fail, refused), "failing")
        await wait()

    with pytest.raises(SessionRefused) as caught:
        await toy(body=body)
    assert caught.value is refused
    assert refused.__cause__ is cause
    assert refused.__suppress_context__  # the cancel of the body is not part of the story


@pytest.mark.parametrize("error", [ValueError("defect"), ExceptionGroup("defects", [ValueError("defect")])], ids=repr)
async def test_a_defect_of_a_library_task_is_loud(error: BaseException) -> None:
    """F2: what is no `SessionError` becomes one, with the original as its cause."""

    async def body(life: Lifetime) -> None:
        life.spawn(partial(fail, error), "failing")
        await wait()

    with pytest.raises(InternalError, match="bug in krakenio") as caught:
        await toy(body=body)
    assert caught.value.__cause__ is error


async def test_the_first_of_many_failures_is_the_one_that_is_raised() -> None:
    """F2."""

    async def body(life: Lifetime) -> None:
        for reason in ("first", "second"):
            life.fail(SessionRefused(reason))
        await wait()

    with pytest.raises(SessionRefused, match="first"):
        await toy(body=body)


async def test_a_failure_ends_a_body_that_swallows_the_cancel() -> None:
    """F2: ending normally instead of cancelled changes nothing, and no farewell is said."""
    finished: list[str] = []

    async def finish() -> None:
        await checkpoint()
        finished.append("farewell")

    async def body(life: Lifetime) -> None:
        life.finish = finish
        life.spawn(partial(fail, SessionRefused(REFUSED)), "failing")
        try:
            await wait()
        except anyio.get_cancelled_exc_class():  # noqa: ASYNC103 -- what a careless user does
            return  # noqa: ASYNC104 - as above

    with pytest.raises(SessionRefused, match=REFUSED):
        await toy(body=body)
    assert finished == []


async def until_cancelled(life: Lifetime, failure: BaseException) -> None:
    """Let the lifetime fail and swallow the cancel."""
    life.spawn(partial(fail, failure), "failing")
    try:
        await wait()
    except anyio.get_cancelled_exc_class():  # noqa: ASYNC103 -- the caller raises something else
        return  # noqa: ASYNC104 - as above


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
async def test_the_users_exception_wins_and_carries_a_note_of_the_failure(error: BaseException) -> None:
    """F3."""
    fresh(error)
    refused = SessionRefused(REFUSED)
    lives: list[Lifetime] = []
    with pytest.raises(type(error)) as caught:
        async with open_lifetime("toy") as life:
            lives.append(life)
            await until_cancelled(life, refused)
            raise error
    assert caught.value is error
    assert error.__notes__ == [f"krakenio failed too: SessionRefused: {REFUSED}"]
    assert lives[0].failure is refused
    del error.__notes__


async def test_a_failure_that_the_body_raises_itself_needs_no_note() -> None:
    """F3: `raise s.failure` is one error, not two."""
    refused = SessionRefused(REFUSED)
    with pytest.raises(SessionRefused) as caught:
        async with open_lifetime("toy") as life:
            await until_cancelled(life, refused)
            raise refused
    assert caught.value is refused
    assert getattr(refused, "__notes__", []) == []


async def test_an_outer_cancel_wins_over_a_failure() -> None:
    """F4, S."""
    with anyio.CancelScope() as scope:

        async def body(life: Lifetime) -> None:
            life.fail(SessionRefused(REFUSED))
            scope.cancel()
            await wait()

        await toy(body=body)
    assert scope.cancelled_caught


@ASYNCIO
@pytest.mark.parametrize("first", ["failure", "cancel"])
async def test_a_native_cancel_wins_over_a_failure(first: str) -> None:
    """F4, N: whichever of the two came first in one pass of the loop."""

    async def body(life: Lifetime) -> None:
        task = asyncio.current_task()
        assert task is not None
        steps: list[Callable[[], object]] = [partial(life.fail, SessionRefused(REFUSED)), task.cancel]
        for step in steps if first == "failure" else reversed(steps):
            asyncio.get_running_loop().call_soon(step)
        await wait()

    task = asyncio.create_task(toy(body=body))
    await asyncio.wait([task])
    assert task.cancelled()


@ASYNCIO
async def test_a_failure_leaves_no_trace_of_a_cancel_in_the_users_task() -> None:
    """F2, N: `asyncio.timeout` and `TaskGroup` count cancels; the library's own must not stay among them."""

    async def body(life: Lifetime) -> None:
        life.spawn(partial(fail, SessionRefused(REFUSED)), "failing")
        await wait()

    task = asyncio.current_task()
    assert task is not None
    async with asyncio.timeout(60), asyncio.TaskGroup():
        with pytest.raises(SessionRefused):
            await toy(body=body)
        assert task.cancelling() == 0
        await asyncio.sleep(0)


@ASYNCIO
async def test_a_native_cancel_leaves_as_the_same_object() -> None:
    """A3, N: its text too, and `cancelling()` is the caller's to count."""
    seen: list[BaseException] = []

    async def hold() -> None:
        try:
            await toy(body=lambda _life: wait())
        except asyncio.CancelledError as error:
            seen.append(error)
            raise

    task = asyncio.create_task(hold())
    await asyncio.sleep(0.01)
    task.cancel("why")
    await asyncio.wait([task])
    assert task.cancelled()
    assert seen[0].args == ("why",)


@ASYNCIO
@pytest.mark.parametrize("raises", [True, False])
async def test_what_a_body_makes_of_a_native_cancel_is_its_own_business(raises: bool) -> None:  # noqa: FBT001 -- a row
    """F1, A3, N: it may raise something else or go on; the lifetime does not revive the cancel."""
    error = ValueError("instead")

    async def body(_life: Lifetime) -> None:
        try:
            await wait()
        except asyncio.CancelledError:  # noqa: ASYNC103 -- what users do
            if raises:
                raise error from None  # noqa: ASYNC104 - as above

    task = asyncio.create_task(toy(body=body))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    assert not task.cancelled()
    assert task.exception() is (error if raises else None)


@trio.lowlevel.enable_ki_protection
def press_ctrl_c() -> None:
    """Let trio raise it in its main task, the test's, a pass later: here it may not."""
    signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler


async def press_ctrl_c_and_stay() -> None:
    press_ctrl_c()
    with anyio.move_on_after(0.1, shield=True):
        await wait()


async def press_ctrl_c_in_the_end() -> None:
    try:
        await wait()
    finally:
        await press_ctrl_c_and_stay()  # noqa: ASYNC102 - which it has


async def say_goodbye() -> None:
    async with anyio.create_task_group() as tasks:  # noqa: ASYNC112 - for its wait
        tasks.start_soon(press_ctrl_c_and_stay)


@pytest.mark.backends("trio")
@pytest.mark.parametrize("waits_for", ["tasks", "goodbyes"])
async def test_ctrl_c_passes_bare_also_where_leaving_waits(waits_for: str) -> None:
    """F1, F5: trio raises it where the main task waits for a group, which wraps it."""
    with pytest.raises(KeyboardInterrupt):
        async with open_lifetime("test") as life:
            if waits_for == "goodbyes":
                life.finish = say_goodbye
            else:
                life.spawn(press_ctrl_c_in_the_end, "toy")
            await anyio.wait_all_tasks_blocked()


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), SystemExit(2)], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("wrapped", [False, True])
async def test_an_interrupt_inside_a_library_task_reaches_the_user_bare(
    interrupt: BaseException,
    wrapped: bool,  # noqa: FBT001 -- a row of the table
) -> None:
    """F5: trio raises `KeyboardInterrupt` in whatever task runs; a task group in the library may have wrapped it."""
    fresh(interrupt)
    error = BaseExceptionGroup("outer", [BaseExceptionGroup("inner", [interrupt])]) if wrapped else interrupt

    async def body(life: Lifetime) -> None:
        life.spawn(partial(fail, error), "interrupted")
        await wait()

    with pytest.raises(type(interrupt)) as caught:
        await toy(body=body)
    assert caught.value is interrupt


@pytest.mark.virtual
async def test_a_normal_exit_waits_for_the_farewell_but_not_for_long() -> None:
    """E1."""

    async def body(life: Lifetime) -> None:
        await checkpoint()
        life.finish = wait

    begun = anyio.current_time()
    await toy(body=body)
    assert anyio.current_time() - begun == pytest.approx(EXIT_GRACE)


@pytest.mark.virtual
async def test_no_other_exit_says_farewell() -> None:
    """E1: neither a cancelled body nor a raising one awaits the network."""

    async def body(life: Lifetime) -> None:
        life.finish = wait
        with anyio.CancelScope(shield=True):
            await anyio.sleep(3)
        await checkpoint()
        raise ValueError("quantity")

    begun = anyio.current_time()
    with pytest.raises(ValueError, match="quantity"):
        await toy(body=body)
    with anyio.move_on_after(1):
        await toy(body=body)
    assert anyio.current_time() - begun == pytest.approx(6)


@pytest.mark.virtual
async def test_a_cancel_cuts_the_farewell_short() -> None:
    """E1, A2."""

    async def body(life: Lifetime) -> None:
        await checkpoint()
        life.finish = wait

    begun = anyio.current_time()
    with anyio.move_on_after(0.5) as scope:
        await toy(body=body)
    assert scope.cancelled_caught
    assert anyio.current_time() - begun == pytest.approx(0.5)


async def test_a_farewell_that_fails_is_told_bare() -> None:
    """F1: no `ExceptionGroup`, and not in place of a normal exit that worked."""

    async def body(life: Lifetime) -> None:
        await checkpoint()
        life.finish = partial(fail, ValueError("a defect of the farewell"))

    with pytest.raises(InternalError) as caught:
        await toy(body=body)
    assert isinstance(caught.value.__cause__, ValueError)


async def test_library_tasks_work_while_a_cancelled_body_unwinds() -> None:
    """The second of the two rules: tasks end with the block, not with the scope around it."""
    asked, answered = anyio.Event(), anyio.Event()
    heard: list[str] = []

    async def answer() -> None:
        await asked.wait()
        heard.append("asked")
        answered.set()
        await wait()

    async def body(life: Lifetime) -> None:
        life.spawn(answer, "answering")
        try:
            await wait()
        finally:
            asked.set()
            with anyio.CancelScope(shield=True):
                await answered.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: toy(body=body))
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert heard == ["asked"]


async def test_a_cancel_at_any_checkpoint_of_entry_body_and_exit_leaves_no_task() -> None:
    """E2."""
    before = living()

    async def universe(inject: Injection) -> None:
        report = await inject(toy)
        assert living() == before
        assert report.error is None
        if (inject.kind, inject.mode) == ("native", "park"):  # a scope leaves the last steps in peace
            assert report.cancelled == report.fired

    assert await sweep(universe) >= 2


async def interrupt(number: int, passes: int) -> bool:
    """Cancel the library task `number` natively after some passes of the loop; tell whether there was one."""
    for _ in range(passes):
        await asyncio.sleep(0)
    own = {task.get_name(): task for task in living() if "krakenio" in task.get_name()}
    return number < len(own) and own[sorted(own)[number]].cancel()


@ASYNCIO
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # AnyIO's, for a task that never began
@pytest.mark.parametrize("passes", range(6))
@pytest.mark.parametrize("number", range(5))
async def test_no_library_task_that_is_cancelled_natively_ends_silently(number: int, passes: int) -> None:
    """E6: at each of its first steps, and before the first one. There are four tasks: a supervisor and three jobs."""

    async def body(_life: Lifetime) -> None:
        await asyncio.sleep(0.02)

    task = asyncio.create_task(interrupt(number, passes))
    ends: list[BaseException] = []
    try:
        await toy(body=body)
    except SessionInterrupted as error:
        ends.append(error)
    assert bool(ends) == await task
    assert bool(ends) == (number < (4 if passes else 1))


def one() -> OneTask[Lifetime]:
    return OneTask("open_toy", lambda: open_lifetime("toy"))


async def test_entering_twice_is_refused_at_once() -> None:
    """E4."""
    door = one()
    async with door:
        with pytest.raises(RuntimeError, match=r"open_toy was entered before; call open_toy\(\) again"):
            await door.__aenter__()
    with pytest.raises(RuntimeError, match="entered before"):
        await door.__aenter__()


async def test_leaving_in_another_task_is_refused_and_the_right_one_still_can() -> None:
    """E4."""
    door = one()
    await door.__aenter__()

    async def leave() -> None:
        with pytest.raises(RuntimeError, match="entered in another task; enter and leave it in the same one"):
            await door.__aexit__(None, None, None)

    async with anyio.create_task_group() as tasks:  # noqa: ASYNC112 - another task is the point
        tasks.start_soon(leave)
    await door.__aexit__(None, None, None)


async def test_leaving_what_was_never_entered_is_refused() -> None:
    """E4."""
    with pytest.raises(RuntimeError):
        await one().__aexit__(None, None, None)


async def test_every_failure_of_a_session_has_one_root() -> None:
    """F2: `except SessionError` catches all of them."""
    assert all(issubclass(kind, SessionError) for kind in (InternalError, SessionClosed, SessionInterrupted))


async def test_a_session_that_is_awaited_or_opened_by_with_says_how_to_open_it() -> None:
    door: Any = open_session()
    with pytest.raises(TypeError, match=r"takes no `with`: enter it by `async with krakenio.open_session\(.*\) as s"):
        with door:
            pass
    with pytest.raises(TypeError, match="takes no `await`: enter it by `async with"):
        await door


def test_what_is_not_entered_says_how() -> None:
    with pytest.raises(AttributeError, match=r"open_session\(\) must be entered: `async with .* and then s.ticker"):
        open_session().ticker  # type: ignore[attr-defined]  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnusedExpression]
    assert not hasattr(open_session(), "__wrapped__")
