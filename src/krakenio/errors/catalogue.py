"""Kraken's error strings as data: a string goes in, the `ApiError` named for the reaction comes out.

Sources: docs.kraken.com, guides/general/errors (2026-08), support article 360001491786, Kraken's Rust SDK, and
strings seen in practice. Kraken calls its own list "common examples": unknown strings keep their text, severity and
category.
"""

import re
from typing import NamedTuple

from krakenio.errors import api
from krakenio.errors.api import ApiError, Severity

LOCKOUT = 15 * 60.0
"""Seconds to leave Kraken alone after `EGeneral:Temporary lockout`; each attempt prolongs it."""


class Known(NamedTuple):
    """What is known of one error: its `code` in Kraken's spelling, its class, and how to react."""

    code: str
    kind: type[ApiError]
    retryable: bool = False
    wait: float = 0.0
    ambiguous: bool = False
    fatal: bool = False


CATALOGUE = (
    Known("EAPI:Invalid key", api.InvalidKey, fatal=True),
    Known("EAPI:Invalid signature", api.InvalidSignature, fatal=True),
    Known("EAPI:Invalid nonce", api.InvalidNonce, retryable=True),
    Known("EAPI:Invalid arguments", api.InvalidArguments),
    Known("EAPI:Bad request", api.InvalidArguments),
    Known("EAPI:Feature disabled", api.PermissionDenied),
    Known("EAPI:Permission denied", api.PermissionDenied, fatal=True),
    Known("EAPI:Invalid token", api.InvalidSession, retryable=True),
    Known("EAPI:Rate limit exceeded", api.RateLimited, retryable=True, wait=5.0),
    Known("ESession:Invalid session", api.InvalidSession, retryable=True),
    Known("EAuth:Account temporary disabled", api.AccountSuspended, fatal=True),
    Known("EAuth:Account unconfirmed", api.AccountSuspended, fatal=True),
    Known("EAuth:Failed", api.AuthenticationError, fatal=True),
    Known("EAuth:Rate limit exceeded", api.RateLimited, retryable=True, wait=30.0),
    Known("EAuth:Too many requests", api.RateLimited, retryable=True, wait=30.0),
    Known("EAccount:Invalid permissions", api.AccountRestricted),
    Known("EBM:limit exceeded:CAL", api.AccountRestricted),
    Known("EGeneral:Permission denied", api.PermissionDenied, fatal=True),
    Known("EGeneral:Temporary lockout", api.TemporaryLockout, retryable=True, wait=LOCKOUT),
    Known("EGeneral:Too many requests", api.RateLimited, retryable=True, wait=5.0),
    Known("EGeneral:Unknown method", api.InvalidArguments),
    Known("EGeneral:Invalid User", api.InvalidArguments),
    Known("EGeneral:Bad data", api.InvalidArguments),
    Known("EGeneral:Internal error", api.ServiceUnavailable, retryable=True, wait=1.0, ambiguous=True),
    Known("EGeneral:Invalid arguments", api.InvalidArguments),
    Known("EGeneral:Invalid arguments:volume minimum not met", api.OrderMinimumNotMet),
    Known("EGeneral:Invalid arguments:price", api.InvalidPrice),
    Known("EGeneral:Invalid arguments:price2", api.InvalidPrice),
    Known("EGeneral:Invalid arguments:cl_ord_id not unique", api.DuplicateClientOrderId),
    Known("EDatabase:Internal error", api.ServiceUnavailable, retryable=True, wait=1.0, ambiguous=True),
    Known("EService:Unavailable", api.ServiceUnavailable, retryable=True, wait=1.0, ambiguous=True),
    Known("EService:Busy", api.ServiceUnavailable, retryable=True, wait=1.0, ambiguous=True),
    Known("EService:Timeout", api.ServiceUnavailable, retryable=True, wait=1.0, ambiguous=True),
    Known("EService:Deadline elapsed", api.DeadlineElapsed, ambiguous=True),
    Known("EService:Throttled", api.RateLimited, retryable=True, wait=1.0),
    Known("EQuery:Unknown asset pair", api.UnknownSymbol),
    Known("EQuery:Unknown asset", api.UnknownSymbol),
    Known("EQuery:Invalid asset pair", api.UnknownSymbol),
    Known("ETrade:Invalid request", api.InvalidArguments),
    Known("ETrade:Locked", api.AccountSuspended, fatal=True),
    Known("ETrade:User Locked", api.AccountSuspended, fatal=True),
    Known("EOrder:Rate limit exceeded", api.RateLimited, retryable=True, wait=1.0),
    Known("EOrder:Domain rate limit exceeded", api.RateLimited, retryable=True, wait=1.0),
    Known("EOrder:Orders limit exceeded", api.OrderLimitExceeded),
    Known("EOrder:Scheduled orders limit exceeded", api.OrderLimitExceeded),
    Known("EOrder:Positions limit exceeded", api.OrderLimitExceeded),
    Known("EOrder:Insufficient funds", api.InsufficientFunds),
    Known("EOrder:Order minimum not met", api.OrderMinimumNotMet),
    Known("EOrder:Cost minimum not met", api.OrderMinimumNotMet),
    Known("EOrder:Tick size check failed", api.InvalidPrice),
    Known("EOrder:Invalid price", api.InvalidPrice),
    Known("EOrder:Invalid order", api.UnknownOrder),
    Known("EOrder:Unknown order", api.UnknownOrder),
    Known("EOrder:Post only order", api.PostOnlyWouldMatch),
    Known("EOrder:Order not editable", api.OrderRejected),
    Known("EOrder:Not enough leaves qty", api.OrderRejected),
    Known("EOrder:Cancel pending", api.OrderRejected, retryable=True, wait=1.0),
    Known("EOrder:Trading agreement required", api.OrderRejected),
    Known("EOrder:Unknown position", api.OrderRejected),
    Known("EOrder:Reduce only:No position exists", api.OrderRejected),
    # Filled as far as the position went, the rest cancelled: the order was executed in part.
    Known("EOrder:Reduce only:Position is closed", api.OrderRejected, ambiguous=True),
    Known("EOrder:Reduce only:Non-PC", api.OrderRejected),
    Known("EOrder:Reduce only:Non-ECP", api.MarginRejected),
    Known("EOrder:Cannot open position", api.MarginRejected),
    Known("EOrder:Cannot open opposing position", api.MarginRejected),
    Known("EOrder:Margin allowance exceeded", api.MarginRejected),
    Known("EOrder:Margin level too low", api.MarginRejected),
    Known("EOrder:Margin position size exceeded", api.MarginRejected),
    # Kraken's own pool is empty for the moment, not the account.
    Known("EOrder:Insufficient margin", api.MarginRejected, retryable=True, wait=60.0),
    Known("EOrder:Insufficient initial margin", api.MarginRejected),
    Known("EFunding:Max fee exceeded", api.FundingError),
    Known("EFunding:No funding method", api.FundingError),
    Known("EFunding:Unknown asset", api.FundingError),
    Known("EFunding:Unknown withdraw key", api.FundingError),
    Known("EFunding:Duplicate withdraw key", api.FundingError),
    Known("EFunding:Unknown reference id", api.FundingError),
    Known("EFunding:Invalid reference id", api.FundingError),
    Known("EFunding:Invalid amount", api.FundingError),
    Known("EFunding:Insufficient funds", api.FundingError),
    Known("EFunding:Too many addresses", api.FundingError),
    Known("EFunding:Invalid staking method", api.FundingError),
    Known("EExport:Not ready", api.ExportError, retryable=True, wait=5.0),
    Known("EExport:Exported size too big", api.ExportError),
    Known("EEarnings:Below min", api.EarnError),
    Known("EEarnings:Above max", api.EarnError),
    Known("EEarnings:Permission denied", api.EarnError),
    Known("EEarnings:Insufficient funds", api.EarnError),
    Known("EEarnings:Busy", api.EarnError, retryable=True, wait=60.0),
)
"""Matched whole or up to a colon or a bracket, longest first, ignoring case; what follows is the detail."""

PATTERNS = (
    (r"EService:Market in (.*)", Known("EService:Market in", api.MarketRestricted)),
    (r"EOrder:No amendable parameters(.*)", Known("EOrder:No amendable parameters", api.OrderRejected)),
    (r"Currency pair not supported(.*)", Known("Currency pair not supported", api.UnknownSymbol)),
    (
        r"Currency pair not in ISO 4217-A3 format(.*)",
        Known("Currency pair not in ISO 4217-A3 format", api.UnknownSymbol),
    ),
    (r"Symbol\(s\) not found(.*)", Known("Symbol(s) not found", api.UnknownSymbol)),
    (r"Subscription name invalid(.*)", Known("Subscription name invalid", api.SubscriptionRefused)),
    (r"Subscription depth not supported(.*)", Known("Subscription depth not supported", api.SubscriptionRefused)),
    (
        r"Subscription ohlc interval not supported(.*)",
        Known("Subscription ohlc interval not supported", api.SubscriptionRefused),
    ),
    (r"Already subscribed(.*)", Known("Already subscribed", api.SubscriptionRefused)),
    (r"Subscription Not Found(.*)", Known("Subscription Not Found", api.SubscriptionRefused)),
    (r"Unsupported event(.*)", Known("Unsupported event", api.SubscriptionRefused)),
    (r"Event\(s\) not found(.*)", Known("Event(s) not found", api.SubscriptionRefused)),
    (r"Unsupported field(.*)", Known("Unsupported field", api.InvalidArguments)),
    (r"(\w+ field must be an? .*)", Known("field must be", api.InvalidArguments)),
    (r"(.*price\(s\) not found.*)", Known("price(s) not found", api.InvalidArguments)),
    (r"Malformed request(.*)", Known("Malformed request", api.InvalidArguments)),
    (r"Invalid timeout argument(.*)", Known("Invalid timeout argument", api.InvalidArguments)),
    (r"Exceeded msg rate(.*)", Known("Exceeded msg rate", api.RateLimited, retryable=True, wait=1.0)),
    (r"Authentication failed(.*)", Known("Authentication failed", api.AuthenticationError)),
    # Kraken's guides and its servers word a stale token in several ways; all ask for a new one.
    (
        r".*\btoken(?!\w).*(?:invalid|expired|not found)(.*)|.*invalid token(?!\w)(.*)",
        Known("Token(s) not found", api.InvalidSession, retryable=True),
    ),
    (r"(.*ESession.*)", Known("ESession", api.InvalidSession, retryable=True)),
    (r"Invalid withdrawal address(.*)", Known("Invalid withdrawal address", api.FundingError)),
)
"""Strings whose known part does not end at a colon, most of them of the WebSocket gateway; the group is the detail."""

CATEGORIES = {
    "Service": Known("", api.ServiceUnavailable, retryable=True, wait=1.0, ambiguous=True),
    "Database": Known("", api.ServiceUnavailable, retryable=True, wait=1.0, ambiguous=True),
    "Auth": Known("", api.AuthenticationError),
    "Account": Known("", api.AccountRestricted),
    "Order": Known("", api.OrderRejected),
    "Trade": Known("", api.OrderRejected),
    "Query": Known("", api.InvalidArguments),
    "Funding": Known("", api.FundingError),
    "Earnings": Known("", api.EarnError),
    "Export": Known("", api.ExportError),
}
"""The class for a string that is unknown but for its category."""

_UNKNOWN = Known("", ApiError)
_BY_CODE = {known.code.casefold(): known for known in CATALOGUE}
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), known) for pattern, known in PATTERNS)
_COLON = re.compile(r"\s*:\s*")
_CODE = re.compile(r"([EW])([A-Z][A-Za-z]*)(?::.*)?", re.DOTALL)


def api_error(text: str) -> ApiError:
    """Classify one error string of Kraken; its text stays as it came.

    Blanks around colons and case do not count; the longest known prefix up to a colon, a bracket or the end wins.
    A string that begins with `W` is a warning: a bare `ApiError` with that severity.
    """
    plain = _COLON.sub(":", text.strip())
    known, detail = _find(plain)
    code = known.code or plain
    severity, category = _severity_and_category(code)
    return known.kind(
        text,
        category=category,
        code=code,
        retryable=known.retryable,
        fatal=known.fatal,
        ambiguous=known.ambiguous,
        severity=severity,
        detail=detail,
        wait=known.wait,
    )


def _severity_and_category(code: str) -> tuple[Severity, str]:
    match = _CODE.fullmatch(code)
    if match is None:
        return "E", "Gateway"
    return "W" if match[1] == "W" else "E", match[2]


def _find(plain: str) -> tuple[Known, str]:
    severity, category = _severity_and_category(plain)
    if severity == "W":
        return _UNKNOWN, ""
    return _by_prefix(plain) or _by_pattern(plain) or (CATEGORIES.get(category, _UNKNOWN), "")


def _by_prefix(plain: str) -> tuple[Known, str] | None:
    end = len(plain)
    while end > 0:
        known = _BY_CODE.get(plain[:end].casefold())
        if known is not None:
            return known, plain[end + 1 :]
        end = max(plain.rfind(":", 0, end), plain.rfind(" (", 0, end))
    return None


def _by_pattern(plain: str) -> tuple[Known, str] | None:
    for pattern, known in _COMPILED:
        match = pattern.fullmatch(plain)
        if match is not None:
            return known, next((group for group in match.groups() if group), "").strip(" :")
    return None
