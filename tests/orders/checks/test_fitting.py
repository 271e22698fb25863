"""What does not fit an order's type is refused before it is sent, by either way, and told what to write instead."""

from typing import Any

import pytest

from krakenio import InvalidRequest
from krakenio.messages import Result
from krakenio.orders.checks.changefields import check_amend
from krakenio.orders.intents.outcome import acknowledged_row
from tests.opened import BTC, ETH, opened, resting, row, settled

pytestmark = pytest.mark.virtual

MARKET: dict[str, Any] = {"order_type": "market", "limit_price": None}
STOP: dict[str, Any] = {"order_type": "stop-loss", "limit_price": None}
TRAIL: dict[str, Any] = {"order_type": "trailing-stop", "limit_price": None}
PERCENT = {"price": "5", "price_type": "pct"}
ICEBERG: dict[str, Any] = {"order_type": "iceberg", "order_qty": "0.03"}

ADDS: list[tuple[dict[str, Any], str]] = [
    ({**STOP, "triggers": {}}, "'stop-loss' needs triggers, with a price"),
    ({**STOP, "triggers": {"price": "-5"}}, "triggers.price must be above zero"),
    ({**TRAIL, "triggers": {"price": "500"}}, "triggers.price_type: .*'trailing-stop' takes 'pct' or 'quote' here"),
    ({**TRAIL, "triggers": {"price": "-5", "price_type": "pct"}}, "triggers.price must be above zero"),
    ({"limit_price_type": "pct"}, "limit_price_type: an order of type 'limit' takes 'static' here, not 'pct'"),
    ({**MARKET, "limit_price_type": "static"}, "pass limit_price too"),
    ({**TRAIL, "order_type": "trailing-stop-limit", "limit_price": "1", "limit_price_type": "static",
      "triggers": PERCENT}, "limit_price_type: .* takes 'quote' or 'pct'"),
    ({"display_qty": "0.0005"}, "'limit' does not take display_qty"),
    (ICEBERG, "'iceberg' needs display_qty"),
    ({**ICEBERG, "display_qty": "0.001"}, "at least a fifteenth of order_qty 0.03"),
    ({**ICEBERG, "display_qty": "0.04"}, "at most all of it"),
    ({"time_in_force": "gtd"}, "'gtd' and expire_time go together"),
    ({"expire_time": "2027-01-01T00:00:00Z"}, "'gtd' and expire_time go together"),
    ({**MARKET, "time_in_force": "fok"}, "'fok' is for orders with a limit_price"),
    ({**MARKET, "post_only": True}, "post_only is for orders with a limit_price"),
    ({**MARKET, "order_qty": None, "cash_order_qty": "50", "margin": True}, "without margin: pass order_qty"),
    ({"conditional": {}}, "conditional needs order_type"),
    ({"conditional": {"order_type": "limit"}}, "conditional needs conditional.limit_price"),
    ({"conditional": {"order_type": "stop-loss", "limit_price": "5"}}, "needs conditional.trigger_price"),
    ({"conditional": {"order_type": "stop-loss", "trigger_price": "4", "limit_price": "5"}},
     "conditional.limit_price does not fit order_type 'stop-loss'"),
    ({"conditional": {"order_type": "limit", "trigger_price": "4", "limit_price": "5"}},
     "conditional.trigger_price does not fit"),
    ({"conditional": {"order_type": "stop-loss-limit", "trigger_price": "5"}}, "needs conditional.limit_price"),
    ({"conditional": {"order_type": "trailing-stop", "trigger_price": "5"}}, "conditional.trigger_price_type: "),
    ({"conditional": {"order_type": "limit", "limit_price": "60000.05"}}, "conditional.limit_price: .*60000.1"),
    ({**STOP, "triggers": {"price": "40000.05"}}, "triggers.price: 40000.05 is not a multiple"),
    ({"order_qty": "0.00000001"}, "write at least 0.00005"),
    ({"limit_price": "50000.05"}, "write 50000.0"),
    ({"cl_ord_id": "mine", "order_userref": 1}, "cl_ord_id or order_userref, not both"),
    ({"order_qty": 0.001}, "is a float"),
]  # fmt: skip

CHANGES: list[tuple[str, str, dict[str, Any], str]] = [
    ("amend", "limit", {"limit_price": "50000.05"}, "limit_price: 50000.05 .* multiple .*: write 50000.0 or 50000.1$"),
    ("amend", "stop", {"limit_price": "50000.0"}, "limit_price does not fit order_type 'stop-loss'"),
    ("amend", "stop", {"trigger_price": "40000.05"}, "trigger_price: 40000.05 .*: write 40000.1 or 40000.0$"),
    ("amend", "stop", {"order_qty": 1, "post_only": True}, "post_only does not fit order_type 'stop-loss'"),
    ("amend", "limit", {"trigger_price": "40000.0"}, "trigger_price does not fit order_type 'limit'"),
    ("amend", "limit", {"display_qty": "0.0001"}, "display_qty is for iceberg orders, and this is of type 'limit'"),
    ("amend", "limit", {"limit_price": "5", "limit_price_type": "pct"}, "limit_price_type: .* takes 'static' here"),
    ("amend", "trailing", {"trigger_price": "5"}, "trigger_price_type: .*takes 'pct' or 'quote' here, not 'static'"),
    ("amend", "trailing", {"limit_price": "5", "limit_price_type": "static"}, "takes 'quote' or 'pct' here"),
    ("edit", "limit", {"limit_price": "50000.05"}, "write 50000.0 or 50000.1$"),
    ("edit", "limit", {"limit_price": "-1"}, "limit_price must be above zero"),
    ("edit", "limit", {"triggers": {"price": "40000.0"}}, "triggers.price does not fit order_type 'limit'"),
    ("edit", "limit", {"display_qty": "0.0001"}, "display_qty is for iceberg orders"),
    ("edit", "limit", {"symbol": ETH, "order_qty": "0.002"}, "the order is of BTC/USD"),
    ("edit", "stop", {"limit_price": "40000.0"}, "limit_price does not fit order_type 'stop-loss'"),
    ("edit", "stop", {"triggers": {"price": "40000.05"}}, "triggers.price: .*: write 40000.1 or 40000.0$"),
    ("edit", "stop", {"triggers": {}}, "triggers: pass a price"),
    ("edit", "trailing", {"triggers": {"price": "6"}}, "triggers.price_type: .*takes 'pct' or 'quote'"),
]
PLACED: dict[str, dict[str, Any]] = {
    "limit": {},
    "stop": {**STOP, "side": "sell", "triggers": {"price": "40000.0"}},
    "trailing": {**TRAIL, "order_type": "trailing-stop-limit", "limit_price": "10.0", "side": "sell",
                 "triggers": PERCENT},
}  # fmt: skip


@pytest.mark.parametrize("via", ["ws", "rest"])
async def test_an_add_that_does_not_fit_its_type_is_refused_before_it_is_sent(via: Any) -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.instruments():
        await settled()
        before = len(exchange.requests)
        for change, told in ADDS:
            with pytest.raises(InvalidRequest, match=told):
                session.orders.prepare(**resting(**change), via=via)
            fields: dict[str, Any] = {name: value for name, value in row(**change).items() if value is not None}
            with pytest.raises(InvalidRequest, match=rf"orders\[1\]: .*{told}"):
                session.orders.prepare_batch(BTC, [row(), fields], via=via)  # type: ignore[list-item]
        await settled()
        assert len(exchange.requests) == before


@pytest.mark.parametrize("via", ["ws", "rest"])
async def test_a_change_that_does_not_fit_its_orders_type_is_refused_before_it_is_sent(via: Any) -> None:
    async with opened(markets=[BTC, ETH]) as (exchange, session), session.instruments():
        placed: dict[str, str] = {}
        for place, (name, order) in enumerate(PLACED.items()):
            placed[name] = (await session.orders.add(**resting(order_userref=place, **order))).order_id
        await settled()
        before = len(exchange.requests)
        for method, name, change, told in CHANGES:
            fields: Any = {"order_id": placed[name], **({"symbol": BTC} if method == "edit" else {}), **change}
            with pytest.raises(InvalidRequest, match=told):
                await getattr(session.orders, method)(**fields, via=via)
        await settled()
        assert len(exchange.requests) == before


async def test_the_offset_of_a_trailing_order_may_be_below_zero_in_an_edit_too() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.instruments():
        old = (await session.orders.add(**resting(order_userref=1, **PLACED["trailing"]))).order_id
        change: Any = {"order_id": old, "symbol": BTC, "limit_price": "-20", "triggers": PERCENT}
        await session.orders.edit(**change)
        assert [order.status for order in exchange.orders] == ["canceled", "new"]


async def test_an_amend_by_our_own_name_is_checked_too() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.instruments():
        await session.orders.add(**resting(cl_ord_id="mine"))
        for change in ({"limit_price": "50000.05"}, {"trigger_price": "1"}):
            with pytest.raises(InvalidRequest):
                await session.orders.amend(cl_ord_id="mine", **change)  # type: ignore[arg-type]
        assert exchange.orders[0].status == "new"


async def test_what_is_known_of_no_order_is_left_to_kraken() -> None:
    async with opened(markets=[BTC]) as (_exchange, session), session.instruments():
        unknown: Any = {"order_id": "OAAAAA-BBBBB-CCCCCC", "limit_price": "50000.05", "display_qty": 1}
        assert session.orders.prepare_amend(**unknown).params["limit_price"]
        assert session.orders.prepare_edit(**unknown, symbol=BTC).params["limit_price"]
        with pytest.raises(InvalidRequest, match="above zero"):
            session.orders.prepare_amend(**unknown | {"limit_price": -1})


def test_an_amend_of_a_tokenized_share_names_its_symbol_by_itself() -> None:
    known = {"symbol": "TSLAx/USD", "order_type": "limit", "side": "buy"}
    assert check_amend({"order_id": "O", "limit_price": 5}, lambda _: known)["symbol"] == "TSLAx/USD"
    assert "symbol" not in check_amend({"order_id": "O", "limit_price": 5}, lambda _: known | {"symbol": BTC})
    assert "symbol" not in check_amend({"order_id": "O", "limit_price": 5}, lambda _: {})


@pytest.mark.parametrize(("told", "fires"), [("0", None), (None, None), ("11:00", None), ("11:01", "11:01")])
def test_a_switch_that_is_off_has_no_time_however_kraken_says_so(told: str | None, fires: str | None) -> None:
    assert acknowledged_row(Result(current_time="11:00", trigger_time=told)).trigger_time == fires
