"""Orders from a worker thread, as programs without `async` place them beside a loop."""

import threading

import anyio
from anyio.from_thread import run, run_sync

from tests.opened import RESTING, opened, seen


async def test_a_thread_whose_task_was_cancelled_before_it_calls_sends_nothing_and_ends() -> None:
    """A2, A5: under asyncio AnyIO hands that cancel to no call that the thread makes later."""
    began, cancelled, raised = anyio.Event(), threading.Event(), list[BaseException]()

    async with opened() as (exchange, session):

        async def add() -> None:
            with anyio.fail_after(5):
                await session.orders.add(**RESTING)

        def work() -> None:
            run_sync(began.set)
            cancelled.wait()
            try:
                run(add)
            except BaseException as error:  # noqa: ASYNC103, BLE001 - a value: there is no task here
                raised.append(error)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.to_thread.run_sync, work)
            await began.wait()
            tasks.cancel_scope.cancel()
            cancelled.set()
        assert seen(exchange, "add_order") == []
        assert [type(error).__name__ for error in raised] in (["Cancelled"], ["OrderNotSent"])  # trio's; asyncio's
