"""The caller's cancel scope becomes the order's deadline in Kraken's engine, in Kraken's time (contract B9)."""

from datetime import UTC, datetime
from typing import Any

import anyio
import pytest

from krakenio import OrderNotSent, Outcome
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.opened import RESTING, Valve, attempt, ids, opened, seen, settled

pytestmark = pytest.mark.virtual

METHOD_BY = {"ws": "add_order", "rest": "AddOrder"}


def seconds_ahead(exchange: Exchange) -> float:
    """Return how far ahead the last deadline was when it arrived, by the exchange's clock."""
    request = [each for each in exchange.requests if each.method == "add_order"][-1]
    moment = datetime.fromisoformat(str(request.params["deadline"]))
    assert moment.tzinfo == UTC
    return moment.timestamp() - request.time / 1e9


async def placed(session: Session[Any], *scopes: float) -> None:
    """Place an order inside nested scopes."""
    if scopes:
        with anyio.fail_after(scopes[0]):
            await placed(session, *scopes[1:])
    else:
        await session.orders.add(**RESTING)


@pytest.mark.parametrize(
    ("scopes", "expected"), [((2,), 2.0), ((), 5.0), ((100,), 58.0), ((30, 3), 3.0), ((3, 30), 3.0), ((0.6,), 0.6)]
)
@pytest.mark.parametrize("ahead", [0.0, 25.0, -25.0, 3600.0])
async def test_the_deadline_is_what_the_callers_scopes_leave(
    scopes: tuple[float, ...], expected: float, ahead: float
) -> None:
    """B9: however wrong our clock is, by the difference to Kraken's that its replies show."""
    async with opened(ahead=ahead) as (exchange, session):
        await anyio.sleep(1)
        await placed(session, *scopes)
        assert seconds_ahead(exchange) == pytest.approx(expected, abs=0.002)
        assert len(ids(exchange)) == 1


@pytest.mark.parametrize("ahead", [30.0, -30.0])
async def test_krakens_time_is_known_when_the_session_is_entered(ahead: float) -> None:
    """B9: the first order of a session has its deadline right."""
    async with opened(ahead=ahead) as (exchange, session):
        await session.orders.add(**RESTING)
        assert seconds_ahead(exchange) == pytest.approx(5, abs=0.002)


async def test_a_long_scope_is_no_deadline_that_kraken_refuses_as_too_far_ahead() -> None:
    """B9: while whatever it was asked was slow on its way there, our idea of Kraken's time is ahead by half of that."""
    valve = Valve()
    async with opened(valve=valve) as (exchange, session), anyio.create_task_group() as tasks:
        for _ in range(20):  # the fast ones of the beginning count no more
            valve.close()
            tasks.start_soon(session.orders.cancel_all)
            await anyio.sleep(0.2)
            valve.open()
            await settled()
        await placed(session, 100)
        assert 58.05 < seconds_ahead(exchange) < 60


@pytest.mark.parametrize("step", [30.0, -30.0, -86_400.0])
async def test_a_clock_of_ours_that_is_set_moves_no_deadline(step: float) -> None:
    """B8, B9: neither that of the next order, nor how long the last one is waited for."""
    wall = [1_700_000_000.0]
    async with opened(session={"clock": lambda: round((wall[0] + anyio.current_time()) * 1e9)}) as (exchange, session):
        await session.orders.add(**RESTING)
        exchange.hold(100, "ws_auth", "add_order", times=1)
        intent, begun = session.orders.prepare(**RESTING), anyio.current_time()
        wall[0] += step
        with anyio.move_on_after(20):
            await intent.submit()
        wall[0] -= 2 * step
        assert await intent.resolve() is Outcome.NOT_ACCEPTED
        assert anyio.current_time() - begun == pytest.approx(22, abs=0.1)
        assert seconds_ahead(exchange) == pytest.approx(20, abs=0.002)
        await session.orders.add(**RESTING)
        assert seconds_ahead(exchange) == pytest.approx(5, abs=0.002)


async def test_kraken_s_clock_that_is_set_is_followed() -> None:
    """B9: after two pings at the latest."""
    async with opened() as (exchange, session):
        exchange.skew_clock(-20)
        await anyio.sleep(45)
        await session.orders.add(**RESTING)
        assert seconds_ahead(exchange) == pytest.approx(5, abs=0.002)


async def test_move_on_after_counts_as_fail_after_does() -> None:
    """B9."""
    async with opened() as (exchange, session):
        with anyio.move_on_after(7):
            await session.orders.add(**RESTING)
        assert seconds_ahead(exchange) == pytest.approx(7, abs=0.002)


async def test_a_shield_hides_the_scopes_outside_it() -> None:
    """B9: what cannot cancel the call is no deadline of it."""
    async with opened() as (exchange, session):
        with anyio.fail_after(2), anyio.CancelScope(shield=True):
            await session.orders.add(**RESTING)
        assert seconds_ahead(exchange) == pytest.approx(5, abs=0.002)


@pytest.mark.parametrize("left", [0.49, 0.1])
async def test_with_too_little_time_nothing_goes_out(left: float) -> None:
    """B9: Kraken refuses less than half a second."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**RESTING)
        with pytest.raises(OrderNotSent, match=r"0\.\d+ s are left.*nothing was sent"), anyio.fail_after(left):
            await intent.submit()
        assert intent.outcome is Outcome.NOT_SENT
        await anyio.sleep(30)
        assert seen(exchange, "add_order") == []
        await intent.submit()  # the id was not used up
        assert ids(exchange) == [intent.cl_ord_id]


async def test_kraken_refuses_what_arrives_after_the_deadline() -> None:
    """B9: so an order cannot come to life after its caller has given up."""
    async with opened() as (exchange, session):
        exchange.hold(2, "ws_auth", "add_order")
        intent = session.orders.prepare(**RESTING)
        with anyio.move_on_after(1.5):
            await intent.submit()
        await anyio.sleep(30)
        assert ids(exchange) == []
        assert await intent.resolve() is Outcome.NOT_ACCEPTED


@pytest.mark.parametrize(("via", "left"), [("ws", 0.5), ("rest", 2.5)])
async def test_an_order_that_waits_until_too_little_time_is_left_never_goes_out(via: Any, left: float) -> None:
    """B9: others stand before it, at a peer that has stopped to read."""
    valve = Valve()
    async with opened(valve=valve) as (exchange, session), anyio.create_task_group() as tasks:
        valve.close()
        first, second = (session.orders.prepare(**RESTING, via=via) for _ in range(2))
        tasks.start_soon(attempt, first, list[object]())
        await settled()
        began = anyio.current_time()
        with pytest.raises(OrderNotSent, match="others before it"):
            await second.submit()
        assert anyio.current_time() - began == pytest.approx(5 - left, abs=0.01)
        assert second.outcome is Outcome.NOT_SENT
        await anyio.sleep(10)
        valve.open()
        await anyio.sleep(1)
        assert second.cl_ord_id not in [each.get("cl_ord_id") for each in seen(exchange, METHOD_BY[via])]
        assert ids(exchange) == []


async def test_a_cancel_has_no_deadline() -> None:
    """A cancel may come late; better than never. Kraken's `cancel_order` knows no deadline."""
    async with opened() as (exchange, session):
        order = await session.orders.add(**RESTING)
        with anyio.fail_after(0.1):
            await session.orders.cancel(order_id=order.order_id)
        assert "deadline" not in seen(exchange, "cancel_order")[0]
