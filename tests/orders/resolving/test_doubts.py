"""A report of an order settles what a lost reply left open, of amends and cancels too (contract B6)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import Intent, Orders, Outcome, recent
from krakenio.errors import OrderOutcomeUnknown
from krakenio.messages import Execution
from krakenio.orders.resolving.doubts import Doubts, names_in, shows
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.opened import BTC, CROSSING, attempt, opened, pending, resting
from tests.orders.intents.test_outcomes import resolutions

pytestmark = pytest.mark.virtual
TIME = "2026-11-02T10:00:03Z"


def report(kind: str = "amended", **more: Any) -> Execution:
    return Execution("O1", kind, "new", TIME, **more)


async def left_open(exchange: Exchange, intent: Intent, method: str) -> None:
    """Let its reply get lost, what it asks for take a second, and its caller go before that."""
    exchange.lose_replies(method=method)
    exchange.hold(1, "ws_auth", method, times=1)
    async with anyio.create_task_group() as tasks:  # no deadline: it would become the amend's
        tasks.start_soon(attempt, intent, list[object]())
        await anyio.sleep(0.5)
        tasks.cancel_scope.cancel()
    assert intent.outcome is Outcome.UNKNOWN


async def two_orders(session: Session[Any]) -> tuple[str, str]:
    """Place two that rest, the second by a name of ours."""
    first = await session.orders.add(**resting(order_userref=1))
    await session.orders.add(**resting(cl_ord_id="mine"))
    return first.order_id, "mine"


Prepare = Callable[[Orders, str], Intent]
ONE_BY_ONE: dict[str, tuple[str, Prepare]] = {
    "cancel": ("cancel_order", lambda orders, _txid: orders.prepare_cancel(cl_ord_id="mine")),
    "cancel by order_id": ("cancel_order", lambda orders, txid: orders.prepare_cancel(order_id=txid)),
    "list": ("cancel_order", lambda orders, txid: orders.prepare_cancel(order_id=[txid])),
    "amend": ("amend_order", lambda orders, _txid: orders.prepare_amend(cl_ord_id="mine", limit_price="50001")),
    "amend by order_id": ("amend_order", lambda orders, txid: orders.prepare_amend(order_id=txid, order_qty="0.002")),
    "batch_cancel": (
        "batch_cancel",
        lambda orders, txid: orders.prepare_batch_cancel(order_id=[txid], cl_ord_id=["mine"]),
    ),
}


@pytest.mark.parametrize("name", ONE_BY_ONE)
async def test_b6_a_late_report_tells_what_a_lost_reply_did_not(name: str) -> None:
    method, prepare = ONE_BY_ONE[name]
    async with opened(markets=[BTC]) as (exchange, session):
        txid, _ = await two_orders(session)
        told = resolutions(session)
        intent = prepare(session.orders, txid)
        await left_open(exchange, intent, method)
        assert [*session.orders._doubts] == [*intent.parts]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        await anyio.sleep(2)
        assert intent.outcome is Outcome.ACKED
        assert [outcome for _, outcome in told] == ["acknowledged"] * len(told)
        assert told
        assert [*session.orders._doubts] == []  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


async def test_b6_each_order_of_a_list_is_settled_by_its_own_report() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        txid, _ = await two_orders(session)
        both = session.orders.prepare_cancel(order_id=[txid, "OAAAAA-BBBBB-CCCCCC"])
        await left_open(exchange, both, "cancel_order")
        await anyio.sleep(2)
        assert [*both.outcomes.values()] == [Outcome.ACKED, Outcome.UNKNOWN]
        assert both.outcome is Outcome.UNKNOWN


async def test_b6_a_batch_cancel_is_settled_once_the_last_of_its_orders_is_gone() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        txid, name = await two_orders(session)
        intent = session.orders.prepare_batch_cancel(order_id=[txid], cl_ord_id=[name])
        exchange.hold(60, "ws_auth", "batch_cancel", times=1)
        with anyio.move_on_after(0.5):
            await intent.submit()
        await session.orders.cancel(order_id=txid)
        between = intent.outcome
        await session.orders.cancel(cl_ord_id=name)
        assert (between, intent.outcome) == (Outcome.UNKNOWN, Outcome.ACKED)


async def test_b5_a_reply_says_more_than_the_report_that_overtook_it() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        await two_orders(session)
        exchange.delay(0.9, "ws_auth", "amend_order")
        done = await session.orders.amend(cl_ord_id="mine", limit_price="50001")
        assert done.amend_id


async def test_b7_a_caller_whose_connection_was_lost_is_told_what_a_report_showed() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        await two_orders(session)
        exchange.lose_replies(None, "cancel_order")
        ends: list[Any] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, session.orders.prepare_cancel(cl_ord_id="mine"), ends)
            await anyio.sleep(0.5)
            exchange.drop("ws_auth")
        assert [end.cl_ord_id for end in ends] == ["mine"]
        assert pending(session) == (0, 0, 0)


@pytest.mark.parametrize("name", ONE_BY_ONE)
async def test_b6_a_reply_is_waited_for_a_moment_only_once_the_report_is_there(name: str) -> None:
    method, prepare = ONE_BY_ONE[name]
    async with opened(markets=[BTC]) as (exchange, session):
        txid, _ = await two_orders(session)
        exchange.lose_replies(None, method)
        intent, begun = prepare(session.orders, txid), anyio.current_time()
        await intent.submit()
        assert intent.outcome is Outcome.ACKED
        assert anyio.current_time() - begun == pytest.approx(1, abs=0.1)


async def test_b6_what_happened_in_an_outage_is_told_by_the_reports_that_rest_makes_good() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        await two_orders(session)
        exchange.hold(1, "ws_auth", times=2)
        intents = [session.orders.prepare_cancel(cl_ord_id="mine"), session.orders.prepare(**CROSSING)]
        ends: list[Any] = []
        async with anyio.create_task_group() as tasks:
            for intent in intents:
                tasks.start_soon(attempt, intent, ends)
            await anyio.sleep(0.5)
            exchange.drop("ws_auth")
            exchange.freeze("ws_auth", 3)
        assert [type(end) for end in ends] == [OrderOutcomeUnknown] * 2
        await anyio.sleep(30)
        assert [order.status for order in exchange.orders] == ["new", "canceled", "filled"]
        assert [intent.outcome for intent in intents] == [Outcome.ACKED] * 2


async def test_b4_a_fill_does_not_tell_what_became_of_a_cancel() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        await two_orders(session)
        exchange.hold(60, "ws_auth", "cancel_order", times=1)
        intent = session.orders.prepare_cancel(cl_ord_id="mine")
        with anyio.move_on_after(0.5):
            await intent.submit()
        await session.orders.add(**resting(side="sell", order_qty="0.002"))
        assert intent.outcome is Outcome.UNKNOWN


async def test_b4_no_report_and_no_reply_is_unknown() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        await two_orders(session)
        exchange.hold(60, "ws_auth", "amend_order", times=1)
        intent = session.orders.prepare_amend(cl_ord_id="mine", limit_price="50001")
        ends: list[Any] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, intent, ends)
            await anyio.sleep(0.5)
            exchange.drop("ws_auth")
        assert [type(end) for end in ends] == [OrderOutcomeUnknown]


AMEND = {"order_id": "O1", "limit_price": Decimal(5)}


@pytest.mark.parametrize(
    ("found", "method", "params", "expected"),
    [
        (report(limit_price=Decimal("5.0")), "amend_order", AMEND, True),
        (report(limit_price=Decimal("5.0"), limit_price_type="static"), "amend_order", AMEND, True),
        (report(limit_price=Decimal(6)), "amend_order", AMEND, False),
        (report(limit_price=Decimal(5), limit_price_type="pct"), "amend_order", AMEND, False),
        (report(limit_price=Decimal(5)), "amend_order", {**AMEND, "order_qty": Decimal(1)}, False),
        (report(limit_price=Decimal(5), order_qty=Decimal(1)), "amend_order", {**AMEND, "order_qty": Decimal(1)}, True),
        (report(limit_price=Decimal(5)), "amend_order", {"order_id": "O1", "trigger_price": Decimal(5)}, False),
        (report("restated", limit_price=Decimal(5)), "amend_order", AMEND, False),
        (report("canceled"), "amend_order", AMEND, False),
        (report("canceled"), "cancel_order", {"order_id": ["O1"]}, True),
        (report("expired"), "cancel_order", {"order_id": ["O1"]}, False),
        (report("filled"), "cancel_order", {"order_id": ["O1"]}, False),
        (report("canceled"), "batch_cancel", {"orders": ["O1"]}, True),
        (report("canceled"), "edit_order", {"order_id": "O1"}, False),
        (report("canceled"), "add_order", {"cl_ord_id": "mine"}, False),
    ],
)
def test_what_a_report_shows(found: Execution, method: str, params: dict[str, Any], *, expected: bool) -> None:
    assert shows(found, method, params, since=0) is expected


def test_a_report_from_before_the_request_shows_nothing() -> None:
    at = 1793613603 * 10**9
    cancel = {"order_id": ["O1"]}
    assert shows(report("canceled"), "cancel_order", cancel, since=at)
    assert not shows(report("canceled"), "cancel_order", cancel, since=at + 1)
    malformed = Execution("O1", "canceled", "canceled", "yesterday")
    assert shows(malformed, "cancel_order", cancel, since=at)


def test_a_request_is_found_by_each_id_in_it() -> None:
    assert names_in("amend_order", {"order_id": "O1", "limit_price": 1}) == ["O1"]
    assert names_in("cancel_order", {"cl_ord_id": ["a", "b"]}) == ["a", "b"]
    assert names_in("batch_cancel", {"orders": ["O1"], "cl_ord_id": ["a"]}) == ["O1", "a"]
    assert names_in("add_order", {"cl_ord_id": "a"}) == []
    assert names_in("cancel_order", {"cl_ord_id": [UUID]}) == [UUID.replace("-", "")]


UUID = "6d1b345e-2821-40e2-ad83-4ecb18a06876"


async def test_b6_a_report_settles_a_request_that_writes_the_name_in_another_form() -> None:
    """Kraken keeps 128 bits: an order of 32 digits is cancelled by the UUID that they are."""
    async with opened(markets=[BTC]) as (exchange, session):
        for name in (UUID.replace("-", ""), "mine"):
            await session.orders.add(**resting(cl_ord_id=name))
        cancels = session.orders.prepare_cancel(cl_ord_id=[UUID.upper(), "mine", UUID])
        await left_open(exchange, cancels, "cancel_order")
        await anyio.sleep(2)
        assert cancels.outcomes == {UUID: Outcome.ACKED, "mine": Outcome.ACKED}


async def test_a6_the_table_is_bounded_and_keeps_no_name_of_what_it_forgot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "KEPT", 3)
    async with opened(markets=[BTC]) as (_, session):
        doubts = Doubts()
        requests = [session.orders.prepare_cancel(cl_ord_id=f"name{n % 4}") for n in range(9)]
        for now, request in enumerate(requests):
            doubts.enter(request, now)
        assert [*doubts] == requests[-3:]
        for request in requests:
            doubts.leave(request)
        assert [*doubts] == []
        assert doubts._by_order == {}  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
