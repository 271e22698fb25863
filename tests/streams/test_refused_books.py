"""Books that Kraken takes back refuse to be read, and their stream tells (contract D3, D5)."""

from collections.abc import Iterable
from typing import Any

import anyio
import pytest

from krakenio import BookNotHealed, StaleBook, SubscriptionError
from tests.scripted import BTC, ETH, Request, Script, refusal, scripted
from tests.streams.test_odd_frames import BOOKS, message

pytestmark = pytest.mark.virtual


async def test_a_book_that_is_refused_after_a_reconnect_is_given_and_says_since_when() -> None:
    """Its stream told that it was lost; that it will not come back is news."""
    async with scripted(BOOKS) as (kraken, session), session.book(BTC, ETH) as books:
        await refused_from_now_on(kraken, BTC)
        assert [(book.symbol, book.valid) for book in await books.take_batch()] == [(BTC, False), (ETH, False)]
        await anyio.sleep(30)
        assert (await books.receive()).symbol == BTC
        with pytest.raises(StaleBook, match="Kraken refused it") as caught:
            _ = books[BTC].bids
        assert caught.value.since is not None
        assert (books[ETH].valid, list(books.rejected)) == (True, [BTC])


async def test_a_stream_whose_last_book_is_refused_ends_though_another_was_given_up() -> None:
    bad = message(ETH).replace('"snapshot"', '"update"').replace('"checksum":', '"checksum":1')
    async with scripted(BOOKS) as (kraken, session), session.book(BTC, ETH) as books:
        for _ in range(4):
            await kraken.say(bad)
            await anyio.sleep(1)
        with pytest.raises(BookNotHealed):
            await books.receive()
        await refused_from_now_on(kraken, BTC)
        with pytest.raises(SubscriptionError, match="refused the rest of the book subscription: BTC/USD"):
            await read_on(books)
        with pytest.raises(BookNotHealed):
            _ = books[ETH].bids


async def refused_from_now_on(kraken: Script, symbol: str) -> None:
    """End the connection; on the next one a symbol is not known any more."""

    def answers(request: Request) -> Iterable[str]:
        symbols: list[str] = request.get("params", {}).get("symbol", [])
        if request["method"] != "subscribe" or symbol not in symbols:
            return BOOKS(request)
        others: Request = {**request, "params": request["params"] | {"symbol": [x for x in symbols if x != symbol]}}
        return [refusal(request, symbol, "Currency pair not supported"), *BOOKS(others)]

    kraken.answers = answers
    assert kraken.peer is not None
    kraken.peer.stream.abort()
    await anyio.sleep(0.1)


async def read_on(books: Any) -> None:
    with anyio.fail_after(60):
        while True:
            await books.receive()
