"""Against a Kraken that says odd and wrong things: only what they concern is disturbed, nothing lost silently."""

import json
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Any

import anyio
import pytest

from krakenio import Gap
from krakenio.events import Event, Undecodable
from krakenio.messages import rfc3339
from tests.books.test_checksums import VECTORS
from tests.books.wire import frame, rows
from tests.opened import until
from tests.scripted import ADA, BTC, ETH, NO_INSTRUMENTS, NOW, NOW_NS, Answers, Request, polite, scripted, ticker, trade

pytestmark = pytest.mark.virtual

CAPTURED = {
    BTC: "V4 captured 2026, delete and refill in one message",
    ETH: "V1 official guide",
    ADA: "V3 captured 2024",
}


def message(symbol: str, step: int = 0) -> str:
    """Return a message of a captured book under a symbol: the snapshot, or an update."""
    said = VECTORS[CAPTURED[symbol]].steps[step]
    return frame("update" if step else "snapshot", rows(said.bids), rows(said.asks), said.checksum, symbol).decode()


BOOKS = polite({"instrument": NO_INSTRUMENTS} | {symbol: message(symbol) for symbol in CAPTURED})


def candle(begin: str, close: str = "2.0", symbol: str = BTC, kind: str = "update") -> str:
    """Return a frame of one candle of a minute."""
    row = {"symbol": symbol, "interval_begin": begin, "interval": 1, "trades": 1}
    numbers = ",".join(f'"{name}":{close}' for name in ("open", "high", "low", "close", "volume", "vwap"))
    return f'{{"channel":"ohlc","type":"{kind}","data":[{json.dumps(row)[:-1]},{numbers}}}]}}'


def candles(begin: str) -> Answers:
    return polite({BTC: candle(begin, kind="snapshot")})


async def told(events: Any) -> list[Event]:
    return [event for event in await events.take_batch() if isinstance(event, Event)]


BAD_UPDATES = {
    "null as a list": '{"symbol":"BTC/USD","bids":[null],"asks":[],"checksum":1}',
    "no checksum": '{"symbol":"BTC/USD","bids":[],"asks":[]}',
    "a level that is a list": '{"symbol":"BTC/USD","bids":[["1.0","2.0"]],"asks":[],"checksum":1}',
    "a level without quantity": '{"symbol":"BTC/USD","bids":[{"price":1.0}],"asks":[],"checksum":1}',
    "a null price": '{"symbol":"BTC/USD","bids":[{"price":null,"qty":1.0}],"asks":[],"checksum":1}',
    "a price that is none": '{"symbol":"BTC/USD","bids":[{"price":"NaN","qty":1.0}],"asks":[],"checksum":1}',
    "a number that JSON has not": '{"symbol":"BTC/USD","bids":[{"price":NaN,"qty":1.0}],"asks":[],"checksum":1}',
    "torn in the middle": '{"symbol":"BTC/USD","bids":[{"price":1.0,"qt',
    "a negative quantity": '{"symbol":"BTC/USD","bids":[{"price":1.0,"qty":-1.0}],"asks":[],"checksum":1}',
}


@pytest.mark.parametrize("row", BAD_UPDATES.values(), ids=BAD_UPDATES)
async def test_an_update_that_cannot_be_read_makes_its_book_stale_until_a_new_snapshot_and_no_other(row: str) -> None:
    """D5: below the ten best no checksum would ever show that a change was missed."""
    async with scripted(BOOKS) as (kraken, session), session.book(BTC, ETH) as books:
        meanwhile: list[tuple[bool, bool]] = []

        def answers(request: Request) -> Iterable[str]:
            if "BTC/USD" in json.dumps(request):
                meanwhile.append((books[BTC].valid, books[ETH].valid))
            return BOOKS(request)

        await anyio.sleep(30)
        kraken.answers = answers
        await kraken.say(f'{{"channel":"book","type":"update","data":[{row}]}}')
        await anyio.sleep(1)
        assert meanwhile == [(False, True), (False, True)]
        await kraken.say(message(BTC, 1), message(BTC, 2))
        await anyio.sleep(1)
        assert (books.valid, books[BTC].checksum()) == (True, 1758305755)
        assert kraken.methods("book") == ["subscribe", "unsubscribe", "subscribe"]
        assert kraken.methods("book", ETH) == ["subscribe"]
        assert kraken.connections == 1


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("bad", ["a null price", "a price that is none"])
async def test_a_number_that_cannot_be_read_is_a_gap_in_the_updates_kept_or_not(bad: str, kept: bool) -> None:  # noqa: FBT001
    """D3: one connection decodes for both, and where a book is kept numbers are read only for the updates."""
    async with scripted(BOOKS) as (kraken, session), AsyncExitStack() as stack:
        updates = await stack.enter_async_context(session.book_updates(BTC))
        if kept:
            await stack.enter_async_context(session.book(BTC))
        await anyio.sleep(30)
        await updates.take_batch()
        await kraken.say(f'{{"channel":"book","type":"update","data":[{BAD_UPDATES[bad]}]}}', message(BTC, 1))
        await anyio.sleep(1)
        items = [item if isinstance(item, Gap) else item.type for item in await updates.take_batch()]
        assert items == [Gap("a message of book could not be read"), "snapshot"]


async def test_updates_that_can_never_be_read_are_no_reason_to_subscribe_all_the_time() -> None:
    """Once for each 10 s (§5.2: re-sending on every bad update trips `Exceeded msg rate`)."""
    bad = f'{{"channel":"book","type":"update","data":[{BAD_UPDATES["no checksum"]}]}}'
    async with scripted(BOOKS) as (kraken, session), session.book(BTC) as book:
        for _ in range(120):
            await kraken.say(bad)
            await anyio.sleep(0.5)
        assert len(kraken.methods("book")) <= 1 + 2 * 6
        assert session.health.links["ws"].undecodable == 120
        await until(lambda: book.valid)


async def test_a_row_that_cannot_be_read_is_a_gap_in_its_streams_a_count_and_an_event() -> None:
    """D3, G7."""
    answers = polite({BTC: ticker(BTC, kind="snapshot"), ETH: ""})
    async with (
        scripted(answers) as (kraken, session),
        session.events() as events,
        session.ticker(BTC, buffer=10) as tickers,
        session.trades(ETH) as trades,
        session.trades(ADA) as others,
    ):
        await kraken.say(trade(ETH, 1), trade(ETH, 2, price="null"), trade(ETH, 3), ticker(BTC, "null"), ticker(BTC))
        await anyio.sleep(1)
        gap = Gap("a message of trade could not be read")
        first, hole, third = await trades.take_batch()
        assert not isinstance(first, Gap)
        assert not isinstance(third, Gap)
        assert (first.trade_id, hole, third.trade_id) == (1, gap, 3)
        assert Gap("a message of ticker could not be read") in await tickers.take_batch()
        assert not others._intake.items  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        shown = [event.channel for event in await told(events) if isinstance(event, Undecodable)]
        assert shown[-2:] == ["trade", "ticker"]
        assert session.health.links["ws"].undecodable == len(shown)


NAMELESS = {
    "no symbol": '{"channel":"trade","type":"update","data":[{"side":"buy"}]}',
    "no symbol in one of two": '{"channel":"trade","type":"update","data":[{"symbol":"ETH/USD"},{"symbol":null}]}',
    "torn after the first symbol": '{"channel":"trade","type":"update","data":[{"symbol":"ETH/USD","side":"bu',
    "no rows": '{"channel":"trade","type":"update"}',
}


@pytest.mark.parametrize("nameless", NAMELESS.values(), ids=NAMELESS)
async def test_a_frame_whose_symbols_cannot_be_read_is_a_gap_in_each_stream_of_its_channel_only(nameless: str) -> None:
    """D3, G7: it may have held a row of any."""
    answers = polite({BTC: ticker(BTC, kind="snapshot")})
    async with (
        scripted(answers) as (kraken, session),
        session.ticker(BTC) as tickers,
        session.trades(BTC) as trades,
    ):
        await kraken.say(trade(BTC, 1), nameless, trade(BTC, 3))
        await anyio.sleep(1)
        items = [item if isinstance(item, Gap) else item.trade_id for item in await trades.take_batch()]
        assert items == [1, Gap("a message of trade could not be read"), 3]
        assert not [item for item in await tickers.take_batch() if isinstance(item, Gap)]
        assert kraken.methods("trade") == ["subscribe"]


async def test_a_message_of_a_book_without_its_symbol_makes_every_book_stale_until_one_new_snapshot() -> None:
    """D5."""
    async with scripted(BOOKS) as (kraken, session), session.book(BTC, ETH) as books:
        stale: list[bool] = []

        def answers(request: Request) -> Iterable[str]:
            stale.extend(not books[symbol].valid for symbol in (BTC, ETH) if request["method"] == "unsubscribe")
            return BOOKS(request)

        await anyio.sleep(30)
        kraken.answers = answers
        await kraken.say(*['{"channel":"book","type":"update","data":[{"bids":[],"asks":[],"checksum":1}]}'] * 5)
        await anyio.sleep(1)
        assert stale == [True, True]
        assert books.valid
        assert kraken.methods("book", BTC) == kraken.methods("book", ETH) == ["subscribe", "unsubscribe", "subscribe"]


async def test_a_row_that_cannot_be_read_ahead_of_the_acknowledgement_is_a_gap() -> None:
    """D3: Kraken sends rows as soon as it has taken a subscription."""

    def answers(request: Request) -> Iterable[str]:
        early = [trade(BTC, 1), trade(BTC, 2, price="null"), trade(BTC, 3)]
        return [*early, *polite({})(request)] if request["method"] == "subscribe" else polite({})(request)

    async with scripted(answers) as (_, session), session.trades(BTC) as trades:
        items = [item if isinstance(item, Gap) else item.trade_id for item in await trades.take_batch()]
        assert items == [1, Gap("a message of trade could not be read"), 3]


UNREADABLE = ["yesterday", "", "2026-02-31T10:00:00Z", "2026-13-01T00:00:00Z", "1793613603"]
IN_THE_FUTURE = "2026-11-02T13:00:00.000000000Z"


@pytest.mark.parametrize("begin", [*UNREADABLE, IN_THE_FUTURE])
async def test_a_candle_of_a_wrong_time_is_counted_ends_nothing_and_silences_no_closed_candles(begin: str) -> None:
    """G7."""
    async with (
        scripted(candles("2026-11-02T10:00:00.000000000Z"), clock=lambda: NOW_NS) as (kraken, session),
        session.ohlc(BTC, closed=True) as closed,
        session.ohlc(BTC) as running,
    ):
        await anyio.sleep(5)
        await kraken.say(candle(begin), candle("2026-11-02T10:00:00.000000000Z", "3.0"))
        await anyio.sleep(1)
        await kraken.say(candle("2026-11-02T10:01:00.000000000Z"))
        with anyio.fail_after(10):
            row = await closed.receive()
        assert not isinstance(row, Gap)
        assert str(row.close) == "3.0"
        assert session.health.links["ws"].undecodable == 1
        assert await running.take_batch()


NO_CANDLES = '{"channel":"ohlc","type":"snapshot","data":[],"timestamp":"2026-11-02T10:00:00.000000000Z"}'


@pytest.mark.parametrize("symbols", [(ETH,), (ETH, BTC), (BTC, ETH)], ids=" ".join)
async def test_the_snapshot_of_a_market_without_candles_is_one(symbols: tuple[str, ...]) -> None:
    """It holds candles with trades only, so it can be empty (ws-v2-market-data §3), and then names no market."""
    answers = polite({BTC: candle("2026-11-02T10:00:00Z", kind="snapshot"), ETH: NO_CANDLES})
    async with (
        scripted(answers) as (kraken, session),
        session.ohlc(ADA, snapshot=False),
        session.ohlc(*symbols, gaps="raise") as live,
    ):
        await anyio.sleep(60)
        assert kraken.methods("ohlc", BTC) == ["subscribe"] * (BTC in symbols)
        assert kraken.methods("ohlc", ETH) == ["subscribe"]
        await kraken.say(candle("2026-11-02T10:01:00Z", symbol=ETH))
        assert [item.symbol for item in [await live.receive() for _ in symbols]] == [BTC, ETH][-len(symbols) :]


async def test_an_empty_snapshot_that_is_taken_for_another_markets_costs_a_repetition_and_no_more() -> None:
    answers = polite({BTC: candle("2026-11-02T10:00:00Z", kind="snapshot"), ETH: NO_CANDLES})

    def backwards(request: Request) -> Iterable[str]:
        said = list(answers(request))
        return [*said[:2], *reversed(said[2:])]

    async with scripted(backwards) as (kraken, session), session.ohlc(BTC, ETH):
        await anyio.sleep(120)
        assert kraken.methods("ohlc", BTC) == ["subscribe"]
        assert kraken.methods("ohlc", ETH) == ["subscribe", "unsubscribe", "subscribe"]


async def test_a_market_without_trades_for_years_costs_no_years_of_empty_candles() -> None:
    """A machine that slept learns so from Kraken's clock, when two replies in a row tell it."""
    told, begun, slept = candles("2020-01-01T00:00:00.000000000Z"), anyio.current_time(), 0

    def answers(request: Request) -> Iterable[str]:
        now = NOW_NS + slept + round((anyio.current_time() - begun) * 1e9)
        return [text.replace(NOW, rfc3339(now)) for text in told(request)]

    async with scripted(answers) as (kraken, session), session.ohlc(BTC, closed=True) as closed:
        await anyio.sleep(1)
        assert closed._intake.empty  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        slept = 365 * 24 * 3600 * 10**9
        await anyio.sleep(45)
        first, second, gap = await closed.take_batch()
        assert [str(each.interval_begin)[:16] for each in (first, second) if not isinstance(each, Gap)] == [
            "2026-11-02T09:59",
            "2026-11-02T10:00",
        ]
        assert gap == Gap("BTC/USD had 525599 candles without trades", lost=525_599)
        assert (kraken.connections, session.failure) == (1, None)
