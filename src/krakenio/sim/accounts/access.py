"""Check who calls: headers and exact bytes go in, a key with its account comes out, or Kraken's refusal.

The signature is computed here anew, apart from `krakenio.auth`, so that one mistake cannot hide on both sides.
Source: rest-auth §1-7.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from krakenio.auth import Keys
from krakenio.sim.accounts.account import Account
from krakenio.sim.accounts.limits import Counter
from krakenio.sim.chance import Ids
from krakenio.sim.clock import SECOND
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import integer

PERMISSIONS = (
    "query-funds",
    "query-open-trades",
    "query-closed-trades",
    "modify-trades",
    "close-trades",
    "query-ledger",
    "create-ws-token",
    "export-data",
    "add-funds",
    "withdraw-funds",
    "earn-funds",
    "add-withdraw-address",
    "update-withdraw-address",
)
"""The permissions that the exchange's own endpoints ask for, spelt as in GetApiKeyInfo (rest-auth §5)."""


@dataclass(slots=True, eq=False)
class Key:
    """Hold one API key; the secret is never shown."""

    api_key: str
    secret: bytes = field(repr=False)
    account: Account = field(repr=False)
    counter: Counter = field(repr=False)
    permissions: tuple[str, ...] = PERMISSIONS
    otp: str | None = field(default=None, repr=False)
    nonce: int = -1

    def require(self, *alternatives: str) -> None:
        """Refuse unless the key has one of these permissions."""
        if not any(permission in self.permissions for permission in alternatives):
            raise Refused("EGeneral:Permission denied")

    def require_all(self, *groups: tuple[str, ...]) -> None:
        """Refuse unless the key has a permission of each group that names any."""
        for group in groups:
            if group:
                self.require(*group)


@dataclass(slots=True, eq=False)
class Token:
    """Hold one WebSocket token: `uses` counts the private subscriptions that live by it."""

    text: str = field(repr=False)
    key: Key
    created: int
    uses: int = 0
    expired: bool = False


class Access:
    """Know the keys and the tokens."""

    def __init__(self, clock: Callable[[], int], ids: Ids, lifetime: float) -> None:
        self.issued: int = 0
        self.lifetime = lifetime
        self._clock, self._ids = clock, ids
        self._keys: dict[str, Key] = {}
        self._tokens: dict[str, Token] = {}

    def admit(self, keys: Keys, account: Account, permissions: tuple[str, ...]) -> None:
        """Accept a key for an account from now on."""
        counter = account.tier.rest_counter()
        self._keys[keys.api_key] = Key(keys.api_key, keys.secret, account, counter, permissions, keys.otp)

    def known(self, headers: Mapping[str, str]) -> Key:
        """Return the key that a call names."""
        key = self._keys.get(headers.get("api-key", ""))
        if key is None:
            raise Refused("EAPI:Invalid key")
        return key

    def authenticate(self, headers: Mapping[str, str], target: str, body: bytes, params: Mapping[str, str]) -> Key:
        """Return the key of a private call: key, then signature over the exact bytes, then nonce, then password.

        The order of the checks is (unverified); the nonce counts as used even if the call fails later.
        """
        key = self.known(headers)
        nonce = params.get("nonce", "")
        expected, given = signature(key.secret, target, nonce, body), headers.get("api-sign", "")
        if not hmac.compare_digest(expected.encode(), given.encode()):  # as bytes: a client may send any
            raise Refused("EAPI:Invalid signature")
        _count(key, nonce)
        if key.otp is not None and params.get("otp") != key.otp:
            raise Refused("EAPI:Invalid arguments:otp required")
        return key

    def issue(self, key: Key) -> Token:
        """Make a token; older ones stay valid (ws-v2-private §1.3)."""
        self._forget()
        self.issued += 1
        token = Token(self._ids.token(), key, self._clock())
        self._tokens[token.text] = token
        return token

    def identify(self, text: object) -> Token:
        """Return a valid token, or refuse as Kraken does (ws-v2-overview §6)."""
        if text is None:
            raise Refused("Token(s) not found")
        token = self._tokens.get(text) if isinstance(text, str) else None
        if token is None or self._is_over(token):
            raise Refused("ESession:Invalid session")
        return token

    def expire(self) -> None:
        """End every token at once, even those in use."""
        for token in self._tokens.values():
            token.expired = True

    def _is_over(self, token: Token) -> bool:
        """Tell whether a token is past its time; one with a live private subscription is not (ws-v2-private §1.3)."""
        return token.expired or (not token.uses and self._clock() - token.created > self.lifetime * SECOND)

    def _forget(self) -> None:
        self._tokens = {text: token for text, token in self._tokens.items() if not self._is_over(token)}


def signature(secret: bytes, target: str, nonce: str, body: bytes) -> str:
    """Return what API-Sign must be: HMAC-SHA512 over the path with its query and SHA256(nonce + body)."""
    inner = hashlib.sha256(nonce.encode() + body).digest()
    return base64.b64encode(hmac.new(secret, target.encode() + inner, hashlib.sha512).digest()).decode()


def _count(key: Key, text: str) -> None:
    nonce = integer(text)
    if nonce is None or not key.nonce < nonce < 2**64:
        raise Refused("EAPI:Invalid nonce")
    key.nonce = nonce
