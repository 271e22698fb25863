"""Any history in any batches gives the true book; any corruption is found; memory is the depth's, not the history's."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any, TypeAlias, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from krakenio import Book, Level3Book
from krakenio.messages import BookMessage, Level
from tests.books.feed import SIDES, Change, Feed, Feed3, Resting

T = TypeVar("T")
Event: TypeAlias = tuple[str, str, int, Decimal]
PRICES = st.integers(1, 40).map(lambda n: Decimal(100 + n).scaleb(-2))
QTYS = st.one_of(st.just(Decimal(0)), st.integers(1, 10**6).map(lambda n: Decimal(n).scaleb(-4)))
CHANGES = st.lists(st.tuples(st.sampled_from(SIDES), PRICES, QTYS), max_size=120)
CUTS = st.lists(st.integers(1, 12), min_size=1, max_size=40)


def batches(changes: Sequence[T], cuts: Sequence[int]) -> Iterator[list[T]]:
    rest, sizes = iter(changes), iter([*cuts, *[3] * len(changes)])
    while batch := list(islice(rest, next(sizes))):
        yield batch


def levels(book: Book) -> dict[str, list[tuple[Decimal, Decimal]]]:
    return {"bids": [(x.price, x.qty) for x in book.bids], "asks": [(x.price, x.qty) for x in book.asks]}


def truth(feed: Feed, depth: int) -> dict[str, list[tuple[Decimal, Decimal]]]:
    return {side: feed.truth.levels(side)[:depth] for side in SIDES}


def opened(feed: Feed, changes: Sequence[Change]) -> Book:
    feed.update(changes)
    book = Book("ADA/EUR", feed.depth)
    assert book.apply(feed.snapshot()) is None
    return book


@given(CHANGES, CHANGES, CUTS, CUTS, st.sampled_from([10, 25]))
def test_any_batching_of_any_history_gives_the_true_book(
    before: list[Change], changes: list[Change], cuts: list[int], others: list[int], depth: int
) -> None:
    for sizes in (cuts, others):
        feed = Feed(depth)
        book = opened(feed, before)
        for batch in batches(changes, sizes):
            assert book.apply(feed.update(batch)) is None
            assert levels(book) == truth(feed, depth)


def spoiled(message: BookMessage[Decimal], place: int) -> BookMessage[Decimal]:
    """Change one digit of a quantity."""
    (row,) = message.data
    name = "bids" if row.bids else "asks"
    side: list[Level[Decimal]] = list(getattr(row, name))
    place %= len(side)
    side[place] = replace(side[place], qty=side[place].qty + Decimal("0.0001"))
    return BookMessage(message.type, [replace(row, **{name: side})])


@given(CHANGES, CHANGES, CUTS, st.integers(0, 20), st.sampled_from(["drop", "digit"]))
def test_a_corrupted_book_is_never_readable_as_anything_but_the_truth(
    before: list[Change], changes: list[Change], cuts: list[int], at: int, how: str
) -> None:
    feed = Feed()
    book = opened(feed, before)
    for number, batch in enumerate(batches(changes, cuts)):
        message = feed.update(batch)
        if number != at or not (message.data[0].bids or message.data[0].asks):
            book.apply(message)
        elif how == "digit":
            assert book.apply(spoiled(message, at)) is not None
        else:
            continue  # until the next message nobody can know
        assert not book.valid or levels(book) == truth(feed, 10)


def test_a_book_that_is_not_cut_is_found_as_soon_as_a_stale_level_comes_up() -> None:
    feed = Feed(10)
    feed.update([("bids", Decimal(price), Decimal(1)) for price in range(100, 90, -1)])
    book = Book("ADA/EUR", 25)  # deeper than the feed, so it keeps what was pushed out
    assert book.apply(feed.snapshot()) is None
    assert book.apply(feed.update([("bids", Decimal(101), Decimal(1))])) is None, "pushes 91 out of sight"
    assert book.apply(feed.update([("bids", Decimal(91), Decimal(0))])) is None, "out of sight: nothing is told"
    found = book.apply(feed.update([("bids", Decimal(101), Decimal(0))]))
    assert found is not None
    assert found.expected == feed.truth.checksum()
    assert book.apply(feed.snapshot()) is None, "one snapshot heals"
    assert levels(book) == truth(feed, 25)


def test_what_a_book_holds_is_bounded_by_its_depth() -> None:
    feed = Feed(10)
    book = opened(feed, [])
    for number in range(2_000):
        bid, ask = Decimal(number + 1), Decimal(10_000 - number)
        assert book.apply(feed.update([("bids", bid, Decimal(1)), ("asks", ask, Decimal(1))])) is None
        feed.truth.apply([("bids", bid - 30, Decimal(0)), ("asks", ask + 30, Decimal(0))])  # far out of sight
    for side in (book._bids, book._asks):  # noqa: SLF001 - what is bounded is not visible from outside
        assert (len(side.keys), len(side.fragments), len(side.rows)) == (10, 10, 10)
    assert len(book._precision.prices) <= 40  # noqa: SLF001


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "fill", "grow", "move", "cancel"]),
        st.sampled_from(SIDES),
        st.integers(0, 10**6),
        st.integers(1, 15).map(Decimal),
    ),
    max_size=80,
)


def happen(feed: Feed3, event: Event, now: int) -> None:
    kind, side, pick, price = event
    orders = feed.orders[side]
    if kind == "add" or not orders:
        orders[f"O{now}"] = Resting(price, Decimal(pick + 1).scaleb(-3), now)
        return
    name = list(orders)[pick % len(orders)]
    order = orders[name]
    if kind == "cancel":
        del orders[name]
    elif kind == "fill":
        orders[name] = Resting(order.price, order.qty / 2, order.time)
    else:
        orders[name] = Resting(price if kind == "move" else order.price, order.qty + 1, now)


def shown(book: Level3Book, side: str) -> list[tuple[Decimal, list[tuple[str, Decimal]]]]:
    view = book.bids if side == "bids" else book.asks
    return [(level.price, [(order.order_id, order.order_qty) for order in level.orders]) for level in view]


@given(EVENTS, EVENTS, CUTS)
@settings(max_examples=150)
def test_any_history_of_orders_in_any_batches_gives_the_true_queues(
    before: list[Event], events: list[Event], cuts: list[int]
) -> None:
    follow(before, batches(events, cuts))


@pytest.mark.parametrize("seed", range(4))
def test_long_histories_of_more_levels_than_are_seen_give_the_true_queues(seed: int) -> None:
    chance = Random(seed)

    def events(count: int) -> list[Event]:
        kinds = ["add", "add", "fill", "grow", "move", "cancel"]
        return [
            (chance.choice(kinds), chance.choice(SIDES), chance.randrange(10**6), Decimal(chance.randint(1, 25)))
            for _ in range(count)
        ]

    follow([("add", side, 1, Decimal(price)) for side in SIDES for price in range(1, 26)], batches(events(600), [1, 2]))


def follow(before: Sequence[Event], changes: Iterable[Sequence[Event]]) -> None:
    feed, book = Feed3(), Level3Book("ADA/EUR")
    for now, event in enumerate(before):
        happen(feed, event, now)
    assert book.apply(feed.snapshot()) is None
    clock = iter(range(1000, 10_000))
    for batch in changes:
        seen = {side: feed.seen(side) for side in SIDES}
        for event in batch:
            happen(feed, event, next(clock))
        assert book.apply(feed.message("update", seen)) is None
        for side in SIDES:
            expected = [(price, [(name, o.qty) for name, o in queue]) for price, queue in feed.queues(side)]
            assert shown(book, side) == expected
    for kept in (book._bids, book._asks):  # noqa: SLF001 - what is forgotten is not visible from outside
        assert sorted(kept._where) == sorted(order.order_id for queue in kept.rows for order in queue)  # noqa: SLF001


@pytest.mark.parametrize("wrong", ["qty", "order"])
def test_a_changed_digit_and_a_changed_queue_are_found(wrong: str) -> None:
    feed, book = Feed3(), Level3Book("ADA/EUR")
    for now in range(4):
        happen(feed, ("add", "bids", now, Decimal(5)), now)
    message = feed.snapshot()
    (row,) = message.data
    first = row.bids[0]
    late = "2026-11-02T09:00:09.000000000Z"
    change: dict[str, Any] = {"order_qty": first.order_qty * 10 + 1} if wrong == "qty" else {"timestamp": late}
    other = replace(row.bids[-1], **change)
    found = book.apply(replace(message, data=[replace(row, bids=[*row.bids[:-1], other])]))
    assert found is not None
    assert book.apply(message) is None
