"""The switch's countdown from here never ends later than Kraken's own, whatever the way there takes."""

from hypothesis import given
from hypothesis import strategies as st

from krakenio.orders.switches.countdown import Countdown

SECONDS = st.floats(0, 1000, allow_nan=False)


@given(st.integers(1, 86_399), SECONDS, SECONDS)
def test_it_fires_no_later_than_krakens_which_began_when_the_request_arrived(
    timeout: int, sent_at: float, travel: float
) -> None:
    countdown = Countdown(timeout)
    countdown.armed(sent_at)
    assert countdown.fires_at is not None
    assert countdown.fires_at <= sent_at + travel + timeout


@given(st.integers(1, 86_399), SECONDS)
def test_a_failed_try_leaves_time_for_another_within_the_third_and_the_warning_comes_before_the_end(
    timeout: int, sent_at: float
) -> None:
    countdown = Countdown(timeout)
    countdown.armed(sent_at)
    due_at, late_at, fires_at = countdown.due_at, countdown.late_at, countdown.fires_at
    assert due_at is not None
    assert late_at is not None
    assert fires_at is not None
    assert due_at + countdown.patience <= sent_at + timeout / 3 + 1e-6
    assert sent_at + timeout / 3 < late_at < fires_at


def test_what_is_off_has_no_times() -> None:
    countdown = Countdown(60)
    countdown.armed(0.0)
    countdown.off()
    assert (countdown.due_at, countdown.late_at, countdown.fires_at) == (None, None, None)


def test_what_had_no_answer_may_have_armed_it_for_a_timeout() -> None:
    countdown = Countdown(60)
    countdown.asked(0.0)
    assert [countdown.may_fire_after(now) for now in (0.0, 59.0, 60.0)] == [True, True, False]
    countdown.armed(70.0)
    countdown.off()
    assert not countdown.may_fire_after(71.0)
    countdown.asked(80.0)
    countdown.disarmed()
    assert not countdown.may_fire_after(81.0)
