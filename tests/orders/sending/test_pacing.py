"""Requests are held back until the matching engine takes them: predicted, and put right by what Kraken tells.

The exchange keeps its own counter and refuses what is over it: it is the oracle.
"""

from typing import Any

import anyio
import pytest

from krakenio import Intent, InvalidRequest, OrderNotSent, Outcome, RateLimitAhead, RateLimited, SessionClosed
from krakenio.recent import KEPT
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.injection import Inject, sweep
from tests.opened import BTC, ETH, RESTING, attempt, ids, opened, resting, row, seen, settled, until
from tests.orders.intents.test_scopes import seconds_ahead

pytestmark = pytest.mark.virtual

STARTER: dict[str, Any] = {"limits": True, "tier": "starter", "markets": 2}
ROOM = 59  # what fits at once: the threshold of 60 without the headroom
CYCLE = 9  # what an order costs that is cancelled while young


def on_limit(policy: str) -> dict[str, Any]:
    return {**STARTER, "session": {"on_limit": policy}}


async def fill(session: Session[Any], cost: int = ROOM) -> None:
    """Use the counter of one pair up, by young cancels as far as they fit, then by adds."""
    cycles, adds = divmod(cost, CYCLE)
    for _ in range(cycles):
        order = await session.orders.add(**RESTING)
        await session.orders.cancel(order_id=order.order_id)
    for _ in range(adds):
        await session.orders.add(**RESTING)


def true_count(exchange: Exchange, symbol: str = BTC) -> float:
    """Return the exchange's own counter."""
    account = exchange._core.accounts[0]  # noqa: SLF001 - the oracle shows it nowhere else
    return account.engine_counters(symbol).value


async def test_adds_and_cancels_in_a_loop_wait_and_are_never_refused() -> None:
    """The young cancels are dear: 30 of them cost 270 with their adds, and a Starter's counter falls by 1 a second."""
    async with opened(**STARTER) as (exchange, session):
        began = anyio.current_time()
        await fill(session, 30 * CYCLE)
        assert 100 < anyio.current_time() - began < 30 * CYCLE - ROOM  # those that wait get older, so cheaper
        assert [order.status for order in exchange.orders] == ["canceled"] * 30


@pytest.mark.parametrize("via", ["ws", "rest"])
async def test_those_that_wait_are_told_at_once_when_the_session_ends(via: Any) -> None:
    """D6: a task that outlives the session would sleep on for an order that nobody sends."""
    ends = list[tuple[Outcome, float]]()

    async def wait(intent: Intent) -> None:
        with pytest.raises(SessionClosed, match="when the session ended"):
            await intent.submit()
        ends.append((intent.outcome, anyio.current_time()))

    async with anyio.create_task_group() as tasks:
        async with opened(**STARTER) as (_, session):
            await fill(session)
            for _ in range(3):
                tasks.start_soon(wait, session.orders.prepare(via=via, **RESTING))
            await anyio.wait_all_tasks_blocked()
        left = anyio.current_time()
        await anyio.wait_all_tasks_blocked()
        assert ends == [(Outcome.NOT_SENT, left)] * 3


async def test_a_burst_of_tasks_is_let_through_in_the_order_of_its_coming() -> None:
    async with opened(**STARTER) as (exchange, session), anyio.create_task_group() as tasks:
        await fill(session)
        intents = [session.orders.prepare(**RESTING) for _ in range(10)]
        for intent in intents:
            tasks.start_soon(intent.submit)
            await settled()
        await anyio.sleep(20)
        assert ids(exchange)[-10:] == [intent.cl_ord_id for intent in intents]


async def test_the_prediction_is_the_exchanges_own_count() -> None:
    async with opened(**STARTER) as (exchange, session):
        await fill(session, 26)
        await anyio.sleep(7)
        for order in exchange.orders[2:5]:
            await session.orders.cancel(order_id=order.order_id)
        await settled()
        assert session.orders.limits.rate_count(BTC) == pytest.approx(true_count(exchange), abs=0.1)
        assert true_count(exchange) == pytest.approx(26 - 7 + 3 * 6, abs=0.1)


async def test_an_order_has_its_price_from_the_acknowledgement_on_though_no_report_of_it_comes() -> None:
    async with opened(**STARTER) as (exchange, session):
        exchange.lose_report(None)
        orders, limits = session.orders, session.orders.limits
        tagged = await orders.add(**RESTING, order_userref=7)
        edited = await orders.edit(order_id=tagged.order_id, symbol=BTC, order_qty="0.002")
        async with orders.open_group() as group:
            named = await group.add(**resting(symbol=ETH, order_qty="0.1", limit_price="1000.00"))
            assert group.cost_to_cancel() == limits.cost_to_cancel(named.order_id) == {ETH: 8.0}
        assert limits.cost_to_cancel(edited.order_id) == {BTC: 8.0}
        await orders.batch_cancel(order_id=[edited.order_id, named.order_id])
        assert limits.rate_count(BTC) == pytest.approx(true_count(exchange))


async def test_an_order_is_young_when_kraken_has_it_and_again_when_an_amend_is_acknowledged() -> None:
    async with opened(**STARTER) as (exchange, session):
        exchange.hold(4, "ws_auth", "add_order", times=1)
        order, limits = await session.orders.add(**RESTING), session.orders.limits
        await anyio.sleep(4)
        assert limits.cost_to_cancel(order.order_id) == {BTC: 8.0}
        await anyio.sleep(20)
        assert limits.cost_to_cancel(order.order_id) == {BTC: 4.0}
        exchange.lose_report(1)
        await session.orders.amend(order_id=order.order_id, order_qty="0.002")
        assert limits.cost_to_cancel(order.order_id) == {BTC: 8.0}


async def test_what_another_session_spends_is_learnt_from_the_reports() -> None:
    """`ratecount` of the executions channel puts the count right."""
    async with opened(**STARTER) as (exchange, session), opened_too(exchange) as other:
        await fill(other, 44)
        await settled()
        assert session.orders.limits.rate_count(BTC) == pytest.approx(true_count(exchange), abs=0.1)
        assert session.orders.limits.open_orders(BTC) == 8


def opened_too(exchange: Exchange) -> Any:
    """Open one more session on the same account."""
    import krakenio  # noqa: PLC0415 - as a user would, beside the one of the test

    return krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock)


async def test_with_raise_the_caller_is_told_when_there_is_room() -> None:
    async with opened(**on_limit("raise")) as (exchange, session):
        await fill(session)
        intent = session.orders.prepare(**RESTING)
        with pytest.raises(RateLimitAhead, match=r"would lift the rate counter of BTC/USD.*nothing was sent") as caught:
            await intent.submit()
        assert intent.outcome is Outcome.NOT_SENT
        assert caught.value.wait == caught.value.retry_in > 0  # `wait` is what every error has
        await anyio.sleep(caught.value.wait)
        await intent.submit()
        assert intent.cl_ord_id in ids(exchange)


async def test_with_ignore_kraken_itself_refuses() -> None:
    async with opened(**on_limit("ignore")) as (_exchange, session):
        with pytest.raises(RateLimited):
            await fill(session, 70)


async def test_a_refusal_for_the_rate_makes_the_next_request_wait() -> None:
    """Somebody else may have used the counter up: then Kraken's word counts, not ours."""
    async with opened(**STARTER) as (exchange, session):
        exchange.reject("add_order", "EOrder:Rate limit exceeded")
        with pytest.raises(RateLimited):
            await session.orders.add(**RESTING)
        began = anyio.current_time()
        await session.orders.add(**RESTING)
        assert anyio.current_time() - began == pytest.approx(2, abs=0.1)


async def test_a_wait_beyond_the_callers_deadline_is_refused_at_once() -> None:
    """B3, B9: the engine would have no half second left for it."""
    async with opened(**STARTER) as (exchange, session):
        order = await session.orders.add(**RESTING)
        await fill(session, ROOM - 1)
        sent = len(seen(exchange, "cancel_order"))
        began = anyio.current_time()
        with pytest.raises(RateLimitAhead, match="s, too late for the caller's deadline"), anyio.fail_after(5):
            await session.orders.cancel(order_id=order.order_id)
        assert anyio.current_time() == began
        assert len(seen(exchange, "cancel_order")) == sent


async def test_the_deadline_in_the_engine_is_what_the_wait_leaves() -> None:
    """B9: waiting counts the caller's time."""
    async with opened(**STARTER) as (exchange, session):
        await fill(session)
        began = anyio.current_time()
        with anyio.fail_after(4):
            await session.orders.add(**RESTING)
        assert anyio.current_time() - began == pytest.approx(1, abs=0.1)
        assert seconds_ahead(exchange) == pytest.approx(3, abs=0.1)


async def test_cancels_go_before_adds_that_wait() -> None:
    async with opened(**STARTER) as (_exchange, session), anyio.create_task_group() as tasks:
        first = await session.orders.add(**RESTING)
        await fill(session, ROOM - 1)
        adds = [session.orders.prepare(**RESTING) for _ in range(3)]
        for add in adds:
            tasks.start_soon(add.submit)
        await settled()
        await session.orders.cancel(order_id=first.order_id)
        assert [add.outcome for add in adds] == [Outcome.NOT_SENT] * 3


async def test_a_cancelled_waiter_takes_nothing_and_the_next_one_moves_up() -> None:
    """A6, B3: its place in the line and its share of the counter are free at once."""
    async with opened(**STARTER) as (exchange, session), anyio.create_task_group() as tasks:
        order = await session.orders.add(**RESTING)
        await fill(session, ROOM - 1)
        gone, follows = session.orders.prepare_cancel(order_id=order.order_id), session.orders.prepare(**RESTING)
        tasks.start_soon(given_up, gone, 0.5)
        await settled()
        tasks.start_soon(follows.submit)
        await anyio.sleep(1.1)
        assert gone.outcome is Outcome.NOT_SENT
        assert follows.outcome is Outcome.ACKED
        assert session.orders.limits.rate_count(BTC) == pytest.approx(true_count(exchange), abs=0.1)


async def given_up(intent: Intent, seconds: float) -> None:
    """Submit, cancelled after so many seconds by a scope whose end cannot be foreseen."""
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(intent.submit)
            await anyio.sleep(seconds)
            scope.cancel()


async def test_pairs_do_not_wait_for_each_other() -> None:
    async with opened(**STARTER) as (_exchange, session):
        await fill(session)
        began = anyio.current_time()
        await session.orders.add(**resting(symbol=ETH, limit_price="1000.00", order_qty="0.01"))
        assert anyio.current_time() == began


async def test_more_open_orders_than_the_tier_allows_are_not_sent() -> None:
    async with opened(**STARTER) as (exchange, session):
        for _ in range(60):
            await session.orders.add(**RESTING)
        with pytest.raises(OrderNotSent, match="60 orders are open on BTC/USD and this account's tier allows 60"):
            await session.orders.add(**RESTING)
        await session.orders.cancel(order_id=exchange.orders[0].order_id)
        await settled()
        await session.orders.add(**RESTING)
        assert len(ids(exchange)) == 61


async def test_an_order_that_kraken_never_had_is_not_counted_as_open() -> None:
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**RESTING)
        exchange.hold(3, "ws_auth", "add_order")
        with anyio.move_on_after(1):
            await intent.submit()
        assert session.orders.limits.open_orders(BTC) == 1  # as far as anyone knows
        assert await intent.resolve() is Outcome.NOT_ACCEPTED
        assert session.orders.limits.open_orders(BTC) == 0


async def test_adds_without_a_final_answer_take_no_room_for_ever() -> None:
    """B8: past its deadline none can become an order any more."""
    async with opened(**STARTER, session={"on_limit": "ignore"}) as (exchange, session):
        exchange.reject("add_order", "EService:Busy", 60)
        for _ in range(60):
            await attempt(session.orders.prepare(**RESTING), [])
        assert session.orders.limits.open_orders(BTC) == 60
        await anyio.sleep(10)
        assert session.orders.limits.open_orders(BTC) == 0
        await session.orders.add(**RESTING)


async def test_requests_lost_with_a_connection_hold_up_nothing_for_ever() -> None:
    """Nobody will ever answer them, and Kraken may have had none."""
    async with opened(**STARTER) as (exchange, session):
        exchange.hold(10_000, "ws_auth", "add_order", ROOM)
        async with anyio.create_task_group() as tasks:
            for _ in range(ROOM):
                tasks.start_soon(attempt, session.orders.prepare(**RESTING), list[object]())
            await settled()
            exchange.drop("ws_auth")
        began = anyio.current_time()
        await until(lambda: session.orders.in_sync)
        with anyio.fail_after(60):
            await session.orders.add(**RESTING)
        assert 10 <= anyio.current_time() - began <= 15
        await anyio.sleep(100)
        assert session.orders.limits.rate_count(BTC) == true_count(exchange) == 0


async def test_what_kraken_only_checks_takes_no_room() -> None:
    """With `validate` nothing is placed."""
    async with opened(**STARTER) as (exchange, session):
        for _ in range(20):
            await session.orders.add(**RESTING, validate=True)
            await session.orders.batch_add(BTC, [row(), row()], validate=True)
        assert session.orders.limits.open_orders(BTC) == 0
        await session.orders.batch_add(BTC, [row()] * 15)
        assert session.orders.limits.open_orders(BTC) == len(exchange.orders) == 15


async def test_what_a_batch_was_refused_takes_no_room() -> None:
    """B11."""
    async with opened() as (_exchange, session):
        await session.orders.batch_add(BTC, [row(), row(order_qty="1000000")])
        await settled()
        assert session.orders.limits.open_orders(BTC) == 1


async def test_what_cancelling_costs_can_be_read_before_and_falls_with_age() -> None:
    async with opened() as (_exchange, session):
        order = await session.orders.add(**RESTING)
        other = await session.orders.add(**resting(symbol=ETH, limit_price="1000.00", order_qty="0.01"))
        names = order.order_id, other.cl_ord_id or ""
        assert session.orders.limits.cost_to_cancel(*names) == {BTC: 8, ETH: 8}
        await anyio.sleep(20)
        assert session.orders.limits.cost_to_cancel(*names) == {BTC: 4, ETH: 4}


async def test_ages_are_known_after_a_reconnect() -> None:
    async with opened() as (exchange, session):
        order = await session.orders.add(**RESTING)
        await anyio.sleep(100)
        exchange.drop("ws_auth")
        await anyio.sleep(20)
        assert session.orders.limits.open_orders(BTC) == 1
        assert session.orders.limits.cost_to_cancel(order.order_id) == {BTC: 1}


async def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="on_limit: pass one of 'wait', 'raise', 'ignore', not 'hope'"):
        async with opened(session={"on_limit": "hope"}):
            pass


async def paced_universe(inject: Inject) -> None:
    """Cancel a waiting add anywhere; then what is counted must be what the exchange counts."""
    async with opened(**STARTER) as (exchange, session):
        await fill(session)
        intent = session.orders.prepare(**RESTING)
        report = await inject(intent.submit)
        await anyio.sleep(1)
        there = intent.cl_ord_id in ids(exchange)
        assert there == (intent.outcome is not Outcome.NOT_SENT)
        assert there or report.cancelled
        assert session.orders.limits.rate_count(BTC) == pytest.approx(true_count(exchange), abs=0.2)
        assert session.orders.limits.open_orders(BTC) == ROOM % CYCLE + there
        await session.orders.add(**RESTING)


async def test_a_waiting_add_cancelled_anywhere_leaves_the_count_true() -> None:
    """A6, B3."""
    assert await sweep(paced_universe) >= 3


async def test_an_add_that_a_batch_of_cancels_overtakes_may_be_refused_and_is_told_so() -> None:
    """The batch counts though it lifts the counter over the threshold; the next add waits until there is room."""
    async with opened(**STARTER) as (exchange, session), anyio.create_task_group() as tasks:
        ends = list[object]()
        late = session.orders.prepare(**RESTING)
        async with session.orders.open_group() as group:
            for _ in range(7):
                await group.add(**RESTING)
            exchange.hold(0.5, "ws_auth", "add_order", times=1)
            tasks.start_soon(attempt, late, ends)
            await settled()
        await anyio.sleep(1)
        assert late.outcome is Outcome.REJECTED
        assert isinstance(ends[0], RateLimited)
        with anyio.fail_after(30):
            await session.orders.add(**RESTING)
        assert len(exchange.orders) == 8


async def test_of_requests_that_were_lost_no_more_is_kept_than_of_others() -> None:
    """B6: their reports may never come."""
    async with opened() as (_exchange, session):
        pacing = session.orders.pacing
        for number in range(KEPT + 5):
            pacing.hold("add_order", {"symbol": BTC, "cl_ord_id": f"n{number}"}, 7.0)
        assert len(pacing._due) == KEPT  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
