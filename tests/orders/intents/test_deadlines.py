"""An order's deadline is pure arithmetic: what the caller has left, in Kraken's time, within Kraken's limits (B9)."""

import math

import pytest

from krakenio import OrderNotSent
from krakenio.orders.intents.deadlines import deadline_ns

NOW = 1_795_392_000_123_456_789
MS = 10**6


@pytest.mark.parametrize(
    ("left", "ahead"),
    [(2.0, 2_000), (0.5, 500), (57.9, 57_900), (58.0, 58_000), (1e9, 58_000), (math.inf, 5_000), (1.2345, 1_234)],
)
def test_a_deadline_lies_as_far_ahead_as_the_caller_allows(left: float, ahead: int) -> None:
    """B9: at most 58 s, 5 s without a scope; cut to milliseconds, never rounded up beyond what the caller allows."""
    assert deadline_ns(left, NOW, None) == (NOW // MS + ahead) * MS


@pytest.mark.parametrize("left", [0.499, 0.0, -1.0, -math.inf])
def test_too_little_time_is_told_with_the_order_that_was_not_sent(left: float) -> None:
    """B9: Kraken refuses less than half a second."""
    with pytest.raises(OrderNotSent, match="nothing was sent") as caught:
        deadline_ns(left, NOW, "mine")
    assert caught.value.cl_ord_id == "mine"
