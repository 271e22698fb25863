"""Streams share what is subscribed, learn what was refused, and are used inside their block (contract D1 and D6)."""

import gc
import warnings
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Any

import anyio
import pytest

import krakenio
from krakenio import Gap, StreamClosed, SubscriptionError
from krakenio.session import Session
from tests.opened import BTC, CROSSING, ETH, RESTING, opened, seen, settled

pytestmark = pytest.mark.virtual


async def some(stream: Any, count: int) -> list[Any]:
    """Read so many items."""
    with anyio.fail_after(60):  # noqa: ASYNC100 - the checkpoints are in the comprehension
        return [await stream.receive() for _ in range(count)]


async def waiting(stream: Any) -> list[Any]:
    """Read what is there."""
    return await stream.take_batch() if stream._intake.items else []  # noqa: SLF001


def intakes(session: Session[Any]) -> int:
    return len(session._intakes)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


async def test_each_channel_streams_what_happens() -> None:
    """Defect 1, 2: private channels at their host, with a token that no user sees."""
    async with (
        opened(activity=50.0, markets=[BTC]) as (_, session),
        session.ticker(BTC) as tickers,
        session.trades(BTC) as trades,
        session.book_updates(BTC) as books,
        session.balances() as balances,
        session.executions() as executions,
    ):
        await session.orders.add(**CROSSING)
        assert [row.symbol for row in await some(tickers, 3)] == [BTC] * 3
        assert all(isinstance(row.price, Decimal) for row in await some(trades, 3))
        assert [message.type for message in await some(books, 3)] == ["snapshot", "update", "update"]
        assert {row.asset for row in await some(balances, 4)} >= {"USD", "BTC"}
        assert (await some(executions, 1))[0].symbol == BTC


async def test_two_streams_share_one_subscription() -> None:
    async with opened(activity=20.0) as (exchange, session):
        async with session.trades(BTC) as first:
            async with session.trades(BTC) as second:
                await anyio.sleep(30)
                assert await some(first, 5) == await some(second, 5)
            await anyio.sleep(30)
            assert len(seen(exchange, "subscribe")) == 2  # executions and this
            assert seen(exchange, "unsubscribe") == []
        await anyio.sleep(1)
        assert [params["channel"] for params in seen(exchange, "unsubscribe")] == ["trade"]


async def test_a_late_stream_of_executions_learns_the_open_orders_first() -> None:
    async with opened() as (_, session):
        first = await session.orders.add(**RESTING)
        second = await session.orders.add(**RESTING)
        await session.orders.cancel(order_id=first.order_id)
        async with session.executions() as executions:
            [row] = await some(executions, 1)
            assert (row.order_id, row.order_status, row.symbol, row.order_qty) == (
                second.order_id,
                "new",
                BTC,
                Decimal("0.001"),
            )
            await settled()
            assert await waiting(executions) == []


async def test_a_late_stream_of_balances_learns_what_there_is() -> None:
    async with opened() as (exchange, session), session.balances() as first:
        await some(first, 1)
        await session.orders.add(**CROSSING)
        await settled()
        async with session.balances() as late:
            told = {row.asset: row.balance for row in await late.take_batch() if not isinstance(row, Gap)}
            assert told == {asset: amount for asset, amount in exchange.balances.items() if asset in told}
            assert told["BTC"] == exchange.balances["BTC"]
            assert told["USD"] == exchange.balances["USD"]


async def test_a_late_stream_of_tickers_learns_the_last_one() -> None:
    async with opened(activity=20.0) as (_, session), session.ticker(BTC) as first:
        await anyio.sleep(20)
        last = (await first.take_batch())[-1]
        async with session.ticker(BTC) as late:
            assert (await some(late, 1)) == [last]


async def test_a_late_stream_of_a_book_begins_with_a_snapshot_and_the_first_learns_of_the_break() -> None:
    """D3: what the first one misses while the subscription is renewed is no secret."""
    async with opened(activity=20.0) as (_, session), session.book_updates(BTC) as first:
        await anyio.sleep(10)
        await first.take_batch()
        async with session.book_updates(BTC) as late:
            assert (await some(late, 1))[0].type == "snapshot"
            kinds = [item if isinstance(item, Gap) else item.type for item in await first.take_batch()]
            assert kinds[-2:] == [Gap("book was subscribed anew for BTC/USD"), "snapshot"]


async def test_of_many_symbols_the_refused_are_named_and_the_others_stream() -> None:
    """Defect 3."""
    async with opened(activity=50.0) as (_, session), session.trades(BTC, "NOT/HERE", ETH, "NOR/THIS") as stream:
        assert {symbol: str(error) for symbol, error in stream.rejected.items()} == {
            "NOT/HERE": "Currency pair not supported NOT/HERE",
            "NOR/THIS": "Currency pair not supported NOR/THIS",
        }
        assert all(isinstance(error, krakenio.UnknownSymbol) for error in stream.rejected.values())
        assert {row.symbol for row in await some(stream, 40)} == {BTC, ETH}


async def test_what_is_refused_wholly_raises_and_leaves_nothing() -> None:
    async with opened() as (_, session):
        stream = session.ticker("NOT/HERE", "NOR/THIS")
        with pytest.raises(SubscriptionError, match="NOT/HERE: Currency pair not supported") as caught:
            async with stream:
                raise AssertionError
        assert caught.value.rejected.keys() == {"NOT/HERE", "NOR/THIS"}
        assert intakes(session) == 0
        async with session.ticker(BTC) as good:
            await some(good, 1)


async def test_a_stream_that_is_refused_after_a_reconnect_ends_with_the_reason() -> None:
    """D6: nobody may wait for ever for what will not come."""
    async with opened() as (exchange, session), session.trades(BTC) as stream:
        exchange.reject("subscribe", "Currency pair not supported BTC/USD", 1, "ws")
        exchange.drop("ws")
        with anyio.fail_after(60):
            assert isinstance(await stream.receive(), Gap)
            with pytest.raises(SubscriptionError, match="BTC/USD: Currency pair not supported"):
                await stream.receive()
        assert stream.rejected.keys() == {BTC}
        async with session.trades(BTC):
            assert session.failure is None


@pytest.mark.parametrize("error", ["EService:Unavailable", "Exceeded msg rate"])
async def test_a_refusal_that_may_pass_is_waited_for(error: str) -> None:
    """G6."""
    async with opened(activity=50.0) as (exchange, session):
        exchange.reject("subscribe", error, 3, "ws")
        with anyio.fail_after(60):
            async with session.trades(BTC) as stream:
                await some(stream, 1)
        asked = [request for request in exchange.requests if (request.host, request.method) == ("ws", "subscribe")]
        assert len(asked) == 4


async def test_an_acknowledgement_that_never_comes_is_asked_for_again() -> None:
    """G6."""
    async with opened(activity=50.0) as (exchange, session):
        exchange.lose_replies(1, "subscribe", "ws")
        begun = anyio.current_time()
        async with session.trades(BTC) as stream:
            assert 10 <= anyio.current_time() - begun <= 12
            await some(stream, 1)


async def test_a_stream_is_entered_once() -> None:
    async with opened() as (_, session):
        stream = session.ticker(BTC)
        async with stream:
            with pytest.raises(RuntimeError, match="entered before; make another"):
                await stream.__aenter__()
        with pytest.raises(RuntimeError, match="entered before"):
            await stream.__aenter__()


@pytest.mark.parametrize("entered", [False, True])
async def test_a_stream_read_outside_its_block_says_so(entered: bool) -> None:  # noqa: FBT001
    async with opened() as (exchange, session):
        stream = session.ticker(BTC)
        if entered:
            async with stream:
                pass
        for read in (stream.receive, stream.__anext__, stream.take_batch, stream.batches().__anext__):
            with pytest.raises(StreamClosed, match=r"outside its block; use `async with`"):
                await read()
        assert len(seen(exchange, "subscribe")) == 1 + entered


KINDS: dict[str, Callable[[Session[Any]], AbstractAsyncContextManager[Any]]] = {
    "trades": lambda session: session.trades(BTC),
    "whole trades": lambda session: session.trades(BTC, backfill=True),
    "closed candles": lambda session: session.ohlc(BTC, closed=True),
    "executions": lambda session: session.executions(),
    "events": lambda session: session.events(),
    "book": lambda session: session.book(BTC),
    "merged": lambda session: krakenio.merge(session.trades(BTC), session.executions()),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reader_whose_stream_another_task_leaves_is_told(kind: str) -> None:
    """D6: nothing would ever wake it, not even the session's end."""
    async with opened() as (_, session), anyio.create_task_group() as tasks:

        async def read() -> None:
            with pytest.raises(StreamClosed, match=r"outside (its|their) block"):
                [_ async for _ in stream]
            tasks.cancel_scope.cancel()

        async with KINDS[kind](session) as stream:
            tasks.start_soon(read)
            await settled()
        await anyio.sleep(1)
        raise AssertionError("the reader sleeps on")


async def test_two_tasks_that_read_one_stream_are_told() -> None:
    async with opened() as (_, session), session.trades(BTC) as stream, anyio.create_task_group() as tasks:
        tasks.start_soon(stream.receive)
        await settled()
        for read in (stream.receive, stream.__anext__, stream.take_batch):
            with pytest.raises(RuntimeError, match="two tasks read the same trade stream; open one for each"):
                await read()
        tasks.cancel_scope.cancel()


async def test_a_cancelled_reader_makes_room_for_another() -> None:
    async with opened(activity=20.0) as (_, session), session.trades(BTC) as stream:
        with anyio.move_on_after(0):
            await stream.receive()
        await some(stream, 1)


async def test_a_dropped_stream_warns_and_frees_what_it_had() -> None:
    """D1: without a collection of garbage."""
    gc.collect()
    async with opened(activity=20.0) as (exchange, session):
        stream = session.trades(BTC)
        await stream.__aenter__()
        await anyio.sleep(10)
        assert intakes(session) == 1
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del stream
        assert [(each.category, "dropped inside its block" in str(each.message)) for each in caught] == [
            (ResourceWarning, True)
        ]
        assert intakes(session) == 0
        await anyio.sleep(1)
        assert [params["channel"] for params in seen(exchange, "unsubscribe")] == ["trade"]


async def test_a_stream_that_was_never_entered_is_nothing_to_warn_of() -> None:
    """D1."""
    async with opened() as (_, session):
        stream = session.trades(BTC)
        del stream


async def test_variants_of_one_symbol_need_two_sessions() -> None:
    async with opened() as (_, session), session.book_updates(BTC, depth=10):
        other = session.book_updates(BTC, depth=25)
        with pytest.raises(krakenio.InvalidRequest, match="second session"):
            await other.__aenter__()
        assert intakes(session) == 1
    async with opened() as (_, session):
        for depth in (10, 25, 10, 100):
            async with session.book_updates(BTC, depth=depth) as books:
                [snapshot] = await some(books, 1)
                assert len(snapshot.data[0].bids) == min(depth, len(snapshot.data[0].bids))


@pytest.mark.parametrize("moment", range(6))
async def test_streams_of_other_depths_may_come_and_go_quickly(moment: int) -> None:
    """One that is left while another waits for it, and given up again: the reader survives and the last one works."""
    async with opened(activity=20.0) as (_, session):
        async with session.book_updates(BTC, depth=10):
            pass
        with anyio.move_on_after(10) as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(enter, session.book_updates(BTC, depth=25))
                for _ in range(moment):
                    await anyio.lowlevel.checkpoint()
                scope.cancel()
        async with session.book_updates(BTC, depth=10) as books:
            await some(books, 3)
        assert session.failure is None


async def enter(stream: Any) -> None:
    async with stream:
        await anyio.sleep_forever()
