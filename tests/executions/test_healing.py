"""The executions of a session heal themselves: each report once and in order, whatever the connection does (D3)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import Gap, StreamGap, SubscriptionError
from krakenio.events import ExecutionsHealed, ExecutionsNotHealed
from krakenio.orders.account.executions import AGAIN, PATIENCE
from krakenio.session import Session
from krakenio.sim import Exchange
from krakenio.sim.feeds import private
from krakenio.sim.rest import market
from tests.opened import BTC, CROSSING, RESTING, opened, resting, settled

pytestmark = pytest.mark.virtual

Act = Callable[[Exchange], object]


def outage(exchange: Exchange, seconds: float = 5) -> None:
    """Lose the private socket for a while."""
    exchange.freeze("ws_auth", seconds)
    exchange.drop("ws_auth")


def told(items: list[Any]) -> list[Any]:
    """Return what happened, as the reports say it."""
    return [item if isinstance(item, Gap) else item.exec_type for item in items]


def fills(items: list[Any]) -> list[str]:
    return [item.exec_id for item in items if not isinstance(item, Gap) and item.exec_id is not None]


def truth(exchange: Exchange) -> list[str]:
    """Return the exchange's own record of fills."""
    return [name for order in exchange.orders for name in order.exec_ids]


async def rest(session: Session[Any], **change: Any) -> str:
    """Place an order over REST, which works while the socket is down."""
    return (await session.orders.add(via="rest", **resting(**change))).order_id


async def test_a_reconnect_without_news_is_silent() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        await session.orders.add(**RESTING)
        await settled()
        await stream.take_batch()
        outage(exchange)
        await anyio.sleep(20)
        with pytest.raises(anyio.WouldBlock):
            stream.receive_nowait()


async def test_a_fill_that_an_outage_missed_comes_once_before_later_ones() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        await session.orders.add(**CROSSING)
        await settled()
        outage(exchange)
        await rest(session, limit_price="95000.0")
        await anyio.sleep(20)
        await session.orders.add(**CROSSING)
        await settled()
        items = await stream.take_batch()
        assert fills(items) == truth(exchange)
        live, healed = ["pending_new", "new", "trade", "filled"], ["new", "trade", "filled"]
        assert told(items) == live + healed + live


@pytest.mark.parametrize("names", [["TSLAx/USD"], ["TSLASPV/USD", "TSLAx/USD"], ["TSLASPV/USD"]])
async def test_an_order_of_a_tokenized_share_is_told_too(names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """REST knows these pairs only where it is asked for their class, and each by two names."""

    def told_by(_place: object, _params: object) -> list[str]:
        return names

    monkeypatch.setattr(market, "_keys", told_by)
    async with opened(markets=["TSLAx/USD"]) as (exchange, session), session.executions() as stream:
        outage(exchange)
        pair: dict[str, Any] = {"pair": "TSLAx/USD", "asset_class": "tokenized_asset"}
        await session.rest.trading.add_order(**pair, type="buy", ordertype="limit", volume="0.1", price="450")
        await anyio.sleep(20)
        items = await stream.take_batch()
        assert told(items) == ["new", "trade", "filled"]
        assert [item.symbol for item in items[:2] if not isinstance(item, Gap)] == ["TSLAx/USD"] * 2


async def test_an_order_of_a_pair_that_rest_does_not_list_is_told_without_its_symbol() -> None:
    """Of another venue, say, or delisted meanwhile; only what REST alone tells of it lacks the symbol."""
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        exchange.reject("AssetPairs", "EQuery:Unknown asset pair", times=None)
        outage(exchange)
        await session.rest.trading.add_order(pair=BTC, type="buy", ordertype="limit", volume="0.001", price="95000")
        await anyio.sleep(20)
        items = await stream.take_batch()
        assert told(items) == ["new", "trade", "filled"]
        assert [item.symbol for item in items[:2] if not isinstance(item, Gap)] == [None, BTC]


async def test_an_order_placed_and_cancelled_unfilled_in_an_outage_is_told() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        outage(exchange)
        order_id = await rest(session)
        await session.orders.cancel(order_id=order_id, via="rest")
        await anyio.sleep(20)
        first, last = await stream.take_batch()
        assert not isinstance(first, Gap)
        assert not isinstance(last, Gap)
        assert (first.exec_type, first.symbol, first.side) == ("new", BTC, "buy")
        assert (last.exec_type, last.reason, last.order_id) == ("canceled", "User requested", order_id)


async def test_an_order_amended_and_cancelled_in_an_outage_is_shown_as_amended() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        order_id = (await session.orders.add(**RESTING)).order_id
        outage(exchange)
        await session.orders.amend(order_id=order_id, order_qty="0.002", limit_price="51000.0", via="rest")
        await session.orders.cancel(order_id=order_id, via="rest")
        await anyio.sleep(20)
        order, items = session.orders.open[order_id], await stream.take_batch()
        assert (order.status, order.order_qty, order.limit_price) == ("canceled", Decimal("0.002"), Decimal(51000))
        assert told(items)[-1] == "canceled"


async def test_an_end_that_is_heard_shows_what_the_lost_reports_before_it_told() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        amended = (await session.orders.add(**RESTING)).order_id
        await settled()
        exchange.lose_report(None)
        await session.orders.amend(order_id=amended, order_qty="0.002", limit_price="51000.0")
        placed = await session.rest.trading.add_order(
            pair=BTC, type="buy", ordertype="limit", volume="0.003", price="50000"
        )
        exchange.clear_faults()
        names = [amended, *(placed.txid or ())]
        await session.orders.batch_cancel(order_id=names)
        await anyio.sleep(20)
        orders = [session.orders.open[name] for name in names]
        assert [(each.symbol, each.status) for each in orders] == [(BTC, "canceled")] * 2
        assert [each.order_qty for each in orders] == [Decimal("0.002"), Decimal("0.003")]
        assert [each.limit_price for each in orders] == [Decimal(51000), Decimal(50000)]


@pytest.mark.parametrize("gaps", ["yield", "raise"])
async def test_a_lost_report_shows_with_the_next_one_and_is_healed_without_a_gap(gaps: Any) -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions(gaps=gaps) as stream:
        await session.orders.add(**RESTING)
        await settled()
        await stream.take_batch()
        exchange.lose_report(3)
        await session.orders.add(**CROSSING)
        await session.orders.add(**CROSSING)
        await anyio.sleep(5)
        items = await stream.take_batch()
        assert fills(items) == truth(exchange)
        assert not any(isinstance(item, Gap) for item in items)
        assert told(items).count("filled") == 2


async def test_fills_beyond_the_snapshot_are_fetched_page_by_page() -> None:
    async with opened(markets=[BTC], tier="pro") as (exchange, session), session.executions() as stream:
        outage(exchange, 30)
        for _ in range(120):
            await rest(session, limit_price="95000.0")
            await anyio.sleep(0.001)
        await anyio.sleep(60)
        items = await stream.take_batch()
        assert fills(items) == truth(exchange)
        assert len(fills(items)) >= 120
        asked = [request.params for request in exchange.requests if request.method == "TradesHistory"]
        assert len(asked) >= 2
        assert all(params["consolidate_taker"] == "false" for params in asked)


async def test_a_fill_told_by_rest_alone_is_as_the_channel_would_have_told_it() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        await session.orders.add(**CROSSING)
        await settled()
        live = next(item for item in await stream.take_batch() if not isinstance(item, Gap) and item.exec_id)
        outage(exchange, 30)
        for _ in range(60):
            await rest(session, limit_price="95000.0")
        await anyio.sleep(60)
        healed = next(item for item in await stream.take_batch() if not isinstance(item, Gap) and item.exec_id)
        told_live = {name for name in live.__struct_fields__ if getattr(live, name) is not None}
        told_late = {name for name in healed.__struct_fields__ if getattr(healed, name) is not None}
        assert told_live - told_late <= {"fee_usd_equiv", "ratecount", "cl_ord_id", "order_userref"}
        assert (healed.symbol, healed.side, healed.fees is not None) == (BTC, "buy", True)
        assert healed.avg_price == healed.last_price


async def test_what_cannot_be_found_out_is_a_gap_and_comes_when_it_can() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream, session.events() as events:
        await session.orders.add(**RESTING)
        await settled()
        await stream.take_batch()
        exchange.reject("ClosedOrders", "EService:Unavailable", None)
        outage(exchange)
        await session.orders.cancel(order_id=exchange.orders[0].order_id, via="rest")
        await anyio.sleep(PATIENCE + 10)
        [gap] = await stream.take_batch()
        assert isinstance(gap, Gap)
        assert "executions are missing" in gap.reason
        assert "EService:Unavailable" in gap.reason
        exchange.clear_faults()
        await anyio.sleep(AGAIN + 10)
        assert told(await stream.take_batch()) == ["canceled"]
        news = [type(event) for event in await events.take_batch()]
        assert [each for each in news if each in {ExecutionsHealed, ExecutionsNotHealed}] == [
            ExecutionsNotHealed,
            ExecutionsHealed,
        ]


async def test_fills_of_an_order_for_money_come_too_when_they_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "SNAPSHOT_FILLS", 1)
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        exchange.reject("TradesHistory", "EService:Unavailable", None)
        outage(exchange)
        for _ in range(2):
            await session.orders.add(via="rest", symbol=BTC, side="buy", order_type="market", cash_order_qty="100")
        await anyio.sleep(PATIENCE + 10)
        assert fills(await stream.take_batch()) != truth(exchange)
        exchange.clear_faults()
        await anyio.sleep(AGAIN + 10)
        assert len(fills(await stream.take_batch())) == 1
        assert all(order.is_filled and order.cum_qty for order in session.orders.open.known)


async def test_an_order_whose_end_alone_was_heard_is_described_when_rest_answers() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        amended = (await session.orders.add(**RESTING)).order_id
        await settled()
        exchange.reject("ClosedOrders", "EService:Unavailable", None)
        exchange.lose_report(None)
        await session.orders.amend(order_id=amended, order_qty="0.002", limit_price="51000.0")
        asked: Any = {"pair": BTC, "type": "buy", "ordertype": "limit", "volume": "0.003", "price": "50000"}
        names = [amended, *((await session.rest.trading.add_order(**asked)).txid or ())]
        exchange.clear_faults()
        exchange.reject("ClosedOrders", "EService:Unavailable", None)
        await session.orders.batch_cancel(order_id=names)
        await anyio.sleep(PATIENCE + 10)
        assert session.orders.open[names[1]].symbol is None
        exchange.clear_faults()
        await anyio.sleep(AGAIN + 10)
        orders = [session.orders.open[name] for name in names]
        assert [(each.symbol, each.side, each.status) for each in orders] == [(BTC, "buy", "canceled")] * 2
        assert [each.order_qty for each in orders] == [Decimal("0.002"), Decimal("0.003")]
        assert [each.limit_price for each in orders] == [Decimal(51000), Decimal(50000)]


async def test_what_cannot_be_found_out_raises_where_the_user_asked_for_that() -> None:
    """D3: and reading goes on behind it."""
    async with opened(markets=[BTC]) as (exchange, session), session.executions(gaps="raise") as stream:
        exchange.reject("ClosedOrders", "EService:Unavailable", None)
        outage(exchange)
        await anyio.sleep(PATIENCE + 15)
        await session.orders.add(**RESTING)
        await settled()
        with pytest.raises(StreamGap, match="executions are missing"):
            await stream.receive()
        assert told(await stream.take_batch()) == ["pending_new", "new"]


async def test_a_key_that_may_not_ask_gets_its_gap_at_once_and_no_more_tries() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        exchange.reject("ClosedOrders", "EGeneral:Permission denied", None)
        outage(exchange)
        await anyio.sleep(12)
        assert [type(item) for item in await stream.take_batch()] == [Gap]
        count = sum(request.method == "ClosedOrders" for request in exchange.requests)
        await anyio.sleep(1000)
        assert sum(request.method == "ClosedOrders" for request in exchange.requests) == count == 1


async def test_reports_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("krakenio.orders.account.executions.HELD", 5)
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        exchange.delay(20, "rest", "ClosedOrders")
        outage(exchange, 1)
        await anyio.sleep(8)
        for _ in range(3):
            await session.orders.add(**RESTING)
        await settled()
        items = await stream.take_batch()
        assert isinstance(items[0], Gap)
        assert "5 reports came before" in items[0].reason
        assert told(items[1:]) == ["pending_new", "new"] * 3


async def test_another_outage_while_it_heals_begins_anew() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        exchange.delay(4, "rest", "ClosedOrders", 2)
        outage(exchange, 2)
        await rest(session, limit_price="95000.0")
        await anyio.sleep(5)
        outage(exchange, 2)
        await rest(session, limit_price="95000.0")
        await anyio.sleep(30)
        items = await stream.take_batch()
        assert fills(items) == truth(exchange)
        assert len(fills(items)) == 2
        assert told(items) == ["new", "trade", "filled"] * 2


async def test_a_stream_entered_in_an_outage_waits_until_the_executions_are_back() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        await session.orders.add(**RESTING)
        outage(exchange)
        await settled()
        begin = anyio.current_time()
        async with session.executions() as stream:
            assert anyio.current_time() - begin > 1
            await anyio.sleep(10)
            assert told(await stream.take_batch()) == ["new"]


async def test_streams_share_one_healing() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as one, session.executions() as two:
        outage(exchange)
        await rest(session, limit_price="95000.0")
        await anyio.sleep(20)
        assert await one.take_batch() == await two.take_batch()
        assert sum(request.method == "ClosedOrders" for request in exchange.requests) == 2


async def test_leaving_the_session_while_it_heals_leaves_nothing() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.freeze("rest", 100)
        outage(exchange, 1)
        await anyio.sleep(10)
    assert session.failure is None


async def test_what_rest_tells_late_is_given_late() -> None:
    """REST's tables may lag behind: an order that came and went in the outage is looked for twice."""
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        hidden: Any = exchange._core.accounts[0].orders  # noqa: SLF001
        outage(exchange, 2)
        order_id = await rest(session)
        await session.orders.cancel(order_id=order_id, via="rest")
        order = hidden.pop(order_id)
        await anyio.sleep(3.5)
        hidden[order_id] = order
        await anyio.sleep(20)
        assert told(await stream.take_batch()) == ["new", "canceled"]


async def test_a_refused_subscription_ends_the_streams() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.executions() as stream:
        exchange.reject("subscribe", "EGeneral:Invalid arguments", None, "ws_auth")
        exchange.drop("ws_auth")
        with anyio.fail_after(30), pytest.raises(SubscriptionError):
            await stream.receive()
        exchange.clear_faults()
