"""Name what Kraken's API has, for the escape hatch: a path or a name goes in, a `Call` that knows its nature comes out.

Pure. Source: docs.kraken.com, rest-api (October 2026). A path that is not named here is sent as it is, once.
"""

import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from krakenio.errors import InvalidRequest
from krakenio.rest import account, earn, funding, history, market, subaccounts, trading
from krakenio.rest.checks import Value, anything, encodable, holds_objects
from krakenio.rest.methods import IN_QUERY, PRIVATE, Call, Method


def methods_of(*chapters: ModuleType) -> list[Method[Any]]:
    """Return what modules describe, in their order."""
    values: list[Any] = [value for chapter in chapters for value in vars(chapter).values()]
    return [value for value in values if isinstance(value, Method)]


METHODS = methods_of(market, account, history, trading, funding, subaccounts, earn)
_PATHS = {method.name: method.path for method in METHODS}
_KNOWN = {method.path: method for method in METHODS}
_JSON = frozenset(method.path for method in METHODS if method.json)
_OF_WALLETS = frozenset(method.path for method in METHODS if method.params.__optional_keys__ & {*IN_QUERY})
_PATH = re.compile(r"/0/(?:public|private)/[A-Za-z0-9]+(?:/[A-Za-z0-9]+)*(?:\?[!-~]*)?")
_OURS = ("nonce", "otp")
_EXAMPLE = {"pair": "BTC/USD"}


def call_of(path: str, params: Mapping[str, object]) -> Call[msgspec.Raw]:
    """Make a call of any path; its result stays raw. Raises `InvalidRequest`."""
    if not isinstance(params, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - not every user has a checker
        raise InvalidRequest(f"call({path!r}): pass parameters as a dict like {_EXAMPLE}, not {type(params).__name__}")
    whole = _PATHS.get(path, path)
    plain, _, asked = whole.partition("?")
    if not _PATH.fullmatch(whole):
        raise InvalidRequest(_wrong(path))
    values = {name: _allowed(name, value) for name, value in params.items()}
    private = whole.startswith(PRIVATE)
    # in a body it would mean nothing, and the default wallet would answer
    query = {name: values.pop(name) for name in IN_QUERY if name in values and plain in _OF_WALLETS}
    nested = any(holds_objects(value) for value in values.values())
    if nested and not private:
        message = f"{whole}: a query has no place for lists of dicts"
        raise InvalidRequest(message)
    told = {**dict(parse_qsl(asked, keep_blank_values=True)), **values}
    repeatable = plain in _KNOWN and _KNOWN[plain].repeatable(told)
    return Call(whole, msgspec.Raw, values, repeatable, nested or plain in _JSON, query)


def _wrong(path: str) -> str:
    if path.strip("/").startswith(("funding", "0/")):
        return f"call({path!r}): paths must begin with /0/public/ or /0/private/, such as '/0/private/Balance'"
    return f"call({path!r}): not a known name; pass a whole path such as '/0/public/Time' or '/0/private/Balance'"


def _allowed(name: object, value: object) -> Value:
    if not isinstance(name, str) or not name:
        message = f"a parameter's name must be text that is not empty, not {type(name).__name__}"
        raise InvalidRequest(message)
    if name in _OURS:
        message = f"krakenio sets {name!r} itself: leave it out"
        raise InvalidRequest(message)
    return anything(value, encodable(name, "a parameter's name"))
