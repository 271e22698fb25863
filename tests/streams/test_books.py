"""Books kept by a session are Kraken's, or say since when they are not (contract D3, D4, D5)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import anyio
import pytest

import krakenio
from krakenio import BookNotHealed, Gap, InvalidRequest, StaleBook
from krakenio.events import BookHealed, BookMismatch
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.opened import BTC, ETH, opened, seen, settled, until

pytestmark = pytest.mark.virtual

NUMBERS = [{"numbers": Decimal}, {"numbers": float}]
FAULTS = ["wrong_checksum", "wrong_digit", "lose_update"]


def truth(exchange: Exchange, symbol: str, depth: int = 10) -> list[list[tuple[Decimal, Decimal]]]:
    """Return the engine's own levels: bids and asks."""
    place = exchange._core.engine.places[symbol]  # noqa: SLF001
    price, qty = place.market.price_precision, place.market.qty_precision
    sides = (place.book.bids, place.book.asks)
    return [
        [(Decimal(at).scaleb(-price), Decimal(side.levels[at].qty).scaleb(-qty)) for at in side.top(depth)]
        for side in sides
    ]


def held(book: Any) -> list[list[tuple[Decimal, Decimal]]]:
    """Return a book's levels: bids and asks."""
    return [[(level.price, level.qty) for level in side] for side in (book.bids, book.asks)]


def wire(exchange: Exchange, symbol: str, channel: str = "book") -> list[str]:
    """Return what was asked for a symbol's book, in order."""
    return [
        request.method
        for request in exchange.requests
        if request.params.get("channel") == channel and symbol in cast("list[str]", request.params.get("symbol") or [])
    ]


def held_at_the_exchange(exchange: Exchange) -> list[Any]:
    """Return what public data any client is subscribed to there."""
    return [feed for client in exchange._server.clients("ws") for feed in client.feeds]  # noqa: SLF001


async def caught_up(*books: Any) -> None:
    """Wait until nothing is on its way, and each book is readable."""
    await until(lambda: all(book.valid for book in books))
    await settled()


async def healed(book: Any, times: int) -> None:
    """Wait until books were healed so often."""
    await until(lambda: book.healed == times)


@pytest.mark.parametrize("numbers", NUMBERS, ids=["decimal", "float"])
async def test_books_are_those_of_the_engine_while_the_market_moves(numbers: dict[str, Any]) -> None:
    async with (
        opened(activity=100.0, markets=[BTC, ETH], session=numbers) as (exchange, session),
        session.book(BTC, ETH, depth=10) as books,
    ):
        for _ in range(50):
            await anyio.sleep(1)
            assert [held(books[symbol]) for symbol in (BTC, ETH)] == [truth(exchange, s) for s in (BTC, ETH)]
        assert (books.mismatches, books.healed) == (0, 0)


async def test_the_stream_of_one_book_reads_as_the_book() -> None:
    async with opened(activity=20.0, markets=[BTC]) as (exchange, session), session.book(BTC) as book:
        await anyio.sleep(5)
        bid, ask = exchange.best(BTC)
        assert (book.best_bid.price, book.best_ask.price, book.spread) == (bid, ask, ask - bid)
        assert (book.mid, book.symbol, book.symbols) == ((bid + ask) / 2, BTC, (BTC,))
        assert [len(book.bids), len(book.asks)] == [10, 10]
        assert (book.checksum(), book.imbalance(3)) == (book[BTC].checksum(), book[BTC].imbalance(3))
        assert (book.depth, book.bids.volume_to(bid)) == (10, book.best_bid.qty)
        assert (book.valid, book.timestamp) == (True, book[BTC].timestamp)


async def test_of_several_books_one_is_named() -> None:
    async with opened(markets=[BTC, ETH]) as (_, session), session.book(BTC, ETH) as books:
        with pytest.raises(InvalidRequest, match=r"name one, like books\['BTC/USD'\]"):
            _ = books.best_bid
        with pytest.raises(InvalidRequest, match="no book of 'SOL/USD' is kept here, only of BTC/USD, ETH/USD"):
            _ = books["SOL/USD"]
        with pytest.raises(InvalidRequest, match="did you mean 'BTC/USD'"):
            _ = books["XBT/USD"]


async def test_an_error_names_but_some_of_many_books() -> None:
    async with opened(markets=8) as (exchange, session), session.book(*exchange.symbols) as books:
        with pytest.raises(InvalidRequest, match="BTC/USD, ETH/USD, SOL/USD, XRP/USD, ADA/USD and 3 more: name one"):
            _ = books.best_bid


async def test_books_are_given_when_they_change_and_once_however_often_they_did() -> None:
    """D4: one place for each symbol, whatever the reader does."""
    async with opened(activity=100.0, markets=[BTC, ETH]) as (exchange, session), session.book(BTC, ETH) as books:
        await anyio.sleep(60)
        intake = books._intake  # noqa: SLF001
        assert len(intake.items) == 2
        assert books.conflated > 1_000
        assert {(await books.receive()).symbol, (await anext(books)).symbol} == {BTC, ETH}
        assert held(books[BTC]) == truth(exchange, BTC)
        batch = await books.take_batch()
        assert 1 <= len(batch) <= 2


async def test_reading_books_passes_a_checkpoint_now_and_then() -> None:
    async with opened(activity=2_000.0, markets=[BTC]) as (_, session), session.book(BTC) as books:
        with anyio.fail_after(600), anyio.CancelScope() as scope:
            async for _ in books:
                if books.conflated or books[BTC].timestamp:
                    scope.cancel()
        assert scope.cancelled_caught


async def test_a_lost_connection_makes_books_stale_and_the_next_one_brings_them_back() -> None:
    """D5."""
    async with opened(activity=20.0, markets=[BTC, ETH]) as (exchange, session), session.book(BTC, ETH) as books:
        before = exchange.clock()
        exchange.drop("ws")
        await until(lambda: not books.valid)
        with pytest.raises(StaleBook, match="the connection was lost") as caught:
            _ = books[ETH].best_bid
        assert caught.value.since == datetime.fromtimestamp(before / 1e9, UTC)
        await caught_up(books)
        assert [held(books[symbol]) for symbol in (BTC, ETH)] == [truth(exchange, s) for s in (BTC, ETH)]
        assert (books.mismatches, books.healed) == (0, 0)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("numbers", NUMBERS, ids=["decimal", "float"])
async def test_a_corruption_is_healed_by_one_snapshot_and_disturbs_no_other_symbol(
    fault: str, numbers: dict[str, Any]
) -> None:
    async with (
        opened(activity=50.0, markets=[BTC, ETH], session=numbers) as (exchange, session),
        session.events() as events,
        session.book(BTC, ETH) as books,
    ):
        await anyio.sleep(5)
        getattr(exchange, fault)(BTC)
        await until(lambda: books.healed)
        await anyio.sleep(60)
        assert [held(books[symbol]) for symbol in (BTC, ETH)] == [truth(exchange, s) for s in (BTC, ETH)]
        assert (books.mismatches, books.healed) == (1, 1)
        assert wire(exchange, BTC) == ["subscribe", "unsubscribe", "subscribe"]
        assert wire(exchange, ETH) == ["subscribe"]
        told = [event for event in await events.take_batch() if isinstance(event, BookMismatch | BookHealed)]
        assert [(type(event), event.symbol) for event in told] == [(BookMismatch, BTC), (BookHealed, BTC)]


async def test_a_book_that_was_lost_is_given_at_once_and_says_why() -> None:
    async with opened(activity=50.0, markets=[BTC]) as (exchange, session), session.book(BTC) as books:
        exchange.wrong_checksum(BTC)
        with anyio.fail_after(60):
            async for book in books:
                if not book.valid:
                    break
        with pytest.raises(StaleBook, match=r"its checksum is .* where Kraken's is") as caught:
            _ = books.best_bid
        assert caught.value.since is not None
        await caught_up(books)
        assert held(books[BTC]) == truth(exchange, BTC)


async def test_a_wrong_snapshot_ahead_of_its_acknowledgement_is_healed() -> None:
    async with opened(activity=50.0, markets=[BTC]) as (exchange, session):
        exchange.snapshot_first(BTC)
        async with session.book(BTC) as books:
            session._link("ws")._subscriptions.refresh("book", BTC)  # noqa: SLF001
            exchange.snapshot_first(BTC)
            exchange.wrong_checksum(BTC)
            await until(lambda: books.healed)
            await caught_up(books)
            assert held(books[BTC]) == truth(exchange, BTC)


async def test_a_book_that_three_snapshots_do_not_heal_is_left_alone_and_raises_alone() -> None:
    async with opened(activity=50.0, markets=[BTC, ETH]) as (exchange, session), session.book(BTC, ETH) as books:
        exchange.wrong_checksum(BTC, times=None)
        await anyio.sleep(60)
        assert wire(exchange, BTC) == ["subscribe"] + 3 * ["unsubscribe", "subscribe"]
        assert (books.mismatches, books.healed) == (4, 3)
        with pytest.raises(BookNotHealed, match="3 new snapshots in a row did not heal it") as caught:
            await anext(books)
        assert caught.value.symbol == BTC
        with pytest.raises(BookNotHealed):
            _ = books[BTC].best_bid
        assert {(await books.receive()).symbol for _ in range(20)} == {BTC, ETH}
        assert held(books[ETH]) == truth(exchange, ETH)
        assert wire(exchange, ETH) == ["subscribe"]


async def test_the_stream_of_a_single_book_that_does_not_heal_ends_with_that() -> None:
    async with opened(activity=50.0, markets=[BTC]) as (exchange, session), session.book(BTC) as book:
        exchange.wrong_checksum(BTC, times=None)
        with pytest.raises(BookNotHealed), anyio.fail_after(60):
            async for _ in book:
                pass
        with pytest.raises(BookNotHealed):
            await book.receive()


async def test_corruptions_with_true_updates_between_them_are_healed_each_time() -> None:
    async with opened(activity=50.0, markets=[BTC]) as (exchange, session), session.book(BTC) as book:
        for number in range(1, 7):
            exchange.wrong_checksum(BTC)
            await healed(book, number)
            await anyio.sleep(5)
        assert held(book) == truth(exchange, BTC)


async def test_a_book_cannot_be_read_outside_of_its_block() -> None:
    async with opened(activity=20.0, markets=[BTC]) as (_, session):
        books = session.book(BTC)
        with pytest.raises(StaleBook, match="its block was not entered; use `async with`") as caught:
            _ = books.best_bid
        assert caught.value.since is not None
        async with books:
            book = books[BTC]
            assert book.valid
        with pytest.raises(StaleBook, match="its block was left"):
            _ = book.best_bid


async def test_a_book_cannot_be_read_after_its_session_and_its_stream_ends() -> None:
    """D6."""
    async with opened(activity=20.0, markets=[BTC]) as (_, session):
        book = await session.book(BTC).__aenter__()
    with pytest.raises(StaleBook, match="its session has ended"):
        _ = book.best_bid
    assert [each async for each in book] == []
    await book.__aexit__(None, None, None)


@pytest.mark.parametrize("numbers", NUMBERS, ids=["decimal", "float"])
async def test_a_book_shares_its_subscription_with_the_stream_of_its_updates(numbers: dict[str, Any]) -> None:
    kind = numbers["numbers"]
    async with (
        opened(activity=50.0, markets=[BTC], session=numbers) as (exchange, session),
        session.book_updates(BTC) as updates,
    ):
        await anyio.sleep(5)
        async with session.book(BTC) as book:
            await anyio.sleep(5)
            assert held(book) == truth(exchange, BTC)
        await anyio.sleep(5)
        told = [item for item in await updates.take_batch() if not isinstance(item, Gap)]
        levels = [level for message in told for row in message.data for level in (*row.bids, *row.asks)]
        assert {type(level.price) for level in levels} == {type(level.qty) for level in levels} == {kind}
        assert wire(exchange, BTC) == ["subscribe", "unsubscribe", "subscribe"]  # for the snapshot of the late one


async def test_another_depth_of_the_same_symbol_is_refused_and_the_first_stays() -> None:
    async with opened(activity=20.0, markets=[BTC]) as (exchange, session), session.book(BTC) as book:
        with pytest.raises(InvalidRequest, match="Kraken's messages do not tell it"):
            async with session.book(BTC, depth=25):
                pass
        with pytest.raises(InvalidRequest, match="Kraken offers 10, 25, 100, 500, 1000"):
            session.book(BTC, depth=11)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        await anyio.sleep(5)
        assert held(book) == truth(exchange, BTC)


async def test_of_many_books_a_refused_one_fails_alone() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.book(BTC, "NOT/HERE") as books:
        assert list(books.rejected) == ["NOT/HERE"]
        assert held(books[BTC]) == truth(exchange, BTC)
        with pytest.raises(StaleBook, match="Kraken refused it: Currency pair not supported"):
            _ = books["NOT/HERE"].best_bid


async def test_refused_alone_a_book_does_not_open() -> None:
    async with opened(markets=[BTC]) as (_, session):
        with pytest.raises(krakenio.SubscriptionError):
            async with session.book("NOT/HERE"):
                pass


async def test_entering_waits_for_the_snapshot_and_cancelled_leaves_nothing_subscribed() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.lose_snapshot(BTC, times=None)
        with anyio.move_on_after(3) as scope:
            async with session.book(BTC):
                raise AssertionError("there is no snapshot")
        assert scope.cancelled_caught
        await settled()
        assert held_at_the_exchange(exchange) == []
        assert session._intakes == {}  # noqa: SLF001


async def test_a_lost_snapshot_is_asked_for_again() -> None:
    """G6."""
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.lose_snapshot(BTC)
        with anyio.fail_after(30):
            async with session.book(BTC) as book:
                assert held(book) == truth(exchange, BTC)


async def test_books_take_over_the_precisions_of_their_pairs() -> None:
    async with opened(activity=20.0, markets=[BTC]) as (exchange, session), session.book(BTC) as book:
        await settled()
        assert (book[BTC].price_precision, book[BTC].qty_precision) == (1, 8)
        exchange.set_precision(BTC, price=2)
        await anyio.sleep(10)
        assert (book[BTC].price_precision, book[BTC].qty_precision) == (2, 8)
        assert held(book) == truth(exchange, BTC)


async def test_the_instruments_of_the_user_go_before_those_of_the_books() -> None:
    async with opened(activity=20.0, markets=[BTC]) as (exchange, session), session.book(BTC) as book:
        await anyio.sleep(1)
        async with session.instruments(include_tokenized_assets=True) as instruments:
            message = await instruments.receive()
            assert not isinstance(message, Gap)
            assert message.type == "snapshot"
            exchange.set_precision(BTC, price=2)
            await anyio.sleep(5)
            assert book[BTC].price_precision == 2
        async with session.book(BTC) as other:
            assert other[BTC].price_precision == 2
    assert wire(exchange, BTC)[:1] == ["subscribe"]


async def test_books_of_orders_take_over_the_precisions_that_the_other_socket_tells() -> None:
    async with opened(activity=20.0, markets=[BTC]) as (exchange, session), session.level3(BTC) as book:
        await anyio.sleep(1)
        assert (book[BTC].price_precision, book[BTC].qty_precision) == (1, 8)
        exchange.set_precision(BTC, price=2)
        await anyio.sleep(10)
        assert (book[BTC].price_precision, book[BTC].qty_precision) == (2, 8)
        sides = (book[BTC].aggregated_bids, book[BTC].aggregated_asks)
        assert [[(level.price, level.qty) for level in side] for side in sides] == truth(exchange, BTC)
        assert book.healed == book.mismatches <= 1  # nothing orders the two sockets' messages


async def test_books_of_orders_go_on_with_the_precisions_they_know_while_the_other_socket_is_away() -> None:
    async with opened(activity=20.0, markets=[BTC]) as (exchange, session), session.level3(BTC) as book:
        await anyio.sleep(1)
        exchange.drop("ws")
        await settled()
        assert not session.health.ok
        assert (book[BTC].price_precision, book.valid, book.mismatches) == (1, True, 0)
        await until(lambda: session.health.ok)
        await anyio.sleep(1)
        exchange.set_precision(BTC, price=2)
        await until(lambda: book[BTC].price_precision == 2 and book.valid)


async def test_reference_data_stays_subscribed_for_as_long_as_any_book_is_kept() -> None:
    async with opened(activity=20.0, markets=[BTC]) as (exchange, session):
        async with session.level3(BTC) as queues:
            async with session.book(BTC):
                await anyio.sleep(1)
            await settled()
            async with session.instruments(include_tokenized_assets=True) as instruments:
                await instruments.receive()
            await anyio.sleep(1)
            exchange.set_precision(BTC, price=2)
            await anyio.sleep(5)
            assert queues[BTC].price_precision == 2
            asked = [params for params in seen(exchange, "subscribe") if params["channel"] == "instrument"]
            assert [params["include_tokenized_assets"] for params in asked] == [False, True]
        await settled()
        assert held_at_the_exchange(exchange) == []


async def test_leaving_the_last_book_leaves_nothing_subscribed() -> None:
    async with opened(activity=20.0, markets=[BTC]) as (exchange, session):
        async with session.book(BTC), session.book(BTC):
            await anyio.sleep(1)
        await settled()
        assert held_at_the_exchange(exchange) == []


async def test_books_of_orders_are_kept_at_their_own_host() -> None:
    async with opened(activity=50.0, markets=[BTC]) as (exchange, session), session.level3(BTC) as book:
        await anyio.sleep(30)
        sides = (book[BTC].aggregated_bids, book[BTC].aggregated_asks)
        assert [[(level.price, level.qty) for level in side] for side in sides] == truth(exchange, BTC)
        exchange.wrong_checksum(BTC, channel="level3")
        await until(lambda: book.healed)
        assert wire(exchange, BTC, "level3") == ["subscribe", "unsubscribe", "subscribe"]
        exchange.drop("ws_l3")
        await until(lambda: not book.valid)
        await caught_up(book)
        assert sum((order.order_qty for order in book.best_bid.orders), Decimal(0)) == book.best_bid.qty


async def test_books_of_orders_need_keys() -> None:
    async with opened(markets=[BTC]) as (exchange, _), krakenio.open_session(endpoints=exchange.endpoints) as public:
        session: Session[Decimal] = public
        with pytest.raises(krakenio.CredentialsError, match="level3 is a private channel"):
            session.level3(BTC)


@pytest.mark.parametrize("method", ["subscribe", "unsubscribe"])
async def test_a_healing_whose_reply_is_lost_is_repeated(method: str) -> None:
    async with opened(activity=20.0, markets=[BTC]) as (exchange, session), session.book(BTC) as book:
        exchange.lose_replies(method=method, host="ws")
        exchange.wrong_checksum(BTC)
        await until(lambda: book.mismatches)
        await caught_up(book)
        assert held(book) == truth(exchange, BTC)


async def test_a_number_that_is_none_loses_the_book_and_is_counted_where_updates_are_streamed() -> None:
    """G7: the connection lives on."""
    level = '{"price": "abc", "qty": 1}'
    row = f'{{"symbol": "{BTC}", "checksum": 1, "bids": [{level}], "asks": [], "timestamp": null}}'
    async with (
        opened(activity=20.0, markets=[BTC]) as (exchange, session),
        session.book_updates(BTC) as updates,
        session.book(BTC) as book,
    ):
        exchange.send_raw("ws", f'{{"channel": "book", "type": "update", "data": [{row}]}}')
        await until(lambda: book.healed)
        assert held(book) == truth(exchange, BTC)
        assert (session.health.links["ws"].undecodable, session.health.links["ws"].connects) == (1, 1)
        assert await updates.take_batch() != []


async def test_rows_of_several_symbols_in_one_message_reach_their_books() -> None:
    row = '{{"symbol": "{}", "checksum": 1, "bids": [], "asks": []}}'
    rows = ", ".join(row.format(symbol) for symbol in (BTC, ETH))
    async with opened(activity=20.0, markets=[BTC, ETH]) as (exchange, session), session.book(BTC, ETH) as books:
        exchange.send_raw("ws", f'{{"channel": "book", "type": "update", "data": [{rows}]}}')
        await until(lambda: books.healed == 2)
        assert [held(books[symbol]) for symbol in (BTC, ETH)] == [truth(exchange, s) for s in (BTC, ETH)]
