"""What requests cost on the matching engine's counter, by the table of limits.md §A.2, seen in `ratecount`."""

import anyio
import pytest

from tests.sim.clients import still
from tests.sim.gateway.test_batches import batch
from tests.sim.traders import Trader, trading

DECAY = 2.34
ADD = 1


async def counter(trader: Trader) -> float:
    """Return the counter of ADA/EUR just before an order was placed to read it."""
    order_id = await trader.placed()
    count = float((await trader.report("new", order_id))["ratecount"])
    return count - ADD


async def aged(trader: Trader, seconds: float) -> str:
    """Return an order of this age, with the counter back at 0."""
    order_id = await trader.placed()
    await anyio.sleep(max(seconds, 0.001))
    return order_id


AGES = [(1, 0), (6, 1), (12, 2), (20, 3), (60, 4), (100, 5), (400, 6)]
EDITS, CANCELS, AMENDS = (6, 5, 4, 2, 1, 0, 0), (8, 6, 5, 4, 2, 1, 0), (3, 2, 1, 0, 0, 0, 0)


@pytest.mark.virtual
@pytest.mark.parametrize(("age", "row"), AGES)
@pytest.mark.parametrize("what", ["amend", "edit", "cancel"])
async def test_young_orders_cost_most_to_change(age: float, row: int, what: str) -> None:
    async with still(idle=1000) as exchange, trading(exchange) as trader:
        assert (await trader.ask("subscribe", channel="executions", ratecounter=True))["success"]
        order_id = await aged(trader, age)
        left = max(0.0, ADD - DECAY * age)
        if what == "amend":
            answer, cost = await trader.ask("amend_order", order_id=order_id, order_qty=30), 1 + AMENDS[row]
        elif what == "edit":
            edit = {"order_id": order_id, "symbol": "ADA/EUR", "order_qty": 30}
            answer, cost = await trader.ask("edit_order", **edit), 1 + EDITS[row]
        else:
            answer, cost = await trader.ask("cancel_order", order_id=[order_id]), CANCELS[row]
        assert answer["success"]
        assert await counter(trader) == pytest.approx(left + cost, abs=0.001)


@pytest.mark.virtual
async def test_a_batch_costs_half_an_order_each_and_its_cancel_is_never_refused() -> None:
    async with still(tier="starter") as exchange, trading(exchange) as trader:
        assert (await trader.ask("subscribe", channel="executions", ratecounter=True))["success"]
        assert (await batch(trader, *[{"order_userref": 1}] * 15))["success"]
        assert await counter(trader) == 7.5
        answer = await trader.ask("batch_cancel", orders=["1", "OX"])
        assert answer["orders_cancelled"] == 15
        assert (await trader.add())["error"] == "EOrder:Rate limit exceeded"
        assert (await trader.ask("cancel_all"))["result"] == {"count": 1}


@pytest.mark.virtual
async def test_an_amend_makes_an_order_young_again() -> None:
    async with still(idle=1000) as exchange, trading(exchange) as trader:
        assert (await trader.ask("subscribe", channel="executions", ratecounter=True))["success"]
        order_id = await aged(trader, 400)
        await trader.ask("amend_order", order_id=order_id, order_qty=30)
        assert (await trader.ask("cancel_order", order_id=[order_id]))["success"]
        assert await counter(trader) == pytest.approx(1 + 8, abs=0.001)


@pytest.mark.virtual
async def test_a_refused_change_costs_its_fixed_part() -> None:
    async with still() as exchange, trading(exchange) as trader:
        assert (await trader.ask("subscribe", channel="executions", ratecounter=True))["success"]
        order_id = await trader.placed()
        for _ in range(3):
            assert "error" in await trader.ask("amend_order", order_id=order_id, limit_price=0.2000001)
        assert await counter(trader) == ADD + 3


@pytest.mark.virtual
async def test_each_pair_has_a_counter_of_its_own() -> None:
    async with still(tier="starter") as exchange, trading(exchange) as trader:
        for _ in range(60):
            await trader.add(validate=True)
        assert (await trader.add(validate=True))["error"] == "EOrder:Rate limit exceeded"
        assert (await trader.add(validate=True, symbol="ADA/USD"))["success"]
        assert (await trader.add(symbol="XBT/USD"))["error"] == "Currency pair not supported XBT/USD"
        assert exchange.orders == []


@pytest.mark.virtual
@pytest.mark.parametrize(("tier", "limit"), [("starter", 60), ("intermediate", 125), ("pro", 180)])
async def test_the_acknowledgement_tells_the_tiers_maximum(tier: str, limit: int) -> None:
    async with still(tier=tier) as exchange, trading(exchange) as trader:
        assert (await trader.ask("subscribe", channel="executions"))["result"]["maxratecount"] == limit


@pytest.mark.virtual
@pytest.mark.parametrize(("tier", "most"), [("starter", 60), ("intermediate", 80), ("pro", 225)])
async def test_open_orders_of_a_pair_are_limited_by_tier(tier: str, most: int) -> None:
    async with still(tier=tier, limits=False) as exchange, trading(exchange) as trader:
        for _ in range(most):
            await trader.placed()
        assert (await trader.add())["error"] == "EOrder:Orders limit exceeded"
        await trader.placed(symbol="ADA/USD")
