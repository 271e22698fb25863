"""Turn a `Call` into the exact bytes of a request: call, keys and nonce go in, an `HttpRequest` comes out. Pure.

What is signed is what is sent: the body is made once, and the nonce stands in it with the digits that are signed.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

import msgspec

from krakenio.auth import FORM, JSON, Keys, signed_headers
from krakenio.rest.bodies import Sink
from krakenio.rest.checks import Value
from krakenio.rest.methods import Call

_WITH_BODY = ("POST", "PUT")


class HttpRequest(NamedTuple):
    """One request, ready to send; silent, since it may be signed."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    sink: Sink | None = None

    def __repr__(self) -> str:
        """Show neither headers nor body."""
        return f"HttpRequest({self.method} {self.endpoint})"

    @property
    def endpoint(self) -> str:
        """Return the path without its query."""
        return self.target.partition("?")[0]


def public_request(call: Call[Any]) -> HttpRequest:
    """Write a GET with its parameters in the query."""
    return HttpRequest("GET", _target(call.path, {**call.query, **call.params}), {}, b"")


def private_request(call: Call[Any], keys: Keys, nonce: int) -> HttpRequest:
    """Write and sign a request: a POST with its nonce in the body, or one of Funding (Beta)."""
    if call.bare:
        return _bare_request(call, keys, nonce)
    otp = {} if keys.otp is None else {"otp": keys.otp}
    params = {"nonce": str(nonce), **otp, **call.params}
    body = _json(params) if call.json else form(params).encode()
    target = _target(call.path, call.query)
    headers = signed_headers(keys, target, nonce, body, JSON if call.json else FORM)
    return HttpRequest("POST", target, headers, body, call.sink)


def _bare_request(call: Call[Any], keys: Keys, nonce: int) -> HttpRequest:
    """Sign the path with its query, and the body if there is one; the nonce is a header (rest-auth §2.5)."""
    body = _json(call.params) if call.verb in _WITH_BODY else b""
    target = _target(call.path, call.query)
    headers = signed_headers(keys, target, nonce, body, JSON if body else None, nonce_header=True)
    return HttpRequest(call.verb, target, headers, body)


def _target(path: str, query: Mapping[str, Value]) -> str:
    return f"{path}{'&' if '?' in path else '?'}{form(query)}" if query else path


def form(params: Mapping[str, Value]) -> str:
    """Encode parameters as a form: booleans as words, lists joined by commas, mappings and lists in them in brackets.

    >>> form({"pair": ["A", "B"], "asset": {"name": "USDC"}}), form({"status": {"list": ["pending"]}})
    ('pair=A%2CB&asset%5Bname%5D=USDC', 'status%5Blist%5D%5B0%5D=pending')
    """
    return urlencode([pair for name, value in params.items() for pair in _pairs(name, value)])


def _pairs(name: str, value: Value) -> Iterator[tuple[str, str]]:
    if isinstance(value, str | bool | int):
        yield name, _scalar(value)
    elif isinstance(value, Mapping):
        yield from _members(name, value.items())
    elif "[" in name:
        yield from _members(name, enumerate(value))  # as in `status[list][0]` of Funding (Beta)
    else:
        yield name, ",".join(_scalar(each) for each in value if isinstance(each, str | int))


def _members(name: str, members: Iterable[tuple[str | int, Value]]) -> Iterator[tuple[str, str]]:
    for key, each in members:
        yield from _pairs(f"{name}[{key}]", each)


def _scalar(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(_built_in(value))


def _built_in(value: object) -> str | int:
    """Return what a value of a subclass is, as an enum's member or numpy's text: msgspec knows none, `str` names it."""
    return str.__str__(value) if isinstance(value, str) else int(cast("int", value))


_json = msgspec.json.Encoder(enc_hook=_built_in).encode
