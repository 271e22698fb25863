"""Replies to one subscribe are matched with its symbols, in any order, the anonymous ones too."""

import itertools
import random
from functools import partial
from typing import Any

import pytest

from krakenio import PRODUCTION
from krakenio.backoff import ConnectionBudget
from krakenio.links.acknowledgements import Acknowledgements
from krakenio.links.context import Context
from krakenio.messages import Reply, decode
from krakenio.subscriptions.batches import Batch
from krakenio.subscriptions.channels import Key
from krakenio.transport import open_websocket

NAMES = ("BTC/USD", "ETH/USD", "SOL/USD")
BATCH = Batch("subscribe", tuple(Key("ticker", name) for name in NAMES))


def listening(batch: Batch = BATCH) -> tuple[Acknowledgements, dict[str | None, str | None], Context]:
    told: dict[str | None, str | None] = {}
    chance = random.Random(1)
    heard = list[object]()
    spawn: Any = heard.append
    clock = partial(int, 10**18)
    told_of = (ConnectionBudget(), heard.append, spawn)
    context = Context(PRODUCTION, open_websocket, float, clock, chance, *told_of, now=lambda: 7.0)
    return Acknowledgements(batch, partial(tell, told), heard.append, context), told, context


def tell(told: dict[str | None, str | None], _batch: Batch, key: Key, error: str | None) -> None:
    assert key.symbol not in told
    told[key.symbol] = error


def reply(symbol: str | None, error: str | None = None, time: str = "") -> Reply:
    where = f'"symbol":"{symbol}",' if symbol else ""
    refused = f'{where}"error":"{error}","success":false'
    inside = refused if error else f'"result":{{{where}"channel":"ticker"}},"success":true'
    times = f',"time_in":"{time}","time_out":"{time}"' if time else ""
    message = decode(f'{{"method":"subscribe",{inside},"req_id":1{times}}}')
    assert isinstance(message, Reply)
    return message


@pytest.mark.parametrize("order", list(itertools.permutations(NAMES)))
def test_each_symbol_has_its_own_reply_in_any_order(order: tuple[str, ...]) -> None:
    """Defect 3."""
    waiter, told, _ = listening()
    errors = {"ETH/USD": "Currency pair not supported"}
    assert [waiter.answered(reply(symbol, errors.get(symbol))) for symbol in order] == [False, False, True]
    assert told == {"BTC/USD": None, "ETH/USD": "Currency pair not supported", "SOL/USD": None}


def test_a_failure_that_names_no_symbol_concerns_all_that_are_left() -> None:
    """Defect 6; and then no other reply is waited for (A6)."""
    waiter, told, _ = listening()
    assert not waiter.answered(reply("ETH/USD"))
    assert waiter.answered(reply(None, "Exceeded msg rate"))
    assert told == {"ETH/USD": None, "BTC/USD": "Exceeded msg rate", "SOL/USD": "Exceeded msg rate"}


@pytest.mark.parametrize(
    "error",
    [
        "Currency pair not supported ETH/USD",
        "Currency pair not supported: 'ETH/USD'.",
        "EQuery:Unknown asset pair:ETH/USD",
    ],
)
def test_a_failure_whose_text_alone_names_a_symbol_concerns_that_one(error: str) -> None:
    """Defect 3: a symbol that Kraken rejects fails only itself; said again it still concerns no other."""
    waiter, told, _ = listening()
    for _ in range(2):
        assert not waiter.answered(reply(None, error))
    assert [waiter.answered(reply(symbol)) for symbol in ("BTC/USD", "SOL/USD")] == [False, True]
    assert told == {"ETH/USD": error, "BTC/USD": None, "SOL/USD": None}


def test_a_failure_whose_text_names_several_symbols_concerns_those_and_none_whose_name_is_part_of_one() -> None:
    """T/USD is a market, and the end of USDT/USD."""
    names = ("BTC/USD", "T/USD", "USDT/USD")
    waiter, told, _ = listening(Batch("subscribe", tuple(Key("ticker", name) for name in names)))
    assert not waiter.answered(reply(None, "Currency pair not supported BTC/USD,USDT/USD"))
    assert told.keys() == {"BTC/USD", "USDT/USD"}
    assert waiter.answered(reply("T/USD"))


def test_a_reply_for_a_symbol_that_was_not_asked_for_is_ignored() -> None:
    waiter, told, _ = listening()
    assert not waiter.answered(reply("ADA/USD"))
    assert not waiter.answered(reply(None))
    assert told == {}


def test_a_refusal_of_a_symbol_that_was_not_asked_for_or_was_refused_already_concerns_no_other() -> None:
    waiter, told, _ = listening()
    for symbol in ("ADA/USD", "ETH/USD", "ETH/USD"):
        assert not waiter.answered(reply(symbol, "Currency pair not supported"))
    assert told == {"ETH/USD": "Currency pair not supported"}


@pytest.mark.parametrize(("name", "asked", "taken"), [("depth", 10, 25), ("interval", 1, 5)])
def test_another_depth_or_interval_than_was_asked_for_is_a_refusal(name: str, asked: int, taken: int) -> None:
    key = Key("book", "BTC/USD", ((name, asked),))
    for method, error in (
        ("subscribe", f"Kraken took {name} {taken} where {asked} was asked for"),
        ("unsubscribe", None),
    ):
        waiter, told, _ = listening(Batch("subscribe", (key,)))
        answer = decode(f'{{"method":"{method}","success":true,"result":{{"symbol":"BTC/USD","{name}":{taken}}}}}')
        assert isinstance(answer, Reply)
        assert waiter.answered(answer)
        assert told == {"BTC/USD": error}


def test_a_second_reply_for_a_symbol_is_ignored() -> None:
    waiter, told, _ = listening()
    waiter.answered(reply("BTC/USD"))
    waiter.answered(reply("BTC/USD"))
    assert told == {"BTC/USD": None}


def test_a_channel_without_symbols_has_one_reply() -> None:
    waiter, told, _ = listening(Batch("subscribe", (Key("executions", None),)))
    assert waiter.answered(reply(None))
    assert told == {None: None}


def test_replies_tell_krakens_time() -> None:
    """B9: 10**18 ns after the epoch is 2001-09-09T01:46:40Z."""
    waiter, _, context = listening()
    waiter.written()
    waiter.answered(reply("BTC/USD", time="2001-09-09T01:46:43.000000Z"))
    assert context.kraken_ns() == 10**18 + 3 * 10**9


def test_a_malformed_time_tells_nothing() -> None:
    waiter, _, context = listening()
    waiter.written()
    waiter.answered(reply("BTC/USD", time="yesterday"))
    assert context.kraken_ns() == 10**18
