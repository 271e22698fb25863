"""A stream is read in the loop that entered it: in another of the same thread it says so, and goes on in its own."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import anyio
import pytest
import trio

import krakenio
from krakenio.running import on_trio
from krakenio.session import Session
from tests.opened import BTC, CROSSING, opened

Read = Callable[[], Awaitable[object]]


async def reads_of(session: Session[Any], entered: AsyncExitStack) -> list[Read]:
    """Enter a stream for each way of reading, with nothing in it yet."""
    each, received, batched = [await entered.enter_async_context(session.trades(BTC)) for _ in range(3)]
    merged = await entered.enter_async_context(krakenio.merge(session.trades(BTC), session.executions()))
    return [each.__anext__, received.receive, batched.batches().__anext__, merged.__anext__, merged.receive]


async def refused(read: Read) -> None:
    with anyio.fail_after(2), pytest.raises(RuntimeError, match=r"belongs? to another event loop: read .* there"):
        await read()


@pytest.mark.virtual
async def test_a_stream_refuses_the_other_kind_of_loop_in_its_own_thread_and_goes_on() -> None:
    """E4."""
    async with opened() as (_, session), AsyncExitStack() as entered:
        reads = await reads_of(session, entered)
        for read in reads[:3] if on_trio() else reads:  # AnyIO's own checkpoints do not know asyncio inside of trio
            if on_trio():
                asyncio.run(refused(read))
            else:
                trio.run(refused, read)
        await session.orders.add(**CROSSING)
        for read in reads:
            with anyio.fail_after(1):
                await read()


def test_a_stream_refuses_a_second_loop_of_asyncio_in_its_own_thread_and_goes_on() -> None:
    """E4: one that runs while the session's own does not would wait for ever."""
    own, other = asyncio.new_event_loop(), asyncio.new_event_loop()
    made, left = own.create_future(), own.create_future()

    async def hold() -> None:
        async with opened() as (_, session), AsyncExitStack() as entered:
            reads = await reads_of(session, entered)
            made.set_result(reads)
            await left
            await session.orders.add(**CROSSING)
            for read in reads:
                with anyio.fail_after(1):
                    await read()

    held = own.create_task(hold())
    for read in own.run_until_complete(made):
        other.run_until_complete(refused(read))
    left.set_result(None)
    own.run_until_complete(held)
    for loop in (own, other):
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
