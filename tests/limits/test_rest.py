"""The REST counter against a slow one that keeps every call, and what each call costs."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio.limits.rest import HEADROOM, TIERS, Rate, RestCounter, cost_of, waits

CALLS = st.lists(st.tuples(st.floats(0, 30), st.sampled_from([0, 1, 2, 4])), max_size=40)


def slow(calls: list[tuple[float, float]], rate: Rate, now: float) -> float:
    """Return the count by walking through all calls, one after the other."""
    value = 0.0
    times = [*(at for at, _ in calls), now]
    for (_, cost), (earlier, later) in zip(calls, pairwise(times), strict=True):
        value = max(0.0, value + cost - rate.decay * (later - earlier))
    return value


@given(CALLS, st.sampled_from(list(TIERS)), st.sampled_from([1, 2, 4]))
def test_what_waits_as_it_is_told_is_never_refused_and_never_waits_too_long(
    steps: list[tuple[float, float]], tier: str, last: float
) -> None:
    counter, now, made = RestCounter(TIERS[tier]), 0.0, list[tuple[float, float]]()
    for pause, cost in [*steps, (0.0, last)]:
        now += pause
        seconds = counter.wait(cost, now)
        if seconds > 0:
            assert slow(made, TIERS[tier], now + seconds * 0.99) + cost > TIERS[tier].most - HEADROOM - 1e-6
        now += seconds
        assert slow(made, TIERS[tier], now) + cost <= TIERS[tier].most + 1e-6
        counter.spend(cost, now)
        made.append((now, cost))


def test_what_was_not_sent_is_taken_back_and_a_refusal_fills_the_counter() -> None:
    counter = RestCounter(Rate(10, 1.0))
    counter.spend(8, 0.0)
    assert counter.wait(4, 0.0) == 2 + HEADROOM
    counter.refund(8, 0.0)
    assert counter.wait(10, 0.0) == 0
    counter.exceeded(0.0)
    assert counter.wait(1, 0.0) == 1 + HEADROOM
    assert counter.wait(0, 0.0) == 0


def test_a_clock_that_goes_back_frees_nothing() -> None:
    counter = RestCounter(Rate(10, 1.0))
    counter.spend(10, 100.0)
    assert counter.wait(1, 50.0) == 1 + HEADROOM


@pytest.mark.parametrize(
    ("path", "cost", "held_back"),
    [
        ("/0/private/Balance", 1, True),
        ("/0/private/Ledgers", 4, True),
        ("/0/private/ClosedOrders", 2, True),
        ("/0/private/AddOrder", 0, True),
        ("/0/private/Earn/Allocate", 1, True),
        ("/0/private/GetWebSocketsToken", 1, False),
        ("/0/private/CancelAllOrdersAfter", 1, False),
    ],
)
def test_calls_cost_what_kraken_says(path: str, cost: float, held_back: bool) -> None:  # noqa: FBT001
    assert (cost_of(path), waits(path)) == (cost, held_back)
