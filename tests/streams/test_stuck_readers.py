"""A stream that nobody reads for an hour: its memory is what was declared, what it lost is told, nobody waits (D4)."""

from typing import Any

import anyio
import pytest

import krakenio
from krakenio import Gap
from krakenio.session import Session
from tests.opened import BTC, ETH, opened, resting

pytestmark = [pytest.mark.virtual, pytest.mark.once]

MINUTES = 60


def waiting(stream: Any) -> list[Any]:
    """Return what is there, and leave it there."""
    return list(stream.intake.items)


async def an_hour(session: Session[Any], *fast: Any) -> list[list[Any]]:
    """Read some streams each five seconds for an hour, and trade each minute: orders and acknowledgements go on."""
    read: list[list[Any]] = [[] for _ in fast]
    for minute in range(MINUTES):
        for _ in range(12):
            await anyio.sleep(5)
            for got, stream in zip(read, fast, strict=True):
                got.extend(await stream.take_batch() if waiting(stream) else [])
        begun = anyio.current_time()
        await session.orders.add(**resting(side="buy" if minute % 2 else "sell", limit_price="150000.0"))
        async with session.instruments():
            pass
        assert anyio.current_time() - begun < 0.01
    return [
        got + (await stream.take_batch() if waiting(stream) else []) for got, stream in zip(read, fast, strict=True)
    ]


@pytest.mark.parametrize("channel", ["trades", "book_updates"])
async def test_what_is_dropped_at_the_bound_is_counted_exactly(channel: str) -> None:
    async with (
        opened(activity=2.0, markets=[BTC]) as (exchange, session),
        getattr(session, channel)(BTC) as fast,
        getattr(session, channel)(BTC, buffer=5) as stuck,
    ):
        await fast.take_batch() if waiting(fast) and channel == "trades" else None
        [told] = await an_hour(session, fast)
        begin = max((place for place, item in enumerate(told) if getattr(item, "type", "") == "snapshot"), default=0)
        *kept, gap = await stuck.take_batch()
        assert kept == told[begin : begin + 5]
        assert gap == Gap("the stream was read too slowly", lost=stuck.lost)
        assert stuck.lost == len(told) - begin - 5 > 200
        assert [attempt.host for attempt in exchange.attempts if attempt.host != "rest"] == ["ws_auth", "ws"]


async def test_what_is_conflated_is_counted_exactly_and_the_newest_of_each_symbol_is_there() -> None:
    async with (
        opened(activity=2.0, markets=[BTC, ETH]) as (_, session),
        session.ticker(BTC, ETH, event_trigger="bbo") as fast,
        session.ticker(BTC, ETH, event_trigger="bbo", buffer=3) as stuck,
    ):
        [told] = await an_hour(session, fast)
        assert len(waiting(stuck)) <= 3
        assert stuck.conflated + len(waiting(stuck)) == len(told) > 500
        last = {row.symbol: row for row in told}
        assert {row.symbol: row for row in await stuck.take_batch() if not isinstance(row, Gap)} == last
        assert stuck.lost == 0


async def test_every_kind_of_stream_keeps_to_its_bound() -> None:
    async with (
        opened(activity=2.0, markets=[BTC, ETH]) as (exchange, session),
        session.trades(BTC, backfill=True, buffer=5) as whole,
        session.ohlc(BTC, ETH, buffer=3) as candles,
        session.ohlc(BTC, interval=5, closed=True, buffer=2) as closed,
        session.book(BTC, ETH) as books,
        session.executions(buffer=4) as executions,
        krakenio.merge(session.trades(ETH, buffer=5), session.ticker(ETH, buffer=2)) as merged,
    ):
        await an_hour(session)
        held = [len(waiting(stream)) for stream in (whole, candles, closed, books, executions)]
        assert all(count <= bound for count, bound in zip(held, [5, 3, 3, 2, 5], strict=True))  # a Gap beside the last
        assert books.valid
        numbers: Any = merged._arrivals._numbers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        assert sum(map(len, numbers)) <= 5 + 1 + 2
        exchange.drop("ws")
        await anyio.sleep(30)
        assert books.valid
