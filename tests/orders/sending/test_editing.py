"""Edits over REST: field by field for each order type, and the same outcomes as over the socket (contract B, C4)."""

from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import InvalidRequest, OrderNotSent, OrderOutcomeUnknown, Outcome
from krakenio.errors import InsufficientFunds, OrderRejected
from krakenio.messages import Execution
from krakenio.models import EditedOrder
from krakenio.orders.sending.editing import edit_call
from krakenio.orders.sending.overrest import reply_of
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.opened import BTC, opened, resting, seen, settled
from tests.orders.sending.test_over_rest import lose_socket, told

OLD: dict[str, Any] = {"order_id": "OAAAAA-BBBBB-CCCCCC", "symbol": BTC}
SAID: dict[str, Any] = {"txid": "OAAAAA-BBBBB-CCCCCC", "pair": BTC}
LIMIT: dict[str, Any] = {"limit_price": Decimal("50001.0")}
TRIGGER: dict[str, Any] = {"triggers": {"price": Decimal("40000.0")}}
DISTANCE: dict[str, Any] = {"triggers": {"price": Decimal("2.5"), "price_type": "pct"}}


def report(order_type: str | None, **known: Any) -> Execution:
    return Execution("OAAAAA-BBBBB-CCCCCC", "new", "new", "2026-11-02T10:00:00.000000Z", order_type=order_type, **known)


PRICES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("limit", LIMIT, {"price": "50001.0"}),
    ("iceberg", LIMIT, {"price": "50001.0"}),
    ("stop-loss", TRIGGER, {"price": "40000.0"}),
    ("take-profit", {"triggers": {"price": Decimal(-5), "price_type": "pct"}}, {"price": "-5%"}),
    ("trailing-stop", DISTANCE, {"price": "+2.5%"}),
    *((kind, LIMIT, {"price2": "50001.0"}) for kind in ("stop-loss-limit", "take-profit-limit")),
    *((kind, LIMIT | TRIGGER, {"price": "40000.0", "price2": "50001.0"})
      for kind in ("stop-loss-limit", "take-profit-limit")),
    *((kind, TRIGGER, {"price": "40000.0"}) for kind in ("stop-loss-limit", "take-profit-limit")),
    ("trailing-stop-limit", DISTANCE | {"limit_price": Decimal(-10)}, {"price": "+2.5%", "price2": "-10"}),
    ("trailing-stop-limit", {"limit_price": Decimal(10)}, {"price2": "+10"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "said"), PRICES)
def test_the_orders_type_says_which_price_is_which(kind: str, change: dict[str, Any], said: dict[str, Any]) -> None:
    assert edit_call(OLD | change, report(kind)).params == SAID | said


OTHERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"order_qty": Decimal("0.002")}, {"volume": "0.002"}),
    ({"display_qty": Decimal("0.001")}, {"displayvol": "0.001"}),
    ({"order_userref": 8}, {"userref": 8}),
    ({"post_only": True}, {"oflags": "post"}),
    ({"post_only": False, "order_qty": 1}, {"volume": "1"}),
    ({"deadline": "2026-11-02T10:00:05.000Z"}, {"deadline": "2026-11-02T10:00:05.000Z"}),
    ({"validate": True}, {"validate": True}),
    ({"symbol": "TSLAx/USD"}, {"pair": "TSLAx/USD", "asset_class": "tokenized_asset"}),
]


@pytest.mark.parametrize(("change", "said"), OTHERS)
def test_all_else_is_only_called_otherwise(change: dict[str, Any], said: dict[str, Any]) -> None:
    assert edit_call(OLD | change, report("iceberg")).params == SAID | said


REFUSED: list[tuple[Execution | None, dict[str, Any], str]] = [
    (None, LIMIT, "s.orders.open does not know the order's type.*s.rest.trading.edit_order"),
    (report(None), LIMIT, "s.orders.open does not know"),
    (report("limit", cl_ord_id="mine"), LIMIT, "amend it instead"),
    (report("limit"), {"fee_preference": "base"}, "fee_preference cannot go via=.*leave it out"),
    (report("limit"), {"reduce_only": False}, "reduce_only cannot go"),
    (report("stop-loss"), {"triggers": {"price": 1, "reference": "index"}}, "triggers.reference cannot go"),
]


@pytest.mark.parametrize(("order", "change", "says"), REFUSED)
def test_what_rest_cannot_say_is_refused(order: Execution | None, change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        edit_call(OLD | change, order)


def test_a_refusal_in_an_answer_that_is_no_error_is_one() -> None:
    """C4."""
    refused = reply_of("edit_order", OLD, EditedOrder("Err", error_message="EOrder:Insufficient funds"))
    assert (refused.ok, refused.error) == (False, "EOrder:Insufficient funds")
    assert reply_of("edit_order", OLD, EditedOrder("err")).error
    for done in (EditedOrder("Ok", txid="ONEW"), EditedOrder(txid="ONEW")):
        reply = reply_of("edit_order", OLD, done)
        assert (reply.ok, reply.row.order_id) == (True, "ONEW")


STOP: dict[str, Any] = {"side": "sell", "limit_price": None, "triggers": {"price": "40000.0"}}
TYPES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"limit_price": "50001.0", "order_qty": "0.002", "post_only": True}),
    ({"order_type": "iceberg", "order_qty": "0.01", "display_qty": "0.002"}, {"display_qty": "0.001"}),
    ({"order_type": "stop-loss", **STOP}, {"triggers": {"price": "41000.0"}}),
    ({"order_type": "stop-loss-limit", **STOP, "limit_price": "39000.0"},
     {"limit_price": "39500.0", "triggers": {"price": "41000.0"}}),
    ({"order_type": "take-profit", **STOP, "side": "buy"}, {"triggers": {"price": "-10", "price_type": "pct"}}),
    ({"order_type": "trailing-stop", **STOP, "triggers": {"price": "500", "price_type": "quote"}},
     {"triggers": {"price": "600", "price_type": "quote"}}),
    ({"order_type": "trailing-stop-limit", **STOP, "limit_price": "10.0",
      "triggers": {"price": "5", "price_type": "pct"}},
     {"limit_price": "20.0", "triggers": {"price": "6", "price_type": "pct"}}),
]  # fmt: skip
ITS_OWN = ("link_id", "misc")


@pytest.mark.virtual
@pytest.mark.parametrize(("order", "change"), TYPES, ids=str)
async def test_an_edit_is_the_same_by_either_way(order: dict[str, Any], change: dict[str, Any]) -> None:
    async with opened() as (exchange, session):
        old = [(await session.orders.add(**resting(**order, order_userref=5))).order_id for _ in range(2)]
        await session.orders.edit(order_id=old[0], symbol=BTC, order_userref=6, **change)
        done = await session.orders.edit(order_id=old[1], symbol=BTC, order_userref=6, **change, via="rest")
        assert (done.order_id, done.original_order_id) == (exchange.orders[3].order_id, old[1])
        assert len(seen(exchange, "EditOrder")) == 1
        one, other = [await told(session, new.order_id) for new in exchange.orders[2:]]
        assert {name: one[name] for name in one if name not in ITS_OWN} == {
            name: other[name] for name in other if name not in ITS_OWN
        }


async def placed(session: Session[Any], **change: Any) -> str:
    return (await session.orders.add(**resting(order_userref=1, **change))).order_id


@pytest.mark.virtual
async def test_without_a_socket_an_edited_order_can_be_edited_again() -> None:
    async with opened() as (exchange, session):
        first = await placed(session, order_type="stop-loss-limit", side="sell", limit_price="39000.0",
                             triggers={"price": "40000.0"})  # fmt: skip
        await lose_socket(exchange)
        one = await session.orders.edit(order_id=first, symbol=BTC, order_qty="0.002", via="rest")
        known = session.orders.open[one.order_id]
        assert (known.symbol, known.side, known.order_qty) == (BTC, "sell", Decimal("0.002"))
        two = await session.orders.edit(order_id=one.order_id, symbol=BTC, limit_price="39500.0", via="rest")
        assert seen(exchange, "EditOrder")[1]["price2"] == "39500.0"
        assert session.orders.open[two.order_id].limit_price == Decimal("39500.0")
        assert [order.status for order in exchange.orders] == ["canceled", "canceled", "new"]


@pytest.mark.virtual
async def test_what_the_old_order_filled_leaves_the_new_ones_quantity_open() -> None:
    async with opened() as (_exchange, session):
        old = await placed(session)
        session.orders.executions.put(
            Execution(old, "trade", "partially_filled", "2026-11-23T10:00:00.000000Z", symbol=BTC, exec_id="T1",
                      last_qty=Decimal("0.0004"), cum_qty=Decimal("0.0004"))
        )  # fmt: skip
        session.orders.executions.placed("ONEW", {"order_id": old, "symbol": BTC, "limit_price": Decimal(1)})
        new = session.orders.open["ONEW"]
        assert (new.order_qty, new.limit_price, new.is_open) == (None, Decimal(1), True)


@pytest.mark.virtual
async def test_an_order_that_is_not_known_is_not_edited_over_rest() -> None:
    async with opened() as (exchange, session):
        for via, told in (("rest", "does not know"), ("fax", "pass 'ws' or 'rest'")):
            way: Any = {"via": via}
            with pytest.raises(InvalidRequest, match=told):
                await session.orders.edit(order_id="OAAAAA-BBBBB-CCCCCC", symbol=BTC, limit_price="1", **way)
        named = await session.orders.add(**resting())
        with pytest.raises(InvalidRequest, match="cl_ord_id"):
            await session.orders.edit(order_id=named.order_id, symbol=BTC, limit_price="1", via="rest")
        assert seen(exchange, "EditOrder") == []


@pytest.mark.virtual
async def test_krakens_refusal_of_an_edit_is_that_of_the_socket() -> None:
    """B2."""
    async with opened() as (_exchange, session):
        old = await placed(session)
        intent = session.orders.prepare_edit(order_id=old, symbol=BTC, order_qty="500", via="rest")
        with pytest.raises(InsufficientFunds):
            await intent.submit()
        assert intent.outcome is Outcome.REJECTED
        close: Any = {"conditional": {"order_type": "limit", "limit_price": "60000.0"}}
        with pytest.raises(OrderRejected, match="not editable"):
            await session.orders.edit(order_id=await placed(session, **close), symbol=BTC, order_qty=1, via="rest")


async def lost(exchange: Exchange, session: Session[Any], fault: int | str | None, **change: Any) -> Any:
    """Edit an order over REST; the answer is lost."""
    old = await placed(session)
    if fault is None:
        exchange.refuse("rest", 503, method="EditOrder")
    else:
        exchange.fail_after_acceptance("EditOrder", fault)
    edit: Any = {"order_id": old, "symbol": BTC, "order_qty": "0.002", **change}
    intent = session.orders.prepare_edit(**edit, via="rest")
    with pytest.raises(OrderOutcomeUnknown):
        await intent.submit()
    assert session.orders.undecided() == [intent]
    return intent


@pytest.mark.virtual
@pytest.mark.parametrize("fault", [502, "EService:Timeout", "EGeneral:Internal error", None])
async def test_an_edit_that_was_written_and_not_answered_is_unknown_until_it_is_resolved(
    fault: int | str | None,
) -> None:
    """B4, B8, C4: never sent again, and found out."""
    async with opened() as (exchange, session):
        intent = await lost(exchange, session, fault)
        assert await intent.resolve() is (Outcome.NOT_ACCEPTED if fault is None else Outcome.ACKED)
        assert intent.order_id == (None if fault is None else exchange.orders[1].order_id)
        assert fault is None or len(seen(exchange, "EditOrder")) == 1


@pytest.mark.virtual
async def test_a_late_edit_is_refused_by_its_deadline() -> None:
    """B9: at least 2.5 s ahead, and the caller's."""
    async with opened() as (exchange, session):
        old = await placed(session)
        with anyio.move_on_after(2.4), pytest.raises(OrderNotSent, match=r"less than 2\.5 s"):
            await session.orders.edit(order_id=old, symbol=BTC, order_qty="0.002", via="rest")
        assert seen(exchange, "EditOrder") == []
        exchange.hold(6, "rest", "EditOrder")
        late = session.orders.prepare_edit(order_id=old, symbol=BTC, order_qty="0.002", via="rest")
        with pytest.raises(OrderOutcomeUnknown):
            await late.submit()
        assert await late.resolve() is Outcome.NOT_ACCEPTED
        assert [order.status for order in exchange.orders] == ["new"]


@pytest.mark.virtual
async def test_an_answer_that_comes_late_still_tells_of_an_edit() -> None:
    """B5, B6: the caller has gone."""
    async with opened() as (exchange, session):
        old = await placed(session)
        exchange.delay(1, "rest", "EditOrder")
        intent = session.orders.prepare_edit(order_id=old, symbol=BTC, order_qty="0.002", via="rest")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(intent.submit)
            await anyio.sleep(0.5)
            tasks.cancel_scope.cancel()
        assert intent.outcome is Outcome.UNKNOWN
        await anyio.sleep(2)
        await settled()
        assert (intent.outcome, intent.order_id) == (Outcome.ACKED, exchange.orders[1].order_id)
