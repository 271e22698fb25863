"""The journal: each fill and each end once, from wherever it comes; what is forgotten is the oldest that has ended."""

from decimal import Decimal
from functools import partial

import msgspec
import pytest

from krakenio.messages import Execution
from krakenio.orders.account import journal as journals
from krakenio.orders.account.journal import Journal
from tests.executions.world import World, report_of


def begun(*rows: Execution) -> Journal:
    journal = Journal()
    journal.begin(rows)
    return journal


def told(journal: Journal, *rows: Execution) -> list[Execution]:
    return [report for row in rows if (report := journal.report(row)) is not None]


def test_a_fill_is_delivered_once() -> None:
    world, journal = World(), begun()
    told(journal, *world.place(3))
    [fill] = world.fill("O0")
    assert told(journal, fill, fill, world.rest_fills()["T0"]) == [fill]


def test_an_end_is_delivered_once_and_nothing_after_it_but_fills_that_come_late() -> None:
    world, journal = World(), begun()
    placed, fill, end = world.place(3), world.fill("O0"), world.cancel("O0")
    told(journal, *placed)
    rest = world.rest_ended()["O0"].end
    assert told(journal, *end, rest, placed[1], *fill, *fill) == [*end, *fill]
    assert journal.open == {}


def test_an_end_that_repeats_the_last_fill_is_an_end_and_no_second_fill() -> None:
    """Which fields a `filled` report has is (unverified)."""
    world, journal = World(), begun()
    told(journal, *world.place(3))
    fill, end = world.fill("O0", 3)
    repeated = msgspec.structs.replace(end, exec_id=fill.exec_id, trade_id=fill.trade_id, last_qty=fill.last_qty)
    assert told(journal, fill, repeated, end) == [fill, repeated]
    assert (journal.open, journal.short, journal.is_ended("O0")) == ({}, {}, True)
    standing = journal.find("O0")
    assert standing is not None
    assert (standing.cum_qty, standing.status, standing.report.exec_id) == (Decimal(3), "filled", None)


def test_what_was_before_the_first_snapshot_is_never_delivered() -> None:
    world = World()
    world.place(3)
    world.fill("O0", 3)
    world.place(3)
    world.fill("O1", 1)
    journal = begun(*world.snapshot())
    assert list(journal.open) == ["O1"]
    assert told(journal, *world.rest_fills().values()) == []
    assert journal.is_ended("O0")
    [late] = told(journal, *world.fill("O1", 1))
    assert (late.exec_id, journal.open["O1"].cum_qty) == ("T2", Decimal(2))


def test_an_order_is_found_by_either_name_also_after_its_end() -> None:
    world, journal = World(), begun()
    told(journal, *world.place(), *world.cancel("O0"))
    order = journal.find("O0")
    assert order is not None
    assert journal.find("my-O0") is order
    assert journal.find("nobody") is None


def test_the_oldest_ended_orders_are_forgotten_and_no_open_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "CLOSED", 2)
    world, journal = World(), begun()
    for number in range(4):
        told(journal, *world.place())
        if number:
            told(journal, *world.cancel(f"O{number}"))
    assert [order.report.order_id for order in journal.all()] == ["O2", "O3", "O0"]
    assert [journal.find(f"my-O{number}") is None for number in range(4)] == [False, True, False, False]


def test_fills_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "FILLS", 2)
    world, journal = World(), begun()
    told(journal, *world.place(9))
    fills = [row for _ in range(3) for row in told(journal, *world.fill("O0"))]
    assert [journal.has_fill(fill) for fill in fills] == [False, True, True]


def test_a_snapshot_tells_only_what_no_report_did() -> None:
    world, journal = World(), begun()
    told(journal, *world.place(), *world.fill("O0"))
    assert journal.compare(world.orders["O0"].row) is None
    world.amend("O0")
    amended = world.orders["O0"].row
    assert journal.compare(amended) == amended
    assert journal.compare(amended) is None
    assert journal.find("O0") is journal.open["O0"]
    assert journal.open["O0"].report.limit_price == 51


def test_a_snapshot_tells_that_a_pending_order_is_live() -> None:
    world, journal = World(), begun()
    told(journal, world.place()[0])
    row = world.orders["O0"].row
    assert journal.compare(row) == row


def test_an_order_counts_as_open_once_it_is_acknowledged_but_not_again_after_its_end() -> None:
    world, journal = World(), begun()
    placed = world.place()
    journal.placed(partial(report_of, placed[0], timestamp=""))
    assert list(journal.open) == ["O0"]
    assert told(journal, *placed) == placed
    told(journal, *world.cancel("O0"))
    journal.placed(lambda: placed[0])
    assert journal.open == {}


def test_an_acknowledged_order_is_described_before_anything_later_is_heard_of_it() -> None:
    """Nobody looks between the acknowledgement and the reports, in the order of which it stands first."""
    world, journal = World(), begun()
    first, second = world.place(), world.place()
    for placed in (first, second):
        journal.placed(partial(report_of, placed[0], timestamp=""))
    assert told(journal, *second) == second
    assert [standing.report.order_id for standing in journal.all()] == ["O0", "O1"]
    told(journal, *world.cancel("O0"))
    assert list(journal.open) == ["O1"]


@pytest.mark.parametrize("time", ["2026-11-01T00:00:00.000000Z", "2026-11-02T10:00:0Z"], ids=["set back", "unreadable"])
def test_a_fill_that_the_stream_tells_is_delivered_whatever_its_time(time: str) -> None:
    """D3: Kraken's clock may be set, and some of its times are malformed."""
    world = World(past=journals.LATEST)
    world.place(100)
    for _ in range(journals.LATEST):
        world.fill("O0")
    journal = begun(*world.snapshot())
    [fill] = world.fill("O0")
    assert told(journal, odd := report_of(fill, timestamp=time), odd) == [odd]


@pytest.mark.parametrize(("earlier", "listed"), [(1, False), (0, True)], ids=["more than it has", "all there are"])
def test_a_fill_of_before_that_no_snapshot_has_room_for_is_not_news(earlier: int, *, listed: bool) -> None:
    world = World(past=journals.LATEST)
    world.place(100)
    for _ in range(journals.LATEST + earlier):
        world.fill("O0")
    journal = begun(*world.snapshot())
    first, *_ = world.rest_fills().values()
    assert journal.has_fill(first)
    assert journal.was_delivered(first) == listed
