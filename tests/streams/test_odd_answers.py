"""Against a Kraken that acknowledges oddly: each symbol is settled alone, and what was promised is asked for."""

from collections.abc import Iterable
from typing import Any

import anyio
import pytest

from krakenio import Gap, StaleBook, SubscriptionError
from krakenio.events import SubscriptionRejected, SubscriptionRepeated
from tests.opened import settled, until
from tests.scripted import ADA, BTC, ETH, Request, ack, polite, pong, refusal, scripted, ticker, trade
from tests.streams.test_odd_frames import BOOKS, message

pytestmark = pytest.mark.virtual

TICKERS = polite({symbol: ticker(symbol, kind="snapshot") for symbol in (BTC, ETH, ADA)})


def quick(request: Request) -> Iterable[str]:
    """Serve a ticker of whatever is asked for."""
    if request["method"] == "ping":
        return [pong(request)]
    symbols: list[str] = request["params"]["symbol"]
    return [text for symbol in symbols for text in (ack(request, symbol), ticker(symbol, kind="snapshot"))]


async def test_streams_that_are_opened_one_by_one_are_subscribed_in_bulk() -> None:
    """Paced at ten requests a second, 300 single ones would take half a minute, and be repeated meanwhile."""
    async with scripted(quick) as (kraken, session), session.ticker(BTC), anyio.create_task_group() as tasks:
        opened: list[str] = []

        async def open_one(symbol: str) -> None:
            async with session.ticker(symbol) as stream:
                await stream.receive()
                opened.append(symbol)
                await anyio.sleep_forever()

        begun, before = anyio.current_time(), len(kraken.asked)
        for number in range(300):
            tasks.start_soon(open_one, f"A{number}/USD")
        await until(lambda: len(opened) == 300)
        assert anyio.current_time() - begun < 1
        await anyio.sleep(60)
        assert len(kraken.asked) - before <= 6
        assert sum(len(request["params"]["symbol"]) for request in kraken.asked) == 301
        tasks.cancel_scope.cancel()


async def test_what_waits_for_the_pace_is_not_repeated_as_if_it_were_late() -> None:
    """More symbols than go out within 10 s: the time for a reply counts from when its request was written."""
    symbols = [f"A{number}/USD" for number in range(15_000)]
    async with (
        scripted(quick) as (kraken, session),
        session.events() as events,
        session.ticker(*symbols, buffer=20_000),
    ):
        await anyio.sleep(30)
        assert len(kraken.asked) == 150
        assert not [event for event in await events.take_batch() if isinstance(event, SubscriptionRepeated)]


async def test_an_acknowledgement_without_a_request_id_counts_for_its_symbol() -> None:
    def answers(request: Request) -> list[str]:
        return [text.replace(f'"req_id": {request["req_id"]}, ', "") for text in BOOKS(request)]

    async with scripted(answers) as (kraken, session):
        with anyio.fail_after(1):
            async with session.book(BTC, ETH) as books:
                assert books.valid
        await anyio.sleep(30)
        assert kraken.methods("book") == ["subscribe", "unsubscribe"]


async def test_another_depth_than_was_asked_for_is_refused_alone() -> None:
    def answers(request: Request) -> Iterable[str]:
        for text in BOOKS(request):
            yield text.replace('"depth": 10', '"depth": 25') if '"symbol": "BTC/USD"' in text else text

    async with scripted(answers) as (_, session), session.events() as events:
        async with session.book(BTC, ETH) as books:
            assert str(books.rejected[BTC]) == "Kraken took depth 25 where 10 was asked for"
            assert books[ETH].valid
            with pytest.raises(StaleBook, match="Kraken refused it: Kraken took depth 25"):
                _ = books[BTC].best_bid
        told = [event for event in await events.take_batch() if isinstance(event, SubscriptionRejected)]
        assert [event.symbol for event in told] == [BTC]
        with pytest.raises(SubscriptionError, match="depth 25 where 10 was asked for"):
            async with session.book(BTC):
                raise AssertionError


async def test_a_refusal_that_is_not_final_is_told_as_such_and_repeated() -> None:
    """G6: `Exceeded msg rate` says nothing against the subscription."""
    refused: list[Request] = []

    def answers(request: Request) -> Iterable[str]:
        if request["method"] == "subscribe" and not refused:
            refused.append(request)
            return [refusal(request, BTC, "Exceeded msg rate")]
        return TICKERS(request)

    async with scripted(answers) as (kraken, session), session.events() as events, session.ticker(BTC) as tickers:
        await tickers.receive()
        told = [event for event in await events.take_batch() if isinstance(event, SubscriptionRejected)]
        assert [(event.symbol, event.reason, event.repeated) for event in told] == [(BTC, "Exceeded msg rate", True)]
        assert kraken.methods("ticker") == ["subscribe"] * 2


async def test_a_failure_that_names_its_symbol_in_its_text_alone_refuses_that_one() -> None:
    """Defect 3."""

    def answers(request: Request) -> Iterable[str]:
        for text in TICKERS(request):
            if f'"symbol": "{ETH}"' in text:
                yield ack(request, success=False, result=None, error=error)
            elif text != ticker(ETH, kind="snapshot"):
                yield text

    error = f"Currency pair not supported {ETH}"
    async with scripted(answers) as (kraken, session), session.ticker(BTC, ETH, ADA) as tickers:
        assert [(symbol, str(reason)) for symbol, reason in tickers.rejected.items()] == [(ETH, error)]
        await anyio.sleep(30)
        assert {getattr(row, "symbol", row) for row in await tickers.take_batch()} == {BTC, ADA}
        assert kraken.methods("ticker") == ["subscribe"]


async def test_symbols_that_are_not_acknowledged_are_asked_for_again_and_the_others_are_not() -> None:
    """G6."""
    silent = {ETH}

    def answers(request: Request) -> list[str]:
        return [text for text in TICKERS(request) if not any(symbol in text for symbol in silent)]

    async with scripted(answers) as (kraken, session), session.events() as events:
        begun = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(forget_after, 15, silent)
            async with session.ticker(BTC, ETH, ADA) as tickers:
                assert 20 <= anyio.current_time() - begun <= 23
                await settled()  # its snapshot comes behind the acknowledgement that was waited for
                assert [getattr(row, "symbol", row) for row in await tickers.take_batch()][-1] == ETH
        assert [request["params"]["symbol"] for request in kraken.asked if request["method"] == "subscribe"] == [
            [BTC, ETH, ADA],
            [ETH],
            [ETH],
        ]
        repeated = [event for event in await events.take_batch() if isinstance(event, SubscriptionRepeated)]
        assert [event.symbols for event in repeated] == [(ETH,), (ETH,)]


async def forget_after(seconds: float, silent: set[str]) -> None:
    await anyio.sleep(seconds)
    silent.clear()


async def test_a_snapshot_ahead_of_its_acknowledgement_counts() -> None:
    def answers(request: Request) -> list[str]:
        return list(reversed(list(BOOKS(request))))

    async with scripted(answers) as (kraken, session), session.book(BTC, ETH) as books:
        assert books.valid
        await anyio.sleep(30)
        assert kraken.methods("book") == ["subscribe"]


REFERENCE = '{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[{"symbol":"BTC/USD"}]}}'
FIRST = {"book": message(BTC), "instrument": REFERENCE, "ticker": ticker(BTC, kind="snapshot")}
JOINS = [
    ("book_updates", "book_updates"),
    ("book_updates", "book"),
    ("book", "book_updates"),
    ("book", "book"),
    ("ticker", "ticker"),
    ("instruments", "instruments"),
]


@pytest.mark.parametrize(("first", "second"), JOINS)
async def test_what_joins_between_a_snapshot_and_its_acknowledgement_begins_too(first: str, second: str) -> None:
    """D3, D5 (ws-v2-overview §2.2: handle a snapshot that arrives before you have processed its ack)."""
    late = True

    def answers(request: Request) -> Iterable[str]:
        if request["method"] == "ping":
            return [pong(request)]
        about = BTC if "symbol" in request["params"] else None
        snapshots = [] if request["method"] == "unsubscribe" else [FIRST[request["params"]["channel"]]]
        if late:
            held.append(ack(request, about))
            return snapshots
        return [ack(request, about), *snapshots]

    held: list[str] = []
    async with scripted(answers) as (kraken, session), anyio.create_task_group() as tasks:
        entered: list[Any] = []
        for name in (first, second):
            symbols = () if name == "instruments" else (BTC,)
            tasks.start_soon(keep, getattr(session, name)(*symbols), entered)
            await anyio.sleep(0.1)
        late = False
        await kraken.say(*held)
        await until(lambda: len(entered) == 2)
        for stream in entered:
            with anyio.fail_after(1):
                item = await stream.receive()
                assert not isinstance(await stream.receive() if isinstance(item, Gap) else item, Gap)
        assert kraken.connections == 1
        tasks.cancel_scope.cancel()


async def test_an_acknowledgement_of_leaving_that_is_lost_is_asked_for_again_until_kraken_knows_of_none() -> None:
    left: list[Request] = []

    def answers(request: Request) -> Iterable[str]:
        if request["method"] != "unsubscribe":
            return TICKERS(request)
        left.append(request)
        return [] if len(left) == 1 else [refusal(request, BTC, "Subscription Not Found")]

    async with scripted(answers) as (kraken, session):
        async with session.ticker(BTC):
            pass
        await anyio.sleep(60)
        assert len(left) == 2
        async with session.ticker(BTC) as stream:
            assert (await stream.receive()) is not None
        assert kraken.connections == 1


@pytest.mark.parametrize(
    "extra",
    [
        "snapshot again",
        "update of another symbol",
        "update of an unknown symbol",
        "acknowledgement again",
        "acknowledgement of something else",
        "refusal of something else",
        "warnings",
    ],
)
async def test_what_nobody_asked_for_disturbs_nothing(extra: str) -> None:
    said: dict[str, Any] = {
        "snapshot again": message(BTC),
        "update of another symbol": message(ADA, 1),
        "update of an unknown symbol": message(BTC, 1).replace(BTC, "ZZZ/USD"),
        "acknowledgement again": '{"method":"subscribe","success":true,"req_id":2,"result":{"channel":"book",'
        '"symbol":"BTC/USD","depth":10,"snapshot":true}}',
        "acknowledgement of something else": '{"method":"subscribe","success":true,"req_id":2,"result":{"channel":'
        '"book","symbol":"ZZZ/USD","depth":10}}',
        "refusal of something else": '{"method":"subscribe","success":false,"req_id":2,"error":"Currency pair not '
        'supported ZZZ/USD","symbol":"ZZZ/USD"}',
        "warnings": '{"method":"subscribe","success":true,"result":{"channel":"book","warnings":["a","b"],"new":[1]}}',
    }
    async with scripted(BOOKS) as (kraken, session), session.book(BTC, ETH) as books:
        await kraken.say(said[extra])
        await anyio.sleep(30)
        await kraken.say(message(BTC, 1), message(BTC, 2))
        await anyio.sleep(1)
        assert (books.valid, books[BTC].checksum(), books.mismatches) == (True, 1758305755, 0)
        assert kraken.methods("book") == ["subscribe"]
        assert kraken.connections == 1


async def test_updates_ahead_of_the_snapshot_are_passed_over() -> None:
    def answers(request: Request) -> Iterable[str]:
        acks = [text for text in BOOKS(request) if '"method"' in text]
        books = [text for text in BOOKS(request) if '"method"' not in text]
        early = [message(BTC, 1)] if request["method"] == "subscribe" and BTC in str(request) else []
        return early + acks + early + books

    async with scripted(answers) as (kraken, session), session.book(BTC) as book, session.book_updates(BTC) as updates:
        await anyio.sleep(1)
        assert book.valid
        assert (book.mismatches, [getattr(item, "type", item) for item in await updates.take_batch()]) == (
            0,
            ["snapshot"],
        )
        assert kraken.connections == 1


@pytest.mark.parametrize("answered", ["pings", "nothing"])
async def test_a_kraken_that_only_beats_its_heart_is_asked_again_and_a_mute_one_is_left(answered: str) -> None:
    """G6; a ping that is not answered ends the connection, whatever else comes."""

    def answers(request: Request) -> list[str]:
        return [pong(request)] if request["method"] == "ping" and answered == "pings" else []

    async with scripted(answers) as (kraken, session):
        with anyio.move_on_after(35):
            async with session.ticker(BTC):
                raise AssertionError
        asked = kraken.methods("ticker")
        if answered == "pings":
            assert (kraken.connections, asked) == (1, ["subscribe"] * 4)
        else:
            assert kraken.connections >= 3
            assert asked == ["subscribe"] * len(asked)


async def test_a_symbol_that_is_refused_after_a_reconnect_fails_alone() -> None:
    delisted = False

    def answers(request: Request) -> Iterable[str]:
        if not (delisted and request["method"] == "subscribe"):
            return BOOKS(request)
        wrong = f'"symbol": "{BTC}"'
        refused = refusal(request, BTC, f"Currency pair not supported {BTC}")
        return [refused if wrong in text else text for text in BOOKS(request) if text != message(BTC)]

    async with scripted(answers) as (kraken, session), session.book(BTC, ETH) as books:
        delisted = True
        assert kraken.peer is not None
        kraken.peer.stream.leave()
        await until(lambda: books.rejected and books[ETH].valid)
        with pytest.raises(StaleBook, match="Kraken refused it: Currency pair not supported BTC/USD"):
            _ = books[BTC].best_bid
        await anyio.sleep(60)
        assert (kraken.connections, kraken.methods("book", BTC)) == (2, ["subscribe", "subscribe"])


def silent(_request: Request) -> list[str]:
    return []


async def test_a_connection_that_says_nothing_more_is_left_and_books_say_since_when() -> None:
    """G6, D5: half open, as when a cable was pulled."""
    async with scripted(BOOKS) as (kraken, session), session.book(BTC) as book:
        await anyio.sleep(3)
        kraken.beats, kraken.answers = False, silent
        await until(lambda: not book.valid)
        kraken.beats, kraken.answers = True, BOOKS
        with pytest.raises(StaleBook, match="the connection was lost") as caught:
            _ = book.best_ask
        assert caught.value.since is not None
        await until(lambda: book.valid)
        assert kraken.connections >= 2
        changed: list[object] = [*await book.take_batch()]
        assert Gap("the connection was lost") not in changed


async def test_a_snapshot_of_a_depth_that_was_left_is_not_that_of_the_next_depth() -> None:
    """D5, G6: its checksum holds for the ten best levels of any depth, and its message does not tell which it is."""
    held: list[Request] = []

    def answers(request: Request) -> Iterable[str]:
        if request["method"] == "ping" or request["params"]["channel"] != "book":
            return BOOKS(request)
        held.append(request)
        return [ack(request, BTC)] if len(held) == 1 else []

    async with scripted(answers) as (kraken, session), anyio.create_task_group() as tasks:
        async with session.book_updates(BTC, depth=10):
            pass
        books: list[Any] = []
        tasks.start_soon(keep, session.book(BTC, depth=25), books)
        await until(lambda: len(held) == 2)
        await kraken.say(message(BTC), ack(held[1], BTC))  # the snapshot was on its way when the stream was left
        await until(lambda: len(held) == 3)
        await kraken.say(ack(held[2], BTC))
        await anyio.sleep(5)
        assert not books
        await until(lambda: len(held) == 4)  # nor does it stand for the one that was promised
        await kraken.say(ack(held[3], BTC))
        await until(lambda: len(held) == 5)
        await kraken.say(ack(held[4], BTC), message(BTC))
        await until(lambda: books)
        asked = [(request["method"], request["params"]["depth"]) for request in held]
        again = [("unsubscribe", 25), ("subscribe", 25)]
        assert asked == [("subscribe", 10), ("unsubscribe", 10), ("subscribe", 25), *again]
        tasks.cancel_scope.cancel()


async def keep(stream: Any, entered: list[Any]) -> None:
    async with stream as book:
        entered.append(book)
        await anyio.sleep_forever()


async def test_a_trade_of_a_stream_that_was_left_is_not_the_first_of_the_next() -> None:
    """D3: what came between the two would be missing without a gap."""
    held: list[Request] = []

    def answers(request: Request) -> Iterable[str]:
        if request["method"] == "ping":
            return [pong(request)]
        held.append(request)
        return [ack(request, BTC)] if len(held) == 1 else []

    async with scripted(answers) as (kraken, session), anyio.create_task_group() as tasks:
        async with session.trades(BTC):
            pass
        streams: list[Any] = []
        tasks.start_soon(keep, session.trades(BTC, snapshot=True), streams)
        await until(lambda: len(held) == 2)
        await kraken.say(trade(BTC, 2), ack(held[1], BTC))
        await until(lambda: len(held) == 3)
        await kraken.say(ack(held[2], BTC), trade(BTC, 5))
        await until(lambda: streams)
        assert (await streams[0].receive()).trade_id == 5
        tasks.cancel_scope.cancel()
