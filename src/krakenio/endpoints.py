"""Say where Kraken is: addresses go in, checked before anything is sent; `Endpoints` comes out."""

import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from krakenio.bytestream import ByteStream
from krakenio.errors import InvalidRequest

Dial = Callable[[str, int], Awaitable[ByteStream]]
"""Reach a host and port: what `Endpoints.dial` is; without one it is TCP."""

_PRODUCTION = {
    "rest": "https://api.kraken.com",
    "ws": "wss://ws.kraken.com/v2",
    "ws_auth": "wss://ws-auth.kraken.com/v2",
    "ws_l3": "wss://ws-l3.kraken.com/v2",
}
_KRAKEN = ".kraken.com"
_DEFAULT_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
_TLS_SCHEME = {"http": "https", "ws": "wss"}


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Endpoints:
    """Name the four hosts of Kraken's spot API.

    `rest` has no path; the three WebSocket addresses end in `/v2` (without it Kraken answers in its old protocol).
    `ssl_context` replaces `ssl.create_default_context()`. `dial` replaces TCP; the in-memory exchange sets it.
    `proxy`: an HTTP proxy through which all sockets go, such as `http://user:password@proxy.example:3128`; TLS to
    Kraken runs inside its tunnel. Write `%40` for an `@` in the password, and so on. `proxy_ssl_context` replaces
    `ssl.create_default_context()` towards a proxy of `https://`. Nothing is taken from the environment.
    Plain `http://` and `ws://` are refused unless the host is a loopback address, since tokens travel inside.

    Source: shared hosts of docs.kraken.com, guides/websockets/introduction; level 3 has its own since 2 Dec 2025.
    """

    rest: str = _PRODUCTION["rest"]
    ws: str = _PRODUCTION["ws"]
    ws_auth: str = _PRODUCTION["ws_auth"]
    ws_l3: str = _PRODUCTION["ws_l3"]
    ssl_context: ssl.SSLContext | None = field(default=None, repr=False)
    dial: Dial | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    proxy_ssl_context: ssl.SSLContext | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.proxy is not None:
            _check_proxy(self.proxy)
        _check("rest", self.rest, "https")
        _check_bare(self.rest)
        for name in ("ws", "ws_auth", "ws_l3"):
            _check(name, getattr(self, name), "wss")
            _check_version(name, getattr(self, name))


@dataclass(frozen=True, slots=True)
class Address:
    """One endpoint taken apart: `host`, `port`, `secure` (TLS), `target` (path and query)."""

    host: str
    port: int
    secure: bool
    target: str

    @property
    def authority(self) -> str:
        """Return what the `Host` header says: the port too, unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


def parse_address(url: str) -> Address:
    """Take a checked URL apart."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    secure = parts.scheme in {"https", "wss"}
    return Address(parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme], secure, target)


def _check(name: str, url: str, secure: str) -> None:
    plain = secure.removesuffix("s")
    parts = _split(name, url)
    if parts.scheme not in {secure, plain} or not parts.hostname:
        message = f"Endpoints({name}={url!r}): expected an address like {_PRODUCTION[name]!r}"
        raise InvalidRequest(message)
    if parts.username or parts.password or parts.fragment:
        message = f"Endpoints({name}=...): user names, passwords and fragments do not belong into an address"
        raise InvalidRequest(message)
    if parts.scheme == plain and not is_loopback(parts.hostname):
        message = (
            f"Endpoints({name}={url!r}): {plain}:// is not encrypted and allowed for loopback addresses only; "
            f"use {_TLS_SCHEME[plain]}://"
        )
        raise InvalidRequest(message)


def _check_bare(rest: str) -> None:
    parts = urlsplit(rest)
    if parts.path.strip("/") or parts.query:
        wanted = f"{parts.scheme}://{parts.netloc}"
        raise InvalidRequest(f"Endpoints(rest={rest!r}): a path is put behind it by each call; write {wanted!r}")


def _check_version(name: str, url: str) -> None:
    """Refuse Kraken's bare host, which speaks WebSocket v1: what it says decodes as nothing. Others may be bare."""
    parts = urlsplit(url)
    if not parts.path.strip("/") and (parts.hostname or "").endswith(_KRAKEN):
        wanted = f"{url.rstrip('/')}/v2"
        raise InvalidRequest(f"Endpoints({name}={url!r}): there Kraken speaks its old protocol; write {wanted!r}")


def _check_proxy(url: str) -> None:
    """Refuse what is no proxy, without showing its password."""
    try:
        parts = urlsplit(url)
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        right = right and parts.path in {"", "/"} and not (parts.query or parts.fragment)  # half of a password
    except (ValueError, AttributeError, TypeError):
        right = False
    if not right:
        message = (
            "Endpoints(proxy=...): expected an address like http://user:password@proxy.example:3128, "
            "with %40 for an @ in the password, %23 for a #, %2F for a / and so on"
        )
        raise InvalidRequest(message)


def _split(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except (ValueError, AttributeError, TypeError) as error:
        message = f"Endpoints({name}={url!r}): not an address: {error}"
        raise InvalidRequest(message) from error
    return parts


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


PRODUCTION = Endpoints()
"""Kraken's production exchange."""

BETA = Endpoints(ws="wss://beta-ws.kraken.com/v2", ws_auth="wss://beta-ws-auth.kraken.com/v2")
"""Kraken's beta API software in front of the *production* engine: orders are real. REST and level 3 have no beta."""
