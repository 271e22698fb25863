"""Books among many others, on every loop, from numbers in any form: a corruption costs its symbol one snapshot."""

import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zlib import crc32

import anyio
import pytest

import krakenio
from krakenio.sim import open_exchange
from tests.books.test_checksums import VECTORS
from tests.books.wire import frame, frame3, level3_message, order, rows
from tests.opened import BTC, ETH, opened, until
from tests.scripted import polite, scripted
from tests.streams.test_books import held, truth, wire
from tests.streams.test_odd_frames import CAPTURED, message

FAULTS = ("wrong_checksum", "wrong_digit", "lose_update")


def sides(book: Any) -> list[list[tuple[Decimal, Decimal]]]:
    """Return the levels of either kind of book."""
    if isinstance(book, krakenio.Level3Book):
        return [[(level.price, level.qty) for level in side] for side in (book.aggregated_bids, book.aggregated_asks)]
    return held(book)


@pytest.mark.once
@pytest.mark.virtual
@pytest.mark.parametrize("numbers", [Decimal, float])
@pytest.mark.parametrize("channel", ["book", "level3"])
async def test_every_corruption_among_many_books_costs_its_symbol_one_snapshot_and_no_other_anything(
    channel: str, numbers: Any
) -> None:
    chance = random.Random(7)
    planted: Counter[str] = Counter()
    async with opened(markets=8, activity=60.0, session={"numbers": numbers}) as (exchange, session):
        async with getattr(session, channel)(*exchange.symbols) as books:
            for count in range(18):
                symbol, fault = chance.choice(exchange.symbols), FAULTS[count % len(FAULTS)]
                found = books.mismatches
                getattr(exchange, fault)(symbol, channel=channel)
                await anyio.sleep(4)
                planted[symbol] += books.mismatches - found
                assert books.mismatches - found <= 1
                assert books.mismatches > found or fault == "lose_update"  # what the next one says again is not missed
                assert sides(books[symbol]) == truth(exchange, symbol)
            assert books.healed == books.mismatches == planted.total() >= 14
            assert all(sides(books[symbol]) == truth(exchange, symbol) for symbol in exchange.symbols)
        asked = {symbol: wire(exchange, symbol, channel).count("subscribe") for symbol in exchange.symbols}
        assert asked == {symbol: 1 + planted[symbol] for symbol in exchange.symbols}


@pytest.mark.backends("trio", "asyncio", "uvloop")
async def test_books_are_true_on_every_loop_over_tls_through_corruptions_and_a_drop() -> None:
    """On trio, asyncio and uvloop, with sockets as they are."""
    async with (
        open_exchange(markets=5, activity=200.0, seed=3) as exchange,
        krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, numbers=float) as session,
        session.book(*exchange.symbols, depth=25) as books,
        session.level3(*exchange.symbols) as queues,
    ):
        exchange.wrong_digit(BTC)
        exchange.wrong_checksum(BTC, channel="level3")
        await until(lambda: books.healed and queues.healed)
        for host in ("ws", "ws_l3"):
            exchange.drop(host)
        await until(lambda: not books.valid and not queues.valid)
        await until(lambda: books.valid and queues.valid)
        with anyio.fail_after(30):
            assert {(await books.receive()).symbol for _ in range(50)} <= set(exchange.symbols)
        assert (books.mismatches, queues.mismatches) == (1, 1)


@pytest.mark.virtual
@pytest.mark.parametrize("channel", ["book", "level3"])
async def test_two_books_of_one_symbol_share_its_subscription_and_neither_sees_the_others_coming_or_end(
    channel: str,
) -> None:
    async with (
        opened(markets=[BTC, ETH], activity=50.0) as (exchange, session),
        getattr(session, channel)(BTC, ETH) as first,
    ):
        await anyio.sleep(10)
        for _ in range(3):
            async with getattr(session, channel)(BTC) as second:
                assert first.valid
                assert sides(second[BTC]) == sides(first[BTC]) == truth(exchange, BTC)
                await anyio.sleep(10)
                assert sides(second[BTC]) == sides(first[BTC]) == truth(exchange, BTC)
                exchange.wrong_digit(BTC, channel=channel)
                await anyio.sleep(5)
                assert (second.healed, second.valid, first.valid) == (1, True, True)
        await anyio.sleep(10)
        assert sides(first[BTC]) == truth(exchange, BTC)
        assert (first.mismatches, wire(exchange, ETH, channel)) == (3, ["subscribe"])
        assert wire(exchange, BTC, channel) == ["subscribe"] + 3 * ["unsubscribe", "subscribe"]


@pytest.mark.virtual
@pytest.mark.parametrize("numbers", [Decimal, float])
async def test_a_stream_of_updates_beside_a_kept_book_begins_with_that_and_disturbs_nobody(numbers: Any) -> None:
    async with (
        opened(markets=[BTC], activity=50.0, session={"numbers": numbers}) as (exchange, session),
        session.book(BTC, depth=25) as kept,
    ):
        for _ in range(2):
            async with session.book_updates(BTC, depth=25, buffer=50) as updates:
                await anyio.sleep(1)
                first = await updates.receive()
                assert not isinstance(first, krakenio.Gap)
                assert (first.type, {type(level.qty) for level in first.data[0].bids}) == ("snapshot", {numbers})
                if numbers is Decimal:
                    await follow(updates, first)
                await anyio.sleep(30)  # its buffer overflows
                *_, gap = await updates.take_batch()
                assert isinstance(gap, krakenio.Gap)
                assert getattr(await updates.receive(), "type", None) == "snapshot"
                assert kept.valid
        assert wire(exchange, BTC) == ["subscribe"]
        assert held(kept) == truth(exchange, BTC, 25)


async def follow(updates: Any, first: Any) -> None:
    """Keep a book from a stream of updates: every checksum holds."""
    book = krakenio.Book(BTC, 25)
    assert book.apply(first) is None
    for _ in range(20):
        assert book.apply(await updates.receive()) is None


INSTRUMENTS = (
    '{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[{"symbol":"BTC/USD","price_precision":1,'
    '"qty_precision":8}]}}'
)
CHANGED = (
    '{"channel":"instrument","type":"update","data":{"assets":[],"pairs":[{"symbol":"BTC/USD","price_precision":2}]}}'
)
FORMS: dict[str, Callable[[str], str]] = {
    "as captured": lambda text: text,
    "texts": lambda text: text.replace(":81784.8", ':"81784.8"').replace(":0.00005100", ':"0.00005100"'),
    "exponents": lambda text: text.replace("81781.9", "8.17819e4").replace("0.00005100", "5.1E-05"),
    "exponents in texts": lambda text: text.replace(":81784.8", ':"817848e-1"').replace(":0.00005100", ':"51e-6"'),
    "trimmed": lambda text: text.replace("0.00000000", "0").replace("0.00005100", "0.000051"),
    "more zeros": lambda text: text.replace("81784.8", "81784.8000").replace("0.00005100", "0.0000510000"),
    "an integer checksum as text": lambda text: text.replace("3437785338", '"3437785338"'),
}


@pytest.mark.virtual
@pytest.mark.parametrize("numbers", [Decimal, float])
@pytest.mark.parametrize("form", FORMS)
async def test_numbers_in_any_form_give_the_checksum_that_was_captured(form: str, numbers: Any) -> None:
    answers = polite({"instrument": INSTRUMENTS, BTC: message(BTC)})
    async with scripted(answers, numbers=numbers) as (kraken, session), session.book(BTC) as book:
        await anyio.sleep(1)
        await kraken.say(FORMS[form](message(BTC, 1)))
        await anyio.sleep(1)
        assert (book.checksum(), book.mismatches) == (3437785338, 0)
        await kraken.say(FORMS[form](message(BTC, 2)))
        await anyio.sleep(1)
        assert (book.checksum(), book.mismatches) == (1758305755, 0)


def in_new_digits(places: int) -> str:
    """Return the captured snapshot as it is where prices have so many decimals."""
    said = VECTORS[CAPTURED[BTC]].steps[0]
    asks, bids = ([(f"{float(price):.{places}f}", qty) for price, qty in rows(side)] for side in (said.asks, said.bids))
    crc = 0
    for price, qty in asks + bids:
        crc = crc32((digits(price) + digits(qty)).encode(), crc)
    return frame("snapshot", bids, asks, crc, BTC).decode()


def digits(number: str) -> str:
    return number.replace(".", "").lstrip("0")


@pytest.mark.virtual
async def test_a_precision_told_alone_reaches_the_books_as_the_whole_row_does() -> None:
    """D5: whether an update of `instrument` holds whole rows is not documented (ws-v2-market-data section 8.8)."""
    snapshots = {"instrument": INSTRUMENTS, BTC: message(BTC)}
    async with scripted(polite(snapshots)) as (kraken, session), session.book(BTC) as book:
        await anyio.sleep(1)
        snapshots[BTC] = in_new_digits(2)
        await kraken.say(CHANGED, snapshots[BTC].replace('"snapshot"', '"update"'))
        await anyio.sleep(30)
        assert (book[BTC].price_precision, book[BTC].qty_precision) == (2, 8)
        assert (book.valid, book.mismatches, kraken.methods("book")) == (True, 0, ["subscribe"])


def placed(price: str, qty: str, checksum: int) -> bytes:
    """Return a frame of one more bid."""
    return frame3("update", [order("ODD", price, qty)], [], checksum).replace(b"ADA/EUR", BTC.encode())


@pytest.mark.virtual
@pytest.mark.parametrize("qty", ["0.00005100", "5.1e-05", "0.000051", "5.1E-5", '"51e-6"', "1"])
async def test_an_order_written_in_any_form_gives_the_checksum_of_its_pairs_digits(qty: str) -> None:
    """D5: exponents were reported of small quantities of `level3` (ws-v2-overview section 3)."""
    async with opened(markets=[BTC]) as (exchange, session), session.level3(BTC) as book:
        await anyio.sleep(1)
        price, full = str(book.best_bid.price), format(Decimal(qty.strip('"')), ".8f")
        mirror = krakenio.Level3Book(BTC)
        mirror.adopt(book[BTC])
        mirror.set_precision(None, None)  # takes the digits as they come
        verdict = mirror.apply(level3_message(placed(price, full, 0)))
        assert verdict is not None
        assert verdict.computed is not None
        exchange.send_raw("ws_l3", placed(price, qty, verdict.computed).decode())
        await anyio.sleep(1)
        assert (book.valid, book.mismatches, wire(exchange, BTC, "level3")) == (True, 0, ["subscribe"])
        assert Decimal(full) in [order.order_qty for order in book.best_bid.orders]
