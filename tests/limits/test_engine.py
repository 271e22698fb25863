"""The matching engine's counter against a slow reference that shares nothing with it, and Kraken's own examples."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio.limits.costs import AGES, Cost, cost_of
from krakenio.limits.engine import HEADROOM, TIERS, Charge, EngineCounter, tier_of
from krakenio.sim.accounts.limits import open_tier
from tests.limits.reference import COSTS, TEN, SlowCounter, costs

PAIR = "BTC/USD"
METHODS = sorted(COSTS)
AN_AGE = st.one_of(st.sampled_from([*map(int, AGES), 0]).map(Fraction), st.fractions(0, 400, max_denominator=1000))
AGED = st.lists(AN_AGE, min_size=1, max_size=5)
A_BIT = Fraction(1, 7_000_003)  # keeps programs off the exact edge of ten seconds, where floats may fall on either side
STEP = st.one_of(
    st.tuples(st.just("wait"), st.fractions(0, 60, max_denominator=1000)),
    st.tuples(st.just("hold"), st.sampled_from(METHODS), AGED),
    st.tuples(st.just("write"), st.integers(0, 9)),
    st.tuples(st.just("withdraw"), st.integers(0, 9)),
    st.tuples(st.just("accept"), st.integers(0, 9)),
    st.tuples(st.just("refuse"), st.integers(0, 9)),
    st.tuples(st.just("told"), st.fractions(0, 200, max_denominator=100)),
)


def counter(tier: int = 0) -> EngineCounter:
    made = EngineCounter()
    made.told_threshold(TIERS[tier].threshold)
    return made


class Pair:
    """Drive both counters through the same program."""

    def __init__(self, tier: int) -> None:
        self.quick, self.slow = counter(tier), SlowCounter(Fraction(str(TIERS[tier].decay)))
        self.held: list[Charge] = []
        self.written: list[Charge] = []

    @property
    def now(self) -> float:
        return float(self.slow.now)

    def take(self, charges: list[Charge], index: int) -> tuple[Charge, int] | None:
        if not charges:
            return None
        at = index % len(charges)
        return charges.pop(at), at

    def step(self, name: str, *args: Any) -> None:
        getattr(self, name)(*args)

    def wait(self, seconds: Fraction) -> None:
        end = self.slow.now + seconds + A_BIT
        pairs = zip(self.written, self.slow.sent, strict=True)
        self.written = [charge for charge, sent in pairs if end - sent.at <= TEN]
        self.slow.wait(seconds + A_BIT)

    def hold(self, method: str, ages: list[Fraction]) -> None:
        self.held.append(self.quick.hold(PAIR, cost_of(method, [float(age) for age in ages])))
        assert [*map(Fraction, self.held[-1].cost)] == [*costs(method, ages)]

    def write(self, index: int) -> None:
        if taken := self.take(self.held, index):
            taken[0].written(self.now)
            self.written.append(taken[0])
            cost = taken[0].cost
            self.slow.write(Fraction(cost.fixed), Fraction(cost.aged))

    def withdraw(self, index: int) -> None:
        if taken := self.take(self.held, index):
            taken[0].withdrawn()

    def accept(self, index: int) -> None:
        if taken := self.take(self.written, index):
            taken[0].counted(self.now)
            self.slow.answer(taken[1], refused=False)

    def refuse(self, index: int) -> None:
        if taken := self.take(self.written, index):
            taken[0].refused(self.now)
            self.slow.answer(taken[1], refused=True)

    def told(self, count: Fraction) -> None:
        self.quick.told(PAIR, float(count), self.now)
        self.slow.told(min(count, Fraction(self.quick.tier.most)))

    def agrees(self) -> None:
        held = sum(charge.cost.total for charge in self.held)
        assert self.quick.predicted(PAIR, self.now) == pytest.approx(float(self.slow.value) + held, abs=1e-6)


@given(st.sampled_from([0, 1, 2]), st.lists(STEP, max_size=40))
def test_the_count_is_that_of_the_definition(tier: int, program: list[tuple[Any, ...]]) -> None:
    pair = Pair(tier)
    for step in program:
        pair.step(*step)
        pair.agrees()


@given(st.sampled_from([0, 1, 2]), st.lists(STEP, max_size=20), st.sampled_from(METHODS), AGED)
def test_after_the_wait_that_is_told_there_is_room_and_not_before(
    tier: int, program: list[tuple[Any, ...]], method: str, ages: list[Fraction]
) -> None:
    pair = Pair(tier)
    for step in program:
        pair.step(*step)
    for charge in pair.held:
        charge.withdrawn()  # what is queued or on its way does not decay
    while pair.written:
        pair.accept(0)
    cost, room = cost_of(method, [float(age) for age in ages]).total, TIERS[tier].threshold - HEADROOM
    seconds = pair.quick.seconds_until_free(PAIR, cost, pair.now)
    pair.slow.wait(Fraction(seconds))
    assert float(pair.slow.value) + cost <= room + 1e-6
    assert seconds == 0 or float(pair.slow.value) + cost == pytest.approx(room, abs=1e-6)


def test_krakens_own_example_of_an_order_amended_and_cancelled_costs_eight() -> None:
    """limits.md A.3: add, amend after 7 s, cancel 36 s after the amend, without decay."""
    assert [cost_of("add_order").total, cost_of("amend_order", [7]).total, cost_of("cancel_order", [36]).total] == [
        1,
        3,
        4,
    ]


def test_krakens_own_example_of_a_burst_of_fifty_leaves_26_6() -> None:
    """limits.md A.3: 50 adds, then 10 s idle, Intermediate."""
    burst = counter(1)
    for _ in range(50):
        add = burst.hold(PAIR, cost_of("add_order"))
        add.written(0.0)
        add.counted(0.0)
    assert burst.predicted(PAIR, 10.0) == pytest.approx(26.6)


def test_a_batch_costs_half_to_add_and_each_orders_age_to_cancel() -> None:
    assert cost_of("batch_add", [0.0] * 15) == Cost(7.5)
    assert cost_of("batch_cancel", [1, 1, 400, 12]) == Cost(0, 21)


@pytest.mark.parametrize("name", ["starter", "intermediate", "pro"])
def test_a_tier_is_what_the_exchange_keeps(name: Any) -> None:
    kept = open_tier(name, lambda: 0, enforced=True)
    assert tier_of(kept.engine_limit) == (kept.engine_limit, kept.engine_decay, kept.open_orders)


@pytest.mark.parametrize(("told", "decay"), [(10, 1.0), (100, 1.0), (150, 2.34), (500, 3.75)])
def test_a_threshold_of_no_known_tier_is_believed_with_the_next_lower_decay(told: int, decay: float) -> None:
    assert tier_of(told)[:2] == (told, decay)


def test_a_request_that_fits_never_is_let_in_at_zero() -> None:
    crowd = counter()
    assert crowd.seconds_until_free(PAIR, 400, 0.0) == 0
    crowd.hold(PAIR, Cost(5)).written(0.0)
    assert crowd.seconds_until_free(PAIR, 400, 0.0) == 5.0


def test_a_refusal_for_the_rate_lifts_the_count_to_the_threshold_at_least() -> None:
    behind = counter()
    behind.exceeded(PAIR, 0.0)
    assert behind.seconds_until_free(PAIR, 1, 0.0) == 2.0


def test_what_the_cancel_of_all_open_orders_comes_to_is_believed() -> None:
    """Such a batch is taken from below the threshold on, whatever it costs (limits.md A.2)."""
    left = counter()
    left.told(PAIR, 59 + 60 * 8, 0.0)
    assert left.predicted(PAIR, 0.0) == 59 + 60 * 8


def test_a_count_that_no_requests_come_to_holds_nothing_up_for_ever() -> None:
    """A number of Kraken's, but an order without a deadline would wait for it without an end."""
    lied_to = counter()
    lied_to.told(PAIR, 1e20, 0.0)
    assert lied_to.seconds_until_free(PAIR, 1, 0.0) == 60 + 60 * 8 - 59 + 1


def test_what_was_never_answered_falls_with_time_too() -> None:
    """Though nothing is written or told any more: else what a connection took along would hold a pair up for ever."""
    cut_off = counter()
    for moment in (0.0, 1.0):
        cut_off.hold(PAIR, Cost(8)).written(moment)
    assert cut_off.predicted(PAIR, 10.0) == 16
    assert [cut_off.predicted(PAIR, now) for now in (10.5, 12.0, 20.0, 30.0)] == [15.5, 14.0, 6.0, 0.0]


def test_pairs_do_not_share_a_counter() -> None:
    two = counter()
    two.hold(PAIR, Cost(50)).written(0.0)
    assert two.predicted("ETH/USD", 0.0) == 0
