"""`resolve` answers what became of an order: never "not accepted" while Kraken could still accept it (contract B8)."""

from typing import Any

import anyio
import pytest

from krakenio import Intent, InvalidRequest, KrakenError, Outcome, TransportError
from krakenio.session import Session
from tests.injection import Injection, sweep
from tests.opened import BTC, CROSSING, RESTING, ended, ids, left_unknown, lost, opened, resting, seen, settled

pytestmark = pytest.mark.virtual

DEADLINE = 5.0
MARGIN = 2.0


async def test_an_order_that_comes_to_rest_later_is_found() -> None:
    """B8: asked at once, while the order is still on its way to the engine."""
    async with opened() as (exchange, session):
        intent = await lost(exchange, session, RESTING, hold=3)
        assert ids(exchange) == []
        assert await intent.resolve() is Outcome.ACKED
        assert (ids(exchange), intent.order_id) == ([intent.cl_ord_id], exchange.orders[0].order_id)


async def test_an_order_that_is_closed_already_is_found() -> None:
    """B8: first the open, then the closed orders: an order moves one way only."""
    async with opened() as (exchange, session):
        intent = await lost(exchange, session, CROSSING, hold=3)
        assert await intent.resolve() is Outcome.ACKED
        assert exchange.orders[0].status == "filled"
        methods = [request.method for request in exchange.requests if request.host == "rest"]
        assert methods[-2:] == ["OpenOrders", "ClosedOrders"]


@pytest.mark.parametrize("ahead", [0.0, 400.0, -400.0])
async def test_a_closed_order_is_found_whatever_our_clock_says(ahead: float) -> None:
    """B8: Kraken searches its tables by its own time."""
    async with opened(ahead=ahead) as (exchange, session):
        await anyio.sleep(1)
        intent = await lost(exchange, session, CROSSING, hold=3)
        assert await intent.resolve() is Outcome.ACKED


@pytest.mark.parametrize("ahead", [0.0, 30.0, -30.0])
async def test_an_order_that_came_too_late_was_not_accepted_and_is_told_so_after_its_deadline(ahead: float) -> None:
    """B8: in Kraken's time, whatever our clock says."""
    async with opened(ahead=ahead) as (exchange, session):
        await anyio.sleep(1)
        begun = anyio.current_time()
        intent = await lost(exchange, session, RESTING, hold=6)
        assert await intent.resolve() is Outcome.NOT_ACCEPTED
        assert anyio.current_time() - begun == pytest.approx(DEADLINE + MARGIN, abs=0.01)
        await anyio.sleep(60)
        assert ids(exchange) == []
        assert await intent.resolve() is Outcome.NOT_ACCEPTED
        assert intent.outcome is Outcome.NOT_ACCEPTED


async def test_long_after_the_deadline_it_answers_at_once() -> None:
    async with opened() as (exchange, session):
        intent = await lost(exchange, session, RESTING, hold=6)
        await anyio.sleep(100)
        begun = anyio.current_time()
        assert await intent.resolve() is Outcome.NOT_ACCEPTED
        assert anyio.current_time() - begun < 0.01


async def test_a_lost_connection_does_not_hasten_the_answer() -> None:
    """B8: the end of the connection says nothing about the order, though it wakes whoever waits."""
    async with opened() as (exchange, session):
        exchange.hold(4, "ws_auth", "add_order", times=1)
        intent = session.orders.prepare(**RESTING)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ended_early, intent)
            await anyio.sleep(1)
            tasks.cancel_scope.cancel()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(intent.resolve)
            await settled()
            exchange.freeze("ws_auth", 10_000)
            exchange.drop("ws_auth")
        assert intent.outcome is Outcome.ACKED
        assert ids(exchange) == [intent.cl_ord_id]


async def ended_early(intent: Intent) -> None:
    await intent.submit()


@pytest.mark.parametrize("error", ["EService:Timeout", "EService:Unavailable", "EGeneral:Internal error"])
async def test_an_ambiguous_refusal_is_no_answer(error: str) -> None:
    """B4, C4: the engine may have taken it; `resolve` finds out."""
    async with opened() as (exchange, session):
        exchange.fail_after_acceptance("add_order", error)
        intent = session.orders.prepare(**resting(cl_ord_id="mine"))
        exchange.freeze("rest", 0)
        outcome = await resolved_at_last(intent)
        assert outcome is Outcome.ACKED
        assert ids(exchange) == ["mine"]
        exchange.reject("add_order", error)
        intent = session.orders.prepare(**RESTING)
        with pytest.raises(KrakenError):
            await intent.submit()
        assert intent.outcome is Outcome.UNKNOWN
        assert str(intent.error) == error
        begun = anyio.current_time()
        assert await intent.resolve() is Outcome.NOT_ACCEPTED
        assert anyio.current_time() - begun == pytest.approx(DEADLINE + MARGIN, abs=0.01)


async def resolved_at_last(intent: Intent) -> Outcome:
    try:
        await intent.submit()
    except KrakenError:
        assert intent.outcome in {Outcome.UNKNOWN, Outcome.ACKED}
    return await intent.resolve()


async def test_resolving_can_be_cancelled_at_every_checkpoint_and_repeated() -> None:
    """B8."""

    async def universe(inject: Injection) -> None:
        async with opened(markets=1) as (exchange, session):
            intent = await lost(exchange, session, CROSSING, hold=3)
            report = await inject(intent.resolve)
            assert report.cancelled or report.value is Outcome.ACKED
            assert intent.outcome in {Outcome.UNKNOWN, Outcome.ACKED}
            assert await intent.resolve() is Outcome.ACKED
            assert len(session.rest._private) == 0  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    assert await sweep(universe) >= 4


async def test_while_kraken_cannot_be_asked_it_raises_and_the_outcome_stays_open() -> None:
    async with opened() as (exchange, session):
        intent = await lost(exchange, session, RESTING, hold=6)
        exchange.refuse("rest", 503, times=None)
        with pytest.raises(TransportError, match="HTTP 503"):
            await intent.resolve()
        assert intent.outcome is Outcome.UNKNOWN
        exchange.clear_faults()
        assert await intent.resolve() is Outcome.NOT_ACCEPTED


async def test_two_may_ask_at_once() -> None:
    async with opened() as (exchange, session):
        intent = await lost(exchange, session, RESTING, hold=3)
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(intent.resolve)
        assert intent.outcome is Outcome.ACKED
        assert len(seen(exchange, "OpenOrders")) <= 2


async def test_what_is_known_is_answered_without_asking() -> None:
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**RESTING)
        assert await intent.resolve() is Outcome.NOT_SENT
        await intent.submit()
        assert await intent.resolve() is Outcome.ACKED
        assert [request.method for request in exchange.requests if request.host == "rest"] == ["GetWebSocketsToken"]


async def test_an_order_without_a_name_of_its_own_cannot_be_looked_for() -> None:
    async with opened() as (exchange, session):
        intent = await lost(exchange, session, resting(order_userref=7), hold=3)
        with pytest.raises(InvalidRequest, match="give it a cl_ord_id"):
            await intent.resolve()


@pytest.mark.parametrize(
    ("change", "outcome"),
    [({"order_userref": 9}, Outcome.NOT_ACCEPTED), ({"limit_price": "49000.0"}, Outcome.UNKNOWN)],
)
async def test_an_edit_is_not_taken_for_another_one_of_the_same_order(change: Any, outcome: Outcome) -> None:
    """B8: an order is replaced once, and what replaced it may have been asked for by somebody else."""
    async with opened() as (exchange, session):
        order = await session.orders.add(**RESTING, order_userref=7)
        edit: dict[str, Any] = {"order_id": order.order_id, "symbol": BTC, "order_qty": "0.002", "order_userref": 8}
        intent = await left_unknown(exchange, session.orders.prepare_edit(**{**edit, **change}))
        await session.orders.edit(**edit)
        assert await intent.resolve() is outcome
        assert intent.order_id is None


async def amended(session: Session[Any], order_id: str, *prices: str) -> None:
    for price in prices:
        await session.orders.amend(order_id=order_id, limit_price=price)
        await anyio.sleep(0.5)


@pytest.mark.parametrize("before", [(), ("49000.0",), ("49000.0", "50000.0"), ("50000.0", "51000.0")])
async def test_an_amend_is_not_taken_for_an_equal_one_before(before: tuple[str, ...]) -> None:
    """B8: nor for the order as it came."""
    async with opened() as (exchange, session):
        order = await session.orders.add(**resting(limit_price="50500.0"))
        await amended(session, order.order_id, *before)
        intent = session.orders.prepare_amend(order_id=order.order_id, limit_price="50000.0")
        await left_unknown(exchange, intent)
        outcome = await intent.resolve()
        last = before[-1:] == ("50000.0",)  # then the order is as it should be
        assert outcome is (Outcome.ACKED if last else Outcome.UNKNOWN if "50000.0" in before else Outcome.NOT_ACCEPTED)


@pytest.mark.parametrize("ahead", [5.0, 400.0, -5.0, -400.0])
async def test_an_amend_that_was_done_is_found_whatever_our_clock_says(ahead: float) -> None:
    """B8: Kraken notes its own time of each change."""
    async with opened(ahead=ahead) as (exchange, session):
        order = await session.orders.add(**RESTING)
        await anyio.sleep(60)
        exchange.freeze("ws_auth", 10_000)  # else a report would tell
        exchange.fail_after_acceptance("AmendOrder", "EService:Unavailable")
        intent = session.orders.prepare_amend(order_id=order.order_id, limit_price="50001.0", via="rest")
        await ended(intent)
        assert session.orders.limits.cost_to_cancel(order.order_id) == {BTC: 2.0}
        assert await intent.resolve() is Outcome.ACKED
        assert session.orders.limits.cost_to_cancel(order.order_id) == {BTC: 8.0}  # it is young again


@pytest.mark.parametrize("ahead", [-5.0, -400.0])
async def test_an_equal_amend_from_long_before_is_none_for_a_clock_that_is_behind(ahead: float) -> None:
    """B8."""
    async with opened(ahead=ahead) as (exchange, session):
        order = await session.orders.add(**resting(limit_price="50500.0"))
        await amended(session, order.order_id, "50000.0")
        await anyio.sleep(4)
        intent = session.orders.prepare_amend(order_id=order.order_id, limit_price="50000.0")
        await left_unknown(exchange, intent)
        assert await intent.resolve() is Outcome.NOT_ACCEPTED


@pytest.mark.parametrize("step", [30, -30])
async def test_a_clock_that_is_set_after_the_writing_makes_nothing_too_old(step: int) -> None:
    """B8: of what was known of Kraken's time then, and what is now, the earlier counts."""
    async with opened() as (_, session):
        intent = session.orders.prepare(**RESTING)
        await intent.submit()
        before = intent.since_ns
        session.orders.context.skew.offset += step * 10**9
        assert intent.since_ns == before + min(step, 0) * 10**9


async def test_the_price_of_an_order_as_it_came_is_no_amend() -> None:
    """B8."""
    async with opened() as (exchange, session):
        order = await session.orders.add(**RESTING)
        await amended(session, order.order_id, "49000.0")
        intent = session.orders.prepare_amend(order_id=order.order_id, limit_price=RESTING["limit_price"])
        await left_unknown(exchange, intent)
        assert await intent.resolve() is Outcome.NOT_ACCEPTED


async def test_an_amend_of_an_order_that_kraken_never_had_was_not_taken() -> None:
    """B8."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare_amend(order_id="OAAAAA-BBBBB-CCCCCC", order_qty="0.002")
        await left_unknown(exchange, intent)
        assert await intent.resolve() is Outcome.NOT_ACCEPTED


TRAILING: dict[str, Any] = resting(
    order_type="trailing-stop-limit", side="sell", limit_price="-10.0", triggers={"price": "500", "price_type": "quote"}
)


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("kind", ["quote", "pct"])
async def test_an_amend_of_an_offset_stays_unknown_once_the_order_was_changed(kind: Any, taken: bool) -> None:  # noqa: FBT001
    """B8: the history tells prices as they came out."""
    async with opened() as (exchange, session):
        order = await session.orders.add(**TRAILING)
        exchange.freeze("ws_auth", 10_000)  # else a report would tell
        change: Any = {"limit_price": "20", "limit_price_type": kind}
        intent = session.orders.prepare_amend(order_id=order.order_id, **change, via="rest")
        (exchange.fail_after_acceptance if taken else exchange.reject)("AmendOrder", "EService:Unavailable")
        await ended(intent)
        assert await intent.resolve() is (Outcome.UNKNOWN if taken else Outcome.NOT_ACCEPTED)
