"""Classes for what happens on this side of the wire: each is named for the event and says what one can do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from krakenio.errors.base import KrakenError


class DecodeError(KrakenError):
    """A frame or a body is not what Kraken documents: count it, go on; never a reason to disconnect.

    The text names the position, never the content, which may hold a token. `channel` and the `symbols` of the rows are
    set where they could be read, and `system` where a frame of `status` tells the engine's state all the same.
    `repeated`: of frames that came together, the one before it failed too and was about the same.
    """

    def __init__(
        self, message: str, *, channel: str | None = None, symbols: Sequence[str] = (), system: str | None = None
    ) -> None:
        super().__init__(message)
        self.channel = channel
        self.symbols: tuple[str, ...] = tuple(symbols)
        self.system = system
        self.repeated = False


class CredentialsError(KrakenError, ValueError):
    """A key, secret or password is missing or malformed: the text names its place and the form it must have."""


class InvalidRequest(KrakenError, ValueError):
    """The input cannot be right, so nothing was sent: the text says what to pass instead."""


class TransportError(KrakenError):
    """A REST request, or the answer to it, was lost on the way to or from `endpoint`.

    `ambiguous` is true if Kraken may have executed the request: then look before repeating anything but a read.
    `fatal` is true if no repetition helps: the other side's TLS certificate is not valid. `wait`: for how many seconds
    the server asks to be left alone (`Retry-After`), 0 if it does not.
    """

    def __init__(
        self, message: str, *, endpoint: str, ambiguous: bool, fatal: bool = False, wait: float = 0.0
    ) -> None:
        super().__init__(message)
        self.endpoint = endpoint
        self.ambiguous = ambiguous
        self.fatal = fatal
        self.wait = wait


class Disconnected(KrakenError):
    """The life of one socket ended; the session connects again unless `fatal`. Users do not meet it.

    `code` is the WebSocket close code, if one arrived; `wait` the seconds for which the server does not want us back.
    """

    def __init__(self, reason: str, *, code: int | None = None, fatal: bool = False, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.code = code
        self.fatal = fatal
        self.wait = wait


class SessionError(KrakenError):
    """The session cannot go on: leave its block, then open another one; `__cause__` holds what happened."""


class SessionClosed(SessionError):
    """The session was used after its block had ended: keep the use inside the `async with`."""


class SessionInterrupted(SessionError):
    """A task of the library was cancelled from outside: cancel your own tasks or scopes, not those of the session."""


class SessionOutage(SessionError):
    """Kraken could not be reached for longer than `max_outage`: decide anew, the orders may still be open."""


class EntryTimeout(SessionError):
    """The session could not be opened in time: network, Kraken or its maintenance; try again later."""


class SessionRefused(SessionError):
    """Kraken will not have this session, repeating does not help: see `__cause__` (key, permission, certificate)."""


class InternalError(SessionError):
    """krakenio itself has a defect: please report it with `__cause__`."""


class StreamError(KrakenError):
    """A stream cannot give its next item."""


class StreamClosed(StreamError):
    """The stream was read outside its block: keep the iteration inside its `async with`."""


class StreamGap(StreamError):
    """Items are missing here, for the `reason` told; reading on continues behind the gap.

    `lost` counts them where that is known.
    """

    def __init__(self, reason: str, *, lost: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lost = lost


class StreamOverflow(StreamError):
    """The stream's buffer of `buffer` items was full and its policy is to fail: read faster or declare a larger one."""

    def __init__(self, message: str, *, buffer: int) -> None:
        super().__init__(message)
        self.buffer = buffer


class StaleBook(KrakenError):
    """The book of `symbol` cannot be read, for the `reason` told: wait for its next snapshot, which heals it.

    `since` is when it went wrong, in UTC, where that is known. Never act on what the book said before.
    """

    def __init__(self, reason: str, *, symbol: str, since: datetime | None = None) -> None:
        told = "" if since is None else f" (since {since.isoformat()})"
        super().__init__(f"the book of {symbol} cannot be read: {reason}{told}")
        self.reason = reason
        self.symbol = symbol
        self.since = since


class BookNotHealed(StaleBook):
    """New snapshots did not bring the book of `symbol` back several times in a row; it is left alone until opened anew.

    Something is wrong that a snapshot does not cure: look at `reason`, and open the book again later.
    """


class EmptySide(KrakenError):
    """The book is true, but nobody bids or asks: look whether `book.bids` and `book.asks` have levels first."""


class OrderError(KrakenError):
    """An order request did not end in an acknowledgement."""


class OrderNotSent(OrderError):
    """No byte of the request was or will be written: it may be sent again, under a new `cl_ord_id`."""

    def __init__(self, message: str, *, cl_ord_id: str | None = None) -> None:
        super().__init__(message)
        self.cl_ord_id = cl_ord_id


class RateLimitAhead(OrderNotSent):
    """The matching engine's counter has no room: nothing was sent, and there is room in `retry_in` seconds.

    The session was told to raise, or the caller's own deadline comes before.
    """

    def __init__(self, message: str, *, cl_ord_id: str | None = None, retry_in: float) -> None:
        super().__init__(message, cl_ord_id=cl_ord_id)
        self.retry_in = retry_in
        self.wait: float = retry_in


class CallLimitAhead(KrakenError):
    """Kraken's REST counter has no room for a call: nothing was sent, and there is room in `retry_in` seconds.

    The session was told to raise, or the room would come after the call's own bound.
    """

    def __init__(self, message: str, *, retry_in: float) -> None:
        super().__init__(message)
        self.retry_in = retry_in
        self.wait: float = retry_in


class PermissionMissing(CredentialsError):
    """A key may not do what it is wanted for; `missing` holds the permissions by the method that needs them."""

    def __init__(self, message: str, *, missing: Mapping[str, str]) -> None:
        super().__init__(message)
        self.missing: dict[str, str] = dict(missing)


class OrdersHalted(OrderNotSent):
    """`s.orders.halt()` stopped all new orders of the session: nothing was sent, nor will be until `resume()`."""


class GroupLeft(OrderNotSent):
    """The group that the order belongs to is being left, and no order may outlive it: nothing was sent."""


class OrderNotFilled(OrderError):
    """The order was closed before it was filled wholly: `cum_qty` of it was, `status` says how it ended."""

    def __init__(self, message: str, *, order_id: str, cum_qty: Decimal, status: str) -> None:
        super().__init__(message)
        self.order_id = order_id
        self.cum_qty = cum_qty
        self.status = status


class OrderUnresolved(OrderError):
    """What became of the order cannot be known from here now: look it up, `s.rest.account.query_orders(txid=...)`."""

    def __init__(self, message: str, *, order_id: str) -> None:
        super().__init__(message)
        self.order_id = order_id


class OrderOutcomeUnknown(OrderError):
    """The request was written and no reply came: the order may be live. Resolve the intent before sending another.

    `deadline` (Kraken's time) is when the engine refuses it at the latest, `written_at` when it left; both in UTC.
    """

    def __init__(
        self,
        message: str,
        *,
        cl_ord_id: str | None = None,
        deadline: datetime | None = None,
        written_at: datetime | None = None,
    ) -> None:
        super().__init__(message)
        self.cl_ord_id = cl_ord_id
        self.deadline = deadline
        self.written_at = written_at
