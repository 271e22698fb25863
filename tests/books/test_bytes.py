"""From bytes to a book: however the socket cuts the stream and however much comes at once, the book is the same."""

import struct
from collections.abc import Sequence
from decimal import Decimal
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from krakenio import Book, Level3Book
from krakenio.frames import FrameSplitter
from krakenio.messages import BookMessage, Level, Level3Message, decode_batch
from krakenio.messages.kinds import Numbers
from tests.books.feed import SIDES, Change, Feed, Feed3
from tests.books.test_histories import CHANGES, CUTS, EVENTS, Event, batches, happen, levels, shown, truth
from tests.books.wire import frame, frame3, order

SPLITS = st.lists(st.integers(1, 700), min_size=1, max_size=200)


def text(side: Sequence[Level[Decimal]]) -> list[tuple[str, str]]:
    return [(format(level.price, "f"), format(level.qty, "f")) for level in side]


def on_the_wire(message: BookMessage[Decimal]) -> bytes:
    """Return the WebSocket frame of a message."""
    (row,) = message.data
    return framed(frame(message.type, text(row.bids), text(row.asks), row.checksum))


def orders_on_the_wire(message: Level3Message[Decimal]) -> bytes:
    """Return the WebSocket frame of a message about orders."""
    (row,) = message.data
    bids, asks = (
        [
            order(o.order_id, f"{o.limit_price:f}", f"{o.order_qty:f}", (o.timestamp or "")[-10:-1], o.event or "add")
            for o in side
        ]
        for side in (row.bids, row.asks)
    )
    return framed(frame3(message.type, bids, asks, row.checksum))


def framed(payload: bytes) -> bytes:
    length = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
    return b"\x81" + length + payload


@given(CHANGES, CHANGES, CUTS, SPLITS, st.sampled_from([Decimal, float]))
def test_any_split_of_the_same_bytes_gives_the_same_book(
    before: list[Change], changes: list[Change], cuts: list[int], splits: list[int], numbers: Numbers
) -> None:
    feed = Feed(10)
    feed.update(before)
    sent = [feed.snapshot(), *(feed.update(batch) for batch in batches(changes, cuts))]
    book, splitter = Book("ADA/EUR", 10), FrameSplitter()
    for piece in batches(b"".join(map(on_the_wire, sent)), splits):
        for message in decode_batch(splitter.feed(bytes(piece)), numbers, digits=True):
            assert isinstance(message, BookMessage)
            assert book.apply(message) is None
    assert levels(book) == truth(feed, 10)


@given(EVENTS, EVENTS, CUTS, SPLITS, st.sampled_from([Decimal, float]))
def test_any_split_of_the_same_bytes_gives_the_same_queues(
    before: list[Event], events: list[Event], cuts: list[int], splits: list[int], numbers: Numbers
) -> None:
    feed, clock = Feed3(), count()
    for event in before:
        happen(feed, event, next(clock))
    sent = [feed.snapshot()]
    for batch in batches(events, cuts):
        seen = {side: feed.seen(side) for side in SIDES}
        for event in batch:
            happen(feed, event, next(clock))
        sent.append(feed.message("update", seen))
    book, splitter = Level3Book("ADA/EUR"), FrameSplitter()
    for piece in batches(b"".join(map(orders_on_the_wire, sent)), splits):
        for message in decode_batch(splitter.feed(bytes(piece)), numbers, digits=True):
            assert isinstance(message, Level3Message)
            assert book.apply(message) is None
    for side in SIDES:
        expected = [(price, [(name, o.qty) for name, o in queue]) for price, queue in feed.queues(side)]
        assert shown(book, side) == expected
