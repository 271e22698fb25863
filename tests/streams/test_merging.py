"""Merged streams are read as one, in the order of arrival; each keeps its own buffer and its own gaps."""

from decimal import Decimal
from typing import Any, assert_type

import anyio
import pytest

import krakenio
from krakenio import Gap, InvalidRequest, StreamClosed, StreamGap, SubscriptionError
from krakenio.messages import Candle, Ticker, Trade
from tests.opened import BTC, CROSSING, ETH, opened, settled
from tests.scripted import ADA, scripted
from tests.streams.test_odd_frames import BOOKS, message

pytestmark = pytest.mark.virtual


def of(items: list[Any], kind: type[Any]) -> list[Any]:
    return [item for item in items if isinstance(item, kind)]


async def some(merged: Any, count: int) -> list[Any]:
    with anyio.fail_after(3600):  # noqa: ASYNC100 - the checkpoints are in the comprehension
        return [await merged.receive() for _ in range(count)]


async def read(merged: Any, items: list[Any]) -> None:
    while True:
        items.append(await merged.__anext__())


async def test_items_of_several_channels_come_in_the_order_in_which_they_arrived() -> None:
    """The session puts the same frames into single streams, whose readers note when each arrives."""
    noted: list[Any] = []

    async def note(stream: krakenio.Stream[Any]) -> None:
        while True:
            noted.append(await stream.receive())

    async with opened(activity=20.0) as (_, session), anyio.create_task_group() as readers:
        async with (
            session.trades(BTC) as trades,
            session.ohlc(ETH) as candles,
            krakenio.merge(session.trades(BTC), session.ohlc(ETH)) as merged,
        ):
            await settled()
            await candles.take_batch()
            readers.start_soon(note, trades)  # noqa: ASYNC111 - cancelled before the streams are left
            readers.start_soon(note, candles)  # noqa: ASYNC111 - as above
            await anyio.sleep(60)
            items = await some(merged, len(noted))
            running = [item for item in items if item in noted]
            assert len(running) > 20
            assert running == [item for item in noted if item in running]
            readers.cancel_scope.cancel()


async def test_each_stream_keeps_its_own_order_and_bound() -> None:
    async with (
        opened(activity=20.0) as (_, session),
        session.trades(BTC) as whole,
        krakenio.merge(session.trades(BTC), session.ticker(ETH, buffer=2), session.trades(ETH, buffer=3)) as merged,
    ):
        await anyio.sleep(60)
        trades = await whole.take_batch()
        items: list[Any] = []
        with anyio.move_on_after(0.01):
            await read(merged, items)
        assert [item for item in of(items, Trade) if item.symbol == BTC][: len(trades)] == trades
        assert 1 <= len(of(items, Ticker)) <= 3
        [gap] = of(items, Gap)
        assert gap.lost is not None
        place = items.index(gap)
        assert len([item for item in of(items[:place], Trade) if item.symbol == ETH]) == 3


async def test_what_waits_is_read_without_waiting_for_the_slowest() -> None:
    async with opened() as (_, session), krakenio.merge(session.trades(BTC), session.trades(ETH)) as merged:
        await session.orders.add(**CROSSING)
        assert {item.symbol for item in await some(merged, 1)} == {BTC}


async def test_a_gap_shows_in_its_stream_and_reading_goes_on() -> None:
    async with (
        opened(activity=20.0) as (exchange, session),
        krakenio.merge(session.trades(BTC, gaps="raise"), session.trades(ETH)) as merged,
    ):
        await some(merged, 5)
        exchange.drop("ws")
        raised, seen = 0, list[Any]()
        for _ in range(60):
            try:
                seen += await some(merged, 1)
            except StreamGap:
                raised += 1
        assert (raised, of(seen, Gap)) == (1, [Gap("the connection was lost")])
        assert {item.symbol for item in seen[-20:]} == {BTC, ETH}


async def test_a_cancelled_read_loses_nothing() -> None:
    async with (
        opened(activity=20.0) as (_, session),
        session.trades(BTC) as whole,
        krakenio.merge(session.trades(BTC), session.ticker(ETH)) as merged,
    ):
        items: list[Any] = []
        for _ in range(400):
            with anyio.move_on_after(0.05):
                items.append(await merged.receive())
        trades = await whole.take_batch()
        found = of(items, Trade)
        assert len(found) > 5
        assert found == trades[: len(found)]


async def test_an_error_of_one_stream_ends_the_reading_behind_its_items() -> None:
    async with (
        opened(activity=20.0) as (_, session),
        krakenio.merge(session.trades(BTC, buffer=2, on_full="fail"), session.trades(ETH)) as merged,
    ):
        await anyio.sleep(60)
        items: list[Any] = []
        with pytest.raises(krakenio.StreamOverflow):
            await read(merged, items)
        assert len([item for item in items if item.symbol == BTC]) == 2


async def test_a_book_that_is_given_up_keeps_back_no_change_of_another() -> None:
    """D4: the error is told beside the books that wait, and uses up the turn of none."""
    bad = message(ETH).replace('"snapshot"', '"update"').replace('"checksum":', '"checksum":1')
    async with scripted(BOOKS) as (kraken, session):
        async with krakenio.merge(session.book(BTC, ETH), session.ticker(ADA)) as merged:
            for _ in range(3):
                await kraken.say(bad)
                await anyio.sleep(1)
            items: list[Any] = []
            with anyio.move_on_after(1):
                await read(merged, items)
            items.clear()
            await kraken.say(bad, message(BTC, 1))
            await anyio.sleep(1)
            with pytest.raises(krakenio.BookNotHealed):
                await merged.receive()
            with anyio.move_on_after(1):
                await read(merged, items)
            assert [book.symbol for book in items] == [ETH, BTC]


async def test_when_the_session_ends_everything_is_read_and_the_loop_ends() -> None:
    async with opened(activity=20.0) as (_, session):
        merged = krakenio.merge(session.trades(BTC), session.trades(ETH))
        await merged.__aenter__()
        await anyio.sleep(30)
        session._finish(None)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        items = [item async for item in merged]
        assert {item.symbol for item in items if not isinstance(item, Gap)} == {BTC, ETH}
        with pytest.raises(StreamClosed, match="ended with their session"):
            await merged.receive()
        await merged.__aexit__(None, None, None)


async def test_a_stream_that_is_refused_leaves_none_of_the_others_open() -> None:
    async with opened() as (_, session):
        with pytest.raises(SubscriptionError):
            async with krakenio.merge(session.trades(BTC), session.trades("NOT/HERE")):
                raise AssertionError
        assert vars(session)["_intakes"] == {}


async def test_reading_outside_the_block_says_so() -> None:
    async with opened() as (_, session):
        merged = krakenio.merge(session.trades(BTC), session.trades(ETH))
        with pytest.raises(StreamClosed, match="outside their block"):
            await merged.receive()
        async with merged:
            pass
        with pytest.raises(StreamClosed, match="outside their block"):
            await merged.__anext__()
        assert vars(session)["_intakes"] == {}


async def test_two_tasks_that_read_merged_streams_are_told() -> None:
    async with (
        opened() as (_, session),
        krakenio.merge(session.trades(BTC), session.trades(ETH)) as merged,
        anyio.create_task_group() as readers,
    ):
        readers.start_soon(merged.receive)
        await settled()
        with pytest.raises(RuntimeError, match="two tasks read"):
            await merged.receive()
        readers.cancel_scope.cancel()


async def test_the_items_have_the_types_of_the_streams() -> None:
    async with opened(activity=20.0) as (_, session):
        whole: krakenio.Session[Decimal] = session
        async with krakenio.merge(whole.ticker(BTC), whole.trades(BTC), whole.ohlc(BTC)) as merged:
            item = await merged.receive()
            assert_type(item, Ticker[Decimal] | Trade[Decimal] | Candle[Decimal] | Gap)


@pytest.mark.parametrize("streams", [(), (1,), ("BTC/USD", "ETH/USD")])
def test_what_is_no_stream_cannot_be_merged(streams: Any) -> None:
    with pytest.raises(InvalidRequest, match="merge: pass streams that were not entered"):
        krakenio.merge(*streams)
