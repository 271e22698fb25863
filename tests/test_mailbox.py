"""A mailbox keeps order, its bound and an exact account of what is missing, whatever its reader does."""

from collections.abc import Callable
from typing import Any, NamedTuple

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio import Gap, StreamOverflow
from krakenio.errors import api_error
from krakenio.streams.intake import BookIntake, Intake
from krakenio.streams.mailbox import Mailbox, OnFull
from krakenio.subscriptions.channels import Key
from tests.injection import Injection, sweep

LOST = Gap("the connection was lost")
OTHER = Gap("another reason")
SLOW = "the stream was read too slowly"


class Row(NamedTuple):
    """An item of a symbol."""

    symbol: str
    number: int


class Book(NamedTuple):
    """A message of a book."""

    type: str
    data: list[Row]


def symbol_of(row: Any) -> object:
    return row.symbol


def filled(count: int, limit: int, on_full: OnFull = "gap") -> Mailbox[Any]:
    mailbox: Mailbox[Any] = Mailbox(limit, on_full, symbol_of if on_full == "conflate" else None)
    for number in range(count):
        mailbox.put(number)
    return mailbox


def rest(mailbox: Mailbox[Any]) -> list[Any]:
    taken: list[Any] = []
    while mailbox.items:
        taken.append(mailbox.take())
    return taken


def test_items_come_out_in_order() -> None:
    assert rest(filled(5, 5)) == [0, 1, 2, 3, 4]


def test_an_overflow_is_counted_exactly_and_stands_where_the_items_are_missing() -> None:
    """D3, D4."""
    mailbox = filled(12, 5)
    assert list(mailbox.items) == [0, 1, 2, 3, 4, Gap(SLOW, 7)]
    assert mailbox.lost == 7


def test_after_an_overflow_nothing_is_accepted_until_the_gap_was_read() -> None:
    """D3: an item between the last one kept and the gap would come out of order."""
    mailbox = filled(6, 5)
    assert [mailbox.take(), mailbox.take()] == [0, 1]
    mailbox.put("late")
    assert rest(mailbox) == [2, 3, 4, Gap(SLOW, 2)]
    mailbox.put("next")
    assert rest(mailbox) == ["next"]
    assert mailbox.lost == 2


@pytest.mark.parametrize("take_all", [False, True])
def test_a_snapshot_is_asked_for_once_the_gap_was_read(take_all: bool) -> None:  # noqa: FBT001
    mailbox, asked = filled(7, 5), list[int]()
    mailbox.refresh = lambda: asked.append(len(mailbox.items))
    if take_all:
        assert mailbox.take_all() == [0, 1, 2, 3, 4, Gap(SLOW, 2)]
    else:
        rest(mailbox)
    assert asked == [0]


def test_gaps_for_one_reason_that_stand_side_by_side_are_one() -> None:
    mailbox = filled(1, 5)
    for gap in (LOST, LOST, OTHER, LOST):
        mailbox.put_gap(gap)
    assert rest(mailbox) == [0, LOST, OTHER, LOST]


def test_a_gap_fits_into_a_full_mailbox() -> None:
    mailbox = filled(5, 5)
    mailbox.put_gap(LOST)
    mailbox.put("late")
    assert rest(mailbox) == [0, 1, 2, 3, 4, LOST, Gap(SLOW, 1)]


def test_a_lost_connection_during_an_overflow_makes_its_count_unknown() -> None:
    """D3: what the dead connection missed cannot be counted, so no number may claim to be all that is missing."""
    mailbox = filled(6, 5)
    mailbox.put_gap(LOST)
    mailbox.put("late")
    *kept, gap = rest(mailbox)
    assert kept == [0, 1, 2, 3, 4]
    assert gap.lost is None
    assert SLOW in gap.reason
    assert LOST.reason in gap.reason
    assert mailbox.lost == 2
    mailbox.put("next")
    assert rest(mailbox) == ["next"]


def test_conflation_keeps_the_newest_of_each_symbol() -> None:
    mailbox = filled(0, 3, "conflate")
    for number in range(10):
        mailbox.put(Row("AB"[number % 2], number))
    assert rest(mailbox) == [Row("A", 8), Row("B", 9)]
    assert (mailbox.conflated, mailbox.lost) == (8, 0)


def test_conflation_keeps_every_gap_before_the_items_that_came_after_it() -> None:
    """D3: no item may be read without the gap that stood before it, nor two of one symbol without what was between."""
    mailbox = filled(0, 3, "conflate")
    mailbox.put_gap(LOST)
    mailbox.put(Row("A", 1))
    mailbox.put_gap(OTHER)
    mailbox.put(Row("B", 2))
    mailbox.put(Row("B", 3))
    assert rest(mailbox) == [LOST, Row("A", 1), OTHER, Row("B", 3)]


def test_conflation_merges_gaps_that_come_to_stand_side_by_side() -> None:
    mailbox = filled(0, 2, "conflate")
    for number in range(100):
        mailbox.put(Row("A", number))
        mailbox.put_gap(LOST)
    assert len(mailbox.items) <= 4
    assert rest(mailbox)[-2:] == [Row("A", 99), LOST]


def test_to_fail_ends_the_stream_behind_what_was_kept() -> None:
    mailbox = filled(7, 5, "fail")
    assert rest(mailbox) == [0, 1, 2, 3, 4]
    assert mailbox.finished
    assert isinstance(mailbox.error, StreamOverflow)
    assert mailbox.error.buffer == 5
    assert "5 items" in str(mailbox.error)


def test_a_finished_mailbox_keeps_what_it_has_and_takes_no_more() -> None:
    """D6."""
    mailbox, failure = filled(2, 5), RuntimeError("the session's")
    mailbox.finish(failure)
    mailbox.finish()
    mailbox.put("late")
    mailbox.put_gap(LOST)  # the connection ends with the session, and that is no news
    assert rest(mailbox) == [0, 1]
    assert mailbox.error is failure
    assert mailbox.lost == 0


STEPS = st.lists(st.sampled_from(["put", "put", "put", "take", "all", "gap"]), max_size=60)


@given(st.sampled_from(["gap", "conflate"]), st.integers(2, 6), STEPS)
def test_no_item_is_lost_or_repeated_or_overtaken_without_a_gap(on_full: OnFull, limit: int, steps: list[str]) -> None:
    """D3, D4: against the plain sequence of everything that was put in."""
    mailbox = filled(0, limit, on_full)
    read: list[Any] = []
    put = 0
    for step in steps:
        if step == "put":
            mailbox.put(Row("A", put))
            put += 1
        elif step == "gap":
            mailbox.put_gap(LOST)
        elif step == "all":
            read += mailbox.take_all()
        elif mailbox.items:
            read.append(mailbox.take())
        assert len(mailbox.items) <= 2 * limit + 1
    read += rest(mailbox)
    numbers = [item.number for item in read if isinstance(item, Row)]
    assert numbers == sorted(set(numbers))
    assert put == len(numbers) + mailbox.lost + mailbox.conflated
    if on_full == "gap":
        assert_counted(read)


def assert_counted(read: list[Any]) -> None:
    """Require that each hole in the numbers has its gap, with its count unless a connection was lost there too."""
    expected = 0
    for place, item in enumerate(read):
        if isinstance(item, Row):
            assert item.number == expected
            expected += 1
        elif item.lost is not None:
            expected += item.lost
        elif SLOW in item.reason:
            expected = next((each.number for each in read[place:] if isinstance(each, Row)), expected)


async def test_a_cancelled_waiter_takes_nothing_and_misses_nothing() -> None:
    """D2: the item stays in the mailbox until somebody took it."""

    async def universe(inject: Injection) -> None:
        mailbox, told = filled(0, 5), list[object]()

        async def wait_and_take() -> object:
            await mailbox.wait()
            return mailbox.take()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(later, lambda: mailbox.put("item"))
            told.append((await inject(wait_and_take)).value)
        assert rest(mailbox) == ([] if told == ["item"] else ["item"])

    assert await sweep(universe) >= 1


async def later(act: Callable[[], object]) -> None:
    await anyio.lowlevel.checkpoint()
    act()


async def test_a_waiter_is_woken_by_an_item_a_gap_and_the_end() -> None:
    for name, arguments in (("put", [1]), ("put_gap", [LOST]), ("finish", [])):
        mailbox = filled(0, 5)
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(mailbox.wait)
                await anyio.lowlevel.checkpoint()
                getattr(mailbox, name)(*arguments)


A, B = Key("book", "A"), Key("book", "B")


def snapshot(symbol: str, number: int = 0) -> Book:
    return Book("snapshot", [Row(symbol, number)])


def update(symbol: str, number: int) -> Book:
    return Book("update", [Row(symbol, number)])


def test_updates_without_their_snapshot_are_held_back() -> None:
    intake = BookIntake([A, B], 10, "gap")
    for message in (update("A", 1), snapshot("A"), update("B", 1), update("A", 2), snapshot("B"), update("B", 2)):
        intake.put(message)
    assert rest(intake) == [snapshot("A"), update("A", 2), snapshot("B"), update("B", 2)]


def test_a_gap_in_one_book_holds_back_that_book_only() -> None:
    """D3: the others have no snapshot to wait for, so they would be silent for ever."""
    intake = BookIntake([A, B], 10, "gap")
    intake.put(snapshot("A"))
    intake.put(snapshot("B"))
    intake.put_gap(OTHER, "A")
    intake.put(update("A", 1))
    intake.put(update("B", 1))
    intake.put(snapshot("A", 2))
    intake.put(update("A", 3))
    assert rest(intake)[2:] == [OTHER, update("B", 1), snapshot("A", 2), update("A", 3)]


def test_a_book_that_waits_for_its_snapshot_has_no_gap_before_it() -> None:
    intake = BookIntake([A, B], 10, "gap")
    intake.put_gap(OTHER, "A")
    intake.put(snapshot("A"))
    intake.put_gap(OTHER, "A")
    intake.put_gap(LOST, "A")
    intake.put(snapshot("A", 1))
    assert rest(intake) == [snapshot("A"), OTHER, snapshot("A", 1)]


def test_after_an_overflow_every_book_waits_for_its_snapshot() -> None:
    intake = BookIntake([A, B], 2, "gap")
    for message in (snapshot("A"), snapshot("B"), update("A", 1)):
        intake.put(message)
    assert rest(intake)[-1] == Gap(SLOW, 1)
    intake.put(update("A", 2))
    assert not intake.items
    assert intake.lost == 1
    intake.put(snapshot("A", 3))
    assert rest(intake) == [snapshot("A", 3)]


async def test_an_intake_waits_for_each_of_its_subscriptions() -> None:
    intake: Intake[Any] = Intake([A, B], 5, "gap")
    done: list[str] = []

    async def wait() -> None:
        await intake.wait_settled()
        done.append("settled")

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await anyio.lowlevel.checkpoint()
            intake.settled(A, None)
            await anyio.lowlevel.checkpoint()
            assert not done
            intake.settled(B, api_error("Currency pair not supported"))
    assert done == ["settled"]
    assert list(intake.rejected) == [B]


def test_an_intake_of_which_everything_is_refused_ends() -> None:
    """D6: after a reconnect nobody waits for acknowledgements any more, and nothing would ever come."""
    intake: Intake[Any] = Intake([A, B], 5, "gap")
    intake.settled(A, None)
    intake.settled(B, api_error("Currency pair not supported"))
    assert not intake.finished
    intake.settled(A, api_error("EGeneral:Permission denied"))
    assert intake.finished
    assert "A: EGeneral:Permission denied" in str(intake.error)
    assert "B: Currency pair not supported" in str(intake.error)
