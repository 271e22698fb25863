"""Holes: whatever is lost, each fill is delivered once and in its order's order, and each end once."""

from collections import defaultdict
from decimal import Decimal
from functools import partial
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from krakenio.messages import Execution
from krakenio.orders.account import journal
from krakenio.orders.account.journal import Journal
from krakenio.orders.account.mending import Mending
from krakenio.orders.account.reckoning import Needs
from krakenio.subscriptions.standing import is_end, is_fill, time_of
from tests.executions.world import World, report_of

ACTS = st.sampled_from(["place", "fill", "fill", "whole", "cancel", "amend", "break", "lose", "heal", "ask", "receive"])

LATEST = 3
"""Fills of the first snapshot at most."""


class Reader:
    """Read a world's reports through a connection that breaks, and mend what was missed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.journal = Journal()
        self.journal.begin(world.snapshot())
        self.began = world.now
        self.before = set(world.fills)
        self.ended_before = set(world.ends)
        self.told: list[Execution] = []
        self.on_its_way: list[tuple[str, list[Execution]]] = []
        self.connected = True
        self.jumps = False  # the sequence does, at the next message
        self.mending: Mending | None = None

    def send(self, kind: str, rows: list[Execution]) -> None:
        """Let the exchange send something, which arrives later."""
        if self.connected:
            self.on_its_way.append((kind, rows))

    def hear(self, rows: list[Execution]) -> None:
        """Send rows, and take in all that is on its way."""
        self.send("update", rows)
        self.receive()

    def receive(self) -> None:
        """Take in what is on its way."""
        arrived, self.on_its_way = self.on_its_way, []
        for kind, rows in arrived:
            if kind == "lost":
                self.jumps = True
                continue
            if kind == "update" and self.jumps:
                self.lose(connected=True)
            self.jumps = False
            if kind == "snapshot":
                if self.mending is None:  # of a second request for it
                    self.mending = Mending(self.journal.heard_ns)
                self.mending.took(rows)
            else:
                self.take(rows)

    def take(self, rows: list[Execution]) -> None:
        """Take rows in."""
        for row in rows:
            if self.mending is not None:
                self.mending.hold(row)
            elif (told := self.journal.report(row)) is not None:
                self.told.append(told)

    def lose(self, *, connected: bool) -> None:
        """Begin a hole: what is on its way is lost with the connection; a jumped sequence leaves the stream running."""
        self.connected = connected
        if not connected:
            self.on_its_way.clear()
            self.jumps = False
        if self.mending is None:
            self.mending = Mending(self.journal.heard_ns)
        else:
            self.mending.missed()

    def subscribe(self) -> None:
        """Let the next snapshot be sent."""
        if self.mending is not None:
            self.connected = True
            self.send("snapshot", self.world.snapshot())

    def ask(self, told: World) -> bool:
        """Ask REST, which may tell of an earlier time; true when the hole is mended."""
        mending = self.mending
        if mending is None or not mending.ready:
            return mending is None
        mending.ended(told.rest_ended(self.began))
        if mending.needs(self.journal).orders:
            mending.still_open(told.open)
        if mending.needs(self.journal).fills:
            mending.fills(told.rest_fills())
        if mending.needs(self.journal) != Needs((), ()):
            return False
        self.told += mending.reports(self.journal)
        self.mending = None
        return True

    def check(self) -> None:
        """Compare what was told with what happened since the first snapshot."""
        fills = [str(row.exec_id) for row in self.told if is_fill(row)]
        assert len(fills) == len(set(fills)), "a fill was delivered twice"
        assert set(fills) == set(self.world.fills) - self.before, "a fill was lost"
        ends = [row.order_id for row in self.told if is_end(row)]
        assert len(ends) == len(set(ends)), "an end was delivered twice"
        assert set(ends) == set(self.world.ends) - self.ended_before, "an end was lost"
        self.check_orders()

    def check_orders(self) -> None:
        """Compare the order of reports, the sums and what is open."""
        by_order: defaultdict[str, list[Execution]] = defaultdict(list)
        for row in self.told:
            by_order[row.order_id].append(row)
        for name, rows in by_order.items():
            fills = [row for row in rows if is_fill(row)]
            assert fills == sorted(fills, key=time_of), "fills of an order came out of order"
            assert all(row.cum_qty is not None for row in fills)
            done = [row.cum_qty for row in fills if row.cum_qty is not None]
            assert done == sorted(set(done)), "the sums do not rise"
            assert not any(map(is_end, rows[:-1])), "something came after the end"
            assert not done or done[-1] == self.world.orders[name].done
        assert {name: each.cum_qty for name, each in self.journal.open.items()} == {
            name: each.done for name, each in self.world.open.items()
        }


def act(world: World, name: str, choice: int) -> list[Execution]:
    """Let something happen to the account."""
    if name == "place":
        return world.place(1 + choice % 4)
    if not world.open:
        return []
    order = list(world.open)[choice % len(world.open)]
    if name in {"fill", "whole"}:
        return world.fill(order, 99 if name == "whole" else 1)
    return world.cancel(order) if name == "cancel" else world.amend(order)


@settings(max_examples=500)
@example(
    history=[],
    acts=[("place", 1), ("break", 0), ("heal", 0), ("receive", 0), ("lose", 1), ("heal", 0), ("ask", 0)],
    past=0,
)
@example(history=[("place", 0), ("place", 3), ("fill", 1), *[("fill", 0)] * 3], acts=[("lose", 1)], past=0)
@given(
    history=st.lists(st.tuples(st.sampled_from(["place", "fill", "whole", "cancel"]), st.integers(0, 9)), max_size=8),
    acts=st.lists(st.tuples(ACTS, st.integers(0, 9)), max_size=60),
    past=st.integers(0, 3),
)
def test_whatever_is_lost_each_fill_and_each_end_is_told_once(
    history: list[tuple[str, int]], acts: list[tuple[str, int]], past: int
) -> None:
    """Any interleaving of snapshot, stream and REST, REST behind the times included."""
    world = World(past=LATEST)
    for name, choice in history:
        act(world, name, choice)
    with patch.object(journal, "LATEST", LATEST):  # a snapshot with fewer fills has all that there ever were
        reader = Reader(world)
    world.past = past
    for name, choice in acts:
        if name == "break":
            reader.lose(connected=False)
        elif name == "lose":
            act(world, ("place", "fill", "whole", "cancel", "amend")[choice % 5], choice)
            reader.send("lost", [])
        elif name == "heal":
            reader.subscribe()
        elif name == "ask":
            reader.ask(world)
        elif name == "receive":
            reader.receive()
        else:
            reader.send("update", act(world, name, choice))
    reader.receive()
    reader.lose(connected=True)  # a message lost last shows with the next one only
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    reader.check()


def holed(*, past: int = 0) -> tuple[World, Reader]:
    """Return a reader that knows an open order and has lost its connection."""
    world = World(past=past)
    reader = Reader(world)
    reader.hear(world.place(3))
    reader.lose(connected=False)
    return world, reader


def kinds(reader: Reader) -> list[tuple[str, str]]:
    return [(row.order_id, row.exec_type) for row in reader.told[2:]]


def test_nothing_missed_tells_nothing() -> None:
    world, reader = holed()
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    assert kinds(reader) == []


def test_a_part_filled_meanwhile_is_told_with_its_sum() -> None:
    world, reader = holed()
    world.fill("O0", 2)
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    assert kinds(reader) == [("O0", "trade")]
    assert (reader.told[-1].cum_qty, reader.told[-1].symbol) == (Decimal(2), "BTC/USD")


def test_the_snapshot_of_fills_alone_is_enough_where_it_reaches_back() -> None:
    world, reader = holed(past=2)
    world.fill("O0", 2)
    reader.subscribe()
    reader.receive()
    assert reader.ask(World())
    assert kinds(reader) == [("O0", "trade")]


def test_an_order_placed_and_cancelled_unfilled_meanwhile_is_told_with_what_it_was() -> None:
    world, reader = holed()
    world.place(2)
    world.cancel("O1")
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    assert kinds(reader) == [("O1", "new"), ("O1", "canceled")]
    opening = reader.told[-2]
    assert (opening.symbol, opening.side) == ("BTC/USD", "buy")
    assert (opening.order_qty, opening.limit_price) == (Decimal(2), Decimal(50))


def test_an_order_filled_meanwhile_is_told_fill_by_fill() -> None:
    world, reader = holed()
    world.place(2)
    world.fill("O1")
    world.fill("O0", 3)
    world.fill("O1")
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    assert kinds(reader) == [
        ("O1", "new"), ("O1", "trade"), ("O0", "trade"), ("O0", "filled"), ("O1", "trade"), ("O1", "filled"),
    ]  # fmt: skip


def test_an_order_still_open_that_was_placed_meanwhile_is_told_from_its_beginning() -> None:
    world, reader = holed()
    world.place(2)
    world.fill("O1")
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    assert [(row.exec_type, row.cum_qty) for row in reader.told[2:]] == [("new", Decimal(0)), ("trade", Decimal(1))]


def test_what_was_heard_after_a_jump_keeps_its_place() -> None:
    world = World(past=0)
    reader = Reader(world)
    reader.hear(world.place(3))
    world.fill("O0")
    reader.lose(connected=True)
    reader.hear(world.fill("O0"))
    reader.subscribe()
    reader.hear(world.fill("O0"))
    assert reader.ask(world)
    told = [(row.exec_id, row.cum_qty) for row in reader.told if is_fill(row)]
    assert told == [("T0", Decimal(1)), ("T1", Decimal(2)), ("T2", Decimal(3))]


def test_rest_behind_the_times_is_asked_again() -> None:
    world, reader = holed()
    world.fill("O0", 3)
    reader.subscribe()
    reader.receive()
    assert not reader.ask(World())
    assert reader.mending is not None
    assert reader.mending.needs(reader.journal) == Needs(("O0",), ())
    reader.mending.ended(world.rest_ended())
    assert reader.mending.needs(reader.journal) == Needs((), ("O0",))
    assert reader.ask(world)
    assert kinds(reader) == [("O0", "trade"), ("O0", "filled")]


def test_an_order_acknowledged_just_now_is_open_if_rest_says_so() -> None:
    """Its reports are on their way; no snapshot had it yet."""
    world, reader = holed()
    reader.subscribe()
    reader.receive()
    placed = world.place()
    reader.journal.placed(partial(report_of, placed[0], timestamp=""))
    assert reader.ask(world)
    reader.hear(placed)
    assert kinds(reader) == [("O1", "pending_new"), ("O1", "new")]


def test_a_second_snapshot_without_a_word_begins_anew() -> None:
    world, reader = holed()
    reader.subscribe()
    reader.receive()
    world.fill("O0", 3)
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    assert kinds(reader) == [("O0", "trade"), ("O0", "filled")]


def test_an_amend_meanwhile_is_told_by_the_snapshot() -> None:
    world, reader = holed()
    world.amend("O0")
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    assert [(row.exec_type, row.limit_price) for row in reader.told[2:]] == [("new", Decimal(51))]


def test_it_counts_what_waits() -> None:
    world = World()
    reader = Reader(world)
    reader.lose(connected=True)
    reader.hear(world.place())
    reader.subscribe()
    reader.hear(world.place())
    assert reader.mending is not None
    assert len(reader.mending) == 4


@pytest.mark.parametrize("past", [0, 2])
def test_an_order_for_money_is_whole_when_its_costs_add_up(past: int) -> None:
    world, reader = holed(past=past)
    world.fill("O0", 1)
    world.fill("O0", 2)
    ended = world.rest_ended()["O0"]
    reader.subscribe()
    reader.receive()
    assert reader.mending is not None
    reader.mending.ended({"O0": ended._replace(amount=Decimal("150.0001"), in_cost=True)})
    needs = reader.mending.needs(reader.journal)
    assert needs == (Needs((), ()) if past else Needs((), ("O0",)))
    reader.mending.fills(world.rest_fills())
    assert reader.mending.needs(reader.journal) == Needs((), ())
    assert len([row for row in reader.mending.reports(reader.journal) if is_fill(row)]) == 2


def give_up_and_lose_again(reader: Reader) -> None:
    """Tell the end without its fills, and come to the far side of the next hole."""
    assert reader.mending is not None
    reader.told += reader.mending.reports(reader.journal)
    assert kinds(reader) == [("O0", "filled")]
    reader.mending = None
    reader.lose(connected=True)
    reader.subscribe()
    reader.receive()


def test_fills_that_could_not_be_found_are_looked_for_in_the_next_hole() -> None:
    """Also those of an order that has ended: it is told that they are missing by its sum."""
    world, reader = holed()
    world.fill("O0", 3)
    reader.subscribe()
    reader.receive()
    assert reader.mending is not None
    reader.mending.ended(world.rest_ended())
    give_up_and_lose_again(reader)
    assert reader.ask(world)
    assert kinds(reader) == [("O0", "filled"), ("O0", "trade")]
    assert reader.journal.short == {}


def test_fills_of_an_order_for_money_are_looked_for_again_too() -> None:
    """REST tells of such an order's end what it cost and no quantity; a cost may be rounded."""
    world, reader = holed()
    world.fill("O0", 3)
    found = world.rest_ended()["O0"]
    spent = report_of(found.end, cum_qty=None, order_qty=None, cum_cost=Decimal("150.0001"))
    reader.subscribe()
    reader.receive()
    assert reader.mending is not None
    reader.mending.ended({"O0": found._replace(end=spent, amount=Decimal("150.0001"), in_cost=True)})
    assert kinds(reader) == []
    give_up_and_lose_again(reader)
    assert reader.mending is not None
    assert reader.mending.needs(reader.journal) == Needs((), ("O0",))
    assert reader.ask(world)
    assert kinds(reader) == [("O0", "filled"), ("O0", "trade")]
    assert reader.journal.short == {}


def test_what_ended_undescribed_is_described_as_soon_as_rest_tells() -> None:
    """Also as it was amended last; what is known of its fills stays."""
    world, reader = holed()
    world.amend("O0")
    world.place(2)
    ends = [*world.cancel("O0"), *world.cancel("O1")]
    reader.take([report_of(each, cl_ord_id=None) for each in ends])
    reader.subscribe()
    reader.receive()
    assert reader.mending is not None
    reader.told += reader.mending.reports(reader.journal)  # given up
    assert [reader.journal.all()[1].report.symbol, reader.journal.find("my-O1")] == [None, None]
    reader.mending = None
    reader.lose(connected=True)
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    first, second = (each.report for each in reader.journal.all())
    assert (first.limit_price, first.order_status) == (world.orders["O0"].limit, "canceled")
    assert (second.symbol, second.side, second.order_qty) == ("BTC/USD", "buy", Decimal(2))
    assert second.order_status == "canceled"
    assert reader.journal.find("my-O1") is reader.journal.find("O1")
    assert kinds(reader) == [("O0", "canceled"), ("O1", "canceled")]


def test_a_fill_comes_before_its_order_s_end_though_a_clock_was_set() -> None:
    world = World(past=0)
    reader = Reader(world)
    reader.hear(world.place(3))
    world.fill("O0", 3)
    late = world.fills["T0"]
    world.fills["T0"] = report_of(late, timestamp="2030-01-01T00:00:00.000000Z")
    reader.lose(connected=True)
    reader.hear([world.rest_ended()["O0"].end])
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    assert kinds(reader) == [("O0", "trade"), ("O0", "filled")]


def test_an_order_of_which_only_the_acknowledgement_was_heard_is_told_from_its_beginning() -> None:
    world, reader = holed()
    reader.journal.placed(partial(report_of, world.place()[0], timestamp=""))
    world.fill("O1", 3)
    reader.subscribe()
    reader.receive()
    assert reader.ask(world)
    assert kinds(reader) == [("O1", "new"), ("O1", "trade"), ("O1", "filled")]
