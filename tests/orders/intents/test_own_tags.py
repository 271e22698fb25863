"""An order with a conditional close has a tag of its own for a name, and is as certain as any other (B2, B6, B8)."""

from typing import Any

import anyio
import pytest

from krakenio import Outcome
from krakenio.sim import Exchange
from tests.opened import BTC, CROSSING, RESTING, attempt, ended, opened, row, seen, settled

pytestmark = pytest.mark.virtual

CLOSE: dict[str, Any] = {"conditional": {"order_type": "limit", "limit_price": "150000.0"}}


def quiet(exchange: Exchange) -> None:
    """Let no report and no reply come any more."""
    exchange.freeze("ws_auth", 10_000)
    exchange.drop("ws_auth")


@pytest.mark.parametrize("via", ["ws", "rest"])
async def test_it_is_sent_with_a_tag_and_without_a_client_id(via: Any) -> None:
    """ws-v2-trading §0.1: Kraken's SDK says that the two are refused together."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**RESTING, **CLOSE, via=via)
        await intent.submit()
        [params] = seen(exchange, "add_order" if via == "ws" else "AddOrder")
        tag = params["order_userref"] if via == "ws" else int(params["userref"])
        assert 0 < tag < 2**31
        assert "cl_ord_id" not in params
        assert (intent.cl_ord_id, intent.params["order_userref"], intent.outcome) == (None, tag, Outcome.ACKED)


async def test_a_name_that_you_give_is_sent() -> None:
    async with opened() as (exchange, session):
        await session.orders.add(**RESTING, **CLOSE, cl_ord_id="mine")
        await session.orders.add(**RESTING, **CLOSE, order_userref=7)
        first, second = seen(exchange, "add_order")
        assert (first["cl_ord_id"], "order_userref" in first) == ("mine", False)
        assert (second["order_userref"], "cl_ord_id" in second) == (7, False)


@pytest.mark.parametrize("order", [RESTING, CROSSING], ids=["open", "closed"])
async def test_it_is_found_by_its_tag(order: dict[str, Any]) -> None:
    """B8: and not the close order that its fill made, which may have the tag too."""
    async with opened(markets=1) as (exchange, session):
        exchange.hold(3, "ws_auth", "add_order", times=1)
        intent = session.orders.prepare(**order, **CLOSE)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ended, intent)
            await settled()
            quiet(exchange)
        assert await intent.resolve() is Outcome.ACKED
        assert intent.order_id == exchange.orders[0].order_id


async def test_it_is_not_accepted_where_kraken_has_no_order_with_the_tag() -> None:
    """B8."""
    async with opened() as (exchange, session):
        await session.orders.add(**RESTING, **CLOSE)
        exchange.hold(30, "ws_auth", "add_order", times=1)
        intent = session.orders.prepare(**RESTING, **CLOSE)
        await ended(intent)
        assert await intent.resolve() is Outcome.NOT_ACCEPTED


async def test_a_report_tells_of_it() -> None:
    """B6."""
    async with opened() as (exchange, session):
        exchange.lose_replies(1, "add_order")
        intent, ends = session.orders.prepare(**RESTING, **CLOSE), list[Any]()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt, intent, ends)
            await anyio.sleep(0.1)
            assert intent.outcome is Outcome.ACKED
        assert intent.order_id == exchange.orders[0].order_id


async def test_a_row_of_a_batch_has_a_tag_of_its_own_too() -> None:
    """B11."""
    async with opened() as (exchange, session):
        batch = session.orders.prepare_batch(BTC, [row(**CLOSE), row(), row(**CLOSE)])
        exchange.hold(2, "ws_auth", "batch_add")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ended, batch)
            await settled()
            quiet(exchange)
        assert [await leg.resolve() for leg in batch.legs] == [Outcome.ACKED] * 3
        assert [leg.order_id for leg in batch.legs] == [order.order_id for order in exchange.orders]
