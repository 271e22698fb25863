"""Each field of an order is checked before anything is sent, and the error says what to write instead."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krakenio import InvalidRequest
from krakenio.orders.checks import fitting
from krakenio.orders.checks.changefields import check_amend
from krakenio.orders.checks.fields import CHECKS, OrderFields, check_order, client_order_id

LIMIT: dict[str, Any] = {
    "symbol": "BTC/USD",
    "side": "buy",
    "order_type": "limit",
    "order_qty": "0.01",
    "limit_price": "50000.0",
}
UUID = "6d1b345e-2821-40e2-ad83-4ecb18a06876"
DISTANCE = {"price": "1", "price_type": "quote"}
TRIGGER = {"reference": "last", "price": "1", "price_type": "static"}


def without(*names: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in LIMIT.items() if name not in names} | more


def test_a_good_order_comes_out_exact() -> None:
    """Defect 23: Decimal in, exact digits out."""
    assert check_order(LIMIT) == {**LIMIT, "order_qty": Decimal("0.01"), "limit_price": Decimal("50000.0")}
    assert str(check_order(LIMIT)["limit_price"]) == "50000.0"


def test_every_field_has_its_check() -> None:
    assert set(CHECKS) == set(OrderFields.__annotations__)


@pytest.mark.parametrize(
    "fields",
    [
        {"cl_ord_id": UUID},
        {"cl_ord_id": UUID.replace("-", "")},
        {"cl_ord_id": "arb-20240509-00010"},
        {"order_userref": -5},
        {"order_qty": 1},
        {"order_qty": Decimal("1E-2")},
        {"time_in_force": "gtd", "expire_time": "2026-11-24T00:00:00Z"},
        {"time_in_force": "gtd", "expire_time": datetime(2026, 11, 24, tzinfo=UTC)},
        {"effective_time": datetime(2026, 11, 24, tzinfo=timezone(timedelta(hours=2)))},
        {"post_only": True, "reduce_only": False, "margin": None, "validate": True},
        {"order_type": "iceberg", "display_qty": "0.001"},
        {"order_type": "stop-loss-limit", "triggers": TRIGGER},
        {"order_type": "trailing-stop-limit", "limit_price": "-1", "limit_price_type": "pct", "triggers": DISTANCE},
        {"conditional": {"order_type": "stop-loss-limit", "trigger_price": "1", "limit_price": 2}},
        {"stp_type": "cancel_both", "fee_preference": "quote", "sender_sub_id": UUID},
    ],
)
def test_what_kraken_takes_passes(fields: dict[str, Any]) -> None:
    checked = check_order({**LIMIT, **fields})
    assert checked.keys() == {name for name, value in {**LIMIT, **fields}.items() if value is not None}


def test_a_market_order_may_be_in_quote_currency() -> None:
    order = without("order_qty", "limit_price", order_type="market", cash_order_qty="100")
    assert check_order(order)["cash_order_qty"] == 100


def test_times_are_written_as_kraken_reads_them() -> None:
    moment = datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=UTC)
    old = datetime(1880, 1, 1, 0, 19, 32, tzinfo=timezone(timedelta(minutes=19, seconds=32)))
    for time, told in (
        (moment, "2026-11-24T01:02:03+00:00"),
        (old, "1880-01-01T00:00:00+00:00"),
        ("2026-11-24T01:02:03.456789Z", "2026-11-24T01:02:03Z"),
        ("2026-11-24T01:02:03.5+02:00", "2026-11-24T01:02:03+02:00"),
        ("2026-11-24T01:02:03-05:00", "2026-11-24T01:02:03-05:00"),
    ):
        assert check_order({**LIMIT, "effective_time": time})["effective_time"] == told


def test_units_that_say_what_holds_anyway_stay_at_home() -> None:
    """Kraken documents them for trailing orders only, or its SDK leaves them out (ws-v2-trading §1)."""
    close = {"order_type": "stop-loss-limit", "trigger_price": "1", "limit_price": 2}
    units = {"limit_price_type": "static", "trigger_price_type": "static"}
    order = {**LIMIT, "limit_price_type": "static", "conditional": {**close, **units}}
    assert check_order(order) == check_order({**LIMIT, "conditional": close})
    offset = {**close, "trigger_price_type": "pct"}
    assert check_order({**LIMIT, "conditional": offset})["conditional"].keys() == offset.keys()
    trailing = {"order_type": "trailing-stop-limit", "limit_price_type": "quote", "triggers": DISTANCE}
    assert check_order({**LIMIT, **trailing})["limit_price_type"] == "quote"
    amend = {"order_id": "O", "limit_price": "5", "limit_price_type": "static"}
    assert "limit_price_type" not in check_amend(amend, lambda _: {"order_type": "limit"})
    assert "limit_price_type" in check_amend(amend, lambda _: {})


BAD: list[tuple[dict[str, Any], list[str]]] = [
    (without("symbol"), ["needs symbol"]),
    (without("side"), ["needs side"]),
    (without("order_type"), ["needs order_type"]),
    (without("order_qty"), ["needs order_qty"]),
    (without("limit_price"), ["needs limit_price"]),
    (without(order_type="iceberg", limit_price=None), ["needs limit_price"]),
    (without(symbol="XBT/USD"), ["'XBT/USD'", "'BTC/USD'"]),
    (without(symbol="XXBTZUSD"), ["'XXBTZUSD'", "'BTC/USD'"]),
    (without(symbol=["BTC/USD"]), ["text", "list"]),
    (without(side="BUY"), ["side", "buy, sell", "'BUY'"]),
    (without(order_type="Limit"), ["order_type", "limit, market", "'Limit'"]),
    (without(order_qty=0.01), ["order_qty", "float", 'order_qty="0.01"']),
    (without(order_qty="-1"), ["order_qty", "above zero"]),
    (without(order_qty=0), ["order_qty", "above zero, not 0"]),
    (without(order_qty=-(10**5000)), ["order_qty", "sane size, not int"]),
    (without(cl_ord_id="x" * 50), ["cl_ord_id", "up to 18 visible ASCII characters, not 50 characters"]),
    (without(order_qty="NaN"), ["order_qty"]),
    (without(order_qty=Decimal("NaN")), ["order_qty", "finite"]),
    (without(order_qty=Decimal("Infinity")), ["order_qty", "finite"]),
    (without(order_qty=True), ["order_qty", "bool"]),
    (without(order_qty="1,5"), ["order_qty", "'1,5'"]),
    (without(limit_price=50000.0), ["limit_price", "float", 'limit_price="50000.0"']),
    (without(limit_price=0), ["limit_price", "above zero"]),
    (without(limit_price="-5"), ["limit_price", "above zero"]),
    (without(order_type="market"), ["limit_price", "does not fit", "'market'"]),
    (without("order_qty", cash_order_qty="5"), ["cash_order_qty", "market", "order_qty"]),
    (without("order_qty", "limit_price", order_type="market", side="sell", cash_order_qty="5"), ["cash_order_qty"]),
    (without(order_type="stop-loss-limit"), ["stop-loss-limit", "needs triggers"]),
    (without(triggers=TRIGGER), ["limit", "does not take triggers"]),
    (without(order_type="stop-loss-limit", triggers="last"), ["triggers", "dictionary", "reference"]),
    (without(order_type="stop-loss-limit", triggers={"price": 1.5}), ["price", "float"]),
    (without(order_type="stop-loss-limit", triggers={"prize": 1}), ["triggers", "'prize'", "did you mean price?"]),
    (without(conditional={"order_type": "iceberg"}), ["conditional.order_type: Kraken offers limit", "'iceberg'"]),
    (without(conditional={"order_type": "limit", "limit_price": 5.5}), ['conditional.limit_price="5.5"']),
    (without(order_type="stop-loss-limit", triggers={"price": 1, "price_type": "percent"}), ["triggers.price_type: "]),
    (without(cl_ord_id=uuid.UUID(UUID)), ["cl_ord_id must be a UUID as text", "not UUID"]),
    (without(trigger_price_type="pct"), ["did you mean triggers?"]),
    (without(starttm=5), ["did you mean effective_time?"]),
    (without(oflags="post"), ["did you mean post_only or fee_preference?"]),
    (without(cl_ord_id="x" * 19), ["cl_ord_id", "18"]),
    (without(cl_ord_id=""), ["cl_ord_id"]),
    (without(cl_ord_id="ümlaut"), ["cl_ord_id"]),
    (without(cl_ord_id=UUID, order_userref=1), ["cl_ord_id or order_userref"]),
    (without(order_userref=2**31), ["order_userref", "32 bits"]),
    (without(order_userref="1"), ["order_userref", "integer"]),
    (without(order_userref=True), ["order_userref", "integer"]),
    (without(post_only="yes"), ["post_only", "True or False", "'yes'"]),
    (without(post_only=1), ["post_only", "True or False"]),
    (without(time_in_force="GTC"), ["time_in_force", "gtc", "'GTC'"]),
    (without(expire_time="tomorrow"), ["expire_time", "RFC 3339"]),
    (without(expire_time=datetime(2026, 1, 1)), ["expire_time", "time zone"]),  # noqa: DTZ001
    (without(expire_time="2026-11-24T00:00:00"), ["expire_time", "RFC 3339"]),
    (without(effective_time="2026-13-24T00:00:00Z"), ["effective_time", "RFC 3339"]),
    (without(effective_time="2026-02-30T00:00:00Z"), ["effective_time", "RFC 3339"]),
    (without(effective_time="2026-11-24T00:00:00+25:00"), ["effective_time", "RFC 3339"]),
    (without(limit_prize="1"), ["'limit_prize'", "did you mean limit_price?"]),
    (without(stop_price="1"), ["'stop_price'", "did you mean triggers?"]),
    (without(volume="1"), ["'volume'", "did you mean order_qty?"]),
    (
        without(conditional={"order_type": "stop-loss", "price": "1"}),
        ["conditional", "'price'", "did you mean limit_price or trigger_price?"],
    ),
    (without(ordertype="limit"), ["'ordertype'", "did you mean order_type?"]),
    (without(volume="1"), ["'volume'", "order_qty"]),
    (without(deadline="2026-11-24T00:00:00Z"), ["'deadline'", "cancel scope"]),
    (without(token="secret"), ["'token'", "session"]),
]


@pytest.mark.parametrize(("order", "says"), BAD)
def test_what_cannot_be_right_is_refused_and_the_error_says_what_to_do(order: dict[str, Any], says: list[str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_order(order)
    assert [part for part in says if part not in str(caught.value)] == []
    assert "secret" not in str(caught.value)


PRICES = ["-1", "0", "0.5", 7, Decimal("1E+2")]
ANY_FIELDS: dict[str, list[Any]] = {
    "side": ["buy", "sell"],
    "order_type": ["limit", "market", "iceberg", "stop-loss", "stop-loss-limit", "trailing-stop-limit"],
    "order_qty": ["0.01"],
    "limit_price": PRICES,
    "limit_price_type": ["static", "pct"],
    "triggers": [TRIGGER, DISTANCE],
    "time_in_force": ["gtc", "gtd", "fok"],
    "expire_time": ["2026-11-24T00:00:00Z"],
    "post_only": [True, False],
    "margin": [True],
    "cl_ord_id": [UUID],
    "order_userref": [7],
    "display_qty": ["0.01", "0.0001"],
    "cash_order_qty": ["5"],
    "conditional": [{"order_type": "limit", "limit_price": "1"}, {"order_type": "limit"}],
    "validate": [True],
}


def told(order: dict[str, Any]) -> dict[str, Any] | str:
    try:
        return check_order(order)
    except InvalidRequest as error:
        return str(error)


PAIRS = [(name, value) for name, values in ANY_FIELDS.items() for value in values]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PAIRS), max_size=3).map(dict))
def test_most_limit_orders_are_known_to_fit_as_the_whole_look_at_them_would_find(fields: dict[str, Any]) -> None:
    orders = [{**LIMIT, **fields}, {"symbol": "BTC/USD", **fields}]
    known = [told(order) for order in orders]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "_PLAIN", frozenset[str]())
        assert [told(order) for order in orders] == known


@pytest.mark.parametrize("value", [UUID, UUID.upper(), "0" * 32, "a", "~" * 18])
def test_client_order_ids_have_three_forms(value: str) -> None:
    assert client_order_id(value) == value


class Side(StrEnum):
    """A user's own."""

    BUY = "buy"


def test_a_member_of_an_enumeration_is_its_text() -> None:
    """REST compares words by their type."""
    assert type(check_order({**LIMIT, "side": Side.BUY})["side"]) is str
