"""The order methods beside add and cancel, each against the simulated exchange (contract B)."""

import contextlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import InvalidRequest, OrderNotSent, Orders, Outcome
from krakenio.errors import ApiError, OrderOutcomeUnknown, OrderRejected, OrdersHalted, UnknownOrder
from krakenio.messages import Reply
from krakenio.session import Session
from tests.injection import Injection, sweep
from tests.opened import BTC, ETH, RESTING, later, opened, pending, resting, row, settled

pytestmark = pytest.mark.virtual


async def placed(session: Session[Any], **change: Any) -> str:
    """Place an order that rests; return its id."""
    return (await session.orders.add(**resting(**change))).order_id


async def test_an_amend_changes_the_order_in_place() -> None:
    async with opened(markets=[BTC]) as (_, session), session.executions() as executions:
        order_id = await placed(session, cl_ord_id="mine")
        done = await session.orders.amend(cl_ord_id="mine", limit_price="50001.0", order_qty="0.002")
        assert done.amend_id
        assert done.cl_ord_id == "mine"
        kinds: list[Any] = await executions.take_batch()
        assert [report.exec_type for report in kinds][-1] == "amended"
        order = (await session.rest.account.open_orders()).open[order_id]
        assert (order.vol, order.descr.price) == (Decimal("0.00200000"), "50001.0")


async def test_the_offset_of_a_trailing_order_may_be_below_zero() -> None:
    trailing: dict[str, Any] = {"order_type": "trailing-stop-limit", "side": "sell", "limit_price": "-10.0"}
    async with opened(markets=[BTC]) as (_, session):
        order_id = await placed(session, **trailing, triggers={"price": "500", "price_type": "quote"})
        changes: list[Any] = [{"limit_price": "-20"}, {"limit_price": "-30", "via": "rest"}]
        for change in changes:
            done = await session.orders.amend(order_id=order_id, limit_price_type="quote", **change)
            assert done.amend_id
        for via in ("ws", "rest"):
            way: Any = {"via": via}
            done = await session.orders.amend(order_id=order_id, limit_price=f"-{len(via)}", **way)  # in quote currency
            assert done.amend_id


async def test_an_amend_below_what_is_filled_cancels_the_rest_and_one_that_changes_nothing_is_refused() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        order_id = await placed(session)
        with pytest.raises(OrderRejected, match="No amendable parameters"):
            await session.orders.amend(order_id=order_id, limit_price="50000.0")
        with pytest.raises(UnknownOrder):
            await session.orders.amend(order_id="OAAAAA-BBBBB-CCCCCC", limit_price="50001.0")
        assert exchange.orders[0].status == "new"


async def test_an_edit_replaces_the_order() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        old = await placed(session, order_userref=5)
        intent = session.orders.prepare_edit(order_id=old, symbol=BTC, order_qty="0.003", order_userref=6)
        done = await intent.submit()
        assert done.original_order_id == old
        assert intent.order_id == done.order_id != old
        assert [order.status for order in exchange.orders] == ["canceled", "new"]


async def test_cancel_all_and_its_timer() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        for _ in range(3):
            await placed(session)
        assert (await session.orders.cancel_all()).count == 3
        await placed(session)
        assert (await session.orders.cancel_all_after(60)).trigger_time is not None
        assert (await session.orders.cancel_all_after(0)).trigger_time is None
        await session.orders.cancel_all_after(5)
        await anyio.sleep(6)
        assert [order.status for order in exchange.orders] == ["canceled"] * 4


async def test_b11_a_batch_has_an_outcome_for_each_order() -> None:
    rows = [row(), row(order_qty="500"), row(limit_price="51000.0", cl_ord_id="third")]
    async with opened(markets=[BTC]) as (exchange, session):
        batch = await session.orders.batch_add(BTC, rows)
        assert [leg.outcome for leg in batch.legs] == [Outcome.ACKED, Outcome.REJECTED, Outcome.ACKED]
        assert isinstance(batch.legs[1].error, ApiError)
        assert [order.order_id for order in exchange.orders] == [batch.legs[0].order_id, batch.legs[2].order_id]
        assert session.orders.intent("third") is batch.legs[2]
        names = [leg.order_id for leg in batch.legs if leg.order_id is not None]
        assert (await session.orders.batch_cancel(order_id=names)).count == 2
        assert pending(session) == (0, 0, 0)


async def test_b11_a_batch_that_is_not_valid_is_refused_whole() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        batch = session.orders.prepare_batch(BTC, [row(), row(limit_price="50000.05")])
        with pytest.raises(ApiError, match="Tick size"):
            await batch.submit()
        assert [leg.outcome for leg in (batch, *batch.legs)] == [Outcome.REJECTED] * 3
        assert exchange.orders == []


async def test_b11_a_batch_whose_reply_is_lost_is_resolved_leg_by_leg() -> None:
    """B4, B6, B8: the executions tell of one, Kraken's tables of the others."""
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.lose_replies(method="batch_add")
        exchange.drop("ws_auth")
        await anyio.sleep(5)
        batch = session.orders.prepare_batch(BTC, [row(), row(order_qty="500")])
        with anyio.move_on_after(1), pytest.raises(OrderOutcomeUnknown):
            await batch.submit()
        assert [await leg.resolve() for leg in batch.legs] == [Outcome.ACKED, Outcome.NOT_ACCEPTED]
        assert len(exchange.orders) == 1


async def test_b7_a_batch_without_a_connection_is_not_sent_and_its_ids_can_be_used() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        rows = [row(cl_ord_id="a"), row(cl_ord_id="b")]
        exchange.freeze("ws_auth", 2)
        exchange.drop("ws_auth")
        await settled()
        batch = session.orders.prepare_batch(BTC, rows)
        with pytest.raises(OrderNotSent):
            await batch.submit()
        assert [leg.outcome for leg in (batch, *batch.legs)] == [Outcome.NOT_SENT] * 3
        await anyio.sleep(10)
        again = await session.orders.batch_add(BTC, rows)
        assert [leg.outcome for leg in again.legs] == [Outcome.ACKED] * 2
        with pytest.raises(InvalidRequest, match="was sent before"):
            await session.orders.batch_add(BTC, [row(cl_ord_id="c"), row(cl_ord_id="b")])
        assert (await session.orders.add(**resting(cl_ord_id="c"))).order_id  # not used up by the refused batch


CALLS: dict[str, Callable[[Orders, str], Any]] = {
    "amend": lambda orders, name: orders.prepare_amend(order_id=name, limit_price="50001.0"),
    "edit": lambda orders, name: orders.prepare_edit(order_id=name, symbol=BTC, order_qty="0.002"),
    "batch_add": lambda orders, _name: orders.prepare_batch(BTC, [row(), row()]),
    "batch_cancel": lambda orders, name: orders.prepare_batch_cancel(order_id=[name, "OAAAAA-BBBBB-CCCCCC"]),
    "cancel_all": lambda orders, _name: orders.prepare_cancel_all(),
    "cancel_all_after": lambda orders, _name: orders.prepare_cancel_all_after(60),
}
METHODS = {
    "amend": "amend_order",
    "edit": "edit_order",
    "cancel_all_after": "cancel_all_orders_after",
}


@pytest.mark.parametrize("weather", ["idle", "contended", "lost"])
@pytest.mark.parametrize("name", CALLS)
async def test_b3_b4_b5_a_call_cancelled_anywhere_says_what_it_left_behind(name: str, weather: str) -> None:
    """A2 to A6 too: what the exchange received against what the intent says, and the next call works."""
    method = METHODS.get(name, name)

    async def universe(inject: Injection) -> None:
        async with opened(markets=[BTC]) as (exchange, session):
            order_id = await placed(session, order_userref=1)
            if weather == "lost":
                exchange.lose_replies(method=method)
            intent = CALLS[name](session.orders, order_id)
            async with anyio.create_task_group() as tasks:
                if weather == "contended":
                    tasks.start_soon(placed, session)
                await inject(intent.submit)
            before = intent.outcome
            await anyio.sleep(1)
            received = any(request.method == method for request in exchange.requests)
            assert received or before is Outcome.NOT_SENT
            assert intent.outcome is not Outcome.NOT_SENT or not received
            assert weather != "idle" or intent.outcome in {Outcome.NOT_SENT, Outcome.ACKED}
            assert await session.token()
            assert (await session.orders.add(**resting(cl_ord_id="next"))).order_id
            assert pending(session)[:2] == (0, 0)

    assert await sweep(universe) >= 1


@pytest.mark.parametrize(
    ("method", "params", "told"),
    [
        ("amend", {"order_id": "O", "cl_ord_id": "c", "order_qty": 1}, "exactly one of order_id and cl_ord_id"),
        ("amend", {"order_id": "O"}, "changes nothing"),
        ("amend", {"order_id": "O", "order_qty": 0.1}, "is a float"),
        ("amend", {"order_id": "O", "order_qty": "-1"}, "above zero"),
        ("amend", {"order_id": "O", "side": "buy", "order_qty": 1}, "no field 'side'"),
        ("amend", {"order_id": "O", "order_qty": 1, "deadline": "x"}, "taken from your cancel scope"),
        ("amend", {"order_id": "O", "order_qty": 1, "timeout": 3}, "write `with anyio.fail_after"),
        ("edit", {"order_id": "O", "order_qty": 1}, "edit needs symbol"),
        ("amend", {"order_id": "O", "order_qty": 1, "limit_price_type": "pct"}, "pass limit_price too"),
        ("edit", {"order_id": "O", "symbol": BTC, "validate": True}, "edit changes nothing"),
        ("edit", {"order_id": "O", "symbol": "XBT/USD", "order_qty": 1}, "BTC/USD"),
        ("batch_add", {"symbol": BTC, "orders": [row()]}, "2 to 15 orders, not 1"),
        ("batch_add", {"symbol": BTC, "orders": [row()] * 16}, "2 to 15 orders, not 16"),
        ("batch_add", {"symbol": BTC, "orders": [row(), RESTING]}, r"orders\[1\] has symbol: pass it to batch_add"),
        ("batch_add", {"symbol": BTC, "orders": [row(), row(order_qty=0.5)]}, r"orders\[1\]: .*float"),
        ("batch_add", {"symbol": BTC, "orders": [row(), 7]}, r"orders\[1\]: pass a dict"),
        ("batch_cancel", {"order_id": ["O"]}, "2 to 50 ids together, not 1"),
        ("batch_cancel", {"order_id": ["O"] * 30, "cl_ord_id": ["c"] * 21}, "not 51"),
        ("batch_cancel", {"order_id": "OAAAAA-BBBBB-CCCCCC"}, "pass a list of ids"),
        ("cancel_all_after", {"timeout": -1}, "whole seconds from 0"),
        ("cancel_all_after", {"timeout": 86_400}, "whole seconds from 0"),
        ("cancel_all_after", {"timeout": 1.5}, "whole seconds from 0"),
    ],
)
async def test_bad_input_says_what_to_write_before_anything_is_sent(
    method: str, params: dict[str, Any], told: str
) -> None:
    async with opened(markets=[BTC, ETH]) as (exchange, session):
        before = len(exchange.requests)
        with pytest.raises(InvalidRequest, match=told):
            await getattr(session.orders, method)(**params)
        await settled()
        assert len(exchange.requests) == before


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("name", ["amend", "edit"])
async def test_b8_an_amend_or_edit_whose_reply_was_lost_can_be_found_out(name: str, taken: bool) -> None:  # noqa: FBT001
    async with opened(markets=[BTC]) as (exchange, session):
        order_id = await placed(session, order_userref=1)
        intent = CALLS[name](session.orders, order_id)
        if taken:
            exchange.hold(0.5, "ws_auth", METHODS[name])
        else:
            exchange.reject(METHODS[name], "EService:Unavailable")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(later, 0.2, lambda: exchange.drop("ws_auth"))
            with contextlib.suppress(OrderOutcomeUnknown):
                await intent.submit()
        exchange.freeze("ws_auth", 2)
        await anyio.sleep(1)
        assert intent.outcome is Outcome.UNKNOWN
        assert await intent.resolve() is (Outcome.ACKED if taken else Outcome.NOT_ACCEPTED)
        if name == "edit" and taken:
            assert intent.order_id == exchange.orders[-1].order_id


async def test_b11_a_batch_that_was_taken_without_a_word_on_its_orders_leaves_them_unknown() -> None:
    async with opened(markets=[BTC]) as (_exchange, session):
        batch = session.orders.prepare_batch(BTC, [row(), row()])
        batch.written()
        assert batch.answered(Reply("batch_add", success=True))
        assert batch.outcome is Outcome.ACKED
        assert [leg.outcome for leg in batch.legs] == [Outcome.UNKNOWN] * 2


async def test_the_kill_switch_stops_amends_and_edits_too() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        order_id = await placed(session, order_userref=1)
        amend, edit = CALLS["amend"](session.orders, order_id), CALLS["edit"](session.orders, order_id)
        await session.orders.halt()
        for intent in (amend, edit):
            with pytest.raises(OrdersHalted):
                await intent.submit()
            assert intent.outcome is Outcome.NOT_SENT
        with pytest.raises(OrdersHalted):
            await session.orders.edit(order_id=order_id, symbol=BTC, order_qty="0.002")
        assert [request for request in exchange.requests if request.method in {"amend_order", "edit_order"}] == []


async def test_an_edit_that_is_on_its_way_may_still_become_an_order() -> None:
    """B6, B8: a halt waits for it."""
    async with opened(markets=[BTC]) as (exchange, session):
        order_id = await placed(session, order_userref=1)
        exchange.hold(2, "ws_auth", "edit_order")
        edit = CALLS["edit"](session.orders, order_id)
        with anyio.move_on_after(1):
            await edit.submit()
        assert session.orders.undecided() == [edit]
        await session.orders.halt()
        assert session.orders.undecided() == []
        await anyio.sleep(10)
        assert [order.status for order in exchange.orders if order.status == "new"] == []


async def test_the_countdown_is_left_to_the_scope_that_keeps_it() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.orders.dead_man_switch(60):
        with pytest.raises(InvalidRequest, match="leave it to its block"):
            await session.orders.cancel_all_after(10)
        sent = [request for request in exchange.requests if request.method == "cancel_all_orders_after"]
        assert [request.params["timeout"] for request in sent] == [60]


async def test_with_too_little_time_left_nothing_is_amended() -> None:
    """B9."""
    async with opened(markets=[BTC]) as (exchange, session):
        order_id = await placed(session)
        with anyio.move_on_after(0.4), pytest.raises(OrderNotSent):
            await session.orders.amend(order_id=order_id, order_qty="0.002")
        assert [request for request in exchange.requests if request.method == "amend_order"] == []


async def test_an_edit_of_an_order_that_went_otherwise_stays_unknown() -> None:
    """B8: cancelled meanwhile, and no order says that it replaced it."""
    async with opened(markets=[BTC]) as (exchange, session):
        order_id = await placed(session, order_userref=1)
        exchange.reject("edit_order", "EService:Unavailable")
        edit = CALLS["edit"](session.orders, order_id)
        with contextlib.suppress(OrderOutcomeUnknown):
            await edit.submit()
        await session.orders.cancel(order_id=order_id)
        assert await edit.resolve() is Outcome.UNKNOWN
