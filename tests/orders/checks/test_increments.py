"""Numbers fit the market before they are sent, and rounding goes the safe way; what is not known refuses nothing."""

from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import Increments, InvalidPrice, InvalidRequest, UnknownSymbol
from krakenio.models import AssetPair
from krakenio.orders.checks.increments import of_asset_pair
from tests.opened import BTC, RESTING, opened, resting, row, seen, settled

STEPS = Increments(BTC, Decimal("0.1"), Decimal("0.00000001"), Decimal("0.00005"), Decimal("0.5"))


@pytest.mark.parametrize(
    ("price", "side", "rounded"),
    [
        ("50000.05", "buy", "50000.0"),
        ("50000.05", "sell", "50000.1"),
        ("50000.1", "buy", "50000.1"),
        ("50000.10", "sell", "50000.1"),
        (50000, "sell", "50000.0"),
        ("0.00000000000000000000000000000000000000000001", "sell", None),
        ("-1.05", "buy", "-1.1"),
        ("-1.05", "sell", "-1.0"),
        ("123456789012345678901234567890.15", "buy", "123456789012345678901234567890.1"),
    ],
)
def test_a_price_is_rounded_so_that_it_is_never_worse(price: Any, side: Any, rounded: str | None) -> None:
    if rounded is None:
        with pytest.raises(InvalidRequest):
            STEPS.round_price(price, side)
    else:
        assert str(STEPS.round_price(price, side)) == rounded


def test_a_quantity_is_rounded_down_and_floats_are_refused() -> None:
    assert str(STEPS.round_qty("0.123456789")) == "0.12345678"
    assert str(STEPS.round_qty(1)) == "1.00000000"
    assert str(Increments(BTC, qty_increment=Decimal(5)).round_qty("14.9")) == "10"
    assert str(Increments(BTC).round_qty("14.9")) == "14.9"
    with pytest.raises(InvalidRequest, match="float"):
        STEPS.round_qty(0.1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidRequest, match="pass 'buy' or 'sell', not 'hold'"):
        STEPS.round_price(1, "hold")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_the_steps_of_rest_are_read_from_its_decimals() -> None:
    pair = AssetPair("XBTUSD", "XXBT", "ZUSD", pair_decimals=1, lot_decimals=8, ordermin=Decimal("0.00005"))
    assert of_asset_pair(BTC, pair) == Increments(BTC, Decimal("0.1"), Decimal("1E-8"), Decimal("0.00005"))
    assert of_asset_pair(BTC, AssetPair("XBTUSD", "XXBT", "ZUSD")) == Increments(BTC)


def order(**change: Any) -> dict[str, Any]:
    fields = {"side": "buy", "order_type": "limit", "order_qty": "0.001", "limit_price": "50000", **change}
    return {
        name: Decimal(value) if name in {"order_qty", "limit_price", "display_qty", "cash_order_qty"} else value
        for name, value in fields.items()
        if value is not None
    }


def triggered(kind: str, price: str, price_type: str | None = None, **change: Any) -> dict[str, Any]:
    triggers = {"price": Decimal(price)} | ({"price_type": price_type} if price_type else {})
    return order(order_type=kind, triggers=triggers, **{"limit_price": None, **change})


@pytest.mark.parametrize(
    ("params", "told"),
    [
        (order(limit_price="50000.05"),
         "limit_price: 50000.05 is not a multiple of price_increment 0.1 of BTC/USD: write 50000.0 or 50000.1$"),
        (order(limit_price="50000.05", side="sell"), "write 50000.1 or 50000.0$"),
        (order(limit_price="0.01"), "write 0.1$"),
        (order(order_qty="0.123456789"),
         "order_qty: 0.123456789 is not a multiple of qty_increment 0.00000001 of .*: write 0.12345678 or 0.12345679$"),
        (order(order_qty="0.0000000001"), "write 0.00005$"),
        (order(order_qty="0.0000500001"), "write 0.00005000 or 0.00005001$"),
        (order(order_qty="0.00001"), "order_qty: 0.00001 is below qty_min 0.00005 of BTC/USD: write at least 0.00005"),
        (order(limit_price="100"),
         "order_qty times limit_price: 0.100 is below cost_min 0.5 of .*: write an order_qty of at least 0.00500000"),
        (order(order_type="iceberg", display_qty="0.0001234567"), "display_qty"),
        (order(order_type="iceberg", order_qty="1", display_qty="0.066666667"), "write 0.06666667$"),
        (order(order_type="iceberg", order_qty="1", display_qty="0.0700000001"), "write 0.07000000 or 0.07000001$"),
        (order(order_type="market", order_qty=None, limit_price=None, cash_order_qty="0.4"),
         "cash_order_qty: 0.4 is below cost_min 0.5"),
        (triggered("stop-loss", "50000.05", side="sell"), "triggers.price: 50000.05 .* write 50000.1"),
        (triggered("stop-loss-limit", "50000.1", limit_price="49000.15"), "limit_price"),
        (order(conditional={"order_type": "limit", "limit_price": Decimal("51000.05")}),
         "conditional.limit_price: .* write 51000.1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_what_to_write(params: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        STEPS.check_order(params)


@pytest.mark.parametrize(
    "params",
    [
        order(),
        order(limit_price="50000.10"),
        order(order_qty="0.00001", reduce_only=True),
        order(order_type="settle-position", order_qty="0.00001", limit_price=None),
        triggered("trailing-stop", "1.234567", "pct"),
        triggered("trailing-stop", "1.23", "quote"),
        triggered("trailing-stop-limit", "1.23", "quote", limit_price="-0.123"),
        triggered("stop-loss", "-2.345", "pct"),
        triggered("take-profit-limit", "+2.345", "quote", limit_price="50000.1"),
        order(conditional={"order_type": "trailing-stop", "trigger_price": Decimal("1.234567")}),
        order(conditional={"order_type": "stop-loss", "trigger_price": Decimal("-1.23"), "trigger_price_type": "pct"}),
    ],
)  # fmt: skip
def test_offsets_and_percentages_are_krakens_to_judge(params: dict[str, Any]) -> None:
    STEPS.check_order(params)
    Increments(BTC).check_order(order(order_qty="0.00000000000001", limit_price="0.0000001"))


LIMIT = {"side": "buy", "order_type": "limit"}


@pytest.mark.parametrize(
    ("params", "known", "told"),
    [
        ({"limit_price": Decimal("50000.05")}, LIMIT, "write 50000.0 or 50000.1$"),
        ({"limit_price": Decimal("50000.05")}, {}, None),
        ({"limit_price": Decimal("50000.05"), "limit_price_type": "static"}, {}, "write 50000.0 or 50000.1$"),
        ({"limit_price": Decimal("50000.05"), "limit_price_type": "pct"}, LIMIT, None),
        ({"limit_price": Decimal("0.05")}, {"side": "buy", "order_type": "trailing-stop-limit"}, None),
        ({"order_qty": Decimal("0.123456789")}, {}, "write 0.12345678"),
        ({"order_qty": Decimal("0.00000001")}, LIMIT, None),
    ],
)
def test_a_change_is_checked_by_what_is_known_of_its_order(
    params: dict[str, Any], known: dict[str, Any], told: str | None
) -> None:
    if told is None:
        STEPS.check_change(params, known)
    else:
        with pytest.raises(InvalidRequest, match=told):
            STEPS.check_change(params, known)


@pytest.mark.parametrize(
    ("more", "known", "told"),
    [
        ({}, LIMIT, "order_qty: 0.00001 is below qty_min 0.00005 of BTC/USD: write at least 0.00005"),
        ({"limit_price": Decimal("50000.05")}, LIMIT, "write 50000.0 or 50000.1$"),
        ({}, {}, None),
        ({"reduce_only": True}, LIMIT, None),
        ({}, {**LIMIT, "reduce_only": True}, None),
        ({}, {"side": "buy", "order_type": "settle-position"}, None),
    ],
)
def test_an_edit_places_an_order_so_its_quantity_has_a_minimum(
    more: dict[str, Any], known: dict[str, Any], told: str | None
) -> None:
    """An amend to so little may cancel what is left; an edit is refused (ws-v2-trading §3)."""
    params = {"order_qty": Decimal("0.00001"), **more}
    if told is None:
        STEPS.check_edit(params, known)
    else:
        with pytest.raises(InvalidRequest, match=told):
            STEPS.check_edit(params, known)


@pytest.mark.virtual
async def test_while_instruments_are_live_nothing_goes_out_that_does_not_fit() -> None:
    async with opened() as (exchange, session), session.instruments():
        await settled()
        placed = await session.orders.add(**RESTING)
        before = len(exchange.requests)
        with pytest.raises(InvalidRequest, match=r"write 50000\.0"):
            await session.orders.add(**resting(limit_price="50000.05"))
        with pytest.raises(InvalidRequest, match=r"write 50000\.0"):
            await session.orders.amend(cl_ord_id=placed.cl_ord_id or "", limit_price="50000.05")
        with pytest.raises(InvalidRequest, match="order_qty"):
            await session.orders.amend(order_id=placed.order_id, order_qty="0.0000000001")
        with pytest.raises(InvalidRequest, match="order_qty"):
            await session.orders.edit(order_id=placed.order_id, symbol=BTC, order_qty="0.0000000001")
        with pytest.raises(InvalidRequest, match=r"order_qty: 0\.00001 is below qty_min"):
            await session.orders.edit(order_id=placed.order_id, symbol=BTC, order_qty="0.00001")
        with pytest.raises(InvalidRequest, match=r"orders\[0\]: limit_price"):
            await session.orders.batch_add(BTC, [row(limit_price="50000.05")] * 2)
        assert len(exchange.requests) == before
        assert (await session.orders.increments(BTC)).round_price("50000.05", "sell") == Decimal("50000.1")
        assert len(exchange.requests) == before


@pytest.mark.virtual
async def test_without_live_instruments_kraken_alone_refuses() -> None:
    async with opened() as (exchange, session):
        async with session.instruments():
            await settled()
        with pytest.raises(InvalidPrice):
            await session.orders.add(**resting(limit_price="50000.05"))
        async with session.book(BTC):
            exchange.drop("ws")
            await settled()
            with pytest.raises(InvalidPrice):
                await session.orders.add(**resting(limit_price="50000.05"))
        assert len(seen(exchange, "add_order")) == 2


@pytest.mark.virtual
async def test_a_change_of_the_tick_counts_at_once() -> None:
    async with opened() as (exchange, session), session.instruments():
        await settled()
        exchange.set_precision(BTC, price=2)
        await settled()
        assert (await session.orders.add(**resting(limit_price="50000.05"))).order_id
        with pytest.raises(InvalidRequest, match=r"price_increment 0\.01 of BTC/USD: write 50000.00"):
            await session.orders.add(**resting(limit_price="50000.005"))


@pytest.mark.virtual
async def test_increments_are_asked_over_rest_while_the_connection_of_a_book_is_down() -> None:
    async with opened() as (exchange, session), session.book(BTC):
        exchange.refuse("ws", 503, times=None)
        exchange.drop("ws")
        await anyio.sleep(0.1)
        assert await session.orders.increments(BTC) == STEPS
        assert seen(exchange, "AssetPairs")


@pytest.mark.virtual
async def test_increments_are_asked_over_rest_where_nobody_listens() -> None:
    async with opened() as (exchange, session):
        assert await session.orders.increments(BTC) == STEPS
        assert seen(exchange, "AssetPairs")
        with pytest.raises(InvalidRequest, match="BTC/USD"):
            await session.orders.increments("XBT/USD")
        with pytest.raises(UnknownSymbol):
            await session.orders.increments("NOT/HERE")
