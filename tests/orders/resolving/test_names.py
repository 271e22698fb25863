"""An order of another program, or of an earlier life of this one, is not ours for having our name (contract B2, B8)."""

from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import Intent, KrakenError, Outcome
from krakenio.errors import DuplicateClientOrderId
from krakenio.messages import Execution, rfc3339
from krakenio.orders.intents.needs import Via
from krakenio.orders.resolving.names import Names, is_described
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.opened import BTC, RESTING, attempt, opened, resting, row, settled

pytestmark = pytest.mark.virtual

NAME = "bot-000001"
OURS: dict[str, Any] = {"side": "sell", "order_qty": "0.5", "limit_price": "120000.0", "cl_ord_id": NAME}
SAME: dict[str, Any] = {"order_qty": "0.001", "limit_price": "40000.0", "cl_ord_id": NAME}
WAYS = ["ws", "rest", "leg"]
HELD = {"ws": ("ws_auth", "add_order"), "rest": ("rest", "AddOrder"), "leg": ("ws_auth", "batch_add")}


async def placed_by_another(session: Session[Any], price: str = "40000.0") -> str:
    """Place an order past the session's intents, as another program does; at 95000 it fills."""
    order: dict[str, Any] = {"type": "buy", "ordertype": "limit", "volume": "0.001", "price": price}
    added = await session.rest.trading.add_order(pair=BTC, **order, cl_ord_id=NAME)
    return added.order_id or ""


def prepared(session: Session[Any], way: str, order: dict[str, Any]) -> tuple[Intent, Intent]:
    """Return what is submitted, and what has the outcome."""
    if way == "leg":
        batch = session.orders.prepare_batch(BTC, [row(**order), row()])
        return batch, batch.legs[0]
    via: Via = "rest" if way == "rest" else "ws"
    intent = session.orders.prepare(**resting(**order), via=via)
    return intent, intent


@pytest.mark.parametrize("order", [OURS, SAME], ids=["another", "equal"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_report_of_an_order_that_had_the_name_before_does_not_tell_of_ours(way: str, order: Any) -> None:
    """B2: Kraken refuses the second one among the open orders, and that is what the caller is told."""
    async with opened(markets=[BTC]) as (exchange, session):
        other = await placed_by_another(session)
        await anyio.sleep(10)
        exchange.hold(0.3, *HELD[way], times=1)
        sent, intent = prepared(session, way, order)
        ends: list[Any] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, sent, ends)
            await anyio.sleep(0.05)
            await session.orders.amend(order_id=other, limit_price="40001.0", via="ws" if way == "rest" else "rest")
            assert intent.outcome is Outcome.UNKNOWN
        assert isinstance(ends[0], DuplicateClientOrderId)
        assert (intent.outcome, intent.order_id) == (Outcome.REJECTED, None)


async def left(exchange: Exchange, way: str, sent: Intent, *, taken: bool) -> None:
    """Let the exchange take it, or not; of the reply and the reports nothing is heard."""
    if way == "rest":
        exchange.freeze("ws_auth", 10_000)
        (exchange.fail_after_acceptance if taken else exchange.reject)("AddOrder", "EService:Unavailable")
    exchange.hold(1 if taken else 7, *HELD["leg" if way == "leg" else "ws"], times=1)
    ends: list[Any] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(attempt, sent, ends)
        await settled()
        exchange.freeze("ws_auth", 10_000)
        exchange.drop("ws_auth")
    assert isinstance(ends[0], KrakenError)


@pytest.mark.parametrize("order", [OURS, SAME], ids=["another", "equal"])
@pytest.mark.parametrize("price", ["40000.0", "95000.0"], ids=["open", "filled"])
@pytest.mark.parametrize("way", WAYS)
async def test_an_order_that_had_the_name_before_is_not_what_became_of_ours(way: str, price: str, order: Any) -> None:
    """B8: it is among the open or the closed orders under our name, and was so before ours was written."""
    async with opened(markets=[BTC]) as (exchange, session):
        await placed_by_another(session, price)
        await anyio.sleep(10)
        sent, intent = prepared(session, way, order)
        await left(exchange, way, sent, taken=False)
        assert await intent.resolve() is Outcome.NOT_ACCEPTED
        assert intent.order_id is None


@pytest.mark.parametrize("ahead", [0.0, 400.0, -400.0])
@pytest.mark.parametrize("way", WAYS)
async def test_ours_is_found_beside_one_that_had_the_name_before(way: str, ahead: float) -> None:
    """B8: whatever our clock says."""
    async with opened(markets=[BTC], ahead=ahead) as (exchange, session):
        other = await placed_by_another(session, "95000.0")
        await anyio.sleep(10)
        sent, intent = prepared(session, way, SAME)
        await left(exchange, way, sent, taken=True)
        assert await intent.resolve() is Outcome.ACKED
        assert intent.order_id not in {None, other}


async def placed_during_an_outage(exchange: Exchange, session: Session[Any], seconds: float) -> Intent:
    """Let another program place an order, and REST then neither take ours of the same name nor say so."""
    exchange.freeze("ws_auth", seconds)
    exchange.drop("ws_auth")
    await placed_by_another(session)
    await anyio.sleep(5)
    exchange.reject("AddOrder", "EService:Unavailable")
    intent = session.orders.prepare(**resting(**SAME), via="rest")
    await attempt(intent, [])
    return intent


async def test_an_order_that_was_placed_while_nobody_listened_is_told_by_its_time() -> None:
    """B8: no report had told of it when ours was written."""
    async with opened(markets=[BTC]) as (exchange, session):
        intent = await placed_during_an_outage(exchange, session, 10_000)
        assert await intent.resolve() is Outcome.NOT_ACCEPTED


async def test_the_snapshot_after_an_outage_tells_orders_of_one_name_apart() -> None:
    """B6, B2: it lists what was placed before ours was written."""
    async with opened(markets=[BTC]) as (exchange, session):
        intent = await placed_during_an_outage(exchange, session, 20)
        await anyio.sleep(40)
        assert session.orders.open.find(NAME) is not None
        assert intent.outcome is Outcome.UNKNOWN


PARAMS: dict[str, Any] = {"symbol": BTC, "side": "buy", "order_type": "limit", "order_qty": Decimal(2)}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, True),  # Kraken's later reports leave out what did not change
        (PARAMS, True),
        ({**PARAMS, "symbol": "ETH/USD"}, False),
        ({"side": "sell"}, False),
        ({"order_type": "market"}, False),
        ({"order_qty": Decimal(3)}, False),
    ],
)
def test_what_a_report_does_not_tell_is_no_difference(told: dict[str, Any], *, expected: bool) -> None:
    report = Execution("O1", "new", "new", "2026-11-02T10:00:03Z", **told)
    assert is_described(report, PARAMS) is expected
    assert is_described(report, {"symbol": BTC}) is (told.get("symbol", BTC) == BTC)  # money to spend has no quantity


async def test_an_intent_is_found_by_its_name_once_it_is_prepared() -> None:
    """B1."""
    async with opened(markets=[BTC]) as (_, session):
        intent = session.orders.prepare(**RESTING)
        names = Names(session.orders.known)
        names.keep(intent, 0)
        assert names.find(intent.cl_ord_id or "") is intent


UUID = "6d1b345e-2821-40e2-ad83-4ecb18a06876"


@pytest.mark.parametrize("form", [UUID, UUID.replace("-", ""), UUID.upper()])
async def test_b6_a_report_may_tell_a_uuid_in_another_form(form: str) -> None:
    """Kraken keeps 128 bits; how it writes them is not documented. The order counts as open once."""
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.hold(30, "ws_auth", "add_order")
        exchange.lose_replies(method="add_order")
        intent = session.orders.prepare(**resting(cl_ord_id=UUID))
        with anyio.move_on_after(1):
            await intent.submit()
        assert (intent.outcome, session.orders.limits.open_orders(BTC)) == (Outcome.UNKNOWN, 1)
        told: dict[str, Any] = {"symbol": BTC, "side": "buy", "order_type": "limit", "cl_ord_id": form}
        session.orders.put(Execution("OAAAAA-BBBBB-CCCCCC", "pending_new", "new", rfc3339(exchange.clock()), **told))
        assert (intent.outcome, intent.order_id) == (Outcome.ACKED, "OAAAAA-BBBBB-CCCCCC")
        assert session.orders.limits.open_orders(BTC) == 1
        assert session.orders.intent(form) is intent


async def test_an_order_is_found_by_its_name_in_any_form() -> None:
    """Placed elsewhere under 32 digits, looked for under the UUID that they are."""
    async with opened(markets=[BTC]) as (_, session):
        order: dict[str, Any] = {"type": "buy", "ordertype": "limit", "volume": "0.001", "price": "40000.0"}
        added = await session.rest.trading.add_order(pair=BTC, **order, cl_ord_id=UUID.replace("-", ""))
        await anyio.sleep(1)
        assert session.orders.open[UUID.upper()].order_id == added.order_id
        await session.orders.cancel(cl_ord_id=UUID)
        await session.orders.open[UUID].closed()
