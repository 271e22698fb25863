"""Plan the demo: its length goes in, the scenes with their times come out."""

from collections.abc import Awaitable, Callable

from krakenio.cli import mishaps, trading
from krakenio.cli.stage import Stage

Scene = Callable[[Stage], Awaitable[object]]

STORY: tuple[tuple[float, Scene], ...] = (
    (0.00, trading.rest_an_order),
    (0.08, trading.buy_at_market),
    (0.16, trading.sell_at_limit),
    (0.24, trading.be_refused),
    (0.30, trading.wait_too_short),
    (0.42, trading.cancel_before_writing),
    (0.46, trading.cancel_in_flight),
    (0.60, mishaps.drop_connections),
    (0.80, mishaps.expire_the_token),
    (0.90, trading.resolve_what_came_too_late),
    (0.93, trading.cancel_everything),
)
"""Each scene begins at its share of the run, or when the one before it has ended."""

LONG = 20.0
"""Seconds from which the pauses between the scenes are too long to watch."""

FILL_EVERY = 4.0
"""Seconds: in a long run something is bought or sold so often between the scenes."""


def schedule(seconds: float) -> list[tuple[float, Scene]]:
    """Return the scenes in order, each with the second at which it begins at the earliest."""
    story = [(share * seconds, scene) for share, scene in STORY]
    trades: tuple[Scene, ...] = (trading.buy_at_market, trading.sell_at_limit)
    count = int(seconds // FILL_EVERY) if seconds > LONG else 0
    fillers: list[tuple[float, Scene]] = [(FILL_EVERY * (n + 0.5), trades[n % 2]) for n in range(count)]
    return sorted(story + fillers, key=lambda planned: planned[0])
