"""One order: what its sparse reports left unsaid stays as it was, and amounts tell what is filled wholly."""

from decimal import Decimal

import pytest

from krakenio.messages import Execution
from krakenio.subscriptions.standing import Standing
from tests.executions.world import World, report_of


def heard(*rows: Execution) -> Standing:
    standing = Standing(rows[0])
    for row in rows:
        standing.hear(row)
    return standing


def test_symbol_and_side_are_kept_though_later_reports_omit_them() -> None:
    world = World()
    order = heard(*world.place(), *world.amend("O0"), *world.cancel("O0"))
    assert (order.report.symbol, order.report.side, order.report.order_qty) == ("BTC/USD", "buy", Decimal(3))
    assert (order.status, order.is_open, order.report.limit_price) == ("canceled", False, Decimal(51))


def test_a_part_is_told_from_the_whole_by_its_quantity() -> None:
    """Kraken says `partially_filled` of both."""
    world = World()
    order = heard(*world.place(3), *world.fill("O0", 2))
    assert (order.status, order.is_filled, order.is_open) == ("partially_filled", False, True)
    assert order.cum_qty == 2
    last, _ = world.fill("O0", 1)
    assert last.order_status == "partially_filled"
    order.hear(last)
    assert (order.status, order.is_filled, order.is_open, order.ended) == ("filled", True, False, False)


def test_an_order_cancelled_after_a_part_was_filled_is_not_filled() -> None:
    world = World()
    order = heard(*world.place(3), *world.fill("O0", 2), *world.cancel("O0"))
    assert (order.status, order.is_filled, order.cum_qty) == ("canceled", False, Decimal(2))


def test_a_fill_without_sums_gets_them() -> None:
    """Those of REST and of snapshots lack them."""
    world = World()
    order = heard(*world.place(3))
    world.fill("O0", 1)
    world.fill("O0", 1)
    told = [order.hear(row) for row in world.rest_fills().values()]
    assert [row.cum_qty for row in told] == [1, 2]
    assert [row.cum_cost for row in told] == [50, 100]
    assert [row.avg_price for row in told] == [50, 50]


def test_a_fill_that_comes_after_newer_ones_claims_no_sum_and_changes_no_state() -> None:
    world = World()
    placed, _, newer = world.place(3), world.fill("O0", 1), world.fill("O0", 1)
    order = heard(*placed, *newer)
    assert (order.missing, order.cum_qty) == (Decimal(1), Decimal(2))
    late = order.hear(world.rest_fills()["T0"])
    assert late.cum_qty is None
    assert (order.missing, order.cum_qty, order.report.cum_qty) == (Decimal(0), Decimal(2), Decimal(2))


def test_a_late_fill_does_not_open_an_order_again() -> None:
    world = World()
    placed, _, end = world.place(3), world.fill("O0", 1), world.cancel("O0")
    order = heard(*placed, *end)
    assert order.missing == 1
    order.hear(world.rest_fills()["T0"])
    assert (order.status, order.is_open, order.missing) == ("canceled", False, Decimal(0))


def test_what_was_filled_before_our_time_counts_as_delivered() -> None:
    world = World()
    world.place(3)
    world.fill("O0", 2)
    row = world.snapshot()[0]
    order = Standing(row, before=True)
    order.hear(row)
    assert [order.cum_qty, order.delivered, order.missing, order.cost] == [2, 2, 0, 100]


def test_an_amend_told_with_fewer_fills_does_not_take_any_back() -> None:
    world = World()
    order = heard(*world.place(3), *world.fill("O0", 2))
    order.hear(report_of(world.amend("O0")[0], cum_qty=Decimal(0), order_status="new"))
    assert (order.cum_qty, order.report.cum_qty, order.status) == (Decimal(2), Decimal(2), "partially_filled")
    assert order.report.limit_price == 51


@pytest.mark.parametrize("end", ["filled", "canceled", "expired"])
def test_an_end_is_for_good(end: str) -> None:
    world = World()
    placed = world.place(3)
    order = heard(*placed, report_of(world.cancel("O0")[0], order_status=end, exec_type=end), placed[1])
    assert (order.status, order.is_open, order.is_filled) == (end, False, end == "filled")


def test_what_was_filled_before_the_first_report_of_a_new_order_is_missing() -> None:
    """Its fills are all of our time: they were lost."""
    world = World()
    world.place(3)
    world.fill("O0", 1)
    order = heard(*world.fill("O0", 1))
    assert (order.cum_qty, order.missing) == (Decimal(2), Decimal(1))


def test_what_rest_has_of_an_ended_order_fills_in_what_was_not_told_and_how_it_was_amended_last() -> None:
    world = World()
    placed, done = world.place(3)[0], world.fill("O0", 1)
    order = heard(report_of(placed, side=None, limit_price_type="static"), *done, *world.cancel("O0"))
    amended = {"order_qty": Decimal(2), "limit_price": Decimal(51)}
    order.complete(report_of(placed, order_type="market", cum_qty=Decimal(0), **amended))
    known = order.report
    assert (known.side, known.order_type) == ("buy", "limit")
    assert (known.order_qty, known.limit_price) == (Decimal(2), Decimal(51))
    assert (known.order_status, known.cum_qty, order.status) == ("canceled", Decimal(1), "canceled")


def test_a_limit_that_is_an_offset_stays_as_it_was_told() -> None:
    world = World()
    offset = {"limit_price": Decimal(5), "limit_price_type": "pct"}
    order = heard(report_of(world.place(3)[0], **offset), *world.cancel("O0"))
    order.complete(report_of(world.orders["O0"].row, limit_price=Decimal(51)))
    assert order.report.limit_price == 5


def test_an_end_that_tells_no_quantity_is_short_until_the_costs_add_up() -> None:
    world = World()
    placed = world.place(3)[0]
    fills = [world.fill("O0", 1)[0], world.fill("O0", 2)[0]]
    end = report_of(world.rest_ended()["O0"].end, cum_qty=None, cum_cost=Decimal("150.0001"))
    order = heard(report_of(placed, order_qty=None, cash_order_qty=Decimal(150)), fills[0], end)
    assert (order.is_short, order.missing) == (True, Decimal(0))
    order.hear(report_of(fills[1], cum_qty=None))
    assert (order.is_short, order.cum_qty) == (False, Decimal(3))
