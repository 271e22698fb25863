"""Only what a reply says decides an order: not where a row stands, nor that no reason came (contract B4, B11, G7)."""

import json
from collections.abc import Sequence
from typing import Any

import anyio
import pytest

from krakenio import Acknowledged, Batch, CancelList, Gap, Intent, OrderOutcomeUnknown, Outcome
from krakenio.events import RejectedOrderSeen, Undecodable
from krakenio.models import AddedBatch, AddedOrder, BatchRow
from krakenio.orders.sending.overrest import reply_of
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.opened import BTC, RESTING, attempt, later, opened, pending, resting, row, settled

pytestmark = pytest.mark.virtual

Told = dict[str, Any]
ACKED, REJECTED, UNKNOWN = Outcome.ACKED, Outcome.REJECTED, Outcome.UNKNOWN


async def answered(exchange: Exchange, intent: Intent, *replies: Told, arrives: float = 30) -> object:
    """Submit, let Kraken say just this, and return how the call ends; the request itself takes a while to arrive."""
    exchange.hold(arrives, "ws_auth", intent.method, times=1)
    exchange.lose_replies(method=intent.method)
    ends: list[object] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(attempt, intent, ends)
        await settled()
        envelope = {"method": intent.method, "req_id": exchange.requests[-1].req_id}
        for reply in replies:
            exchange.send_raw("ws_auth", json.dumps({**envelope, **reply}))
    return ends[0]


def ok(order_id: str | None = None) -> Told:
    return {"success": True, "result": None if order_id is None else {"order_id": order_id}}


def refused(error: str | None = None) -> Told:
    return {"success": False, "error": error}


# an order alone


@pytest.mark.parametrize("validate", [False, True])
async def test_a_reply_to_a_new_order_that_names_none_decides_nothing(validate: bool) -> None:  # noqa: FBT001
    """B4, C4: of one that Kraken only checked there is none to name."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**resting(validate=validate))
        end = await answered(exchange, intent, ok())
        assert (intent.outcome, intent.order_id) == (ACKED if validate else UNKNOWN, None)
        assert isinstance(end, OrderOutcomeUnknown) != validate


@pytest.mark.parametrize("validate", [False, True])
async def test_a_reply_to_an_edit_that_names_no_new_order_decides_nothing(validate: bool) -> None:  # noqa: FBT001
    """B4: else its caller would take it for one that was only checked."""
    async with opened() as (exchange, session):
        old = await session.orders.add(**resting(order_userref=1))
        change: Any = {"limit_price": "50001.0", "validate": validate}
        intent = session.orders.prepare_edit(order_id=old.order_id, symbol=BTC, **change)
        end = await answered(exchange, intent, ok())
        assert (intent.outcome, intent.order_id) == (ACKED if validate else UNKNOWN, None)
        assert isinstance(end, OrderOutcomeUnknown) != validate


@pytest.mark.parametrize("told", [{"orders_cancelled": 1}, {"result": {"count": 1}}, {"orders_cancelled": 0}, {}])
async def test_a_batch_cancel_that_was_refused_though_it_cancelled_some_is_unknown(told: Told) -> None:
    """B2: refused means that Kraken did nothing."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare_batch_cancel(order_id=["OA", "OB"])
        await answered(exchange, intent, refused("EOrder:Unknown order") | told)
        some = 1 in [told.get("orders_cancelled"), told.get("result", {}).get("count")]
        assert intent.outcome is (UNKNOWN if some else REJECTED)


@pytest.mark.parametrize("odd", [{"time_in": 5}, {"result": {"order_id": "OAAAAA-BBBBB-CCCCCC", "warnings": "x"}}])
async def test_advice_of_no_known_form_does_not_cost_an_order_its_outcome(odd: Told) -> None:
    """B5: `warnings` and times decide nothing, so they cannot undo what the rest of a reply decides."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**resting())
        end = await answered(exchange, intent, ok("OAAAAA-BBBBB-CCCCCC") | odd)
        assert (intent.outcome, intent.order_id) == (ACKED, "OAAAAA-BBBBB-CCCCCC")
        assert isinstance(end, Acknowledged)
        assert end.warnings == ()


@pytest.mark.parametrize("other", [{**ok("OXXXXX-XXXXX-XXXXXX")}, refused("EOrder:Unknown order")])
async def test_a_reply_to_another_method_under_its_id_decides_nothing_and_is_told(other: Told) -> None:
    """B4, G7: its own reply does, which may still come."""
    async with opened() as (exchange, session), session.events() as events:
        intent = session.orders.prepare(**resting())
        end = await answered(exchange, intent, {"method": "amend_order", **other}, ok("OAAAAA-BBBBB-CCCCCC"))
        assert (intent.outcome, intent.order_id) == (ACKED, "OAAAAA-BBBBB-CCCCCC")
        assert isinstance(end, Acknowledged)
        told = [event.reason for event in await events.take_batch() if isinstance(event, Undecodable)]
        assert told == ["a reply of 'amend_order' came under the req_id of another method's request"]


async def test_an_answer_of_rest_to_a_new_order_that_names_none_decides_nothing() -> None:
    async with opened() as (_, session):
        intent = session.orders.prepare(**RESTING, via="rest")
        intent.written()
        intent.answered(reply_of("add_order", intent.params, AddedOrder()))
        assert intent.outcome is UNKNOWN


# the rows of a batch

FIRST = "cd613e30-d8f1-4adf-91b7-584a2265b1f5"
"""A name in one of the forms of a number: Kraken keeps numbers (ws-v2-trading.md, 0.1)."""


async def batch_of(exchange: Exchange, session: Session[Any], *rows: Told, validate: bool = False) -> Batch:
    """Place two orders, and let Kraken answer with these rows."""
    orders = [row(cl_ord_id=FIRST), row(cl_ord_id="second")]
    batch = session.orders.prepare_batch(BTC, orders, validate=validate)
    await answered(exchange, batch, {"success": True, "result": list(rows)})
    return batch


def of(batch: Batch) -> list[tuple[Outcome, str | None]]:
    return [(leg.outcome, leg.order_id) for leg in batch.legs]


NO_FUNDS = {"error": "EOrder:Insufficient funds"}
O1, O2 = {"order_id": "O1", "cl_ord_id": FIRST}, {"order_id": "O2", "cl_ord_id": "second"}
NAMELESS = {"order_id": "O1"}


@pytest.mark.parametrize(
    ("rows", "first", "second"),
    [
        ([O2], (UNKNOWN, None), (ACKED, "O2")),
        ([O2, O1], (ACKED, "O1"), (ACKED, "O2")),
        ([{**O1, "cl_ord_id": FIRST.replace("-", "").upper()}, O2], (ACKED, "O1"), (ACKED, "O2")),
        ([{**NO_FUNDS, "cl_ord_id": "second"}], (UNKNOWN, None), (REJECTED, None)),
        ([NAMELESS], (UNKNOWN, None), (UNKNOWN, None)),
        ([NO_FUNDS], (UNKNOWN, None), (UNKNOWN, None)),
        ([NAMELESS, NO_FUNDS], (ACKED, "O1"), (REJECTED, None)),
        ([NO_FUNDS, O2], (REJECTED, None), (ACKED, "O2")),
        ([O2, NO_FUNDS], (UNKNOWN, None), (ACKED, "O2")),
        ([{**O1, "cl_ord_id": "somebody's"}, O2], (UNKNOWN, None), (ACKED, "O2")),
        ([{}, O2], (UNKNOWN, None), (ACKED, "O2")),
        ([{"status": "error"}, O2], (UNKNOWN, None), (ACKED, "O2")),
        ([{**O1, **NO_FUNDS}, {**O2, "error": ""}], (UNKNOWN, None), (ACKED, "O2")),
    ],
)
async def test_a_row_decides_the_order_that_it_names(
    rows: Sequence[Told], first: tuple[Outcome, str | None], second: tuple[Outcome, str | None]
) -> None:
    """B11: by its place only where none has a name that stands elsewhere, and no row is missing."""
    async with opened(markets=[BTC]) as (exchange, session):
        batch = await batch_of(exchange, session, *rows)
        assert of(batch) == [first, second]
        assert batch.outcome is ACKED
        for name, leg in (("O1", batch.legs[0]), ("O2", batch.legs[1])):
            order = session.orders.open.find(name)
            assert (order is not None) is (leg.order_id == name)
            assert order is None or order.cl_ord_id == leg.cl_ord_id
        assert pending(session) == (0, 0, 0)


async def test_a_row_that_is_refused_for_the_rate_makes_the_next_request_wait() -> None:
    """Somebody else may have used the counter up: then Kraken's word counts, not ours."""
    async with opened(limits=True, tier="starter", markets=[BTC]) as (exchange, session):
        batch = await batch_of(exchange, session, O1, {"error": "EOrder:Rate limit exceeded"})
        assert of(batch) == [(ACKED, "O1"), (REJECTED, None)]
        began = anyio.current_time()
        await session.orders.add(**RESTING)
        assert anyio.current_time() - began >= 1


async def test_a_row_of_a_batch_that_was_only_checked_needs_no_order() -> None:
    """B11."""
    async with opened(markets=[BTC]) as (exchange, session):
        batch = await batch_of(exchange, session, {"cl_ord_id": FIRST}, NO_FUNDS, validate=True)
        assert of(batch) == [(ACKED, None), (REJECTED, None)]


@pytest.mark.parametrize("validate", [False, True])
@pytest.mark.parametrize("told", [{}, {"result": None}, {"result": []}])
async def test_a_batch_that_was_only_checked_needs_no_rows(told: Told, validate: bool) -> None:  # noqa: FBT001
    """B11: as an order alone needs no result; of orders that are placed each needs its own."""
    async with opened(markets=[BTC]) as (exchange, session):
        batch = session.orders.prepare_batch(BTC, [row(), row()], validate=validate)
        await answered(exchange, batch, {"success": True, **told})
        assert of(batch) == [(ACKED if validate else UNKNOWN, None)] * 2


async def test_a_leg_that_no_row_decided_is_found_out() -> None:
    """B6, B8."""
    async with opened(markets=[BTC]) as (exchange, session):
        batch = session.orders.prepare_batch(BTC, [row(cl_ord_id=FIRST), row(cl_ord_id="second")])
        await answered(exchange, batch, {"success": True, "result": [O2]}, arrives=1)
        assert of(batch)[0] == (UNKNOWN, None)
        await anyio.sleep(1)
        assert of(batch)[0] == (ACKED, exchange.orders[0].order_id)


@pytest.mark.parametrize(
    ("rows", "outcomes"),
    [
        ([BatchRow(txid="O2")], (UNKNOWN, UNKNOWN)),
        ([BatchRow(txid="O1"), BatchRow(), BatchRow(txid="O2")], (UNKNOWN, UNKNOWN)),
        ([BatchRow(), BatchRow(txid="O2")], (UNKNOWN, ACKED)),
        ([BatchRow(txid="O1"), BatchRow(error="EOrder:Insufficient funds")], (ACKED, REJECTED)),
    ],
)
async def test_rows_over_rest_stand_in_the_order_of_the_request_if_none_is_missing(
    rows: list[BatchRow], outcomes: tuple[Outcome, Outcome]
) -> None:
    """B11."""
    async with opened(markets=[BTC]) as (_exchange, session):
        batch = session.orders.prepare_batch(BTC, [row(), row()], via="rest")
        batch.written()
        assert batch.answered(reply_of("batch_add", batch.params, AddedBatch(rows)))
        assert tuple(leg.outcome for leg in batch.legs) == outcomes
        assert all(leg.acknowledged.cl_ord_id == leg.cl_ord_id for leg in batch.legs if leg.acknowledged)


# replies that refuse nothing


@pytest.mark.parametrize(
    "reply",
    [
        {"result": {"order_id": "OX"}},
        {"success": None},
        {"error": "EOrder:Insufficient funds"},
        {"success": False},
        {"success": False, "error": ""},
        {"success": False, "error": "EOrder:Insufficient funds", "result": {"order_id": "OX"}},
    ],
)
async def test_a_reply_that_does_not_say_that_an_order_was_refused_leaves_it_unknown(reply: Told) -> None:
    """B4, B6: so that the reports of an order that lives can say it, and its group cancels it (I3)."""
    async with opened(markets=[BTC]) as (exchange, session):
        async with session.orders.open_group(grace=10) as group:
            intent = group.prepare(**RESTING)
            end = await answered(exchange, intent, reply, arrives=1)
            assert isinstance(end, OrderOutcomeUnknown)
            assert str(end.__cause__ or "") == (reply.get("error") or "")
            assert intent.outcome is UNKNOWN
            await anyio.sleep(1)
            assert intent.outcome.name == "ACKED"
            assert intent.order_id == exchange.orders[0].order_id
        assert [order.status for order in exchange.orders] == ["canceled"]
        assert pending(session) == (0, 0, 0)


async def interject(exchange: Exchange, method: str, reply: Told, times: int = 1) -> None:
    """Answer the next requests of a method in Kraken's stead."""
    exchange.hold(30, "ws_auth", method, times=times)
    exchange.lose_replies(times, method)
    for answered in range(times):
        asked: list[int | None] = []
        while len(asked) <= answered:
            await anyio.sleep(0.01)
            asked = [each.req_id for each in exchange.requests if (each.host, each.method) == ("ws_auth", method)]
        exchange.send_raw("ws_auth", json.dumps({"method": method, "req_id": asked[-1], **reply}))


async def test_what_concerns_all_orders_is_asked_again_where_the_answer_decides_nothing() -> None:
    """H1: until it is done; where no reason came there is none to give up for, also between two calls of REST."""
    async with opened(markets=[BTC]) as (exchange, session), anyio.create_task_group() as tasks:
        exchange.refuse("rest", 502, times=None, method="CancelAllOrdersAfter")
        tasks.start_soon(interject, exchange, "cancel_all_orders_after", refused(), 6)
        tasks.start_soon(later, 20, exchange.clear_faults)
        await settled()
        async with session.orders.dead_man_switch(60) as switch:
            assert switch.fires_in is not None


async def test_a_group_is_left_though_the_answer_to_its_cancel_decides_nothing() -> None:
    """I1."""
    async with opened(markets=[BTC]) as (exchange, session), anyio.create_task_group() as tasks:
        async with session.orders.open_group() as group:
            await group.add(**RESTING)
            tasks.start_soon(interject, exchange, "cancel_order", refused())
            await settled()
        assert [order.status for order in exchange.orders] == ["canceled"]
        assert group.unconfirmed == ()


async def test_a_batch_that_was_refused_without_a_word_is_unknown() -> None:
    """B4, B11."""
    async with opened(markets=[BTC]) as (exchange, session):
        batch = session.orders.prepare_batch(BTC, [row(), row()])
        assert isinstance(await answered(exchange, batch, refused()), OrderOutcomeUnknown)
        assert [each.outcome for each in (batch, *batch.legs)] == [UNKNOWN] * 3


async def test_a_report_of_an_order_that_was_refused_is_told_once() -> None:
    """B2: the refusal stands, and does not hide that the order lives."""
    async with opened(markets=[BTC]) as (exchange, session), session.events() as events:
        intent = session.orders.prepare(**RESTING)
        await answered(exchange, intent, refused("EOrder:Insufficient funds"), arrives=1)
        await anyio.sleep(2)
        assert intent.outcome is REJECTED
        await session.orders.amend(cl_ord_id=str(intent.cl_ord_id), limit_price="50001.0")
        [order], seen = exchange.orders, list[RejectedOrderSeen]()
        with anyio.move_on_after(1):
            async for event in events:
                seen += [event] if isinstance(event, RejectedOrderSeen) else []
        [event] = seen
        assert (event.cl_ord_id, event.order_id) == (intent.cl_ord_id, order.order_id)
        assert event.error == "EOrder:Insufficient funds"


async def test_a_report_of_an_order_that_kraken_was_said_not_to_have_is_told_too() -> None:
    """B8: its tables lacked it for longer than the margin."""
    async with opened(markets=[BTC]) as (exchange, session), session.events() as events:
        exchange.late_tables(30)
        exchange.lose_replies(1, "add_order")
        exchange.lose_report(2)
        intent, seen = session.orders.prepare(**RESTING), list[RejectedOrderSeen]()
        with anyio.move_on_after(1):
            await intent.submit()
        assert await intent.resolve() is Outcome.NOT_ACCEPTED
        exchange.drop("ws_auth")  # the next snapshot lists it
        with anyio.move_on_after(5):
            async for event in events:
                seen += [event] if isinstance(event, RejectedOrderSeen) else []
        [event] = seen
        assert (event.cl_ord_id, event.order_id) == (intent.cl_ord_id, exchange.orders[0].order_id)
        assert "none of Kraken's tables" in event.error


@pytest.mark.parametrize("error", ["EOrder:Post only order", "EGeneral:Invalid arguments:cl_ord_id not unique"])
async def test_a_report_that_a_refusal_explains_is_nothing_to_tell(error: str) -> None:
    """A refused order may be reported as gone, and a name that is taken is another order's."""
    async with (
        opened(markets=[BTC]) as (exchange, session),
        session.events() as events,
        session.executions() as executions,
    ):
        intent = session.orders.prepare(**RESTING)
        await answered(exchange, intent, refused(error))
        state = "canceled" if "Post only" in error else "new"
        report = {"order_id": "OX", "cl_ord_id": intent.cl_ord_id, "exec_type": state, "order_status": state}
        data = [{**report, "timestamp": "2026-11-23T00:00:00.5Z"}]
        frame = {"channel": "executions", "type": "update", "data": data, "sequence": 2}
        exchange.send_raw("ws_auth", json.dumps(frame))
        with anyio.move_on_after(1):
            async for event in events:
                assert not isinstance(event, RejectedOrderSeen)
        assert [each.order_id for each in await executions.take_batch() if not isinstance(each, Gap)] == ["OX"]


# the replies to a list of cancels


async def cancel(exchange: Exchange, session: Session[Any], *replies: Told | str) -> tuple[object, CancelList]:
    """Cancel two orders, and let Kraken answer this; `a` and `b` name them. It cancels none meanwhile."""
    names = {at: (await session.orders.add(**resting())).order_id for at in "ab"}
    cancels = session.orders.prepare_cancel(order_id=list(names.values()))
    said = [ok(names[each]) if isinstance(each, str) else each for each in replies]
    return await answered(exchange, cancels, *said), cancels


NO_ORDER = refused("EOrder:Unknown order")


async def test_a_reply_may_tell_a_cancelled_uuid_in_another_form() -> None:
    """B11: it names its order all the same, so the refusal is the other's."""
    uuid = "6d1b345e-2821-40e2-ad83-4ecb18a06876"
    async with opened() as (exchange, session):
        cancels = session.orders.prepare_cancel(cl_ord_id=[uuid, "mine"])
        told: Told = {"success": True, "result": {"cl_ord_id": uuid.replace("-", "").upper()}}
        await answered(exchange, cancels, told, NO_ORDER)
        assert cancels.outcomes == {uuid: ACKED, "mine": REJECTED}


@pytest.mark.parametrize(
    ("replies", "outcomes"),
    [
        (["a", "a", "b"], (ACKED, ACKED)),
        (["a", "a", NO_ORDER], (ACKED, REJECTED)),
        (["a", "a", ok()], (ACKED, ACKED)),
        ([refused("EGeneral:Invalid arguments:order_id"), "b"], (REJECTED, ACKED)),
        ([refused("EGeneral:Internal error"), "b"], (UNKNOWN, ACKED)),
        ([refused("EService:Market in post_only mode"), "a"], (ACKED, REJECTED)),
        ([refused("Something that nobody knows"), "a"], (ACKED, REJECTED)),
        ([refused("EOrder:Rate limit exceeded"), "a"], (ACKED, REJECTED)),
        ([refused(), "b"], (UNKNOWN, ACKED)),
        ([{"success": None}, "a"], (ACKED, UNKNOWN)),
        ([refused("EGeneral:Permission denied")], (REJECTED, REJECTED)),
        ([refused("ESession:Invalid session")], (REJECTED, REJECTED)),
        ([refused("EAPI:Rate limit exceeded")], (REJECTED, REJECTED)),
        ([refused("Exceeded msg rate")], (REJECTED, REJECTED)),
        ([refused("EAuth:Failed")], (REJECTED, REJECTED)),
        ([refused("EGeneral:Temporary lockout")], (REJECTED, REJECTED)),
        ([refused("Malformed request")], (REJECTED, REJECTED)),
        (["a", refused("EGeneral:Permission denied")], (ACKED, REJECTED)),
    ],
)
async def test_one_reply_to_a_list_of_cancels_is_for_one_order(
    replies: Sequence[Told | str], outcomes: tuple[Outcome, Outcome]
) -> None:
    """B4, B11, G7: unless it refuses whoever asks, or the whole request; one that comes twice counts once."""
    async with opened(markets=[BTC]) as (exchange, session):
        began = anyio.current_time()
        _end, cancels = await cancel(exchange, session, *replies)
        assert tuple(cancels.outcomes.values()) == outcomes
        assert anyio.current_time() - began < 1
        assert pending(session) == (0, 0, 0)
        assert session.health.links["ws_auth"].connects == 1


@pytest.mark.parametrize("reply", [refused("EGeneral:Internal error"), refused()])
async def test_a_cancel_that_a_reply_left_open_is_settled_by_its_report(reply: Told) -> None:
    """B6, B11: though the others of its list are known."""
    async with opened(markets=[BTC]) as (exchange, session):
        end, cancels = await cancel(exchange, session, reply, "b")
        assert end is cancels.acknowledged
        assert tuple(cancels.outcomes.values()) == (UNKNOWN, ACKED)
        await anyio.sleep(40)
        assert tuple(cancels.outcomes.values()) == (ACKED, ACKED)


async def test_a_success_that_came_twice_is_waited_for_no_longer_than_others() -> None:
    """A4, B4, G7: the other order has no answer then."""
    async with opened(markets=[BTC]) as (exchange, session):
        end, cancels = await cancel(exchange, session, "a", "a")
        assert isinstance(end, OrderOutcomeUnknown)
        assert tuple(cancels.outcomes.values()) == (ACKED, UNKNOWN)
        assert session.health.links["ws_auth"].connects == 1


@pytest.mark.parametrize("reply", [refused(), {"success": None}, refused("EGeneral:Internal error")])
async def test_a_list_of_cancels_of_which_nothing_was_said_is_unknown(reply: Told) -> None:
    """B4."""
    async with opened(markets=[BTC]) as (exchange, session):
        end, cancels = await cancel(exchange, session, reply, reply)
        assert isinstance(end, OrderOutcomeUnknown)
        assert str(end.__cause__ or "") == (reply.get("error") or "")
        assert tuple(cancels.outcomes.values()) == (UNKNOWN, UNKNOWN)
        await anyio.sleep(40)
        assert tuple(each.name for each in cancels.outcomes.values()) == ("ACKED", "ACKED")
