"""An exchange of Kraken's size: opened and subscribed to whole, at a cost that grows no faster than what is sent."""

import time
from typing import Any

import pytest

from tests.sim.clients import raw_rest, raw_socket, still
from tests.sim.reference import RawBook

pytestmark = pytest.mark.once

PAIRS = 1450
SECONDS = 20  # many times what it takes, so that a busy machine does not fail it; a quadratic cost would


@pytest.mark.virtual
async def test_all_of_krakens_pairs_open_and_serve_a_book_each() -> None:
    begun = time.thread_time()
    async with still(markets=PAIRS, activity=500) as exchange, raw_socket(exchange) as socket:
        for begin in range(0, PAIRS, 250):
            await socket.send("subscribe", begin, channel="book", symbol=exchange.symbols[begin : begin + 250])
        books: dict[str, RawBook] = {}
        while len(books) < PAIRS:
            row: dict[str, Any] = (await socket.channel("book"))["data"][0]
            books.setdefault(row["symbol"], RawBook(10)).apply(row)
            assert books[row["symbol"]].checksum() == row["checksum"]
        assert list(books) == exchange.symbols
        for _ in range(2000):
            row = (await socket.channel("book", "update"))["data"][0]
            books[row["symbol"]].apply(row)
            assert books[row["symbol"]].checksum() == row["checksum"]
    assert time.thread_time() - begun < SECONDS


@pytest.mark.virtual
async def test_all_pairs_can_be_listed_and_named_at_once_over_rest() -> None:
    begun = time.thread_time()
    async with still(markets=PAIRS) as exchange, raw_rest(exchange) as rest:
        listed = (await rest.get("/0/public/AssetPairs"))["result"]
        assert len(listed) == PAIRS
        for begin in range(0, PAIRS, 250):
            names = list(listed)[begin : begin + 250]
            assert list((await rest.get(f"/0/public/Ticker?pair={','.join(names)}"))["result"]) == names
    assert time.thread_time() - begun < SECONDS
