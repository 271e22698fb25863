"""Name what happens to a session besides its data: each event is one frozen struct, read from `s.events()`.

`at` is the wall clock in nanoseconds since the epoch, from the session's clock.
"""

from typing import Self

import msgspec

from krakenio.messages.system import Emergency, Maintenance, Status


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What `s.events()` gives."""

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
    """Kraken refused one subscription; the others of its stream live on. With `repeated` it is sent again in 10 s."""

    channel: str
    symbol: str | None
    reason: str
    repeated: bool = False


class SubscriptionRepeated(Event, frozen=True, gc=False):
    """A subscription was sent again, since what it promised did not come or came with a hole."""

    channel: str
    symbols: tuple[str, ...]
    reason: str


class BookMismatch(Event, frozen=True, gc=False):
    """A kept book was lost, mostly since its checksum did not hold; a new snapshot is asked for, unless `given_up`."""

    channel: str
    symbol: str
    reason: str
    given_up: bool = False


class BookHealed(Event, frozen=True, gc=False):
    """A kept book that was lost is Kraken's again, by a new snapshot."""

    channel: str
    symbol: str


class Undecodable(Event, frozen=True, gc=False):
    """A frame did not decode and was skipped (contract G7); its content is not shown, it may hold a secret."""

    link: str
    channel: str | None
    reason: str


class SystemStatus(Event, frozen=True, gc=False):
    """Kraken's engine says what it accepts: `online`, `maintenance`, `cancel_only`, `post_only`, `limit_only`."""

    link: str
    system: str


class Announcements(Event, frozen=True, gc=False):
    """Kraken announces other maintenance or incidents than before; none of either means that all were withdrawn."""

    link: str
    upcoming_maintenance: tuple[Maintenance, ...] = ()
    emergency: tuple[Emergency, ...] = ()

    @classmethod
    def of(cls, status: Status, at: int, link: str) -> Self:
        """Return what a status announces."""
        return cls(
            at=at, link=link, upcoming_maintenance=tuple(status.upcoming_maintenance), emergency=tuple(status.emergency)
        )

    def news(self, before: Self | None) -> bool:
        """Tell whether anything but the time until it has changed."""
        return self._said() != (((), ()) if before is None else before._said())  # noqa: SLF001 - of the same class

    def _said(self) -> tuple[tuple[Maintenance, ...], tuple[Emergency, ...]]:
        planned = tuple(msgspec.structs.replace(each, time_to_start_s=None) for each in self.upcoming_maintenance)
        return planned, self.emergency


class OrderResolved(Event, frozen=True, gc=False):
    """What became of an order request is known now, after its call had ended (contract B6).

    `method` is Kraken's name of the request. `cl_ord_id` names its order, by the `order_id` where it has no other name.
    """

    method: str
    cl_ord_id: str
    outcome: str


class RejectedOrderSeen(Event, frozen=True, gc=False):
    """An order of this session is reported as live or filled, though Kraken's answer to it was this refusal.

    Its intent stays `REJECTED`, no group cancels it: look at it, and cancel it if it is not wanted. The same is told of
    one that was `NOT_ACCEPTED`, since Kraken's tables did not have it when they should.
    """

    cl_ord_id: str
    order_id: str
    error: str


class ExecutionsHealed(Event, frozen=True, gc=False):
    """What a hole in the executions had missed is known and was delivered: so many reports."""

    reports: int


class ExecutionsNotHealed(Event, frozen=True, gc=False):
    """Reports are missing and cannot be found out now; every stream of executions has a `Gap` there.

    `orders` are those of which the end or some fills are not known. It is tried again `retry_in` seconds later, `None`
    if that would not help.
    """

    reason: str
    orders: tuple[str, ...]
    retry_in: float | None


class OrdersUnconfirmed(Event, frozen=True, gc=False):
    """A group of orders was left, and nothing confirmed within its grace that these of its orders are gone (I2).

    Each is named by its `order_id`, by its `cl_ord_id` where that is all that is known.
    """

    orders: tuple[str, ...]


class SwitchLate(Event, frozen=True, gc=False):
    """The dead-man's switch was not armed in time: in `fires_in` seconds Kraken cancels all orders (contract H3)."""

    fires_in: float
    reason: str


class SwitchFired(Event, frozen=True, gc=False):
    """The dead-man's switch was not armed in time: Kraken may have cancelled these orders, all that were open.

    Each is named by its `order_id`, by its `cl_ord_id` where that is all that is known. It is armed again as soon as
    Kraken answers; the executions tell what became of the orders.
    """

    orders: tuple[str, ...]


class Gap(msgspec.Struct, frozen=True, gc=False):
    """Stand in a stream where items are missing (contract D3).

    `lost` counts them where that is known: an overflow is counted, what a dead connection missed is not.
    """

    reason: str
    lost: int | None = None
