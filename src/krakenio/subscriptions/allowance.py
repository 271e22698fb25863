"""Spread out what Kraken lets through only so fast: keys of `level3`, which cost by depth, go in; yes or no comes out.

Source: docs.kraken.com, spot-websocket-v2, level3: a budget of 200 a second (500 for pro accounts); 5, 25 and 100 for a
symbol of depth 10, 100 and 1000; 200 symbols a connection.
"""

from collections.abc import Iterable

from krakenio.errors import InvalidRequest
from krakenio.subscriptions.channels import Key

PER_SECOND = 200
"""What every account may spend a second; how much may be spent at once is not documented, so no more than this."""

MAX_LEVEL3 = 200
"""Symbols of `level3` on one connection."""

_COSTS = {10: 5, 100: 25, 1000: 100}


class Allowance:
    """The budget of one account, full at first; a reconnect does not fill it."""

    def __init__(self) -> None:
        self._left = float(PER_SECOND)
        self._at = 0.0

    def spend(self, key: Key, now: float) -> bool:
        """Take what subscribing to a key costs; false, and nothing is taken, while that is more than there is."""
        self._left = min(PER_SECOND, self._left + (now - self._at) * PER_SECOND)
        self._at = now
        cost = cost_of(key)
        if cost > self._left:
            return False
        self._left -= cost
        return True


def cost_of(key: Key) -> int:
    """Return what subscribing to a key takes from the budget; nothing but `level3` costs."""
    depth = dict(key.params).get("depth")
    return _COSTS[depth] if key.channel == "level3" and isinstance(depth, int) else 0


def refuse_too_many(wanted: Iterable[Key], subscribed: Iterable[Key]) -> None:
    """Refuse more symbols of `level3` than a connection may have, beside those that are subscribed."""
    asked = dict.fromkeys(key for key in wanted if key.channel == "level3")
    if not asked:
        return
    held = dict.fromkeys(key for key in subscribed if key.channel == "level3")
    if len(held | asked) > MAX_LEVEL3:
        message = (
            f"level3: Kraken serves {MAX_LEVEL3} symbols a connection; {len(held)} are subscribed and "
            f"{len(held | asked) - len(held)} more are asked for: take these in a second session"
        )
        raise InvalidRequest(message)
