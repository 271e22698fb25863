"""Messages of Kraken's own forms with anything at all in their fields, and every kind of stream to hear them (G7)."""

import json
import random
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import anyio
import pytest

from tests.sessions import SYMBOL, quiet, session_on
from tests.test_messages_decode import FRAMES

pytestmark = pytest.mark.virtual
SAMPLES = [json.loads(frame) for frame in FRAMES]
NUMBERS = ["1e999999999", "-1e999999999", "1e-999999999", "NaN", "9" * 41, "9" * 5000, "-1", "0", "1e20", '"1e400"']
TIMES = ['"9999-12-31T23:59:59Z"', '"9999-12-31T23:59:59-23:59"', '"0001-01-01T00:00:00+23:59"', '"yesterday"', '""']
ODD = [
    *NUMBERS, *TIMES, "18446744073709551616", "null", "true", "[]", "{}", "[null]", "[{}]", '"text"', '"NaN"',
    '"\\ud800"', '"snapshot"', '"update"', '"trade"', '"filled"', '"canceled"', '"delete"', '"maintenance"',
    '"' + "y" * 70_000 + '"',
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Return whatever stands in a message, each as its container and its name or number there."""
    names: Iterable[Any] = ()
    if hasattr(value, "keys"):
        names = [*value]
    elif hasattr(value, "sort"):
        names = range(len(value))
    for name in names:
        yield value, name
        yield from places(value[name])


def alike(value: object) -> list[str]:
    """Return what may stand in place of a value: mostly what takes longer to be found wrong."""
    return NUMBERS if isinstance(value, int | float) else TIMES if "T" in str(value)[10:11] else ODD


def spoilt(frame: Any, chance: random.Random) -> str:
    """Return a sample, about the market that is streamed, with one to three things in it changed."""
    message = json.loads(json.dumps(frame))
    for inside, name in [*places(message)]:
        if name == "symbol":
            inside[name] = SYMBOL
    for _ in range(chance.choice([1, 1, 2, 3])):
        inside, name = chance.choice([*places({"": message})])
        if name != "" and chance.random() < 0.9:
            inside[name] = f"@{ODD.index(chance.choice(alike(inside[name])))}@"
        else:
            del inside[name]
    text = json.dumps(message)
    for number, odd in enumerate(ODD):
        text = text.replace(f'"@{number}@"', odd)
    return text


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_that_a_message_may_hold_ends_a_session_or_a_connection(seed: int) -> None:
    chance = random.Random(seed)
    async with quiet() as exchange, session_on(exchange, numbers=[Decimal, float][seed % 2]) as session:
        async with AsyncExitStack() as streams:
            book = await streams.enter_async_context(session.book(SYMBOL))
            queues = await streams.enter_async_context(session.level3(SYMBOL))
            others: tuple[Any, ...] = (
                session.ticker(SYMBOL), session.trades(SYMBOL, backfill=True), session.ohlc(SYMBOL),
                session.ohlc(SYMBOL, interval=5, closed=True), session.book_updates(SYMBOL), session.instruments(),
                session.executions(), session.balances(),
            )  # fmt: skip
            for stream in others:
                await streams.enter_async_context(stream)
            dropped = dict.fromkeys(session.health.links, 0)
            for number in range(40):
                for _ in range(10):
                    exchange.send_raw(None, spoilt(chance.choice(SAMPLES), chance))
                await anyio.sleep(chance.choice([0.001, 1, 5]))
                assert not book.valid or book.checksum() >= 0
                assert not queues.valid or queues.checksum() >= 0
                if number % 8 == 0:
                    name = chance.choice([*dropped])
                    dropped[name] += exchange.drop(name)
                    await anyio.sleep(30)
            links = session.health.links
            assert {name: link.connects - 1 for name, link in links.items()} == dropped
            assert all(link.undecodable and link.state == "up" for link in links.values())
        assert session.failure is None
        async with session.ticker(SYMBOL) as ticker, session.balances() as balances:
            await ticker.receive()
            await balances.receive()
