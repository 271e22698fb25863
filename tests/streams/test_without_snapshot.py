"""Streams that begin with what comes next: Kraken is asked for no snapshot, and none is waited for (G6)."""

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from krakenio import Gap, InvalidRequest
from krakenio.session import Session
from krakenio.streams.stream import Stream
from tests.opened import BTC, CROSSING, opened, seen

pytestmark = pytest.mark.virtual

Open = Callable[[Session[Any], Any], Stream[Any]]
STREAMS: dict[str, Open] = {
    "ticker": lambda s, snapshot: s.ticker(BTC, snapshot=snapshot),
    "ohlc": lambda s, snapshot: s.ohlc(BTC, snapshot=snapshot),
    "instrument": lambda s, snapshot: s.instruments(snapshot=snapshot),
}


def subscriptions(exchange: Any, channel: str) -> list[Any]:
    """Return what was asked for with snapshots: `None` where nothing was said."""
    asked = [params for params in seen(exchange, "subscribe") if params["channel"] == channel]
    return [params.get("snapshot") for params in asked]


@pytest.mark.parametrize("channel", STREAMS)
async def test_nothing_comes_before_it_happens_and_nothing_is_repeated(channel: str) -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        async with STREAMS[channel](session, False) as stream:
            with anyio.move_on_after(60) as waiting:
                await stream.receive()
            assert waiting.cancelled_caught
            exchange.drop("ws")
            await anyio.sleep(60)
        await anyio.sleep(1)
        assert subscriptions(exchange, channel) == [False, False]
        [left] = [params for params in seen(exchange, "unsubscribe") if params["channel"] == channel]
        assert "snapshot" not in left


@pytest.mark.parametrize("channel", ["ticker", "ohlc"])
async def test_the_next_change_comes_first(channel: str) -> None:
    async with opened(markets=[BTC]) as (exchange, session), STREAMS[channel](session, False) as stream:
        await session.orders.add(**CROSSING)
        with anyio.fail_after(1):
            row = await stream.receive()
        assert not isinstance(row, Gap)
        assert row.symbol == BTC
        assert subscriptions(exchange, channel) == [False]


@pytest.mark.parametrize("channel", STREAMS)
async def test_with_it_nothing_is_said_since_it_is_kraken_s_default(channel: str) -> None:
    async with opened(markets=[BTC]) as (exchange, session), STREAMS[channel](session, True) as stream:
        with anyio.fail_after(1):
            await stream.receive()
        assert subscriptions(exchange, channel) == [None]


@pytest.mark.parametrize("channel", STREAMS)
@pytest.mark.parametrize("snapshot", [None, 0, "no"])
async def test_anything_else_is_refused(channel: str, snapshot: object) -> None:
    async with opened() as (_exchange, session):
        with pytest.raises(InvalidRequest, match=rf"{channel}s?\(snapshot=.*Kraken offers True, False"):
            STREAMS[channel](session, snapshot)


async def test_closed_candles_need_it() -> None:
    async with opened() as (_exchange, session):
        with pytest.raises(InvalidRequest, match="closed candles need the snapshot"):
            session.ohlc(BTC, closed=True, snapshot=False)
