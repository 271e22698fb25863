"""Trades have no holes: what a reconnect or an overflow missed is fetched, given in order, once, or counted."""

import random
from decimal import Decimal
from typing import Any

import anyio
import pytest
from msgspec import structs

from krakenio import Gap
from krakenio.clock import Skew
from krakenio.messages import Trade, unix_ns
from krakenio.sim import Exchange
from krakenio.streams.filling import fetching
from tests.opened import BTC, ETH, opened, settled, until
from tests.scripted import trade

pytestmark = pytest.mark.virtual


def traded(exchange: Exchange, symbol: str = BTC) -> list[int]:
    """Return the number of each trade that there was."""
    place = exchange._core.engine.places[symbol]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return [trade.trade_id for trade in place.history.trades]


def ids(items: list[Any], symbol: str = BTC) -> list[int]:
    return [item.trade_id for item in items if not isinstance(item, Gap) and item.symbol == symbol]


def gaps(items: list[Any]) -> list[Gap]:
    return [item for item in items if isinstance(item, Gap)]


def since(exchange: Exchange, first: int, symbol: str = BTC) -> list[int]:
    return [number for number in traded(exchange, symbol) if number >= first]


async def everything(stream: Any) -> list[Any]:
    """Read until nothing has come for a minute."""
    items: list[Any] = []
    while True:
        with anyio.move_on_after(1) as scope:
            items += await stream.take_batch()
        if scope.cancelled_caught:
            return items


async def test_what_a_reconnect_missed_comes_in_order_and_once() -> None:
    async with opened(activity=5.0) as (exchange, session), session.trades(BTC, ETH, backfill=True) as stream:
        for _ in range(4):
            await anyio.sleep(60)
            exchange.freeze("ws", 30)
            exchange.drop("ws")
        await anyio.sleep(120)
        items = await stream.take_batch()
        assert gaps(items) == []
        for symbol in (BTC, ETH):
            found = ids(items, symbol)
            assert len(found) > 50
            assert found == since(exchange, found[0], symbol)[: len(found)]
            assert len(since(exchange, found[0], symbol)) - len(found) <= 2


async def test_trades_of_tokenized_shares_are_fetched_by_their_class() -> None:
    async with opened(markets=["TSLAx/USD"], activity=20.0) as (exchange, session):
        await anyio.sleep(60)
        fetched = await fetching(session.rest.market, Decimal)("TSLAx/USD", "0")
        assert [trade.trade_id for trade in fetched] == traded(exchange, "TSLAx/USD") != []


@pytest.mark.parametrize("numbers", [Decimal, float])
async def test_a_fetched_trade_is_the_same_as_the_live_one(numbers: type[Any]) -> None:
    """But for its time, which REST rounds as a float."""
    options = {"numbers": numbers}
    async with opened(activity=20.0, session=options) as (_, session), session.trades(BTC) as stream:
        await anyio.sleep(60)
        live = await stream.take_batch()
        fetched = {trade.trade_id: trade for trade in await fetching(session.rest.market, numbers)(BTC, "0")}
        assert len(live) > 10
        for trade in live:
            assert isinstance(trade, Trade)
            same = fetched[trade.trade_id]
            assert abs(unix_ns(same.timestamp) - unix_ns(trade.timestamp)) <= 1_000
            assert structs.replace(same, timestamp=trade.timestamp) == trade


async def test_what_did_not_fit_is_fetched_when_there_is_room() -> None:
    async with opened(activity=5.0) as (exchange, session), session.trades(BTC, backfill=True, buffer=10) as stream:
        await anyio.sleep(600)
        items = await everything(stream)
        for _ in range(20):
            await anyio.sleep(3)
            items += await stream.take_batch()
        found = ids(items)
        assert gaps(items) == []
        assert len(found) > 100
        assert found == since(exchange, found[0])[: len(found)]
        assert stream.lost == 0


async def test_a_quiet_market_is_asked_for_what_was_missed_at_once() -> None:
    async with opened(activity=5.0) as (exchange, session), session.trades(BTC, backfill=True) as stream:
        await anyio.sleep(60)
        before = ids(await stream.take_batch())
        exchange.freeze("ws", 30)
        exchange.drop("ws")
        await anyio.sleep(31)
        with anyio.fail_after(10):
            assert ids([await stream.receive()]) == since(exchange, before[-1] + 1)[:1]


async def test_a_trade_whose_time_cannot_be_read_ends_nothing_and_hides_nothing_behind_it() -> None:
    """G7: by the last one's time REST is asked; without it, by the time from which trades come."""
    async with opened(activity=5.0) as (exchange, session), session.trades(BTC, backfill=True) as stream:
        await anyio.sleep(60)
        before = await stream.take_batch()
        timeless = trade(BTC, ids(before)[-1] + 1, timestamp='"yesterday"')
        exchange.send_raw("ws", timeless)
        exchange.freeze("ws", 30)
        exchange.drop("ws")
        await anyio.sleep(120)
        items = [*before, *await stream.take_batch()]
        assert gaps(items) == []
        found = ids(items)
        assert found == since(exchange, found[0])[: len(found)]
        assert len(since(exchange, found[0])) - len(found) <= 2
        assert len(found) > len(before) + 10


async def test_an_outage_of_rest_that_passes_costs_no_trade() -> None:
    async with opened(activity=5.0) as (exchange, session), session.trades(BTC, ETH, backfill=True) as stream:
        await anyio.sleep(60)
        exchange.refuse("rest", 502, None, "Trades")
        exchange.freeze("ws", 30)
        exchange.drop("ws")
        await anyio.sleep(80)
        exchange.clear_faults()
        await anyio.sleep(30)
        items = await stream.take_batch()
        assert gaps(items) == []
        for symbol in (BTC, ETH):
            found = ids(items, symbol)
            assert found == since(exchange, found[0], symbol)[: len(found)]
            assert len(since(exchange, found[0], symbol)) - len(found) <= 2


async def test_an_outage_of_rest_is_waited_out_once_and_not_for_each_symbol() -> None:
    async with opened(activity=5.0) as (exchange, session), session.trades(BTC, ETH, backfill=True) as stream:
        await anyio.sleep(60)
        exchange.refuse("rest", 502, None, "Trades")
        exchange.freeze("ws", 30)
        exchange.drop("ws")
        await anyio.sleep(120)
        items = await stream.take_batch()
        assert len(gaps(items)) == 2
        assert all(ids(items[-20:], symbol) for symbol in (BTC, ETH)), "both are live again"


async def test_what_rest_does_not_give_is_a_gap_with_its_number() -> None:
    async with opened(activity=5.0) as (exchange, session), session.trades(BTC, backfill=True) as stream:
        await anyio.sleep(60)
        exchange.reject("Trades", "EGeneral:Internal error", None)
        exchange.freeze("ws", 30)
        exchange.drop("ws")
        await anyio.sleep(240)
        items = await stream.take_batch()
        found = ids(items)
        [gap] = gaps(items)
        assert "trades of BTC/USD are missing" in gap.reason
        assert gap.lost == len(since(exchange, found[0])) - len(since(exchange, found[-1] + 1)) - len(found)


def unheard(*_: object) -> None:
    """Learn nothing of Kraken's time."""


async def test_a_stream_of_no_trade_yet_tells_a_gap_where_kraken_s_time_is_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Skew, "observe", unheard)
    async with opened() as (exchange, session), session.trades(BTC, backfill=True) as stream:
        exchange.drop("ws")
        with anyio.fail_after(30):
            assert await stream.receive() == Gap("the connection was lost")


async def test_leaving_while_it_fetches_ends_the_fetching() -> None:
    async with opened(activity=5.0) as (exchange, session):
        async with session.trades(BTC, backfill=True) as stream:
            await anyio.sleep(60)
            exchange.delay(5.0, "rest", "Trades")
            exchange.drop("ws")
            await anyio.sleep(3)
            intake: Any = vars(stream)["_intake"]
        await settled()
        assert intake._task.cancel_called  # noqa: SLF001
        assert session.failure is None


async def test_without_backfill_a_gap_stays_a_gap() -> None:
    async with opened(activity=5.0) as (exchange, session), session.trades(BTC) as stream:
        await anyio.sleep(60)
        exchange.drop("ws")
        await anyio.sleep(60)
        assert gaps(await stream.take_batch()) == [Gap("the connection was lost")]
        assert not [request for request in exchange.requests if request.method == "Trades"]


@pytest.mark.once
@pytest.mark.parametrize("seed", range(1, 5))
async def test_whatever_the_weather_each_trade_comes_once_in_order_or_is_counted(seed: int) -> None:
    chance = random.Random(seed)
    async with (
        opened(seed=seed, activity=10.0) as (exchange, session),
        session.trades(BTC, ETH, backfill=True, buffer=chance.choice([3, 20, 5000])) as stream,
    ):
        items = await some(stream, 30)
        for _ in range(30):
            weather = chance.randrange(4)
            if weather == 0:
                exchange.drop("ws")
            elif weather == 1:
                exchange.freeze("ws", 10)
            elif weather == 2:
                exchange.refuse("rest", 502, 3, "Trades")
            await anyio.sleep(chance.uniform(0.1, 30))
            items += await stream.take_batch()
        exchange.clear_faults()
        await anyio.sleep(60)
        items += await everything(stream)
        holes = 0
        for symbol in (BTC, ETH):
            found = ids(items, symbol)
            assert found == sorted(set(found))
            holes += found[-1] - found[0] + 1 - len(found)
        assert holes == sum(gap.lost or 0 for gap in gaps(items))


async def some(stream: Any, count: int) -> list[Any]:
    """Read so many items: then each symbol has begun."""
    return [await stream.receive() for _ in range(count)]


@pytest.mark.parametrize("after", [0, 1, 3])
async def test_the_first_trades_of_a_quiet_market_are_not_lost_while_the_line_is_down(after: int) -> None:
    """Others are traded meanwhile, and `after` more trades come once the line is up."""
    async with opened(markets=[BTC, ETH]) as (exchange, session):
        market: Any = {"side": "buy", "order_type": "market", "order_qty": "0.01"}
        await session.orders.add(symbol=ETH, **market)  # before the stream: not its own
        await anyio.sleep(5)
        before = {symbol: traded(exchange, symbol)[-1] for symbol in (BTC, ETH)}
        async with session.trades(BTC, ETH, backfill=True) as stream:
            await settled()
            await session.orders.add(symbol=BTC, **market)
            exchange.drop("ws")
            for symbol in (BTC, ETH, ETH):
                await session.orders.add(symbol=symbol, **market)
            await until(lambda: session.health.links["ws"].state == "up")
            for _ in range(after):
                await session.orders.add(symbol=ETH, **market)
            await anyio.sleep(10)
            items = await everything(stream)
        assert gaps(items) == []
        for symbol, last in before.items():
            assert ids(items, symbol) == since(exchange, last + 1, symbol)


async def test_a_quiet_market_waits_for_nothing_once_rest_has_come_as_far() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        market: Any = {"side": "buy", "order_type": "market", "order_qty": "0.01"}
        await anyio.sleep(5)
        last = traded(exchange)[-1]
        async with session.trades(BTC, backfill=True) as stream:
            await settled()
            exchange.drop("ws")
            await until(lambda: session.health.links["ws"].state == "up")
            await session.orders.add(symbol=BTC, **market)
            began = anyio.current_time()
            first = await stream.receive()
            assert (gaps([first]), ids([first])) == ([], [last + 1])
            assert anyio.current_time() - began < 2
