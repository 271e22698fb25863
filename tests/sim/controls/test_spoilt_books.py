"""Faults of single books: what is planned for a symbol strikes there, and nowhere else."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from krakenio.sim import Exchange
from tests.sim.clients import Frame, RawSocket, private_token, raw_socket, still
from tests.sim.reference import RawBook, RawQueues

SPOILT, SOUND = "SOL/USD", "ADA/USD"
Follower = RawBook | RawQueues
KEEPERS: dict[str, Callable[[int], Follower]] = {"book": RawBook, "level3": RawQueues}


@asynccontextmanager
async def followed(exchange: Exchange, channel: str) -> AsyncGenerator[tuple[RawSocket, dict[str, Any]]]:
    """Open the host of a channel; with it come the parameters of a subscription to both symbols."""
    more = {"token": await private_token(exchange)} if channel == "level3" else {}
    async with raw_socket(exchange, "ws_l3" if channel == "level3" else "ws") as socket:
        yield socket, {"channel": channel, "symbol": [SPOILT, SOUND], "depth": 10, **more}


async def broken(socket: RawSocket, channel: str, rows: int) -> tuple[dict[str, int], list[int]]:
    """Keep both books for so many rows; return how many checksums failed, by symbol, and where."""
    books = {symbol: KEEPERS[channel](10) for symbol in (SPOILT, SOUND)}
    failed, places = dict.fromkeys(books, 0), list[int]()
    for place in range(rows):
        row = (await socket.channel(channel))["data"][0]
        try:
            books[row["symbol"]].apply(row)
            wrong = books[row["symbol"]].checksum() != row["checksum"]
        except (KeyError, AssertionError):  # an order that is unknown, or there already
            wrong = True
        if wrong:
            failed[row["symbol"]] += 1
            places.append(place)
    return failed, places


@pytest.mark.virtual
@pytest.mark.parametrize("channel", ["book", "level3"])
@pytest.mark.parametrize("fault", ["wrong_checksum", "wrong_digit", "lose_update", "lose_refill"])
async def test_a_fault_breaks_the_book_of_one_symbol_in_one_channel(channel: str, fault: str) -> None:
    async with still(markets=[SPOILT, SOUND], activity=50) as exchange, followed(exchange, channel) as (socket, params):
        await socket.send("subscribe", **params)
        assert await broken(socket, channel, 150) == ({SPOILT: 0, SOUND: 0}, [])
        getattr(exchange, fault)(SPOILT, channel="level3" if channel == "book" else "book")
        getattr(exchange, fault)(SPOILT, channel=channel)
        await socket.ask("unsubscribe", **params)
        await socket.reply("unsubscribe")
        await socket.send("subscribe", **params)
        failed, places = await broken(socket, channel, 300)
        assert (failed[SPOILT] > 0, failed[SOUND]) == (True, 0)
        if fault == "wrong_checksum":
            assert len(places) == 1


@pytest.mark.virtual
async def test_a_fault_strikes_as_often_as_it_is_told_to_and_until_it_is_lifted() -> None:
    async with still(markets=[SPOILT, SOUND], activity=50) as exchange, followed(exchange, "book") as (socket, params):
        await socket.send("subscribe", **params)
        exchange.wrong_checksum(SPOILT, times=3)
        assert (await broken(socket, "book", 100))[0] == {SPOILT: 3, SOUND: 0}
        exchange.wrong_checksum(SPOILT, times=None)
        exchange.clear_faults()
        exchange.wrong_checksum(SOUND)
        await socket.ask("unsubscribe", **params)
        await socket.reply("unsubscribe")
        await socket.send("subscribe", **params)
        assert (await broken(socket, "book", 100))[0] == {SPOILT: 0, SOUND: 1}


@pytest.mark.virtual
@pytest.mark.parametrize("channel", ["book", "level3"])
async def test_an_acknowledgement_may_come_without_a_snapshot_or_after_it(channel: str) -> None:
    async with still() as exchange, followed(exchange, channel) as (socket, params):
        exchange.lose_snapshot(SPOILT, channel=channel)
        exchange.snapshot_first(SOUND, channel=channel)
        exchange.lose_snapshot(SOUND, channel="ticker")
        await socket.send("subscribe", **params)
        seen = [await socket.receive() for _ in range(4)]
        assert [(frame.get("method") or frame["channel"], _symbol(frame)) for frame in seen] == [
            ("subscribe", SPOILT),
            (channel, SOUND),
            ("subscribe", SOUND),
            ("heartbeat", None),
        ]


def _symbol(frame: Frame) -> Any:
    empty: list[Frame] = [{}]
    row: Frame = frame.get("result") or frame.get("data", empty)[0]
    return row.get("symbol")


@pytest.mark.virtual
async def test_acknowledgements_and_snapshots_of_many_symbols_interleave_each_in_its_order() -> None:
    async with still(markets=60) as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", 1, channel="book", symbol=exchange.symbols)
        seen = [await socket.receive() for _ in range(120)]
        acks = [_symbol(frame) for frame in seen if "method" in frame]
        snapshots = [_symbol(frame) for frame in seen if "method" not in frame]
        assert acks == snapshots == exchange.symbols
        behind = [_behind(seen[: index + 1]) for index in range(120)]
        assert min(behind) == 0
        assert max(behind) > 2


def _behind(frames: list[Frame]) -> int:
    """Return how many snapshots are due after these frames."""
    return sum(1 if "method" in frame else -1 for frame in frames)


async def test_a_fault_is_planned_for_markets_that_exist_only() -> None:
    async with still() as exchange:
        with pytest.raises(ValueError, match=r"no market 'XBT/USD'; expected one of exchange\.symbols"):
            exchange.lose_update("XBT/USD")
