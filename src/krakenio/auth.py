"""Sign requests: keys, nonce and the exact bytes of a request go in, the headers that Kraken checks come out.

Source: docs.kraken.com, guides/rest/authentication. No clock is read here: the nonce is passed in.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from typing import Any, NoReturn, final

from krakenio import credentials
from krakenio.errors import CredentialsError, InvalidRequest

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

_SECRET_BYTES = 64
"""Bytes of each private key that Kraken gives out: 88 characters of base64."""


@final
class Keys:
    """Hold one API key; its secret and one-time password have no voice: not in `repr`, `vars`, pickles or copies.

    `api_secret` is base64 as Kraken shows it and is checked at once. `otp` is for keys with two-factor authentication.
    Errors name what is wrong and where it came from, never the value.
    """

    __slots__ = ("_api_key", "_otp", "_secret")
    _api_key: str
    _otp: str | None
    _secret: bytes

    def __init__(self, api_key: str, api_secret: str, otp: str | None = None) -> None:
        _fill(self, credentials.Found(api_key, api_secret, otp, credentials.ARGUMENTS))

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Keys":
        """Read `KRAKEN_API_KEY`, `KRAKEN_API_SECRET` and, if set, `KRAKEN_API_OTP`."""
        return _fill(cls.__new__(cls), credentials.from_env(environ))

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> "Keys":
        """Read a file of lines `api_key = ...`, `api_secret = ...` and, if needed, `otp = ...`.

        Blank lines and lines that begin with `#` are skipped, quotes around a value are taken off, and the names of the
        environment variables are understood too. A file that begins with `{` is one JSON object with the same names.
        """
        return _fill(cls.__new__(cls), credentials.from_file(path))

    @property
    def api_key(self) -> str:
        """Return the public part, sent as `API-Key`."""
        return self._api_key

    @property
    def secret(self) -> bytes:
        """Return the decoded secret: for `sign` only, never for output."""
        return self._secret

    @property
    def otp(self) -> str | None:
        """Return the one-time password, which belongs into the body of each private request."""
        return self._otp

    def __repr__(self) -> str:
        """Show the beginning of the public key and nothing else."""
        return f"Keys(api_key='{self._api_key[:4]}...')"

    def __eq__(self, other: object) -> bool:
        """Compare all three parts, the secret in constant time."""
        if not isinstance(other, Keys):
            return NotImplemented
        same = self._api_key == other._api_key and self._otp == other._otp
        return hmac.compare_digest(self._secret, other._secret) and same

    def __hash__(self) -> int:
        """Hash the public part."""
        return hash(self._api_key)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse: keys do not change."""
        message = f"Keys are frozen: {name!r} cannot be set, make new Keys"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse: keys do not change."""
        message = f"Keys are frozen: {name!r} cannot be deleted"
        raise AttributeError(message)

    def __copy__(self) -> "Keys":
        """Return the same object: it cannot change."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Keys":
        """Return the same object, so that `dataclasses.asdict` and its like spread no secret."""
        return self

    def __getstate__(self) -> NoReturn:
        """Refuse: see `__reduce_ex__`."""
        message = (
            "Keys are not pickled, since that would write down the secret: read them again with from_env or from_file"
        )
        raise TypeError(message)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to be pickled: the secret would leave the process."""
        self.__getstate__()


def sign(secret: str | bytes, path: str, nonce: int | str, body: bytes | str) -> str:
    """Return `API-Sign`: 88 characters of base64.

    `secret` is base64 text or decoded bytes. `path` begins at `/0/private/` (with the query string, encoded as sent).
    `nonce` has the digits that are in the body. `body` is exactly what goes on the wire.

    base64(HMAC-SHA512(secret, path + SHA256(nonce + body)))
    """
    key = _secret_bytes(secret, "secret") if isinstance(secret, str) else secret
    inner = hashlib.sha256(_digits(nonce) + (body.encode() if isinstance(body, str) else body)).digest()
    return base64.b64encode(hmac.digest(key, _ascii(path) + inner, "sha512")).decode()


def signed_headers(
    keys: Keys,
    path: str,
    nonce: int | str,
    body: bytes | str,
    content_type: str | None = FORM,
    *,
    nonce_header: bool = False,
) -> dict[str, str]:
    """Return the headers of one private request; `content_type=None` leaves that one out, for requests without a body.

    `nonce_header` adds `API-Nonce`, as the paths under `/funding/` want it instead of a nonce in the body.
    """
    headers = {"API-Key": keys.api_key, "API-Sign": sign(keys.secret, path, nonce, body)}
    if nonce_header:
        headers["API-Nonce"] = str(nonce)
    if content_type is not None:
        headers["Content-Type"] = content_type
    return headers


@final
class _Nonces:
    """A generator would end for good if the clock raised once; this goes on."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._last = 0

    def __iter__(self) -> "_Nonces":
        return self

    def __next__(self) -> int:
        self._last = max(self._clock(), self._last + 1)
        return self._last


def nonces(clock: Callable[[], int]) -> Iterator[int]:
    """Yield strictly increasing positive nonces, whatever the clock does; take one when a request is written.

    `clock` should give nanoseconds, as Kraken's own clients do: one key can never go back to a coarser resolution.
    """
    return _Nonces(clock)


def _fill(keys: Keys, found: credentials.Found) -> Keys:
    source = found.source
    put = object.__setattr__
    put(keys, "_api_key", _public(found.api_key, source))
    put(keys, "_secret", _secret_bytes(found.api_secret, source.api_secret))
    put(keys, "_otp", None if found.otp is None else _header_text(found.otp, source.otp))
    return keys


def _public(value: object, source: credentials.Source) -> str:
    """Refuse a private key in its place: it would be shown, and sent to Kraken as it is."""
    text = _header_text(value, source.api_key)
    if len(_decode(text) or b"") == _SECRET_BYTES:
        names = f"{source.api_key} and {source.api_secret}"
        message = f"{source.api_key} has the form of the private key: are {names} swapped?"
        raise CredentialsError(message)
    return text


def _header_text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        message = f"{name} must be text, not empty, as Kraken shows it"
        raise CredentialsError(message)
    if not (value.isascii() and value.isprintable()) or " " in value:
        message = f"{name} must be ASCII without blanks or line ends"
        raise CredentialsError(message)
    return value


def _secret_bytes(value: object, name: str) -> bytes:
    decoded = _decode(value)
    # Raised here and not where the decoder failed: its exceptions hold what they could not decode.
    if not decoded:
        message = (
            f"{name} must be the private key as Kraken shows it: base64, 88 characters, without blanks or line ends"
        )
        raise CredentialsError(message)
    return decoded


def _decode(value: object) -> bytes | None:
    if not isinstance(value, str) or not value.isascii():
        return None
    try:
        decoded = base64.b64decode(value, validate=True)
    except binascii.Error:
        return None
    # The decoder ignores stray bits in the last character, which only a mistyped secret has.
    return decoded if base64.b64encode(decoded).decode() == value else None


def _digits(nonce: int | str) -> bytes:
    text = str(nonce)
    if isinstance(nonce, bool) or not (text.isascii() and text.isdecimal()):
        message = f"nonce must be an unsigned integer or its digits, not {nonce!r}"
        raise InvalidRequest(message)
    return text.encode()


def _ascii(path: str) -> bytes:
    if not path.isascii():
        message = f"path must be percent-encoded as it is sent, not {path!r}"
        raise InvalidRequest(message)
    return path.encode()
