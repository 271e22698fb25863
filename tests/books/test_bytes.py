"""From bytes to a book: however the socket cuts the stream and however much comes at once, the book is the same."""

import struct
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from krakenio import Book
from krakenio.frames import FrameSplitter
from krakenio.messages import BookMessage, Level, decode_batch
from krakenio.messages.kinds import Numbers
from tests.books.feed import Change, Feed
from tests.books.test_histories import CHANGES, CUTS, batches, levels, truth
from tests.books.wire import frame

SPLITS = st.lists(st.integers(1, 700), min_size=1, max_size=200)


def text(side: Sequence[Level[Decimal]]) -> list[tuple[str, str]]:
    return [(format(level.price, "f"), format(level.qty, "f")) for level in side]


def on_the_wire(message: BookMessage[Decimal]) -> bytes:
    """Return the WebSocket frame of a message."""
    (row,) = message.data
    payload = frame(message.type, text(row.bids), text(row.asks), row.checksum)
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
