"""What a stream gives is what the exchange sent: in order, nothing twice, nothing missing without a gap (D2 to D6)."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

import krakenio
from krakenio import Gap, StreamClosed, StreamGap, StreamOverflow
from krakenio.sim import Exchange, open_exchange
from tests.injection import Injection, sweep
from tests.opened import BTC, CROSSING, ETH, RESTING, opened, seen, settled

pytestmark = pytest.mark.virtual

LOST = Gap("the connection was lost")


def traded(exchange: Exchange, symbol: str = BTC) -> list[int]:
    """Return the ids of all trades that ever happened in a market."""
    place = exchange._core.engine.places[symbol]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return [trade.trade_id for trade in place.history.trades]


def numbers(items: list[Any]) -> list[int]:
    return [item.trade_id for item in items if not isinstance(item, Gap)]


READS: dict[str, Callable[[Any], Callable[[], Awaitable[Any]]]] = {
    "async for": lambda stream: stream.__anext__,
    "receive": lambda stream: stream.receive,
    "batches": lambda stream: stream.batches().__anext__,
}


@pytest.mark.parametrize("way", READS)
@pytest.mark.parametrize("seconds", [0, 1], ids=["waits for it", "finds it there"])
async def test_cancelling_a_read_anywhere_neither_loses_nor_repeats_an_item(seconds: int, way: str) -> None:
    """D2: whether it waits for its item or finds it there."""

    async def universe(inject: Injection) -> None:
        async with opened(markets=1) as (exchange, session), session.trades(BTC) as stream:
            read, got, first = READS[way](stream), list[Any](), len(traded(exchange))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(trade, session, 3)
                await anyio.sleep(seconds)
                got += as_list((await inject(read)).value)
            await anyio.sleep(1)
            with anyio.move_on_after(1):
                while True:
                    got += as_list(await read())
            assert numbers(got) == traded(exchange)[first:]

    assert await sweep(universe) >= 1  # where nothing is there yet, waiting for it is the one checkpoint


def waits(stream: Any) -> bool:
    """Tell whether anything is there to be read."""
    return bool(stream._intake.items)  # noqa: SLF001


def failing(session: Any) -> Any:
    return session.trades(BTC, buffer=10, on_full="fail")


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownArgumentType]


async def trade(session: Any, count: int) -> None:
    for _ in range(count):
        await session.orders.add(**CROSSING)
        await anyio.sleep(0.01)


@pytest.mark.backends("trio-virtual", "asyncio-virtual")
@pytest.mark.parametrize("patience", [0.001, 0.03, 0.2, 1.0])
async def test_a_reader_that_is_cancelled_all_the_time_reads_everything_once(patience: float) -> None:
    """D2."""
    async with opened(activity=40.0, markets=1) as (exchange, session), session.trades(BTC) as stream:
        first, got = traded(exchange)[-1], list[Any]()
        until = anyio.current_time() + 30
        while anyio.current_time() < until:
            with anyio.move_on_after(patience):
                got += as_list(await READS[("async for", "receive", "batches")[len(got) % 3]](stream)())
        got += stream._intake.take_all()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        assert numbers(got) == list(range(first + 1, traded(exchange)[-1] + 1))
        assert len(got) > 20


async def test_a_reader_passes_a_checkpoint_at_least_every_64_items() -> None:
    """A1: the documented exception for `async for`; a full stream lets other tasks run."""
    async with opened() as (_, session), session.trades(BTC) as stream:
        intake: Any = stream._intake  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        for number in range(200):
            intake.put(number)
        with anyio.CancelScope() as scope:
            scope.cancel()
            async for _ in stream:
                raise AssertionError
        assert len(stream._intake.items) == 200  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        await stream.receive()
        read = 0
        with anyio.CancelScope() as scope:
            scope.cancel()
            async for _ in stream:
                read += 1
        assert read < 64


@pytest.mark.parametrize("gaps", ["yield", "raise"])
async def test_a_reconnect_shows_before_any_later_item(gaps: Any) -> None:
    """D3."""
    async with opened(activity=20.0, markets=1) as (exchange, session), session.trades(BTC, gaps=gaps) as stream:
        await anyio.sleep(10)
        exchange.drop("ws")
        await anyio.sleep(30)
        items: list[Any] = []
        while stream._intake.items:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            try:
                items.append(await stream.receive())
            except StreamGap as error:
                assert gaps == "raise"
                items.append(Gap(error.reason, error.lost))
        place = items.index(LOST)
        before, after = numbers(items[:place]), numbers(items[place:])
        whole = traded(exchange)
        assert before
        assert after
        assert before == whole[whole.index(before[0]) : whole.index(before[-1]) + 1]
        assert after == whole[whole.index(after[0]) :]
        assert [item for item in items if isinstance(item, Gap)] == [LOST]


@pytest.mark.parametrize("gaps", ["yield", "raise"])
async def test_batches_show_a_gap_where_it_is(gaps: Any) -> None:
    """D3."""
    async with opened() as (_, session), session.trades(BTC, gaps=gaps) as stream:
        intake: Any = stream._intake  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        for item in (LOST, 1, 2, LOST, LOST, 3):
            intake.put_gap(item) if isinstance(item, Gap) else intake.put(item)
        got: list[Any] = []
        while intake.items:
            try:
                got.append(await stream.take_batch())
            except StreamGap as error:
                got.append(str(error))
        text = LOST.reason
        assert got == ([[LOST, 1, 2, LOST, 3]] if gaps == "yield" else [text, [1, 2], text, [3]])


async def test_an_overflow_is_counted_and_the_stream_goes_on() -> None:
    """D3, D4."""
    async with opened(activity=40.0, markets=1) as (exchange, session), session.trades(BTC, buffer=10) as stream:
        first = traded(exchange)[-1] + 1
        await anyio.sleep(60)
        happened = list(range(first, traded(exchange)[-1] + 1))
        *kept, gap = await stream.take_batch()
        assert numbers(kept) == happened[:10]
        assert isinstance(gap, Gap)
        assert gap.lost == stream.lost == len(happened) - 10
        await anyio.sleep(1)
        later = numbers(await stream.take_batch())
        assert later == list(range(happened[-1] + 1, happened[-1] + 1 + len(later)))
        assert later


async def test_a_stream_that_is_to_fail_at_the_bound_does_so_behind_its_items() -> None:
    """D4."""
    async with opened(activity=40.0, markets=1) as (_, session), failing(session) as stream:
        await anyio.sleep(60)
        assert len([await stream.receive() for _ in range(10)]) == 10
        for _ in range(2):
            with pytest.raises(StreamOverflow, match="10 items"):
                await stream.receive()
        assert session.failure is None


async def test_executions_lost_at_the_bound_are_made_good_by_the_present_state() -> None:
    """D4: never silently, and the other streams of the channel do not notice."""
    async with (
        opened() as (exchange, session),
        session.executions(buffer=3) as slow,
        session.executions() as fast,
    ):
        for _ in range(4):
            await session.orders.add(**RESTING)
        await settled()
        batch = await slow.take_batch()
        assert [type(item) is Gap for item in batch] == [False, False, False, True]
        assert batch[-1].lost == len(await fast.take_batch()) - 3  # type: ignore[union-attr]
        await anyio.sleep(1)
        state = await slow.take_batch()
        assert [item.order_id for item in state[:3] if not isinstance(item, Gap)] == [
            order.order_id for order in exchange.orders[:3]
        ]
        assert len(fast._intake.items) == 0  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        assert len(seen(exchange, "subscribe")) == 1


async def test_a_jump_of_the_sequence_is_healed_by_a_new_snapshot_and_then_is_no_gap() -> None:
    """D3: once; balances, which count on their own, are left alone (defect 21)."""
    async with (
        opened() as (exchange, session),
        session.executions() as executions,
        session.balances() as balances,
    ):
        await session.orders.add(**RESTING)
        await settled()
        await executions.take_batch()
        await balances.take_batch()
        exchange.skip_sequence("executions")
        await session.orders.add(**RESTING)
        await anyio.sleep(1)
        items: list[Any] = await executions.take_batch()
        assert [item.exec_type for item in items] == ["pending_new", "new"]
        assert {item.order_id for item in items} == {exchange.orders[1].order_id}
        methods = [request.method for request in exchange.requests if request.method.endswith("subscribe")]
        assert methods == ["subscribe", "subscribe", "unsubscribe", "subscribe"]
        assert not balances._intake.items  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        await session.orders.add(**RESTING)
        await settled()
        assert not any(isinstance(item, Gap) for item in await executions.take_batch())


async def test_every_report_of_a_frame_is_given() -> None:
    """Defect 22: a frame that holds a trade and a filled report."""
    async with opened() as (exchange, session), session.executions() as executions:
        kinds: list[str] = []
        for _ in range(8):  # the exchange packs some pairs into one frame and some not
            await session.orders.add(**CROSSING)
            await settled()
            kinds += [item.exec_type for item in await executions.take_batch() if not isinstance(item, Gap)]
        assert kinds.count("filled") == 8
        assert kinds.count("trade") >= 8
        assert len(exchange.orders) == 8


TRADE_AND_FILLED = """{"channel":"executions","type":"update","data":[
{"order_id":"OX","exec_type":"trade","exec_id":"TX","order_status":"partially_filled","last_qty":0.5,"last_price":9.1,
"timestamp":"2026-11-23T00:00:00Z"},
{"order_id":"OX","exec_type":"filled","order_status":"filled","cum_qty":0.5,"timestamp":"2026-11-23T00:00:00Z"}],
"sequence":2}"""


async def test_a_captured_frame_of_two_reports_reaches_the_stream_whole() -> None:
    """Defect 22, with the frame as Kraken sends it."""
    async with opened() as (exchange, session), session.executions() as executions:
        exchange.send_raw("ws_auth", TRADE_AND_FILLED)
        await settled()
        rows: list[Any] = await executions.take_batch()
        assert [(row.exec_type, row.order_status, row.exec_id) for row in rows] == [
            ("trade", "partially_filled", "TX"),
            ("filled", "filled", None),
        ]


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        '{"channel":"unheard of","type":"update","data":[]}',
        '{"channel":"executions","type":"update","data":"text"}',
        '{"channel":"executions","type":"update","data":[{"order_id":7}]}',
        '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","price":"NaN"}]}',
        '{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[]}}',
        '{"method":"add_order","success":true,"req_id":999999,"result":{"order_id":"OX"}}',
        '{"method":"subscribe","success":true,"result":{"channel":"trade","symbol":"ETH/USD"}}',
        '{"error":"Malformed request","success":false}',
        "[]",
        "{}",
        "\u0000",
    ],
)
async def test_no_frame_ends_a_stream(frame: str) -> None:
    """G7, defect 4: what is not understood is skipped, on both sockets."""
    async with opened() as (exchange, session), session.trades(BTC) as trades, session.executions() as executions:
        for host in ("ws", "ws_auth"):
            exchange.send_raw(host, frame)
        await settled()
        await session.orders.add(**CROSSING)
        await anyio.sleep(1)  # the executions may have to find out what such a message said
        told = [item for item in await trades.take_batch() if item != Gap("a message of trade could not be read")]
        assert [type(item).__name__ for item in told] == ["Trade"]
        assert await executions.take_batch()
        assert {**exchange.connections, "rest": 1} == {"rest": 1, "ws": 1, "ws_auth": 1, "ws_l3": 0}
        assert sum(attempt.host != "rest" for attempt in exchange.attempts) == 2


async def test_a_slow_stream_delays_nobody() -> None:
    """D4: an hour in which nobody reads one stream; the others, acknowledgements, pongs and orders go on."""
    async with (
        opened(activity=2.0, markets=[BTC, ETH]) as (exchange, session),
        session.trades(BTC, buffer=5) as slow,
        session.trades(BTC, ETH) as fast,
    ):
        first, read = traded(exchange)[-1] + traded(exchange, ETH)[-1], 0
        for _ in range(60):
            await anyio.sleep(60)
            batch = await fast.take_batch() if waits(fast) else []
            assert not any(isinstance(item, Gap) for item in batch)
            read += len(batch)
            begun = anyio.current_time()
            await session.orders.add(**RESTING)
            async with session.ticker(ETH):
                pass
            assert anyio.current_time() - begun < 0.01
        read += len(fast._intake.items)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        assert read == traded(exchange)[-1] + traded(exchange, ETH)[-1] - first
        assert len(slow._intake.items) == 6  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        hosts = [attempt.host for attempt in exchange.attempts if attempt.host != "rest"]
        assert hosts == ["ws_auth", "ws"]  # no connection was lost for a pong or a heartbeat


@pytest.mark.parametrize("failed", [False, True])
async def test_when_the_session_ends_what_is_buffered_stays_readable_then_iterators_end(failed: bool) -> None:  # noqa: FBT001
    """D6: normally after a clean exit, with the session's failure otherwise."""
    async with open_exchange(transport="memory", activity=0) as exchange:
        whole = krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock)
        streams: list[Any] = []
        try:
            async with whole as session:
                streams += [session.trades(BTC, gaps="yield"), session.trades(BTC, gaps="raise")]
                for stream in streams:
                    await stream.__aenter__()
                await trade(session, 2)
                if failed:
                    exchange.close("ws_auth", 1008)
                    await anyio.sleep(60)
        except krakenio.SessionRefused:
            assert failed
        for stream in streams:
            assert len(stream._intake.items) >= 2  # noqa: SLF001
            while stream._intake.items:  # noqa: SLF001
                assert (await READS[("async for", "receive")[len(stream._intake.items) % 2]](stream)()).symbol == BTC  # noqa: SLF001
            for _ in range(2):
                for read in (stream.__anext__, stream.batches().__anext__, stream.receive):
                    with pytest.raises(krakenio.SessionRefused if failed else (StopAsyncIteration, StreamClosed)):
                        await read()
            await stream.__aexit__(None, None, None)


async def test_no_reader_is_left_asleep_when_the_session_ends() -> None:
    """D6: the readers outlive the session that they read from."""
    ended: list[str] = []

    async def read(stream: Any) -> None:
        async with stream:
            async for _ in stream:
                continue
        ended.append("quietly")

    async with open_exchange(transport="memory", activity=0) as exchange, anyio.create_task_group() as tasks:
        async with krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as session:
            for stream in (session.trades(BTC), session.executions(), session.events()):
                tasks.start_soon(read, stream)
            await anyio.sleep(1)
    assert ended == ["quietly"] * 3


async def test_a_stream_of_events_tells_what_happens_to_the_session() -> None:
    async with opened() as (exchange, session), session.events() as events:
        exchange.drop("ws_auth")
        await anyio.sleep(30)
        names = [type(event).__name__ for event in await events.take_batch()]
        assert names == ["ConnectionLost", "TokenFetched", "Connected"]


async def test_a_poll_says_that_there_is_nothing_yet_or_that_there_never_will_be() -> None:
    async with opened(markets=[BTC]) as (_, session):
        stream = session.trades(BTC)
        with pytest.raises(StreamClosed, match="outside its block"):
            stream.receive_nowait()
        async with stream:
            with pytest.raises(anyio.WouldBlock):
                stream.receive_nowait()
        with pytest.raises(StreamClosed, match="outside its block"):
            stream.receive_nowait()
        events = session.events()
        await events.__aenter__()
    while True:
        try:
            events.receive_nowait()
        except StreamClosed as error:
            assert "ended with its session" in str(error)  # noqa: PT017 - what comes before it is told too
            break
    await events.__aexit__(None, None, None)
