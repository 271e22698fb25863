"""What is entered by `async with` says so to whoever writes something else, before anything is opened."""

import re
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import pytest

import krakenio
from krakenio.session import Session
from krakenio.sim import open_exchange

pytestmark = pytest.mark.virtual

Make = Callable[[Session[Any]], Any]

ENTERED: tuple[Make, ...] = (
    lambda s: s.orders.open_group(),
    lambda s: s.orders.dead_man_switch(60),
    lambda s: s.balances_table(),
    lambda s: s.rest.account.open_export(report="ledgers", description="all"),
)
ITERATED: tuple[Make, ...] = (
    lambda s: s.ticker("BTC/USD"),
    lambda s: s.book("BTC/USD"),
    lambda s: krakenio.merge(s.ticker("BTC/USD"), s.trades("BTC/USD")),
)
PAGES: tuple[Make, ...] = (lambda s: s.rest.account.ledgers(),)


def enter(what: Any) -> None:
    with what:
        raise AssertionError


async def test_whoever_writes_something_else_is_told_what_to_write() -> None:
    misuses: list[tuple[tuple[Make, ...], Callable[[Any], object], str]] = [
        ((*ENTERED, *ITERATED, *PAGES), enter, "takes no `with`: write `async with`"),
        ((*ITERATED, *PAGES), list, "takes no `for`: write `async for`, inside `async with ... as it:`"),
    ]
    async with (
        open_exchange(transport="memory", activity=0) as exchange,
        krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as session,
    ):
        for makes, misuse, told in misuses:
            for make in makes:
                with pytest.raises(TypeError) as caught:
                    misuse(make(session))
                assert re.fullmatch(rf"<[A-Z].*> {re.escape(told)}", str(caught.value))
        assert not any(isawaitable(make(session)) for make in (*ENTERED, *ITERATED)), "a portal would await it"
        assert (await session.rest.account.ledgers()).ledger == {}, "a page is awaited"
