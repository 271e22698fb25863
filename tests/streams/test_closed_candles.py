"""Closed candles come once, in an unbroken row, whatever becomes of the connection, and end with their stream."""

from typing import Any

import anyio
import pytest

from krakenio import Gap, InvalidRequest
from krakenio.messages import unix_ns
from krakenio.sim import Exchange
from tests.opened import BTC, CROSSING, ETH, opened, settled

pytestmark = [pytest.mark.virtual, pytest.mark.once]

MINUTE = 60_000_000_000


def begins(candles: list[Any]) -> list[int]:
    return [unix_ns(candle.interval_begin) // MINUTE for candle in candles]


def truth(exchange: Exchange, symbol: str, minutes: int) -> dict[int, tuple[int, int]]:
    """Return from minute to close, in units, and number of trades, as the exchange has them."""
    place = exchange._core.engine.places[symbol]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return {candle.begin // MINUTE: (candle.close, candle.trades) for candle in place.history.candles(minutes)}


def shown(candles: list[Any]) -> dict[int, tuple[int, int]]:
    return {
        unix_ns(candle.interval_begin) // MINUTE: (round(candle.close * 10), candle.trades)
        for candle in candles
        if candle.trades
    }


async def test_each_candle_comes_once_and_as_it_ended() -> None:
    async with opened(activity=5.0) as (exchange, session), session.ohlc(BTC, closed=True) as stream:
        await anyio.sleep(3600)
        candles = [item for item in await stream.take_batch() if not isinstance(item, Gap)]
        first, *_, last = begins(candles)
        assert begins(candles) == list(range(first, last + 1))
        assert len(candles) in {59, 60}
        known = truth(exchange, BTC, 1)
        assert shown(candles).items() <= known.items()
        assert [minute for minute in known if first <= minute <= last] == list(shown(candles))


async def test_candles_without_trades_come_too() -> None:
    async with opened() as (_, session), session.ohlc(BTC, ETH, closed=True) as stream:
        await session.orders.add(**CROSSING)
        await anyio.sleep(600)
        candles = [item for item in await stream.take_batch() if not isinstance(item, Gap) and item.symbol == BTC]
        assert [candle.trades for candle in candles if candle.trades] == [1]
        assert begins(candles) == list(range(begins(candles)[0], begins(candles)[-1] + 1))
        assert len(candles) >= 9


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
async def test_a_wrong_clock_of_ours_closes_nothing_too_early_or_late(ahead: float) -> None:
    async with opened(activity=1.0, ahead=ahead) as (exchange, session), session.ohlc(BTC, closed=True) as stream:
        for _ in range(10):
            candle = await stream.receive()
            assert not isinstance(candle, Gap)
            late = exchange.clock() - unix_ns(candle.interval_begin) - MINUTE
            assert 0 <= late <= 10_000_000_000


async def test_a_reconnect_leaves_no_gap_where_the_snapshot_reaches_back() -> None:
    async with opened(activity=5.0) as (exchange, session), session.ohlc(BTC, closed=True) as stream:
        for _ in range(5):
            await anyio.sleep(200)
            exchange.freeze("ws", 100)
            exchange.drop("ws")
        await anyio.sleep(300)
        candles = await stream.take_batch()
        assert [item for item in candles if isinstance(item, Gap)] == []
        assert begins(candles) == list(range(begins(candles)[0], begins(candles)[-1] + 1))
        assert shown(candles).items() <= truth(exchange, BTC, 1).items()


async def test_a_connection_that_fell_silent_closes_no_candle_wrongly() -> None:
    async with opened(activity=5.0) as (exchange, session), session.ohlc(BTC, closed=True) as stream:
        for pause in (55, 58, 59, 117):
            await anyio.sleep(pause)
            exchange.freeze("ws", 20)
        await anyio.sleep(120)
        candles = [item for item in await stream.take_batch() if not isinstance(item, Gap)]
        assert shown(candles).items() <= truth(exchange, BTC, 1).items()


async def test_its_task_ends_with_the_stream() -> None:
    async with opened() as (_, session):
        async with session.ohlc(BTC, closed=True) as stream:
            await anyio.sleep(10)
            intake: Any = vars(stream)["_intake"]
        await settled()
        assert intake._task.cancel_called  # noqa: SLF001
        assert session.failure is None


async def test_closed_candles_cannot_stand_for_one_another() -> None:
    async with opened() as (_, session):
        with pytest.raises(InvalidRequest, match="choose one of 'gap', 'fail'"):
            session.ohlc(BTC, closed=True, on_full="conflate")
