"""The book of orders: vectors, queues, and the rules of ws-v2-market-data §6."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from msgspec import Raw

from krakenio import InvalidRequest, Level3Book, StaleBook
from krakenio.books import Desync, Levels, OrderLevel
from krakenio.books.taking import MANY
from krakenio.messages import Level, Level3Message, Level3Order, Level3Update
from tests.books.reference import crc
from tests.books.wire import Form, frame3, level3_message, order

Orders = Iterable[Mapping[str, str]]
PRECISION = {"price_precision": 5, "qty_precision": 8}

OFFICIAL_ASKS = """
44939.5 4.52308393 0.00111261 0.00100000 0.01000000
44950.0 0.10334926
44953.0 0.00064537
44955.0 0.00250000
44959.6 0.35630000 0.35630000
44960.1 0.00338072
44960.2 0.88967575
44967.0 3.14392283
44978.5 0.06778960
44979.2 0.35630000
"""
OFFICIAL_BIDS = """
44939.4 0.88968699 0.45210000 0.10000000 0.14296323 0.25000000 0.10292988 0.33880000 1.28140860
44937.1 0.03346877
44934.7 0.35630000
44930.2 0.22734299 0.01000000 0.05550000 0.70000000 0.15000000
44928.0 0.00105240
44919.6 0.33870000
44919.5 0.07610000
44912.0 0.35630000
44909.7 0.06690000
44901.9 0.00088982
"""


def queues(text: str, prefix: str) -> list[dict[str, str]]:
    """Read a table: a price, then the quantities of its queue."""
    lines = [line.split() for line in text.split("\n") if line]
    return [
        order(f"{prefix}{price}-{place}", price, qty, at=str(place))
        for price, *quantities in lines
        for place, qty in enumerate(quantities)
    ]


def digits(*orders: tuple[str, str]) -> str:
    return "".join((price.replace(".", "").lstrip("0") + qty.replace(".", "").lstrip("0")) for price, qty in orders)


class Fed:
    """A book that is told the checksum of the orders which the test expects, asks first."""

    def __init__(self, *, depth: int = 10, numbers: Form = Raw, **precision: int) -> None:
        self.book = Level3Book("ADA/EUR", depth, **precision)
        self.numbers = numbers

    def say(self, kind: str, bids: Orders, asks: Orders, *expected: tuple[str, str]) -> Desync | None:
        return self.check(kind, bids, asks, crc(digits(*expected)))

    def check(self, kind: str, bids: Orders, asks: Orders, checksum: int) -> Desync | None:
        return self.book.apply(level3_message(frame3(kind, bids, asks, checksum), self.numbers))


def ids(levels: Levels[OrderLevel]) -> list[list[str]]:
    return [[resting.order_id for resting in level.orders] for level in levels]


@pytest.mark.parametrize("numbers", [Raw, Decimal])
def test_the_official_vector(numbers: Form) -> None:
    fed = Fed(numbers=numbers)
    assert fed.check("snapshot", queues(OFFICIAL_BIDS, "B"), queues(OFFICIAL_ASKS, "A"), 1063832831) is None
    assert (len(fed.book.bids), len(fed.book.asks)) == (10, 10)
    assert fed.book.checksum() == 1063832831


@pytest.mark.parametrize("numbers", [Raw, Decimal])
def test_the_worked_example(numbers: Form) -> None:
    fed = Fed(numbers=numbers, **PRECISION)
    asks = [
        order("A1", "0.30125", "1000.00000000", "1"),
        order("A2", "0.30125", "500.00000000", "2"),
        order("A3", "0.30130", "0.02500000", "1"),
        order("A4", "0.30200", "12.34567890", "1"),
    ]
    bids = [
        order("B1", "0.30110", "300.50000000", "1"),
        order("B2", "0.30110", "500.00000000", "2"),
        order("B3", "0.30100", "40.00000000", "1"),
    ]
    assert fed.check("snapshot", bids, asks, 2641840533) is None
    changes = [order("B4", "0.30110", "25.00000000", "9"), order("B3", "0.30100", "15.50000000", "1", event="modify")]
    gone = [order("A1", "0.30125", "1000.00000000", "1", event="delete")]
    assert fed.check("update", changes, gone, 4130049895) is None
    assert ids(fed.book.bids) == [["B1", "B2", "B4"], ["B3"]]


BIDS = [
    order("B1", "2.0", "1.0", "1"),
    order("B2", "2.0", "2.0", "2"),
    order("B3", "2.0", "3.0", "3"),
    order("B4", "1.0", "4.0", "4"),
]
SHOWN = [("2.0", "1.0"), ("2.0", "2.0"), ("2.0", "3.0"), ("1.0", "4.0")]


def opened(**options: Any) -> Fed:
    fed = Fed(**options)
    assert fed.say("snapshot", BIDS, [], *SHOWN) is None
    return fed


def test_levels_hold_their_orders_and_their_sum() -> None:
    book = opened().book
    assert book.best_bid.price == 2
    assert book.best_bid.qty == 6
    assert book.best_bid.orders[1] == Level3Order(
        "B2", Decimal("2.0"), Decimal("2.0"), "2026-11-02T09:00:00.000000002Z"
    )
    assert list(book.aggregated_bids) == [Level(Decimal("2.0"), Decimal("6.0")), Level(Decimal("1.0"), Decimal("4.0"))]
    assert list(book.aggregated_asks) == []
    assert book.bids.for_volume(7).worst == 1
    assert book.bids.volume_to(2) == 6
    assert book.imbalance(2) == 1


def test_adds_queue_by_their_own_time_and_not_by_arrival() -> None:
    fed = opened()
    late = [order("B9", "2.0", "9.0", "9"), order("B0", "2.0", "0.5", "0"), order("B8", "2.0", "8.0", "8")]
    expected = [("2.0", "0.5"), *SHOWN[:3], ("2.0", "8.0"), ("2.0", "9.0"), SHOWN[3]]
    assert fed.say("update", late, [], *expected) is None
    assert ids(fed.book.bids)[0] == ["B0", "B1", "B2", "B3", "B8", "B9"]


@pytest.mark.parametrize("kind", ["snapshot", "update"])
def test_very_many_orders_at_one_price_queue_by_their_time_in_whatever_order_they_come(kind: str) -> None:
    """A queue is written once a message: once an order 20 000 of them held the loop for half a minute."""
    fed, names = opened(), [f"A{at}" for at in range(20_000, 0, -1)]
    many = [order(name, "3.0", "1.0", name[1:]) for name in names]
    many += [order("A7", "3.0", "0.0", "7"), order("A5", "3.0", "2.5", "5")]
    expected = [("3.0", "2.5" if name == "A5" else "1.0") for name in reversed(names) if name != "A7"]
    assert fed.say(kind, [], many, *expected, *(SHOWN if kind == "update" else [])) is None
    assert ids(fed.book.asks) == [[name for name in reversed(names) if name != "A7"]]


def test_very_many_levels_of_orders_are_cut_to_the_depth() -> None:
    fed = opened()
    many = [order(f"B{price}", f"{price}.0", "1.0") for price in range(10, MANY + 20)]
    best = [(f"{price}.0", "1.0") for price in range(MANY + 18, MANY + 8, -1)]
    gone = order(f"B{MANY + 19}", "1.0", "1.0", event="delete")
    assert fed.say("update", [*many, gone], [], *best) is None
    assert "B1" not in fed.book._bids  # noqa: SLF001 - as below
    again = order("B1", "1.0", "4.0", event="modify")
    assert fed.say("update", [again], [], *best) == Desync(
        "ADA/EUR", "an order that is not known was modified", timestamp="2026-11-02T10:00:02.000500Z"
    )


def test_prices_whose_integers_have_one_hash_are_levels_as_any_others() -> None:
    """Python's hash of an integer is what is left of 2^61 - 1: a server can choose very many that collide."""
    units = [(number * (2**61 - 1), number) for number in range(1, 9000)]
    prices = [f"{unit // 10**20}.{unit % 10**20:020}" for unit, _ in units]
    fed = Fed()
    expected = [(price, "1.0") for price in prices[:10]]
    text = "".join(price.replace(".", "").lstrip("0") + "10" for price, _ in expected)
    assert fed.check("snapshot", [], [order(price, price, "1.0") for price in prices], crc(text)) is None
    assert [level.price for level in fed.book.asks] == [Decimal(price) for price in prices[:10]]


def test_times_of_any_precision_are_compared_as_times() -> None:
    fed = Fed()
    rows = [
        Level3Order(order_id, Raw(b"2.0"), Raw(b"1.0"), f"2026-11-02T09:00:{at}")
        for order_id, at in [("c", "58.11Z"), ("b", "58.100000002Z"), ("a", "58.1Z"), ("d", "58.2+00:00")]
    ]
    checksum = crc("2010" * 4)
    assert fed.book.apply(Level3Message("snapshot", [Level3Update("ADA/EUR", checksum, rows)])) is None
    assert ids(fed.book.bids) == [["a", "b", "c", "d"]]


def test_a_snapshot_that_verifies_only_as_listed_is_taken_as_listed() -> None:
    fed = Fed()
    listed = [order("b", "2.0", "2.0", "9"), order("a", "2.0", "1.0", "1")]  # a smaller amend may renew the time alone
    assert fed.say("snapshot", listed, [], ("2.0", "2.0"), ("2.0", "1.0")) is None
    assert fed.say("snapshot", listed, [], ("2.0", "1.0"), ("2.0", "2.0")) is None, "but by time if that verifies"
    assert fed.say("snapshot", listed, [], ("2.0", "2.0"), ("2.0", "1.0")) is None
    late = [order("d", "2.0", "4.0", "11"), order("c", "2.0", "3.0", "10")]
    assert fed.say("update", late, [], *(("2.0", qty) for qty in ("2.0", "1.0", "3.0", "4.0"))) is None
    assert ids(fed.book.bids) == [["b", "a", "c", "d"]]


@pytest.mark.parametrize("at", [None, "soon"])
def test_an_order_without_a_time_goes_to_the_back_and_stays_there(at: str | None) -> None:
    fed = opened()
    row = Level3Order("B5", Raw(b"2.0"), Raw(b"5.0"), at, "add")
    smaller = Level3Order("B1", Raw(b"2.0"), Raw(b"0.5"), at, "modify")
    again = Level3Order("B2", Raw(b"2.0"), Raw(b"2.5"), at, "add")
    checksum = crc(digits(("2.0", "0.5"), ("2.0", "2.5"), ("2.0", "3.0"), ("2.0", "5.0"), ("1.0", "4.0")))
    message: Level3Message[Raw] = Level3Message("update", [Level3Update("ADA/EUR", checksum, [row, smaller, again])])
    assert fed.book.apply(message) is None


def test_an_order_that_is_added_again_is_replaced() -> None:
    fed = opened()
    again = [order("B2", "2.0", "2.5", "2"), order("B1", "1.0", "1.5", "9")]
    assert fed.say("update", again, [], ("2.0", "2.5"), ("2.0", "3.0"), ("1.0", "4.0"), ("1.0", "1.5")) is None
    assert ids(fed.book.bids) == [["B2", "B3"], ["B4", "B1"]]


@pytest.mark.parametrize(
    ("change", "queue"),
    [
        (order("B2", "2.0", "1.5", "2", event="modify"), ["B1", "B2", "B3"]),  # a fill
        (order("B2", "2.0", "9.5", "2", event="modify"), ["B1", "B2", "B3"]),
        (order("B2", "2.0", "1.5", "8", event="modify"), ["B1", "B2", "B3"]),  # less, amended: keeps its place
        (order("B2", "2.0", "9.5", "8", event="modify"), ["B1", "B3", "B2"]),  # more, amended: loses it
    ],
)
def test_a_modified_order_keeps_its_place_unless_it_grew(change: dict[str, str], queue: list[str]) -> None:
    fed = opened()
    sizes = {"B1": "1.0", "B2": change["order_qty"], "B3": "3.0"}
    assert fed.say("update", [change], [], *(("2.0", sizes[name]) for name in queue), SHOWN[3]) is None
    assert ids(fed.book.bids)[0] == queue


@pytest.mark.parametrize("at", ["1", "9"])
def test_an_order_that_moves_to_another_price_goes_to_the_back_there(at: str) -> None:
    fed = opened()
    moved = order("B1", "1.0", "1.0", at, event="modify")
    assert fed.say("update", [moved], [], SHOWN[1], SHOWN[2], SHOWN[3], ("1.0", "1.0")) is None
    assert ids(fed.book.bids) == [["B2", "B3"], ["B4", "B1"]]


def test_deletes_take_the_order_whatever_they_say_of_it_and_unknown_ones_are_no_error() -> None:
    fed = opened()
    gone = [order("B4", "9.9", "0.1", event="delete"), order("nobody", "1.0", "1.0", event="delete")]
    assert fed.say("update", gone, [], *SHOWN[:3]) is None
    assert len(fed.book.bids) == 1, "a level without orders is none"


@pytest.mark.parametrize("event", ["add", "modify"])
def test_nothing_left_of_an_order_is_no_order(event: str) -> None:
    fed = opened()
    assert fed.say("update", [order("B4", "1.0", "0.0", "4", event=event)], [], *SHOWN[:3]) is None
    assert len(fed.book.bids) == 1
    assert fed.say("update", [order("B2", "2.0", "0", "9", event=event)], [], SHOWN[0], SHOWN[2]) is None


def test_depth_counts_price_levels_and_orders_beyond_it_are_forgotten() -> None:
    fed = Fed()
    many = [order(f"B{price}", f"{price}.0", "1.0") for price in range(20, 10, -1)]
    shown = [(f"{price}.0", "1.0") for price in range(20, 10, -1)]
    assert fed.say("snapshot", many, [], *shown) is None
    better = [order("B21", "21.0", "1.0"), order("C21", "21.0", "2.0", "1")]
    assert fed.say("update", better, [], ("21.0", "1.0"), ("21.0", "2.0"), *shown[:9]) is None
    assert len(fed.book.bids) == 10
    gone = [order("B21", "21.0", "1.0", event="delete"), order("C21", "21.0", "1.0", event="delete")]
    assert fed.say("update", [*gone, order("B11", "11.0", "1.0")], [], *shown) is None
    assert "B21" not in fed.book._bids  # noqa: SLF001 - what is forgotten is not visible from outside


def test_a_modified_order_that_nobody_knows_is_a_lost_message() -> None:
    fed = opened()
    found = fed.say("update", [order("X", "2.0", "1.0", event="modify")], [], *SHOWN)
    assert found == Desync(
        "ADA/EUR", "an order that is not known was modified", timestamp="2026-11-02T10:00:02.000500Z"
    )
    with pytest.raises(StaleBook, match="an order that is not known was modified"):
        _ = fed.book.bids
    assert fed.say("update", [], [], *SHOWN) is None
    assert fed.say("snapshot", BIDS, [], *SHOWN) is None
    assert fed.book.valid


def test_an_event_of_another_kind_is_a_lost_message() -> None:
    found = opened().say("update", [order("X", "2.0", "1.0", event="teleport")], [], *SHOWN)
    assert found is not None
    assert found.reason == "an order had an event that is not known, 'teleport'"


def test_floats_are_refused() -> None:
    fed = Fed(numbers=float)
    with pytest.raises(InvalidRequest, match="cannot be kept from floats"):
        fed.say("snapshot", BIDS, [])


def test_a_view_stays_as_it_was_while_the_book_goes_on() -> None:
    fed = opened()
    before = fed.book.bids
    assert fed.say("update", [order("B1", "2.0", "0.5", "1", event="modify")], [], ("2.0", "0.5"), *SHOWN[1:]) is None
    assert (before[0].qty, fed.book.bids[0].qty) == (Decimal("6.0"), Decimal("5.5"))


def test_precisions_may_change_while_the_book_lives() -> None:
    fed = opened()
    fed.book.set_precision(2, 2)
    assert fed.book.checksum() == crc("200100" + "200200" + "200300" + "100400")
    less = order("B1", "2.00", "0.50", "1", event="modify")
    assert fed.check("update", [less], [], crc("20050" + "200200" + "200300" + "100400")) is None


@pytest.mark.parametrize("depth", [25, 500])
def test_depths_are_those_of_the_channel(depth: int) -> None:
    with pytest.raises(InvalidRequest, match=r"depth must be one of 10, 100, 1000, not"):
        Level3Book("ADA/EUR", depth)


def test_a_book_that_adopts_another_knows_its_orders_and_goes_its_own_way() -> None:
    fed, twin = opened(), Level3Book("ADA/EUR")
    twin.adopt(fed.book)
    assert fed.say("update", [order("B1", "2.0", "1.0", "1", event="delete")], [], *SHOWN[1:]) is None
    assert ids(fed.book.bids) == [["B2", "B3"], ["B4"]]
    assert ids(twin.bids) == [["B1", "B2", "B3"], ["B4"]]
