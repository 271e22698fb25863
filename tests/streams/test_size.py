"""A session on an exchange of Kraken's size: every book, through one connection, before and after it breaks."""

from typing import Any

import pytest

from krakenio.sim import Exchange
from tests.opened import opened, seen, until

pytestmark = [pytest.mark.virtual, pytest.mark.once]

PAIRS = 1450


def subscribed(exchange: Exchange) -> list[Any]:
    """Return the requests for books that arrived."""
    return [params for params in seen(exchange, "subscribe") if params["channel"] == "book"]


async def test_all_of_krakens_books_are_live_and_live_again_after_a_drop() -> None:
    async with opened(markets=PAIRS, activity=200) as (exchange, session):
        async with session.book(*exchange.symbols, depth=10) as books:
            assert all(books[symbol].valid for symbol in exchange.symbols)
            before = len(subscribed(exchange))
            exchange.drop("ws")
            await until(lambda: not any(books[symbol].valid for symbol in exchange.symbols))
            await until(lambda: all(books[symbol].valid for symbol in exchange.symbols))
            again = len(subscribed(exchange)) - before
        print(f"{PAIRS} books: {before} requests at first, {again} after the drop")  # noqa: T201 - figures to be told
        assert before == again == 15  # a hundred symbols a message
        assert books.mismatches == 0


async def test_more_orders_books_than_a_second_allows_are_all_live_without_a_refusal() -> None:
    async with opened(markets=120, activity=50, limits=True) as (exchange, session):
        async with session.level3(*exchange.symbols, depth=10) as books:
            assert all(books[symbol].valid for symbol in exchange.symbols)
            exchange.drop("ws_l3")
            await until(lambda: not any(books[symbol].valid for symbol in exchange.symbols))
            await until(lambda: all(books[symbol].valid for symbol in exchange.symbols))
        assert books.rejected == {}
        assert sum(len(params["symbol"]) for params in seen(exchange, "subscribe") if "depth" in params) == 240
