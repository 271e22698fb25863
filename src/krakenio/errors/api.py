"""Classes for what Kraken answers, each named for the reaction; `catalogue.api_error` makes them from its strings."""

import re
from collections.abc import Mapping
from typing import Literal

from krakenio.errors.base import KrakenError
from krakenio.errors.library import OrderError

Severity = Literal["E", "W"]

_RATE_SCOPES = {
    "EAPI:Rate limit exceeded": "key",
    "EAuth:Rate limit exceeded": "key",
    "EAuth:Too many requests": "key",
    "EGeneral:Too many requests": "ip",
    "EService:Throttled": "key",
    "EOrder:Rate limit exceeded": "pair",
    "EOrder:Domain rate limit exceeded": "domain",
    "Exceeded msg rate": "connection",
}
_MARKET_MODE = re.compile(r"[\w-]+")


class ApiError(KrakenError):
    """Kraken refused a request or failed on it; `str()` is its own text.

    `category` is Kraken's (`General`, `Order`, ...; `Gateway` for WebSocket texts without one). `code` is the known
    part in Kraken's spelling, `detail` what followed it. `severity` is `E` or, for a warning, `W`. `retryable`: the
    same call may succeed later; `wait` seconds first. Where `ambiguous` is set too, that holds for reads only: an
    order could have been executed, so find out before repeating it. `fatal`: no repetition helps, a human must act.
    """

    def __init__(  # noqa: PLR0913 - one keyword per fact about an error; all are optional
        self,
        message: str,
        *,
        category: str = "",
        code: str = "",
        retryable: bool = False,
        fatal: bool = False,
        ambiguous: bool = False,
        severity: Severity = "E",
        detail: str = "",
        wait: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.category = category
        self.code = code
        self.retryable = retryable
        self.fatal = fatal
        self.ambiguous = ambiguous
        self.severity: Severity = severity
        self.detail = detail
        self.wait = wait


class AuthenticationError(ApiError):
    """Kraken does not accept who we are: check the key, its expiry, its allowed addresses, the account."""


class InvalidKey(AuthenticationError):
    """The API key is unknown, revoked, expired or mistyped: replace it; never loop, attempts lead to a lockout."""


class InvalidSignature(AuthenticationError):
    """The signature does not fit: the secret belongs to another key, or other bytes were sent than signed."""


class AccountSuspended(AuthenticationError):
    """The account is disabled, locked or unconfirmed: only its owner and Kraken's support can change that."""


class InvalidNonce(ApiError):
    """The nonce was not above the last one: if it comes again give each process its own key.

    Nothing was executed, and a fresh nonce may be tried once. Where it comes again, another process uses the key, or
    once used finer nonces.
    """


class InvalidSession(ApiError):
    """The WebSocket token is stale or missing: krakenio fetches a new one; nothing was executed."""


class PermissionDenied(ApiError):
    """The key or the account may not do this: grant the permission in Kraken's settings."""


class AccountRestricted(PermissionDenied):
    """The product is not open to this account, region or client class; `detail` names it where Kraken does."""


class TemporaryLockout(ApiError):
    """Too many bad calls: leave Kraken alone for `wait` seconds (15 minutes); each attempt prolongs it."""


class RateLimited(ApiError):
    """A limit of calls is reached: slow down and repeat after `wait` seconds or at `retry_at`. Nothing was executed."""

    @property
    def scope(self) -> str:
        """Tell whose limit it was: `key`, `ip`, `pair`, `domain` (master and subaccounts) or `connection`."""
        return _RATE_SCOPES.get(self.code, "key")

    @property
    def retry_at(self) -> float | None:
        """Return when calls are allowed again, in Unix seconds, where Kraken said so (`EService:Throttled`)."""
        return float(self.detail) if self.code == "EService:Throttled" and self.detail.isdecimal() else None


class ServiceUnavailable(ApiError):
    """Kraken or its engine is down, busy or faulty: repeat reads later; look what became of an order."""


class DeadlineElapsed(ServiceUnavailable):
    """The order was not processed before its deadline, as far as the answer knows: it may exist all the same."""


class MarketRestricted(ApiError):
    """The market does not take this kind of request now: wait for its status to change."""

    @property
    def mode(self) -> str:
        """Name the state of the market: `cancel_only`, `post_only`, `limit_only`, `reduce_only`."""
        match = _MARKET_MODE.match(self.detail)
        return match[0].casefold().replace("-", "_") if match else self.detail


class InvalidArguments(ApiError):
    """The request is wrong and would be refused again; `field` names what Kraken objects to."""

    @property
    def field(self) -> str:
        """Name the parameter that Kraken objects to, in its words; empty if it did not say."""
        return self.detail


class UnknownSymbol(InvalidArguments):
    """No such pair or asset here: use the symbols of the `instrument` channel, such as `BTC/USD`."""


class SubscriptionRefused(InvalidArguments):
    """Kraken does not take this subscription: channel, depth or interval do not exist, or it is there already."""


class OrderRejected(ApiError, OrderError):
    """Kraken looked at an order request and refused it; `code` and `detail` say why."""


class InsufficientFunds(OrderRejected):
    """The balance less holds and fees is too small: lower the quantity or fund the account."""


class OrderMinimumNotMet(OrderRejected):
    """Quantity or cost is below the pair's minimum: see `qty_min` and `cost_min` of the instrument."""


class InvalidPrice(OrderRejected):
    """The price is not one that the pair takes: round it to `price_increment` of the instrument."""


class PostOnlyWouldMatch(OrderRejected):
    """A post-only order would have taken liquidity: set its price again. Kraken may take and cancel it instead."""


class OrderLimitExceeded(OrderRejected):
    """Too many open orders or positions: cancel or close some."""


class MarginRejected(OrderRejected):
    """Margin is missing, used up or not open to this account: see the account's margin and `detail`."""


class DuplicateClientOrderId(OrderRejected):
    """An open order of yours has this `cl_ord_id`: an earlier attempt is live, look at it."""


class UnknownOrder(ApiError, OrderError):
    """No open order has this id: it is filled, cancelled, expired, or never was. A cancel may take it for done."""


class FundingError(ApiError):
    """A deposit, withdrawal or transfer was refused."""


class EarnError(ApiError):
    """An allocation of the earn products was refused."""


class ExportError(ApiError):
    """An export of account history was refused or is not ready; `retryable` tells which."""


class SubscriptionError(KrakenError):
    """Kraken refused symbols of a subscription: `rejected` maps each (`""` if there is none) to its `ApiError`."""

    def __init__(self, message: str, *, rejected: Mapping[str, ApiError]) -> None:
        super().__init__(message)
        self.rejected: dict[str, ApiError] = dict(rejected)
