"""What a user prints says what it is and how it is, in a line, and tells no secret."""

import base64
import inspect
import re
from typing import Any

import anyio
import pytest

import krakenio
from krakenio import Keys
from krakenio.sim import Exchange, open_exchange
from tests.opened import BTC, RESTING, opened

pytestmark = pytest.mark.virtual

NAMED = re.compile(r"<(\w+)[ :]")
ADDRESS = re.compile(r"object at 0x")


def secrets(keys: Keys, token: str) -> list[str]:
    return [keys.api_key, base64.b64encode(keys.secret).decode(), str(keys.secret), token]


def shown(told: object, *words: str) -> None:
    """Assert that each word is there, in this order, in one short line."""
    text = repr(told)
    assert re.search(".*".join(map(re.escape, words)), text), text
    assert len(text) < 200
    assert "\n" not in text


def test_every_public_class_has_words_of_its_own() -> None:
    """Of what a user may hold in hand; protocols and bare namespaces are not held."""
    modules = [krakenio, krakenio.sim, krakenio.books, krakenio.errors, krakenio.models, krakenio.messages]
    named = {
        name: value for module in modules for name in module.__all__ if inspect.isclass(value := getattr(module, name))
    }
    assert [name for name, value in named.items() if value.__repr__ is object.__repr__] == []


async def everything(exchange: Exchange, session: krakenio.Session[Any], made: list[object]) -> None:
    """Use one of each, and show it before, inside and after its block."""
    async with (
        session.trades(BTC) as trades,
        krakenio.merge(session.ticker(BTC), session.executions()) as merged,
        session.orders.open_group() as group,
        session.orders.dead_man_switch(60) as switch,
        session.rest.account.ledgers() as pages,
    ):
        await group.add(**RESTING)
        shown(session, "Session at http://", "open, ws_auth up, ws up", "3 streams")
        shown(session.orders, "Orders in sync: 1 open")
        shown(session.orders.limits, "Limits of Tier(")
        shown(session.rest, "Rest at http://", "with keys, 0 pending")
        shown(session.rest.market, "Market")
        shown(session.rest.account.ledgers(), "Paged Ledgers")
        shown(pages, "Pages of Ledgers: open")
        shown(trades.batches(), "Batches of <Stream trade: open")
        shown(merged, "Merged <Stream ticker: open", "executions: open")
        shown(group, "OrderGroup: open, 1 orders")
        shown(switch, "DeadManSwitch of 60 s: armed")
        shown(exchange, "Exchange at http://", "connections, 1 orders")
        made += [session, session.orders, session.orders.limits, session.rest, session.rest.account, pages, trades]
        made += [
            trades.batches(),
            merged,
            group,
            switch,
            exchange,
            exchange.endpoints,
            session.orders.open,
            session.health,
        ]
        made += [*group.intents, *session.orders.open]
    shown(group, "OrderGroup: left")
    shown(switch, "DeadManSwitch of 60 s: off")
    await session.orders.halt()
    shown(session.orders, "Orders in sync: 0 open, halted")


async def test_what_is_long_lived_says_how_it_is_and_no_secret() -> None:
    made: list[object] = []
    async with opened() as (exchange, session):
        told = secrets(exchange.keys, await session.token())
        await everything(exchange, session, made)
        made += [krakenio.open_session(exchange.keys), exchange.keys]
        texts = list(map(repr, made))
    shown(session, "Session at", "left")
    shown(made[1], "Orders not in sync")
    for text in [*texts, *map(repr, made)]:
        assert not ADDRESS.search(text), text
        assert not [secret for secret in told if secret in text]


async def test_what_is_not_entered_yet_says_so() -> None:
    async with open_exchange(transport="memory", activity=0) as exchange:
        asked = krakenio.open_session(exchange.keys, endpoints=exchange.endpoints)
        shown(asked, "open_session(): enter it", "async with")
        async with asked as session:
            shown(session.orders.open_group(), "OrderGroup: new")
            shown(session.orders.dead_man_switch(60), "DeadManSwitch of 60 s: off")
            shown(krakenio.merge(session.trades(BTC)), "Merged <Stream trade: new")
        async with krakenio.open_rest(endpoints=exchange.endpoints) as rest:
            shown(rest, "without keys")
            await anyio.lowlevel.checkpoint()
