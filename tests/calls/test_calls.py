"""Every public async call can be cancelled anywhere, and passes a checkpoint whatever comes of it (A1 to A6)."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import pytest

import krakenio
from krakenio import KrakenError
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.injection import Driven, Injection, Moment, sweep
from tests.opened import BTC, RESTING, opened, pending, resting, settled

Call = Callable[[], Awaitable[Any]]
Prepared = Callable[[Exchange, Session[Any]], Awaitable[Call]]


async def add(_: Exchange, session: Session[Any]) -> Call:
    return partial(session.orders.add, **RESTING)


async def submit(_: Exchange, session: Session[Any]) -> Call:
    return session.orders.prepare(**RESTING).submit


async def cancel(_: Exchange, session: Session[Any]) -> Call:
    order = await session.orders.add(**RESTING)
    return partial(session.orders.cancel, order_id=order.order_id)


async def resolve(exchange: Exchange, session: Session[Any]) -> Call:
    exchange.reject("add_order", "EService:Timeout")
    intent = session.orders.prepare(**RESTING)
    with pytest.raises(krakenio.OrderOutcomeUnknown):
        await intent.submit()
    return intent.resolve


async def token(_: Exchange, session: Session[Any]) -> Call:
    return session.token


async def enter(_: Exchange, session: Session[Any]) -> Call:
    async def inside() -> None:
        async with session.trades(BTC):
            pass

    return inside


async def opened_stream(session: Session[Any]) -> Any:
    """Enter a stream that its call's end leaves; it has one item to read."""
    stream = session.ticker(BTC)
    await stream.__aenter__()
    await settled()
    return stream


async def left(stream: Any, read: Call) -> Any:
    try:
        return await read()
    finally:
        stream._close()  # noqa: SLF001


async def anext_(_: Exchange, session: Session[Any]) -> Call:
    stream = await opened_stream(session)
    return partial(left, stream, stream.__anext__)


async def receive(_: Exchange, session: Session[Any]) -> Call:
    stream = await opened_stream(session)
    return partial(left, stream, stream.receive)


async def take_batch(_: Exchange, session: Session[Any]) -> Call:
    stream = await opened_stream(session)
    return partial(left, stream, stream.take_batch)


async def batches(_: Exchange, session: Session[Any]) -> Call:
    stream = await opened_stream(session)
    return partial(left, stream, stream.batches().__anext__)


async def enter_tended(_: Exchange, session: Session[Any]) -> Call:
    async def inside() -> None:
        async with session.ohlc(BTC, closed=True), session.trades(BTC, backfill=True):
            pass

    return inside


async def enter_merged(_: Exchange, session: Session[Any]) -> Call:
    async def inside() -> None:
        async with krakenio.merge(session.trades(BTC), session.ticker(BTC)):
            pass

    return inside


async def receive_merged(_: Exchange, session: Session[Any]) -> Call:
    async def inside() -> None:
        async with krakenio.merge(session.trades(BTC), session.ticker(BTC)) as merged:
            await merged.receive()

    return inside


async def leave_pages(_: Exchange, session: Session[Any]) -> Call:
    walk = session.rest.account.ledgers()
    await walk.__aenter__()
    return partial(walk.__aexit__, None, None, None)


async def rest_call(_: Exchange, session: Session[Any]) -> Call:
    return partial(session.rest.call, "Time")


async def private_rest_call(_: Exchange, session: Session[Any]) -> Call:
    return partial(session.rest.call, "Balance")


CALLS: list[Prepared] = [
    add, submit, cancel, resolve, token, enter, anext_, receive, take_batch, batches, enter_tended, enter_merged,
    receive_merged, leave_pages, rest_call, private_rest_call,
]  # fmt: skip


async def bad_add(_: Exchange, session: Session[Any]) -> Call:
    return partial(session.orders.add, **resting(symbol="XBT/USD"))


async def bad_cancel(_: Exchange, session: Session[Any]) -> Call:
    return session.orders.cancel


async def used_id(_: Exchange, session: Session[Any]) -> Call:
    await session.orders.add(**RESTING, cl_ord_id="mine")
    return partial(session.orders.add, **RESTING, cl_ord_id="mine")


async def second_submit(_: Exchange, session: Session[Any]) -> Call:
    intent = session.orders.prepare(**RESTING)
    await intent.submit()
    return intent.submit


async def refused(exchange: Exchange, session: Session[Any]) -> Call:
    exchange.reject("add_order", "EOrder:Insufficient funds")
    return partial(session.orders.add, **RESTING)


async def disconnected(exchange: Exchange, session: Session[Any]) -> Call:
    exchange.freeze("ws_auth", 0.05)
    exchange.drop("ws_auth")
    await settled()
    return partial(session.orders.add, **RESTING)


async def refused_stream(_: Exchange, session: Session[Any]) -> Call:
    return session.ticker("NOT/HERE").__aenter__


async def outside(_: Exchange, session: Session[Any]) -> Call:
    return session.ticker(BTC).__anext__


async def outside_receive(_: Exchange, session: Session[Any]) -> Call:
    return session.ticker(BTC).receive


async def outside_batch(_: Exchange, session: Session[Any]) -> Call:
    return session.ticker(BTC).take_batch


async def entered_twice(_: Exchange, session: Session[Any]) -> Call:
    stream = session.trades(BTC)
    async with stream:
        pass
    return stream.__aenter__


async def bad_rest_call(_: Exchange, session: Session[Any]) -> Call:
    return partial(session.rest.call, "no such path!")


async def bad_pages(_: Exchange, session: Session[Any]) -> Call:
    return session.rest.account.ledgers(ofs="odd").__aenter__  # type: ignore[arg-type]


async def leg_alone(_: Exchange, session: Session[Any]) -> Call:
    order = {name: value for name, value in RESTING.items() if name != "symbol"}
    return session.orders.prepare_batch(BTC, [order, order]).legs[0].submit  # type: ignore[list-item]


async def group_outside(_: Exchange, session: Session[Any]) -> Call:
    return partial(session.orders.open_group().add, **RESTING)


async def report_outside(_: Exchange, session: Session[Any]) -> Call:
    return session.rest.account.open_export(report="trades", description="all").ready


async def ended_session(exchange: Exchange) -> Session[Any]:
    again = krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock)
    async with again as session:
        pass
    return session


async def token_too_late(exchange: Exchange, _: Session[Any]) -> Call:
    return (await ended_session(exchange)).token


async def halt_too_late(exchange: Exchange, _: Session[Any]) -> Call:
    orders = (session := await ended_session(exchange))._orders  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    assert session.failure is None
    return orders.halt


async def session_twice(exchange: Exchange, _: Session[Any]) -> Call:
    once = krakenio.open_session(endpoints=exchange.endpoints)
    async with once:
        pass
    return once.__aenter__


FAILING: list[Prepared] = [
    bad_add, bad_cancel, used_id, second_submit, refused, disconnected, refused_stream, outside, outside_receive,
    outside_batch, entered_twice, bad_rest_call, bad_pages, leg_alone, group_outside, report_outside, token_too_late,
    halt_too_late, session_twice,
]  # fmt: skip


async def yields_of(call: Call) -> tuple[int, BaseException | None]:
    """Make a call and count its checkpoints."""
    driven = Driven(call(), "park", 0, lambda: None)
    try:
        await driven
    except (KrakenError, RuntimeError, ValueError) as error:
        return driven.yields, error
    return driven.yields, None


def baseline(exchange: Exchange, session: Session[Any]) -> tuple[object, ...]:
    """Count what must be back where it was: requests pending, streams, REST entries."""
    rest = session.rest
    lengths = len(rest._private), len(rest._public)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return pending(session)[:2], len(session._intakes), lengths, exchange.connections["ws_auth"]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def orders_and_streams(exchange: Exchange) -> list[str]:
    """Return what reached the exchange and had an effect there, or asked for one."""
    return [request.method for request in exchange.requests if request.method != "ping"]


@pytest.mark.virtual
@pytest.mark.parametrize("prepare", CALLS)
async def test_every_call_passes_a_checkpoint(prepare: Prepared) -> None:
    """A1: though nothing would have to be waited for."""
    async with opened() as (exchange, session):
        checkpoints, error = await yields_of(await prepare(exchange, session))
        assert checkpoints >= 1
        assert error is None


@pytest.mark.virtual
@pytest.mark.parametrize("prepare", FAILING)
async def test_every_call_that_fails_passes_a_checkpoint(prepare: Prepared) -> None:
    """A1: a loop around a call that always fails can be cancelled."""
    async with opened() as (exchange, session):
        checkpoints, error = await yields_of(await prepare(exchange, session))
        assert error is not None
        assert checkpoints >= 1


@pytest.mark.parametrize("prepare", [*CALLS, *FAILING])
async def test_a_call_that_is_cancelled_on_entry_has_no_effect(prepare: Prepared) -> None:
    """A5."""
    async with opened() as (exchange, session):
        call = await prepare(exchange, session)
        before = orders_and_streams(exchange)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await call()
        assert scope.cancelled_caught
        await anyio.sleep(0.02)
        after = orders_and_streams(exchange)[len(before) :]
        effects = {"add_order", "cancel_order", "subscribe" if prepare in {enter, refused_stream} else ""}
        assert [method for method in after if method in effects] == []


@pytest.mark.virtual
@pytest.mark.parametrize("prepare", CALLS)
async def test_a_call_leaves_at_once_and_leaves_nothing_wherever_it_is_cancelled(prepare: Prepared) -> None:
    """A2, A3, A4, A6: at every checkpoint, in every way; bystanders and the next call are served."""
    async def universe(inject: Injection) -> None:
        async with opened(markets=1) as (exchange, session):
            call = await prepare(exchange, session)
            report = await at_once(inject, call)
            assert report.error is None or isinstance(report.error, KrakenError)
            await anyio.sleep(0.5)
            assert baseline(exchange, session) == ((0, 0), 0, (0, 0), 1)
            await session.orders.add(**RESTING)
            await session.rest.call("Time")

    assert await sweep(universe) >= 1


async def at_once(inject: Injection, call: Call, grace: float = 0.0) -> Any:
    """Make the call; from its cancel to its end the virtual clock may not move, but for a group's grace (A2, I1)."""
    ended: list[float] = []

    async def timed() -> Any:
        try:
            return await call()
        finally:
            ended.append(anyio.current_time())

    report = await inject(timed)
    if report.cancelled:
        assert ended[0] - report.fired_at <= grace * 1.001
    return report


async def test_calls_are_cancellable_over_real_sockets_too() -> None:
    """A4, A6: TCP and TLS on loopback; after each cancel the next call is served."""
    async with opened(transport="tcp") as (exchange, session):
        for prepare in CALLS:
            if prepare is resolve:
                continue  # seven real seconds
            for passes in range(0, 12, 3):
                await Moment("scope", passes)(await prepare(exchange, session))
            await session.orders.add(**RESTING)
        await anyio.sleep(0.05)
        assert pending(session)[:2] == (0, 0)
