"""Trades with a snapshot: the most recent ones come first, to whoever joins, and none comes twice (D3)."""

import json
from collections.abc import Iterable
from typing import Any

import anyio
import pytest

from krakenio import Gap
from krakenio.messages import TradeMessage, decode
from krakenio.streams.stream import Stream
from krakenio.subscriptions.memory import TRADES, LastTrades
from tests.scripted import BTC, ETH, Answers, Request, polite, scripted, trade

pytestmark = pytest.mark.virtual


def snapshot(symbol: str, *numbers: int) -> str:
    """Return a frame of several trades, the oldest first."""
    rows = [json.loads(trade(symbol, number))["data"][0] for number in numbers]
    return json.dumps({"channel": "trade", "type": "snapshot", "data": rows})


def recent(**numbers: list[int]) -> Answers:
    """Answer with the trades that there have been; the lists may grow."""

    def answers(request: Request) -> Iterable[str]:
        return polite({BTC: snapshot(BTC, *numbers["btc"]), ETH: snapshot(ETH, *numbers.get("eth", []))})(request)

    return answers


async def begun() -> None:
    """Let the snapshot come: entering waits for the acknowledgement alone."""
    await anyio.sleep(0.1)


async def ids(stream: Stream[Any]) -> list[object]:
    """Return what waits in a stream: ids, and gaps."""
    await anyio.sleep(1)
    return [item if isinstance(item, Gap) else item.trade_id for item in await stream.take_batch()]


async def test_a_stream_that_joins_gets_what_the_snapshot_would_say_now() -> None:
    async with scripted(recent(btc=[*range(1, 51)])) as (kraken, session), session.trades(BTC, snapshot=True) as first:
        await begun()
        await kraken.say(trade(BTC, 51), trade(BTC, 52))
        assert await ids(first) == [*range(1, 53)]
        async with session.trades(BTC, snapshot=True) as second:
            await kraken.say(trade(BTC, 53))
            assert await ids(second) == [*range(3, 54)]
            assert await ids(first) == [53]
        assert kraken.methods("trade") == ["subscribe"]


async def test_after_a_reconnect_only_news_come() -> None:
    """The snapshot repeats what was given: who adds up volumes would count it twice."""
    happened = [1, 2, 3]
    async with scripted(recent(btc=happened)) as (kraken, session), session.trades(BTC, snapshot=True) as stream:
        await begun()
        await kraken.say(trade(BTC, 4))
        assert await ids(stream) == [1, 2, 3, 4]
        happened += [4, 5, 6]
        assert kraken.peer is not None
        kraken.peer.stream.abort()
        await anyio.sleep(5)
        await kraken.say(trade(BTC, 7))
        gap, *news = await ids(stream)
        assert isinstance(gap, Gap)
        assert news == [5, 6, 7]


async def test_symbols_are_counted_apart() -> None:
    async with (
        scripted(recent(btc=[100], eth=[1, 2])) as (kraken, session),
        session.trades(BTC, ETH, snapshot=True) as stream,
    ):
        await begun()
        await kraken.say(trade(ETH, 3), trade(BTC, 101))
        assert await ids(stream) == [100, 1, 2, 3, 101]


async def test_a_live_trade_ahead_of_the_snapshot_costs_nothing_of_it() -> None:
    """Kraken orders nothing between the two (§2.2)."""

    def answers(request: Request) -> Iterable[str]:
        first, *others = recent(btc=[1, 2, 3, 4])(request)
        return [first, *([trade(BTC, 4)] if request["method"] == "subscribe" else []), *others]

    async with scripted(answers) as (kraken, session), session.trades(BTC, snapshot=True) as stream:
        assert await ids(stream) == [4, 1, 2, 3]
        await kraken.say(trade(BTC, 5))
        assert await ids(stream) == [5]


async def test_what_was_given_long_ago_is_not_given_again() -> None:
    happened = [*range(1, 51)]
    async with scripted(recent(btc=happened)) as (kraken, session), session.trades(BTC, snapshot=True) as stream:
        await begun()
        await kraken.say(*[trade(BTC, number) for number in range(51, 400)])
        assert await ids(stream) == [*range(1, 400)]
        assert kraken.peer is not None
        kraken.peer.stream.abort()
        await anyio.sleep(5)
        assert [item for item in await ids(stream) if not isinstance(item, Gap)] == []


async def test_without_a_snapshot_nothing_of_before_is_told() -> None:
    async with scripted(recent(btc=[1, 2])) as (kraken, session):
        async with session.trades(BTC, snapshot=True) as stream:
            assert await ids(stream) == [1, 2]
        await anyio.sleep(1)
        kraken.answers = polite({})
        async with session.trades(BTC), session.trades(BTC) as later:
            await kraken.say(trade(BTC, 3))
            assert await ids(later) == [3]


def test_no_more_is_kept_than_a_snapshot_has_and_nothing_without_one() -> None:
    memory, live = LastTrades(), [decode(trade(BTC, number)) for number in range(200)]
    for message in live:
        assert isinstance(message, TradeMessage)
        memory.apply(message)
    assert not memory.recent
    first = decode(snapshot(BTC, 1))
    assert isinstance(first, TradeMessage)
    memory.apply(first)
    for message in live[2:]:
        assert isinstance(message, TradeMessage)
        memory.apply(message)
    assert [row.trade_id for row in memory.rows(BTC)] == [*range(200 - TRADES, 200)]
    assert memory.rows(ETH) == []
    memory.clear()
    assert not memory.rows(BTC)


@pytest.mark.parametrize("backfill", [False, True])
async def test_numbers_that_begin_anew_are_told_and_the_trades_go_on(*, backfill: bool) -> None:
    """D3: else each of them passes for a repetition, and the stream is silent for ever."""
    old = [trade(BTC, number) for number in (100, 101)]
    new = [trade(BTC, number, timestamp=f'"2026-11-02T11:00:0{number}.000000Z"') for number in (1, 2, 3)]
    async with scripted(recent(btc=[99])) as (kraken, session):
        async with session.trades(BTC, snapshot=not backfill, backfill=backfill) as stream:
            await begun()
            await kraken.say(*old, *new, *new)
            await begun()
            told = [Gap("the numbers of BTC/USD's trades began anew"), 1, 2, 3]
            assert await ids(stream) == [99, 100, 101, *told]


async def test_numbers_that_begin_anew_end_what_was_fetched_by_the_old_ones() -> None:
    pages: list[int] = []
    async with scripted(recent(btc=[99])) as (kraken, session), session.trades(BTC, backfill=True) as stream:

        async def fetch(symbol: str, _: str) -> list[Any]:
            await anyio.sleep(10)
            page = decode(snapshot(symbol, *range(101, 110)))
            assert isinstance(page, TradeMessage)
            pages.append(len(page.data))
            return page.data

        vars(type(stream.intake))["_fetch"].__set__(stream.intake, fetch)
        await kraken.say(trade(BTC, 100), trade(BTC, 110))
        await begun()
        await kraken.say(trade(BTC, 1, timestamp='"2026-11-02T11:00:00.000000Z"'))
        await anyio.sleep(60)
        assert pages == [9]
        assert await ids(stream) == [99, 100, Gap("the numbers of BTC/USD's trades began anew"), 1]
