"""Derive an order's deadline from its caller's cancel scope (contract B9): seconds go in, Kraken's time comes out.

With it, how long anything about an order is waited for.
"""

import math

from krakenio.errors import OrderNotSent

LEAST = 0.5
MOST = 58.0
"""Seconds ahead that an order's `deadline` may be: Kraken takes 60 by its own clock, of which our idea may be ahead."""

LEAST_OVER_REST = 2.5
"""Seconds: REST takes a deadline of 2 s ahead and more, and half a second is for the way there."""

WITHOUT_SCOPE = 5.0
"""Seconds: Kraken's own default, sent explicitly so that the library knows it."""

REPLY_WITHIN = 10.0
"""Seconds that a reply may take beyond an order's deadline; then its outcome is told to be unknown. Nothing hangs."""

MARGIN = 2.0
"""Seconds after the deadline until Kraken's tables are believed: a new order can be missing from them for a moment."""

CLOCKS = 2 * 10**9
"""Nanoseconds by which our idea of Kraken's time may be ahead of the time that Kraken notes for what it does."""

REPLY_AFTER_REPORT = 1.0
"""Seconds that a reply may take once an order's report has shown what came of it; then the report is believed."""


def deadline_ns(seconds_left: float, now: int, cl_ord_id: str | None, least: float = LEAST) -> int:
    """Return the deadline in nanoseconds of Kraken's clock, as `now` is, cut to milliseconds.

    `seconds_left` is infinite where no scope has a deadline. Raises `OrderNotSent` when there is too little left.
    """
    if seconds_left == math.inf:
        seconds_left = WITHOUT_SCOPE
    if seconds_left < least:
        message = (
            f"only {max(seconds_left, 0.0):.3f} s are left until the caller's deadline, and Kraken takes no order with "
            f"less than {least} s: nothing was sent"
        )
        raise OrderNotSent(message, cl_ord_id=cl_ord_id)
    ahead = int(min(seconds_left, MOST) * 1000) * 1_000_000
    return (now + ahead) // 1_000_000 * 1_000_000
