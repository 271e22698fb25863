"""What is known of orders for the matching engine's limits: their pair, their age, and which of them are open."""

from decimal import Decimal
from typing import Any

import pytest

from krakenio.limits.ages import KEPT, MISTRUST, OrderAges
from krakenio.limits.costs import Cost
from krakenio.limits.pricing import Item, price, totals
from krakenio.messages import Execution

BTC, ETH = "BTC/USD", "ETH/USD"


def row(exec_type: str, order_id: str = "O1", **more: Any) -> Execution:
    status = exec_type if exec_type in {"filled", "canceled", "expired"} else "new"
    return Execution(order_id, exec_type, status, "2026-11-02T10:00:00Z", **more)


def placed(now: float = 100.0) -> OrderAges:
    """Return what is known of one order that was placed just now."""
    ages = OrderAges()
    ages.placed("mine", BTC, now, now + 5.0)
    ages.heard(row("new", cl_ord_id="mine"), now, 0.0)
    return ages


def test_an_order_is_known_by_both_names_and_later_reports_need_not_tell_its_pair() -> None:
    ages = placed()
    assert (ages.symbol("mine"), ages.symbol("O1")) == (BTC, BTC)
    assert (ages.age("mine", 107.0), ages.age("O1", 107.0)) == (7.0, 7.0)
    ages.heard(row("canceled"), 108.0, 0.0)
    assert ages.symbol("O1") == BTC
    assert ages.open_orders(BTC, 110.0) == 0


def test_an_amend_makes_an_order_young_again() -> None:
    ages = placed()
    ages.heard(row("amended"), 150.0, 0.0)
    assert ages.age("mine", 153.0) == 3.0


def test_an_order_of_a_snapshot_counts_as_younger_than_its_report_says() -> None:
    ages = OrderAges()
    ages.heard(row("new", symbol=BTC), 100.0, 60.0)
    assert ages.age("O1", 100.0) == 60.0 - MISTRUST
    ages.heard(row("new", "O2", symbol=BTC), 100.0, -5.0)
    assert ages.age("O2", 100.0) == 0.0


def test_an_order_that_waited_long_on_its_way_counts_from_when_kraken_had_it() -> None:
    """Though its first report comes with a snapshot, when nothing was awaited of it any more."""
    ages = OrderAges()
    ages.placed("mine", BTC, 100.0, 150.0)
    ages.placed("another", BTC, 160.0, 165.0)
    ages.heard(row("new", cl_ord_id="mine", symbol=BTC), 210.0, 61.0)
    assert (ages.age("mine", 210.0), ages.age("O1", 210.0)) == (61.0 - MISTRUST, 61.0 - MISTRUST)


@pytest.mark.parametrize("change", [{"order_qty": Decimal(2)}, {"limit_price": Decimal(51)}])
def test_an_amend_that_only_a_snapshot_shows_makes_an_order_young_too(change: dict[str, Any]) -> None:
    """When it was is not told; what was amended long ago does not count again."""
    terms: dict[str, Any] = {"symbol": BTC, "order_qty": Decimal(3), "limit_price": Decimal(50)}
    ages = OrderAges()
    ages.heard(row("pending_new", **terms), 100.0, 0.0)
    ages.heard(row("trade"), 110.0, 0.0)
    ages.heard(row("new", **terms), 200.0, 0.0)
    assert ages.age("O1", 200.0) == 100.0
    ages.heard(row("new", **terms | change, amended=True), 300.0, 0.0)
    assert ages.age("O1", 300.0) == 0.0
    ages.heard(row("new", **terms | change, amended=True), 400.0, 0.0)
    assert ages.age("O1", 400.0) == 100.0


def test_an_order_that_was_amended_before_it_was_heard_of_counts_as_young() -> None:
    ages = OrderAges()
    ages.heard(row("new", symbol=BTC, order_qty=Decimal(3), amended=True), 100.0, 600.0)
    assert ages.age("O1", 100.0) == 0.0


def test_what_is_not_known_counts_as_young_and_has_no_pair() -> None:
    ages = OrderAges()
    ages.heard(row("canceled", "O9"), 100.0, 0.0)
    assert ages.symbol("O9") is None
    assert ages.age("O9", 100.0) == 0.0
    assert not ages.is_gone("O9", in_sync=True)


def test_an_order_that_was_not_sent_is_not_open_and_forgetting_it_twice_does_no_harm() -> None:
    ages = OrderAges()
    ages.placed("mine", BTC, 109.0, 114.0)
    assert ages.open_orders(BTC, 110.0) == 1
    for name in ("mine", "mine", "another"):
        ages.gone(name)
    assert ages.open_orders(BTC, 110.0) == 0


def test_what_nothing_confirms_is_open_until_it_cannot_become_an_order() -> None:
    """B8."""
    ages = OrderAges()
    ages.placed("mine", BTC, 100.0, 107.0)
    for now, there in ((106.9, 1), (107.0, 0)):
        assert (ages.open_orders(BTC, now), len([*ages.open_symbols(now)]), len(ages.open_names(now))) == (there,) * 3


def test_what_nothing_confirms_before_a_gap_may_be_open_without_a_connection() -> None:
    """H3: the dead man's switch tells what it may have cancelled. The next snapshot need not list an add on its way."""
    ages = OrderAges()
    ages.placed("mine", BTC, 100.0, 107.0)
    ages.gap(101.0)
    for now, there in ((106.9, 1), (107.0, 0)):
        assert (ages.open_orders(BTC, now), ages.open_names(now)) == (there, ["mine"])
    for now in (108.0, 109.0):
        ages.gap(now)
    assert ages.open_names(109.0) == []


@pytest.mark.parametrize("now", [101.0, 500.0])
def test_a_late_report_or_answer_still_makes_it_open(now: float) -> None:
    """B6."""
    told, answered = OrderAges(), OrderAges()
    for ages in (told, answered):
        ages.placed("mine", BTC, 100.0, 107.0)
        ages.placed("another", BTC, now, now + 7.0)  # by which what has lapsed is dropped
        ages.gone("another")
    told.heard(row("new", cl_ord_id="mine"), now, 0.0)
    answered.confirmed("mine")
    assert [each.open_orders(BTC, 900.0) for each in (told, answered)] == [1, 1]
    for ages in (told, answered):
        ages.heard(row("canceled", cl_ord_id="mine"), 901.0, 0.0)
        ages.confirmed("mine")  # an answer that comes after the report of its end
        ages.confirmed("unheard of")
        assert ages.open_orders(BTC, 902.0) == 0


def test_an_order_of_before_a_gap_is_not_open_by_its_answer_alone() -> None:
    """The snapshot that followed lists it if it is."""
    ages = OrderAges()
    ages.placed("mine", BTC, 100.0, 107.0)
    ages.gap(101.0)
    ages.confirmed("mine")
    assert ages.open_orders(BTC, 101.0) == 0


def test_an_end_that_was_found_out_counts_and_nothing_else_that_was() -> None:
    """What was found out of an open order may be older than its last report."""
    ages = placed()
    ages.gap(101.0)
    for found in (row("new"), row("filled", "O2"), row("filled")):
        ages.ended(found)
        assert ages.open_orders(BTC, 110.0) == 0
    assert ages.is_gone("mine", in_sync=False)
    assert not ages.is_gone("O2", in_sync=False)


def test_after_a_gap_only_what_the_snapshot_lists_is_open() -> None:
    ages = placed()
    ages.heard(row("new", "O2", symbol=ETH), 100.0, 0.0)
    ages.gap(101.0)
    assert [*ages.open_symbols(110.0)] == []
    assert ages.open_names(110.0) == ["O1", "O2"]  # as far as anyone knows
    assert not ages.is_gone("O1", in_sync=False)
    ages.heard(row("new", "O2", symbol=ETH), 130.0, 30.0)
    assert [*ages.open_symbols(110.0)] == [ETH]
    assert ages.is_gone("mine", in_sync=True)
    assert not ages.is_gone("O2", in_sync=True)
    assert ages.age("O2", 130.0) == 30.0


def test_what_was_open_before_a_gap_may_be_so_until_a_snapshot_has_come() -> None:
    """H3: a connection may be lost again before it has told anything."""
    ages = OrderAges()
    ages.heard(row("new", symbol=BTC), 100.0, 0.0)
    ages.gap(101.0)
    ages.gap(102.0, listed=False)
    assert (ages.open_names(102.0), ages.open_orders(BTC, 102.0)) == (["O1"], 0)
    ages.gap(103.0)
    assert ages.open_names(103.0) == []


def test_what_is_remembered_is_bounded() -> None:
    ages = OrderAges()
    for number in range(KEPT + 2):
        ages.placed(f"name {number}", BTC, 0.0, 5.0)
    assert [ages.symbol(f"name {number}") for number in (0, 1, 2, KEPT + 1)] == [None, None, BTC, BTC]


@pytest.mark.parametrize(
    ("method", "params", "cost"),
    [
        ("add_order", {"symbol": BTC, "cl_ord_id": "new"}, {BTC: 1.0}),
        ("batch_add", {"symbol": ETH, "orders": [{"cl_ord_id": "a"}, {}, {}]}, {ETH: 1.5}),
        ("cancel_order", {"cl_ord_id": ["mine"]}, {BTC: 6.0}),
        ("cancel_order", {"order_userref": [7]}, {}),
        ("amend_order", {"order_id": "O1"}, {BTC: 3.0}),
        ("edit_order", {"order_id": "O1", "symbol": BTC}, {BTC: 6.0}),
        ("batch_cancel", {"orders": ["O1", "O2", "O3"]}, {BTC: 6.0, ETH: 8.0}),
        ("cancel_all", {}, {BTC: 1.0, ETH: 1.0}),
        ("cancel_all_orders_after", {"timeout": 60}, {}),
    ],
)
def test_a_request_is_priced_by_the_age_of_each_order_that_it_names(
    method: str, params: dict[str, Any], cost: dict[str, float]
) -> None:
    ages = placed()
    ages.heard(row("new", "O2", symbol=ETH), 105.0, 0.0)
    assert totals(price(method, params, ages, 107.0)) == cost


def test_each_order_has_an_item_of_its_own_so_that_its_report_can_settle_it() -> None:
    items = price("batch_add", {"symbol": BTC, "orders": [{"cl_ord_id": "a"}, {}]}, OrderAges(), 0.0)
    assert items == [Item("a", BTC, Cost(0.5)), Item(None, BTC, Cost(0.5))]
