"""What REST has reads as the executions channel would have told it."""

from decimal import Decimal
from typing import Any

import pytest

from krakenio.messages import Execution, Fee
from krakenio.models import Order, OrderDescription
from krakenio.orders.account.fetched import as_ended, as_fill
from tests.executions.world import World, rest_order, rest_trade


def order(kind: str, price: str, price2: str = "0", **more: Any) -> Order:
    return Order("canceled", Decimal(2), Decimal(0), OrderDescription("XBTUSD", "sell", kind, price, price2), **more)


def test_a_fill_has_all_that_rest_tells_of_it() -> None:
    world = World()
    world.place()
    [live] = world.fill("O0")
    assert as_fill("T0", rest_trade(world.fills["T0"]), "BTC/USD") == world.fills["T0"]
    assert live.cum_qty == 1
    assert as_fill("T0", rest_trade(world.fills["T0"]), None).fees is None


def test_an_ended_order_has_its_description_and_its_end() -> None:
    world = World()
    placed = world.place(3)
    world.fill("O0", 1)
    [live] = world.cancel("O0")
    found = as_ended("O0", rest_order(world.orders["O0"]), "BTC/USD")
    assert found is not None
    for name in ("symbol", "side", "order_type", "order_qty", "limit_price", "cl_ord_id", "timestamp"):
        assert getattr(found.opening, name) == getattr(placed[0], name)
    for name in ("order_status", "exec_type", "timestamp", "cum_qty", "cum_cost", "avg_price", "cl_ord_id"):
        assert getattr(found.end, name) == getattr(live, name)
    assert (found.amount, found.in_cost) == (Decimal(1), False)


def test_an_open_order_has_not_ended() -> None:
    world = World()
    world.place()
    assert as_ended("O0", Order("open", Decimal(2), Decimal(0)), "BTC/USD") is None


def test_an_order_for_money_has_no_quantity() -> None:
    found = as_ended("O", order("market", "0", oflags="fciq,viqc", cost=Decimal(9)), "BTC/USD")
    assert found is not None
    assert (found.opening.order_qty, found.opening.cash_order_qty, found.end.cum_qty) == (None, Decimal(2), None)
    assert (found.amount, found.in_cost, found.opening.fee_ccy_pref) == (Decimal(9), True, "fciq")


@pytest.mark.parametrize(
    ("shape", "limit"),
    [
        (("limit", "50.5"), Decimal("50.5")),
        (("stop-loss", "50.5"), None),
        (("stop-loss-limit", "49", "50.5"), Decimal("50.5")),
        (("trailing-stop-limit", "+5.0000%", "-1.0"), None),
        (("market", "0"), None),
        (("limit", "unheard of"), None),
    ],
)
def test_the_limit_is_where_the_type_of_the_order_has_it(shape: tuple[str, ...], limit: Decimal | None) -> None:
    found = as_ended("O", order(*shape), "BTC/USD")
    assert found is not None
    assert found.opening.limit_price == limit


def test_fees_are_in_the_quote_currency() -> None:
    world = World()
    world.place()
    world.fill("O0")
    fill: Execution = as_fill("T0", rest_trade(world.fills["T0"]), "ADA/EUR")
    assert fill.fees == [Fee("EUR", Decimal(1))]
