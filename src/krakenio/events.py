"""Name what happens to a session besides its data: each event is one frozen struct, read from `s.events()`.

`at` is the wall clock in nanoseconds since the epoch, from the session's clock.
"""

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Be what `s.events()` gives."""

    at: int


class Connected(Event, frozen=True, gc=False):
    """A socket is up; `attempts` counts the tries that this took."""

    link: str
    attempts: int


class ConnectionLost(Event, frozen=True, gc=False):
    """A socket ended, or could not be opened; the next attempt is in `retry_in` seconds."""

    link: str
    reason: str
    retry_in: float
    code: int | None = None


class TokenFetched(Event, frozen=True, gc=False):
    """A WebSocket token arrived; it serves for `seconds`."""

    seconds: float


class TokenTrouble(Event, frozen=True, gc=False):
    """Fetching the token failed; the session is degraded until the next try, in `retry_in` seconds (contract G3)."""

    reason: str
    retry_in: float


class SubscriptionRejected(Event, frozen=True, gc=False):
    """Kraken refused one subscription; the others of its stream live on."""

    channel: str
    symbol: str | None
    reason: str


class SubscriptionRepeated(Event, frozen=True, gc=False):
    """A subscription was sent again, since what it promised did not come or came with a hole."""

    channel: str
    symbols: tuple[str, ...]
    reason: str


class Undecodable(Event, frozen=True, gc=False):
    """A frame did not decode and was skipped (contract G7); its content is not shown, it may hold a secret."""

    link: str
    channel: str | None
    reason: str


class SystemStatus(Event, frozen=True, gc=False):
    """Kraken's engine says what it accepts: `online`, `maintenance`, `cancel_only`, `post_only`, `limit_only`."""

    link: str
    system: str


class OrderResolved(Event, frozen=True, gc=False):
    """What became of an order request is known now, after its call had ended (contract B6)."""

    cl_ord_id: str
    outcome: str


class Gap(msgspec.Struct, frozen=True, gc=False):
    """Stand in a stream where items are missing (contract D3).

    `lost` counts them where that is known: an overflow is counted, what a dead connection missed is not.
    """

    reason: str
    lost: int | None = None
