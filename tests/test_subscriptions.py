"""Subscriptions are pure: acknowledgements in any order, partial failures and variants are fed without any socket."""

import itertools
import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from krakenio import Gap, InvalidRequest
from krakenio.errors import ApiError, DecodeError
from krakenio.streams.mailbox import put_each
from krakenio.subscriptions.batches import Batch
from krakenio.subscriptions.channels import Key
from krakenio.subscriptions.precisions import INSTRUMENT
from krakenio.subscriptions.wanted import ANSWER_WITHIN, Subscriptions

NAMES = ("BTC/USD", "ETH/USD", "SOL/USD")


class Listening:
    """A stream's intake that remembers what it was told."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.gaps: list[tuple[Gap, str | None]] = []
        self.accepted: list[Key] = []
        self.refused: dict[Key, str] = {}

    def put(self, item: Any) -> None:
        self.items.append(item)

    put_run = put_each

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:
        self.gaps.append((gap, symbol))

    def settled(self, key: Key, error: ApiError | None) -> None:
        if error is None:
            self.accepted.append(key)
        else:
            self.refused[key] = str(error)


def ticker(symbol: str) -> Key:
    return Key("ticker", symbol, (("event_trigger", "trades"),))


def book(symbol: str, depth: int = 10) -> Key:
    return Key("book", symbol, (("depth", depth),))


def trades(symbol: str) -> Key:
    return Key("trade", symbol, (("snapshot", False),))


def connected() -> Subscriptions:
    subscriptions = Subscriptions()
    subscriptions.connect()
    return subscriptions


def accept(subscriptions: Subscriptions, batches: Iterable[Batch], now: float = 0.0) -> None:
    for batch in batches:
        for key in batch.keys:
            assert subscriptions.answer(key, batch.method, None, now) is None


def live(*keys: Key) -> tuple[Subscriptions, Listening]:
    """Return subscriptions with one sink whose keys are accepted and have their snapshots."""
    subscriptions, sink = connected(), Listening()
    subscriptions.attach(keys, sink)
    accept(subscriptions, subscriptions.reconcile(0.0))
    for key in keys:
        subscriptions.arrived(key.channel, key.symbol)
    return subscriptions, sink


def methods(subscriptions: Subscriptions, now: float = 0.0) -> list[tuple[str, tuple[str | None, ...]]]:
    return [(batch.method, tuple(key.symbol for key in batch.keys)) for batch in subscriptions.reconcile(now)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_each_symbol_is_acknowledged_on_its_own_in_any_order(order: tuple[int, ...]) -> None:
    """Defect 3: one acknowledgement per symbol; a rejected one neither hides nor stops the others."""
    subscriptions, sink = connected(), Listening()
    keys = [ticker(name) for name in NAMES]
    subscriptions.attach(keys, sink)
    assert methods(subscriptions) == [("subscribe", NAMES)]
    for index in order:
        subscriptions.answer(keys[index], "subscribe", "Currency pair not supported" if index == 1 else None, 0.0)
    assert set(sink.accepted) == {keys[0], keys[2]}
    assert sink.refused == {keys[1]: "Currency pair not supported"}
    assert subscriptions.tables["ticker"].keys() == {NAMES[0], NAMES[2]}
    assert methods(subscriptions) == []


def test_two_sinks_share_a_subscription_and_the_last_one_ends_it() -> None:
    subscriptions, first = live(ticker(NAMES[0]))
    second = Listening()
    subscriptions.attach([ticker(NAMES[0])], second)
    assert second.accepted == [ticker(NAMES[0])]
    assert methods(subscriptions) == []
    assert subscriptions.tables["ticker"][NAMES[0]] == (first, second)
    subscriptions.detach(first)
    assert methods(subscriptions) == []
    subscriptions.detach(second)
    assert methods(subscriptions) == [("unsubscribe", (NAMES[0],))]
    subscriptions.answer(ticker(NAMES[0]), "unsubscribe", None, 0.0)
    assert not subscriptions.tables["ticker"]
    assert not subscriptions.acknowledged
    assert not subscriptions.wanted


def test_a_sink_that_joins_before_the_reply_is_told_with_the_first() -> None:
    subscriptions, first, second = connected(), Listening(), Listening()
    subscriptions.attach([ticker(NAMES[0])], first)
    subscriptions.reconcile(0.0)
    subscriptions.attach([ticker(NAMES[0])], second)
    assert not second.accepted
    subscriptions.answer(ticker(NAMES[0]), "subscribe", None, 0.0)
    assert first.accepted == second.accepted == [ticker(NAMES[0])]


def test_leaving_before_the_reply_unsubscribes_only_after_it() -> None:
    subscriptions, sink = connected(), Listening()
    subscriptions.attach([ticker(NAMES[0])], sink)
    subscriptions.reconcile(0.0)
    subscriptions.detach(sink)
    assert methods(subscriptions) == []  # Kraken may take two messages out of order
    subscriptions.answer(ticker(NAMES[0]), "subscribe", None, 0.0)
    assert methods(subscriptions) == [("unsubscribe", (NAMES[0],))]


def test_a_refusal_of_what_nobody_wants_any_more_is_nothing() -> None:
    """A stream whose entry was cancelled, and then Kraken refuses its symbol: the reader must survive that."""
    subscriptions, sink = connected(), Listening()
    subscriptions.attach([ticker(NAMES[0])], sink)
    subscriptions.reconcile(0.0)
    subscriptions.detach(sink)
    subscriptions.answer(ticker(NAMES[0]), "subscribe", "Currency pair not supported", 0.0)
    assert not subscriptions.tables["ticker"]
    assert methods(subscriptions) == []


def test_leaving_before_anything_was_sent_sends_nothing() -> None:
    subscriptions, sink = connected(), Listening()
    subscriptions.attach([ticker(NAMES[0])], sink)
    subscriptions.detach(sink)
    assert methods(subscriptions) == []
    assert not subscriptions.tables["ticker"]


def test_a_reconnect_sends_everything_wanted_again_in_bulk() -> None:
    """Acknowledgements of the last connection count for nothing; 250 symbols are three requests of at most 100."""
    keys = [ticker(f"A{number}/USD") for number in range(250)]
    subscriptions, sink = live(*keys)
    subscriptions.disconnect(Gap("lost"))
    assert sink.gaps
    assert methods(subscriptions) == []
    subscriptions.connect()
    batches = subscriptions.reconcile(1.0)
    assert [len(batch.keys) for batch in batches] == [100, 100, 50]
    assert [key for batch in batches for key in batch.keys] == keys
    assert not subscriptions.is_live(keys[0])


def test_a_snapshot_that_came_ahead_of_its_acknowledgement_is_lost_with_the_connection() -> None:
    """D3, D5: a book that was entered by it must not stay valid."""
    subscriptions, sink = connected(), Listening()
    subscriptions.attach([book(NAMES[0]), book(NAMES[1])], sink)
    subscriptions.reconcile(0.0)
    subscriptions.arrived("book", NAMES[0])
    subscriptions.disconnect(Gap("lost"))
    assert sink.gaps == [(Gap("lost"), NAMES[0])]  # of the other one nothing has come that could be missed


@pytest.mark.parametrize("ending", ["answer", "no answer", "disconnect"])
def test_who_comes_while_a_subscription_is_being_left_hears_nothing_of_its_end(ending: str) -> None:
    """A stream that begins with a gap would fail whoever reads with `gaps="raise"`."""
    key = ticker(NAMES[0])
    subscriptions, first = live(key)
    subscriptions.detach(first)
    batches, second = subscriptions.reconcile(1.0), Listening()
    subscriptions.attach([key], second)
    assert not subscriptions.tables["ticker"][NAMES[0]], "what comes now is of the old one"
    subscriptions.spoilt(DecodeError("odd", channel="ticker"), 1.0)
    if ending == "no answer":
        subscriptions.overdue(1.0 + ANSWER_WITHIN)
        batches = subscriptions.reconcile(1.0 + ANSWER_WITHIN)
    if ending == "disconnect":
        subscriptions.disconnect(Gap("lost"))
        subscriptions.connect()
    else:
        accept(subscriptions, batches)
    assert subscriptions.tables["ticker"][NAMES[0]] == (second,)
    assert methods(subscriptions) == [("subscribe", (NAMES[0],))]
    assert (second.gaps, second.accepted) == ([], [])


def test_who_comes_while_a_refresh_that_nobody_waits_for_is_on_its_way_hears_nothing_of_the_end_before() -> None:
    """D3: it would begin with a gap."""
    subscriptions, first, second, key = connected(), Listening(), Listening(), trades(NAMES[0])
    subscriptions.attach([key], first)
    subscriptions.reconcile(0)
    subscriptions.answer(key, "subscribe", None, 0)
    subscriptions.refresh("trade", NAMES[0])
    subscriptions.reconcile(1)
    subscriptions.detach(first)
    subscriptions.attach([key], second)
    assert subscriptions.tables["trade"][NAMES[0]] == ()
    subscriptions.answer(key, "unsubscribe", None, 2)
    assert subscriptions.tables["trade"][NAMES[0]] == (second,)
    assert second.gaps == []


def test_who_comes_before_a_subscription_is_left_shares_it() -> None:
    key = ticker(NAMES[0])
    subscriptions, first = live(key)
    subscriptions.detach(first)
    second = Listening()
    subscriptions.attach([key], second)
    assert methods(subscriptions) == []
    assert (subscriptions.tables["ticker"][NAMES[0]], second.accepted) == ((second,), [key])


def test_what_nobody_wants_is_not_sent_again() -> None:
    subscriptions, sink = live(ticker(NAMES[0]))
    subscriptions.detach(sink)
    subscriptions.reconcile(0.0)
    subscriptions.disconnect(Gap("lost"))
    subscriptions.connect()
    assert methods(subscriptions) == []
    assert not subscriptions.tables["ticker"]


def test_a_refresh_is_one_unsubscribe_and_after_its_reply_one_subscribe() -> None:
    """Defect 8: only that symbol, once, however often it is asked for."""
    key = book(NAMES[0])
    subscriptions, _ = live(key, book(NAMES[1]))
    for _ in range(3):
        subscriptions.refresh("book", NAMES[0])
    assert methods(subscriptions) == [("unsubscribe", (NAMES[0],))]
    subscriptions.refresh("book", NAMES[0])
    assert methods(subscriptions) == []
    subscriptions.answer(key, "unsubscribe", None, 0.0)
    assert methods(subscriptions) == [("subscribe", (NAMES[0],))]
    subscriptions.answer(key, "subscribe", None, 0.0)
    subscriptions.arrived("book", NAMES[0])
    assert subscriptions.is_live(key)
    assert methods(subscriptions) == []


def test_a_refresh_shows_every_sink_that_it_missed_something() -> None:
    """D3: between the unsubscription and the new snapshot updates are lost, for whoever shares the subscription."""
    key = book(NAMES[0])
    subscriptions, first = live(key, book(NAMES[1]))
    second = Listening()
    subscriptions.attach([key], second)
    subscriptions.refresh("book", NAMES[0])
    accept(subscriptions, subscriptions.reconcile(0.0))
    assert [symbol for _, symbol in first.gaps] == [symbol for _, symbol in second.gaps] == [NAMES[0]]


def test_a_refresh_that_nobody_waits_for_any_more_ends_unsubscribed() -> None:
    key = book(NAMES[0])
    subscriptions, sink = live(key)
    subscriptions.refresh("book", NAMES[0])
    subscriptions.reconcile(0.0)
    subscriptions.detach(sink)
    subscriptions.answer(key, "unsubscribe", None, 0.0)
    assert methods(subscriptions) == []
    assert not subscriptions.tables["book"]


def test_two_variants_of_a_symbol_cannot_be_had_at_once() -> None:
    """Kraken's book messages do not tell their depth."""
    subscriptions, _ = live(book(NAMES[0], 10))
    sink = Listening()
    with pytest.raises(InvalidRequest, match=r"BTC/USD book is subscribed with .*10.*second session"):
        subscriptions.attach([book(NAMES[1], 25), book(NAMES[0], 25)], sink)
    assert methods(subscriptions) == []  # not even the symbol that was fine
    assert subscriptions.tables["book"].keys() == {NAMES[0]}


def test_another_variant_waits_until_the_first_is_unsubscribed() -> None:
    subscriptions, first = live(book(NAMES[0], 10))
    subscriptions.detach(first)
    second = Listening()
    subscriptions.attach([book(NAMES[0], 25)], second)
    assert methods(subscriptions) == [("unsubscribe", (NAMES[0],))]
    subscriptions.answer(book(NAMES[0], 10), "unsubscribe", None, 0.0)
    [batch] = subscriptions.reconcile(0.0)
    assert (batch.method, batch.keys) == ("subscribe", (book(NAMES[0], 25),))
    subscriptions.answer(book(NAMES[0], 25), "subscribe", None, 0.0)
    assert second.accepted == [book(NAMES[0], 25)]
    assert subscriptions.tables["book"][NAMES[0]] == (second,)


def test_a_variant_that_is_given_up_while_it_waits_leaves_the_first_in_order() -> None:
    subscriptions, first = live(book(NAMES[0], 10))
    subscriptions.detach(first)
    second = Listening()
    subscriptions.attach([book(NAMES[0], 25)], second)
    subscriptions.reconcile(0.0)
    subscriptions.detach(second)
    subscriptions.answer(book(NAMES[0], 10), "unsubscribe", None, 0.0)
    assert methods(subscriptions) == []
    assert not subscriptions.tables["book"]


def test_the_first_variant_can_come_back_after_another_was_given_up() -> None:
    subscriptions, first = live(book(NAMES[0], 10))
    subscriptions.detach(first)
    second, third = Listening(), Listening()
    subscriptions.attach([book(NAMES[0], 25)], second)
    subscriptions.reconcile(0.0)
    subscriptions.detach(second)
    subscriptions.attach([book(NAMES[0], 10)], third)
    subscriptions.answer(book(NAMES[0], 10), "unsubscribe", None, 0.0)
    accept(subscriptions, subscriptions.reconcile(0.0))
    assert third.accepted == [book(NAMES[0], 10)]
    assert subscriptions.tables["book"][NAMES[0]] == (third,)


def test_a_third_variant_waits_for_the_first_when_the_second_was_given_up() -> None:
    subscriptions, first = live(book(NAMES[0], 10))
    subscriptions.detach(first)
    second, third = Listening(), Listening()
    subscriptions.attach([book(NAMES[0], 25)], second)
    subscriptions.detach(second)
    subscriptions.attach([book(NAMES[0], 100)], third)
    assert methods(subscriptions) == [("unsubscribe", (NAMES[0],))]


def test_what_comes_while_another_variant_is_still_to_be_left_is_that_ones() -> None:
    """D5, G6: messages do not tell their variant, so until Kraken has let go of the first none is the second's."""
    subscriptions, first, second = connected(), Listening(), Listening()
    subscriptions.attach([book(NAMES[0], 10)], first)
    accept(subscriptions, subscriptions.reconcile(0.0))
    subscriptions.detach(first)
    subscriptions.attach([book(NAMES[0], 25)], second)
    assert subscriptions.tables["book"][NAMES[0]] == ()
    subscriptions.arrived("book", NAMES[0])
    assert subscriptions.is_live(book(NAMES[0], 10))
    accept(subscriptions, subscriptions.reconcile(0.0))
    assert subscriptions.tables["book"][NAMES[0]] == (second,)
    accept(subscriptions, subscriptions.reconcile(0.0))
    assert not subscriptions.is_live(book(NAMES[0], 25))
    assert subscriptions.overdue(ANSWER_WITHIN) == [book(NAMES[0], 25)]


def test_a_variant_that_waited_for_another_is_told_what_comes_on_the_next_connection() -> None:
    subscriptions, first = live(book(NAMES[0], 10))
    subscriptions.detach(first)
    second = Listening()
    subscriptions.attach([book(NAMES[0], 25)], second)
    subscriptions.disconnect(Gap("lost"))
    subscriptions.connect()
    assert subscriptions.tables["book"][NAMES[0]] == (second,)
    assert methods(subscriptions) == [("subscribe", (NAMES[0],))]


def test_a_subscription_whose_snapshot_came_ahead_of_its_acknowledgement_is_live_and_not_acknowledged() -> None:
    subscriptions, key = connected(), ticker(NAMES[0])
    subscriptions.attach([key], Listening())
    batches = subscriptions.reconcile(0.0)
    assert not subscriptions.is_live(key)
    subscriptions.arrived("ticker", NAMES[0])
    assert (subscriptions.is_live(key), subscriptions.is_acknowledged(key)) == (True, False)
    accept(subscriptions, batches)
    assert (subscriptions.is_live(key), subscriptions.is_acknowledged(key)) == (True, True)


def test_a_subscription_that_is_to_begin_anew_is_not_live_though_nothing_is_sent_yet() -> None:
    """A request may have to wait for the pace, or for a writer that is stuck."""
    subscriptions, key = connected(), ticker(NAMES[0])
    subscriptions.attach([key], Listening())
    subscriptions.reconcile(0)
    subscriptions.answer(key, "subscribe", None, 0)
    subscriptions.arrived("ticker", NAMES[0])
    subscriptions.refresh("ticker", NAMES[0])
    assert not subscriptions.is_live(key)


def test_a_frame_whose_symbols_cannot_be_read_is_told_to_its_whole_channel_and_what_adds_up_begins_anew_once() -> None:
    """D3, D5: any of the channel's symbols may miss a row now, and no checksum shows what lies below the ten best."""
    keys = [book(NAMES[0]), book(NAMES[1], 25), ticker(NAMES[0]), trades(NAMES[0])]
    subscriptions, sink = live(*keys)
    for now in (30.0, 31.0):
        subscriptions.spoilt(DecodeError("odd", channel="book"), now)
    gap = Gap("a message of book could not be read")
    assert sink.gaps == [(gap, NAMES[0]), (gap, NAMES[1])] * 2
    assert methods(subscriptions, 31.0) == [("unsubscribe", (NAMES[0],)), ("unsubscribe", (NAMES[1],))]
    for channel in (None, "status"):  # nobody knows whose it was, or it is nobody's
        subscriptions.spoilt(DecodeError("odd", channel=channel), 32.0)
    assert len(sink.gaps) == 4


def test_a_frame_that_cannot_be_read_is_told_ahead_of_the_acknowledgement_too_but_not_to_what_was_not_sent() -> None:
    """D3: Kraken sends rows as soon as it has taken a subscription."""
    subscriptions, sink, late = connected(), Listening(), Listening()
    subscriptions.attach([trades(NAMES[0])], sink)
    subscriptions.reconcile(0.0)
    subscriptions.attach([trades(NAMES[1])], late)
    subscriptions.spoilt(DecodeError("odd", channel="trade", symbols=NAMES), 0.0)
    assert [symbol for _, symbol in sink.gaps] == [NAMES[0]]
    assert not late.gaps


def test_what_is_not_answered_in_time_is_repeated_once_each_time() -> None:
    """G6."""
    subscriptions, sink = connected(), Listening()
    subscriptions.attach([ticker(NAMES[0])], sink)
    assert len(methods(subscriptions, 0.0)) == 1
    assert subscriptions.overdue(ANSWER_WITHIN - 0.1) == []
    assert subscriptions.overdue(ANSWER_WITHIN) == [ticker(NAMES[0])]
    assert methods(subscriptions, ANSWER_WITHIN) == [("subscribe", (NAMES[0],))]
    assert subscriptions.overdue(ANSWER_WITHIN + 0.1) == []


def test_an_acknowledgement_without_its_snapshot_is_repeated() -> None:
    """G6: unsubscribed and subscribed again, since a second subscribe would be refused as a duplicate."""
    subscriptions, sink = connected(), Listening()
    subscriptions.attach([ticker(NAMES[0]), trades(NAMES[1])], sink)
    accept(subscriptions, subscriptions.reconcile(0.0), now=1.0)
    assert subscriptions.overdue(1.0 + ANSWER_WITHIN) == [ticker(NAMES[0])]  # trades promised no snapshot
    assert methods(subscriptions) == [("unsubscribe", (NAMES[0],))]


@pytest.mark.parametrize("error", ["EService:Unavailable", "Exceeded msg rate", "EGeneral:Internal error"])
def test_a_refusal_that_may_pass_is_repeated_without_spinning(error: str) -> None:
    subscriptions, sink = connected(), Listening()
    subscriptions.attach([ticker(NAMES[0])], sink)
    sent = 0
    for second in range(100):
        subscriptions.overdue(float(second))
        for batch in subscriptions.reconcile(float(second)):
            sent += 1
            for key in batch.keys:
                subscriptions.answer(key, batch.method, error, float(second))
    assert 9 <= sent <= 11
    assert not sink.refused  # still waited for


@pytest.mark.parametrize(
    ("method", "error"), [("subscribe", "Already subscribed"), ("unsubscribe", "Subscription Not Found")]
)
def test_what_is_so_already_counts_as_done(method: str, error: str) -> None:
    subscriptions, sink = connected(), Listening()
    subscriptions.attach([ticker(NAMES[0])], sink)
    subscriptions.reconcile(0.0)
    if method == "unsubscribe":
        subscriptions.answer(ticker(NAMES[0]), "subscribe", None, 0.0)
        subscriptions.detach(sink)
        subscriptions.reconcile(0.0)
    assert subscriptions.answer(ticker(NAMES[0]), method, error, 0.0) is None  # type: ignore[arg-type]
    assert subscriptions.acknowledged == (method == "subscribe")


def test_a_stale_reply_changes_nothing() -> None:
    """The reply to a repeated request, and one of a connection before, find nothing that waits for them."""
    subscriptions, sink = live(ticker(NAMES[0]))
    subscriptions.answer(ticker(NAMES[0]), "unsubscribe", None, 0.0)
    subscriptions.answer(ticker(NAMES[0]), "subscribe", "Currency pair not supported", 0.0)
    subscriptions.answer(ticker("NOT/HERE"), "subscribe", None, 0.0)
    assert subscriptions.is_live(ticker(NAMES[0]))
    assert not sink.refused


def test_a_request_says_what_kraken_needs_and_an_unsubscribe_repeats_the_identity() -> None:
    key = book(NAMES[0], 25)
    assert Batch("subscribe", (key,)).params() == {"channel": "book", "symbol": [NAMES[0]], "depth": 25}
    assert Batch("unsubscribe", (key,)).params() == {"channel": "book", "symbol": [NAMES[0]], "depth": 25}
    assert Batch("unsubscribe", (trades(NAMES[0]),)).params() == {"channel": "trade", "symbol": [NAMES[0]]}
    executions = Batch("subscribe", (Key("executions", None),)).params()
    assert executions == {"channel": "executions", "snap_orders": True, "snap_trades": True, "ratecounter": True}
    assert Batch("unsubscribe", (Key("executions", None),)).params() == {"channel": "executions"}
    assert Batch("unsubscribe", (INSTRUMENT,)).params() == {"channel": "instrument"}


def test_symbols_with_other_parameters_go_into_other_requests() -> None:
    subscriptions, sink = connected(), Listening()
    subscriptions.attach([book(NAMES[0], 10), book(NAMES[1], 25), book(NAMES[2], 10)], sink)
    assert methods(subscriptions) == [("subscribe", (NAMES[0], NAMES[2])), ("subscribe", (NAMES[1],))]


def calls_of(act: Callable[[], object]) -> int:
    """Count the function calls that something makes: a cost that no other load on the machine changes."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def a_life(symbols: int) -> None:
    keys = [book(f"A{number}/USD") for number in range(symbols)]
    subscriptions, sink = live(*keys)
    subscriptions.overdue(1.0)
    subscriptions.disconnect(Gap("lost"))
    subscriptions.connect()
    accept(subscriptions, subscriptions.reconcile(1.0))
    subscriptions.detach(sink)
    accept(subscriptions, subscriptions.reconcile(2.0))
    assert not subscriptions.tables["book"]


def test_the_cost_is_linear_in_symbols() -> None:
    """1 450 symbols are all that Kraken lists."""
    assert calls_of(lambda: a_life(1450)) <= 11 * calls_of(lambda: a_life(145))


def level3(number: int, depth: int = 10) -> Key:
    return Key("level3", f"S{number}/USD", (("depth", depth),))


@pytest.mark.parametrize(("depth", "at_once"), [(10, 40), (100, 8), (1000, 2)])
def test_level3_is_subscribed_as_fast_as_its_budget_allows(depth: int, at_once: int) -> None:
    """200 a second (ws-v2 level3): what does not fit waits, and goes out as the budget fills up."""
    subscriptions, keys = connected(), [level3(number, depth) for number in range(2 * at_once + 1)]
    subscriptions.attach(keys, Listening())
    sent = [[key for batch in subscriptions.reconcile(now) for key in batch.keys] for now in (0.0, 0.0, 1.0, 1.5, 9.0)]
    assert [len(keys) for keys in sent] == [at_once, 0, at_once, 1, 0]
    assert list(itertools.chain(*sent)) == keys


def test_a_reconnect_does_not_fill_the_budget_of_the_account() -> None:
    subscriptions, keys = connected(), [level3(number) for number in range(40)]
    subscriptions.attach(keys, Listening())
    subscriptions.reconcile(0.0)
    subscriptions.disconnect(Gap("lost"))
    subscriptions.connect()
    assert [len(batch.keys) for batch in subscriptions.reconcile(0.5)] == [20]


def test_the_201st_symbol_of_level3_is_refused_before_anything_is_sent() -> None:
    subscriptions = connected()
    subscriptions.attach([level3(number) for number in range(199)], Listening())
    with pytest.raises(InvalidRequest, match="200 symbols a connection; 199 are subscribed and 2 more"):
        subscriptions.attach([level3(0), level3(199), level3(200)], Listening())
    subscriptions.attach([level3(0), level3(199)], Listening())
    assert len(subscriptions.tables["level3"]) == 200


def test_the_200_symbols_of_level3_make_room_for_others_only_when_kraken_has_let_go_of_them() -> None:
    """Kraken may take the messages of one connection out of order, and would refuse what is one too many."""
    subscriptions, old = connected(), Listening()
    before, after = [level3(number) for number in range(200)], [level3(number) for number in range(200, 400)]
    subscriptions.attach(before, old)
    for now in range(6):
        accept(subscriptions, subscriptions.reconcile(now), now)
    subscriptions.detach(old)
    subscriptions.attach(after, Listening())
    assert {batch.method for batch in subscriptions.reconcile(100.0)} == {"unsubscribe"}
    for key in before[:3]:
        subscriptions.answer(key, "unsubscribe", None, 100.0)
    assert methods(subscriptions, 100.0) == [("subscribe", tuple(key.symbol for key in after[:3]))]
    for now in range(101, 110):
        for key in before[3:]:
            subscriptions.answer(key, "unsubscribe", None, now)
        accept(subscriptions, subscriptions.reconcile(now), now)
    assert len(subscriptions.tables["level3"]) == 200


def test_leaving_changes_no_list_that_the_router_may_be_walking() -> None:
    """A stream that is dropped unclosed is finalized anywhere, also between two sinks of one message."""
    subscriptions, first = live(ticker(NAMES[0]))
    second = Listening()
    subscriptions.attach([ticker(NAMES[0])], second)
    walked: list[object] = []
    for sink in subscriptions.tables["ticker"][NAMES[0]]:
        subscriptions.detach(first)
        walked.append(sink)
    assert walked == [first, second]
    assert subscriptions.tables["ticker"][NAMES[0]] == (second,)
