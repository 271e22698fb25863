"""Orders over REST, as the stated fallback: the same intents and outcomes as over the socket (contract B, C4)."""

from datetime import UTC, datetime
from typing import Any

import anyio
import pytest

from krakenio import InvalidRequest, OrderNotSent, OrderOutcomeUnknown, OrdersHalted, Outcome
from krakenio.errors import InsufficientFunds, PermissionDenied, UnknownOrder
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.opened import BTC, RESTING, Valve, ids, later, opened, resting, seen, settled
from tests.orders.groups.test_group_batches import rows
from tests.orders.groups.test_groups import still_open

pytestmark = pytest.mark.virtual


async def lose_socket(exchange: Exchange) -> None:
    """Take the private socket away, for good."""
    exchange.freeze("ws_auth", 10_000)
    exchange.drop("ws_auth")
    await settled()


async def test_without_a_socket_orders_go_over_rest_where_the_user_says_so() -> None:
    async with opened() as (exchange, session):
        await lose_socket(exchange)
        with pytest.raises(OrderNotSent):
            await session.orders.add(**RESTING)
        intent = session.orders.prepare(**RESTING, via="rest")
        placed = await intent.submit()
        assert (intent.outcome, intent.written_at is None) == (Outcome.ACKED, False)
        assert (placed.order_id, placed.cl_ord_id) == (exchange.orders[0].order_id, intent.cl_ord_id)
        amended = await session.orders.amend(cl_ord_id=intent.cl_ord_id or "", order_qty="0.002", via="rest")
        assert amended.amend_id
        batch = await session.orders.batch_add(BTC, rows({}, {"order_qty": "500"}, {}), via="rest")
        assert [leg.outcome.name for leg in batch.legs] == ["ACKED", "REJECTED", "ACKED"]
        assert isinstance(batch.legs[1].error, InsufficientFunds)
        assert (await session.orders.cancel(order_id=placed.order_id, via="rest")).order_id == placed.order_id
        names = [leg.order_id or "" for leg in batch.legs if leg.order_id]
        assert (await session.orders.batch_cancel(order_id=names, via="rest")).count == 2
        assert still_open(exchange) == []
        await session.orders.add(**RESTING, via="rest")
        assert (await session.orders.cancel_all(via="rest")).count == 1
        assert (await session.orders.cancel_all_after(60, via="rest")).trigger_time is not None
        assert (await session.orders.cancel_all_after(0, via="rest")).trigger_time is None
        assert session.rest.pending == 0


ORDERS: list[dict[str, Any]] = [
    {},
    {"side": "sell", "limit_price": "150000.0", "post_only": True, "fee_preference": "base"},
    {"order_type": "market", "limit_price": None, "fee_preference": "quote"},
    {"order_type": "market", "limit_price": None, "order_qty": None, "cash_order_qty": "50", "fee_preference": "quote"},
    {"order_type": "iceberg", "order_qty": "0.01", "display_qty": "0.002", "stp_type": "cancel_both"},
    {"time_in_force": "gtd"},
    {"order_type": "stop-loss", "side": "sell", "limit_price": None, "triggers": {"price": "40000.0"}},
    {"order_type": "stop-loss-limit", "side": "sell", "limit_price": "39000.0", "triggers": {"price": "40000.0"}},
    {"order_type": "take-profit", "limit_price": None, "triggers": {"price": "-10", "price_type": "pct"}},
    {"order_type": "trailing-stop", "side": "sell", "limit_price": None,
     "triggers": {"price": "500", "price_type": "quote"}},
    {"order_type": "trailing-stop-limit", "side": "sell", "limit_price": "-10.0",
     "triggers": {"price": "5", "price_type": "pct", "reference": "last"}},
    {"conditional": {"order_type": "stop-loss-limit", "trigger_price": "40000.0", "limit_price": "39000.0"},
     "order_userref": 8},
    {"conditional": {"order_type": "limit", "limit_price": "60000.0"}, "order_userref": 7},
]  # fmt: skip
ITS_OWN = ["cl_ord_id", "opentm", "closetm", "cost", "fee", "price", "vol_exec"]  # no two orders share these


@pytest.mark.parametrize("change", ORDERS, ids=str)
async def test_an_order_is_the_same_by_either_way(change: dict[str, Any]) -> None:
    async with opened() as (exchange, session):
        if change.get("time_in_force") == "gtd":
            change = {**change, "expire_time": datetime.fromtimestamp(exchange.clock() // 10**9 + 3600, UTC)}
        await session.orders.add(**resting(**change))
        await session.orders.add(**resting(**change), via="rest")
        one, other = [await told(session, order.order_id) for order in exchange.orders]
        assert one == other


async def told(session: Session[Any], order_id: str) -> dict[str, Any]:
    """Return what Kraken tells of an order, but for what is its own."""
    row = (await session.rest.call("QueryOrders", {"txid": order_id}))[order_id]
    return {name: value for name, value in row.items() if name not in ITS_OWN}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ({"margin": True}, "s.rest.trading.add_order"),
        ({"sender_sub_id": "desk1"}, "REST has no such field"),
        ({"order_type": "market", "limit_price": None, "cash_order_qty": "50"}, "REST has one volume"),
        ({"via": "fax"}, "pass 'ws' or 'rest', not 'fax'"),
    ],
)
async def test_what_rest_cannot_do_is_refused_before_anything_is_sent(call: dict[str, Any], told: str) -> None:
    async with opened() as (exchange, session):
        before = len(exchange.requests)
        fields: Any = {**RESTING, "via": "rest", **call}
        with pytest.raises(InvalidRequest, match=told):
            await session.orders.add(**fields)
        several: Any = {"order_id": ["A", "B"], "via": "rest"}
        with pytest.raises(InvalidRequest, match="batch_cancel"):
            await session.orders.cancel(**several)
        assert len(exchange.requests) == before


async def test_krakens_refusals_are_those_of_the_socket() -> None:
    """B2."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**resting(order_qty="500"), via="rest")
        with pytest.raises(InsufficientFunds):
            await intent.submit()
        assert intent.outcome is Outcome.REJECTED
        exchange.reject("CancelOrder", "EGeneral:Permission denied")
        with pytest.raises(PermissionDenied):
            await session.orders.cancel(order_id="OAAAAA-BBBBB-CCCCCC", via="rest")
        placed = await session.orders.add(**RESTING, via="rest")
        await session.orders.cancel(order_id=placed.order_id, via="rest")
        with pytest.raises(UnknownOrder):
            await session.orders.cancel(order_id=placed.order_id, via="rest")


@pytest.mark.parametrize("fault", [502, "EService:Timeout", "EGeneral:Internal error"])
async def test_what_was_written_and_not_answered_is_unknown_and_never_sent_again(fault: int | str) -> None:
    """B4, B8, C4."""
    async with opened() as (exchange, session):
        await lose_socket(exchange)
        exchange.fail_after_acceptance("AddOrder", fault)
        intent = session.orders.prepare(**RESTING, via="rest")
        with pytest.raises(OrderOutcomeUnknown):
            await intent.submit()
        assert intent.outcome is Outcome.UNKNOWN
        assert session.orders.undecided() == [intent]
        assert await intent.resolve() is Outcome.ACKED
        assert intent.order_id == exchange.orders[0].order_id
        assert len(seen(exchange, "AddOrder")) == 1


async def test_what_never_reached_the_engine_is_found_out_too() -> None:
    """B8."""
    async with opened() as (exchange, session):
        exchange.refuse("rest", 503, method="AddOrder")
        intent = session.orders.prepare(**RESTING, via="rest")
        with pytest.raises(OrderOutcomeUnknown):
            await intent.submit()
        assert await intent.resolve() is Outcome.NOT_ACCEPTED
        assert ids(exchange) == []


async def test_a_report_tells_of_an_order_whose_answer_was_lost() -> None:
    """B6."""
    async with opened() as (exchange, session):
        exchange.lose_replies(1, "AddOrder", "rest")
        intent = session.orders.prepare(**RESTING, via="rest")
        with anyio.move_on_after(3):
            await intent.submit()
        assert intent.outcome is Outcome.ACKED
        assert intent.order_id == exchange.orders[0].order_id


async def test_a_cancelled_caller_has_sent_nothing_unless_a_byte_was_written() -> None:
    """B3: while it stands in the lane's queue, or its connection is being made."""
    async with opened() as (exchange, session):
        exchange.delay(5, "rest", "Balance")
        scope = anyio.CancelScope()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(session.rest.account.balance)
            await settled()
            intent = session.orders.prepare(**RESTING, via="rest")
            with scope:
                tasks.start_soon(later, 1, scope.cancel)
                await intent.submit()
            assert scope.cancelled_caught
            assert intent.outcome is Outcome.NOT_SENT
        await anyio.sleep(30)
        assert ids(exchange) == []
        assert session.rest.pending == 0
        name = (await session.orders.add(**RESTING, via="rest")).cl_ord_id
        with pytest.raises(InvalidRequest, match="was sent before"):
            await session.orders.add(**resting(cl_ord_id=name), via="rest")


async def test_the_deadline_is_the_callers_and_at_least_what_rest_takes() -> None:
    """B9."""
    async with opened() as (exchange, session):
        with anyio.move_on_after(2.4), pytest.raises(OrderNotSent, match=r"less than 2\.5 s"):
            await session.orders.add(**RESTING, via="rest")
        assert seen(exchange, "AddOrder") == []
        with anyio.fail_after(10):
            intent = session.orders.prepare(**RESTING, via="rest")
            await intent.submit()
        assert intent.deadline is not None
        assert seen(exchange, "AddOrder")[0]["deadline"].endswith("Z")
        exchange.hold(6, "rest", "AddOrder")
        late = session.orders.prepare(**RESTING, via="rest")
        with pytest.raises(OrderOutcomeUnknown):
            await late.submit()
        assert await late.resolve() is Outcome.NOT_ACCEPTED


async def test_halts_and_groups_hold_for_both_ways() -> None:
    """I1, I4."""
    async with opened() as (exchange, session):
        async with session.orders.open_group() as group:
            await group.add(**RESTING, via="rest")
            await group.batch_add(BTC, rows(), via="rest")
            assert len(still_open(exchange)) == 4
        assert still_open(exchange) == []
        intent = session.orders.prepare(**RESTING, via="rest")
        await session.orders.halt()
        with pytest.raises(OrdersHalted):
            await intent.submit()
        session.orders.resume()


async def test_a_halt_takes_back_what_waits_for_its_turn() -> None:
    """B3."""
    async with opened() as (exchange, session), anyio.create_task_group() as tasks:
        exchange.delay(2, "rest", "Balance")
        tasks.start_soon(session.rest.account.balance)
        await settled()
        intent = session.orders.prepare(**RESTING, via="rest")
        tasks.start_soon(halted, intent)
        await settled()
        await session.orders.halt()
        assert intent.outcome is Outcome.NOT_SENT
        await anyio.sleep(10)
        assert ids(exchange) == []


async def halted(intent: Any) -> None:
    with pytest.raises(OrdersHalted):
        await intent.submit()


async def test_the_matching_engines_counter_counts_both_ways() -> None:
    async with opened() as (_exchange, session):
        for via in ("ws", "rest"):
            before = session.orders.limits.rate_count(BTC)
            await session.orders.add(**RESTING, via=via)
            assert session.orders.limits.rate_count(BTC) > before


async def test_a_valve_that_is_closed_leaves_unknown_what_was_being_written() -> None:
    """B4."""
    valve = Valve()
    async with opened(valve=valve) as (exchange, session):
        valve.close()
        intent = session.orders.prepare(**RESTING, via="rest")
        with anyio.move_on_after(3):
            await intent.submit()
        assert intent.outcome is Outcome.UNKNOWN
        valve.open()
        await anyio.sleep(1)
        assert (intent.outcome.name == "ACKED") == bool(ids(exchange))
