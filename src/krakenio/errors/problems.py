"""Name the problems of Funding (Beta): a problem document's type and an HTTP status go in, the `ApiError` comes out.

Source: docs.kraken.com, Funding (Beta): `tag:kraken.com,2025:<Name>`. The list of names is not published: those that
are known mean what the same words mean elsewhere, for all others the status tells.
"""

import re

from krakenio.errors.api import ApiError
from krakenio.errors.catalogue import api_error

_NAMES = {
    "InvalidKey": "EAPI:Invalid key",
    "InvalidSignature": "EAPI:Invalid signature",
    "InvalidNonce": "EAPI:Invalid nonce",
    "PermissionDenied": "EGeneral:Permission denied",
    "RateLimitExceeded": "EAPI:Rate limit exceeded",
    "TooManyDepositAddresses": "EFunding:Too many addresses",
}
_STATUSES = {401: "EAPI:Invalid key", 403: "EGeneral:Permission denied", 429: "EAPI:Rate limit exceeded"}
_SERVER = 500
_WORDS = re.compile(r"(?<!^)(?=[A-Z])")


def problem_error(kind: str, detail: str, status: int) -> ApiError:
    """Classify one problem; its name and what it tells stay in the text."""
    name = kind.rpartition(":")[2]
    known = _NAMES.get(name) or _STATUSES.get(status)
    if known is None and status >= _SERVER:
        known = "EService:Unavailable"
    error = api_error(known or f"EFunding:{_WORDS.sub(' ', name).capitalize()}")
    error.add_note(f"Kraken told: {name}: {detail}")
    return error
