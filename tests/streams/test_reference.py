"""Candles, instruments and announcements reach their streams, whatever else is subscribed and whoever comes late."""

from typing import Any

import anyio
import pytest

import krakenio
from krakenio import Gap, InvalidRequest
from krakenio.events import Announcements, Event
from krakenio.session import Session
from tests.opened import BTC, ETH, opened, seen, settled

pytestmark = pytest.mark.virtual


async def some(stream: Any, count: int) -> list[Any]:
    """Read so many items."""
    with anyio.fail_after(3600):  # noqa: ASYNC100 - the checkpoints are in the comprehension
        return [await stream.receive() for _ in range(count)]


async def test_several_intervals_of_one_symbol_are_streamed_at_once_and_kept_apart() -> None:
    async with (
        opened(activity=50.0) as (exchange, session),
        session.ohlc(BTC, ETH, interval=1) as minutes,
        session.ohlc(BTC, interval=60) as hours,
    ):
        assert {row.interval for row in await some(minutes, 200)} == {1}
        assert {(row.symbol, row.interval) for row in await some(hours, 20)} == {(BTC, 60)}
        wanted = [params["interval"] for params in seen(exchange, "subscribe") if params["channel"] == "ohlc"]
        assert wanted == [1, 60]


async def test_leaving_one_interval_keeps_the_other() -> None:
    async with opened(activity=50.0) as (exchange, session), session.ohlc(BTC, interval=60) as hours:
        async with session.ohlc(BTC, interval=5):
            pass
        await settled()
        assert [params["interval"] for params in seen(exchange, "unsubscribe")] == [5]
        await hours.take_batch()
        assert (await some(hours, 1))[0].interval == 60


async def test_a_reconnect_brings_every_interval_back() -> None:
    async with (
        opened(activity=50.0) as (exchange, session),
        session.ohlc(BTC, interval=1) as minutes,
        session.ohlc(BTC, interval=60) as hours,
    ):
        await anyio.sleep(10)
        exchange.drop("ws")
        await anyio.sleep(30)
        for stream, interval in ((minutes, 1), (hours, 60)):
            rows = await stream.take_batch()
            assert [row for row in rows if isinstance(row, Gap)] == [Gap("the connection was lost")]
            assert not isinstance(rows[-1], Gap)
            assert rows[-1].interval == interval


async def test_a_late_stream_of_candles_learns_the_running_one() -> None:
    async with opened(activity=50.0) as (_, session), session.ohlc(BTC, interval=5) as first:
        await anyio.sleep(10)
        last = (await first.take_batch())[-1]
        async with session.ohlc(BTC, interval=5) as late:
            assert await some(late, 1) == [last]


@pytest.mark.parametrize("interval", [2, 0, "1", 1.0, True, None])
async def test_an_interval_that_kraken_does_not_offer_names_the_list(interval: Any) -> None:
    async with opened() as (_, session):
        with pytest.raises(InvalidRequest) as caught:
            session.ohlc(BTC, interval=interval)
        listed = "1, 5, 15, 30, 60, 240, 1440, 10080, 21600"
        assert str(caught.value) == f"ohlc(interval={interval!r}): Kraken offers {listed}"


async def test_instruments_are_told_whole_and_then_as_they_change() -> None:
    async with opened() as (exchange, session), session.instruments() as instruments:
        [snapshot] = await some(instruments, 1)
        assert snapshot.type == "snapshot"
        assert {pair.symbol for pair in snapshot.data.pairs} >= {BTC, ETH}
        exchange.set_market(ETH, "cancel_only")
        [update] = await some(instruments, 1)
        assert [(pair.symbol, pair.status) for pair in update.data.pairs] == [(ETH, "cancel_only")]


async def test_a_late_stream_of_instruments_learns_the_present_state() -> None:
    async with opened() as (exchange, session), session.instruments() as first:
        [snapshot] = await some(first, 1)
        exchange.set_market(ETH, "cancel_only")
        await settled()
        async with session.instruments() as late:
            [told] = await some(late, 1)
            assert told.type == "snapshot"
            assert told.data.assets == snapshot.data.assets
            states = {pair.symbol: pair.status for pair in told.data.pairs}
            assert states == {pair.symbol: pair.status for pair in snapshot.data.pairs} | {ETH: "cancel_only"}
        assert len([each for each in seen(exchange, "subscribe") if each["channel"] == "instrument"]) == 1


async def test_instruments_lost_at_the_bound_are_made_good_by_the_present_state() -> None:
    async with opened() as (exchange, session), session.instruments(buffer=1) as slow:
        exchange.set_market(ETH, "cancel_only")
        await settled()
        exchange.set_market(ETH, "online")
        await settled()
        assert (await some(slow, 1))[0].type == "snapshot"
        assert await some(slow, 1) == [Gap("the stream was read too slowly", lost=2)]
        [told] = await some(slow, 1)
        assert {pair.symbol: pair.status for pair in told.data.pairs}[ETH] == "online"


async def test_other_terms_of_instruments_need_another_session() -> None:
    async with opened() as (exchange, session), session.instruments(include_tokenized_assets=True):
        [asked] = [each for each in seen(exchange, "subscribe") if each["channel"] == "instrument"]
        assert asked["include_tokenized_assets"] is True
        assert asked["execution_venue"] == "international"
        with pytest.raises(InvalidRequest, match=r"the instrument is subscribed with .* a second session"):
            async with session.instruments():
                raise AssertionError


@pytest.mark.parametrize(
    ("params", "offers"),
    [
        ({"execution_venue": "bitnomial_exchange"}, "'international', 'bitnomial-exchange'"),
        ({"include_tokenized_assets": 1}, "True, False"),
    ],
)
async def test_terms_that_kraken_does_not_offer_name_the_list(params: dict[str, Any], offers: str) -> None:
    async with opened() as (_, session):
        with pytest.raises(InvalidRequest, match=f"Kraken offers {offers}$"):
            session.instruments(**params)


async def announced(session: Session[Any], events: krakenio.Stream[Event]) -> list[Announcements]:
    """Return the announcements that the private socket has told since the last time."""
    assert session.failure is None
    await settled()
    items = await events.take_batch()
    return [item for item in items if isinstance(item, Announcements) and item.link == "ws_auth"]


async def test_announcements_are_events_when_they_change_and_when_they_end() -> None:
    async with opened() as (exchange, session), session.events() as events:
        number = exchange.announce_maintenance(7200)
        [told] = await announced(session, events)
        assert [each.event_id for each in told.upcoming_maintenance] == [number]
        assert told.emergency == ()
        await anyio.sleep(10)
        exchange.send_status()  # later, but nothing new
        incident = exchange.announce_emergency()
        [told] = await announced(session, events)
        assert [each.event_id for each in told.emergency] == [incident]
        exchange.withdraw(number)
        exchange.withdraw(incident)
        told = (await announced(session, events))[-1]
        assert (told.upcoming_maintenance, told.emergency) == ((), ())
