"""Kraken's time is learnt from its replies, as NTP does; no clock that somebody sets spoils it (B9)."""

import pytest

from krakenio.clock import Skew

S = 10**9
MS = 10**6


def hear(skew: Skew, at: int, offset: int, way: int = 10 * MS, back: int = 10 * MS) -> None:
    """Let a reply come whose ways took so long."""
    theirs = at + way + offset
    skew.observe(at, at + way + back, theirs, theirs)


def test_the_reply_with_the_shortest_way_tells_best() -> None:
    skew = Skew()
    assert not skew.known
    hear(skew, 0, 3 * S, way=200 * MS, back=10 * MS)
    assert (skew.known, skew.offset) == (True, 3 * S + 95 * MS)
    hear(skew, S, 3 * S)
    assert skew.offset == 3 * S
    hear(skew, 2 * S, 3 * S, way=10 * MS, back=400 * MS)
    assert skew.offset == 3 * S


def test_a_reply_that_took_no_time_or_less_tells_nothing() -> None:
    skew = Skew()
    skew.observe(10, 20, 100, 90)
    skew.observe(10, 20, 100, 120)
    assert not skew.known


@pytest.mark.parametrize("step", [30 * S, -30 * S, 200 * MS])
def test_a_clock_that_was_set_is_believed_when_a_second_reply_says_so(step: int) -> None:
    """Those from before were faster on their way, and would count for sixteen replies more."""
    skew = Skew()
    for at in range(16):
        hear(skew, at * S, 3 * S, way=5 * MS, back=5 * MS)
    hear(skew, 20 * S, 3 * S + step)
    assert skew.offset == 3 * S, "one may be wrong"
    hear(skew, 21 * S, 3 * S + step)
    assert skew.offset == 3 * S + step


def test_single_replies_that_are_wrong_change_nothing() -> None:
    skew = Skew()
    hear(skew, 0, 3 * S)
    for at in range(1, 30, 3):
        hear(skew, at * S, at * 100 * S)
        hear(skew, (at + 1) * S, -at * 100 * S)
        hear(skew, (at + 2) * S, 3 * S)
    assert skew.offset == 3 * S


def test_clocks_that_drift_apart_contradict_nobody() -> None:
    skew = Skew()
    for at in range(16):
        hear(skew, at * S, 3 * S + at * 3 * MS, way=9 * MS, back=9 * MS)
    hear(skew, 17 * S, 3 * S + 48 * MS, way=5 * MS, back=5 * MS)
    assert skew.offset == 3 * S + 48 * MS
