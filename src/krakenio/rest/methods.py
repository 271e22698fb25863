"""Describe methods of Kraken's REST API as data: name, parameters, result; a `Call` is what a lane takes. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypedDict, TypeVar, cast
from urllib.parse import quote

from krakenio.errors import InvalidRequest
from krakenio.rest.bodies import Sink
from krakenio.rest.checks import Value, holds_objects
from krakenio.rest.parameters import checked

T = TypeVar("T")

Check = Callable[[str, Mapping[str, object]], None]

PUBLIC = "/0/public/"
PRIVATE = "/0/private/"
FUNDING = "/funding/"

Verb = Literal["GET", "POST", "PUT", "DELETE"]

IN_QUERY = ("account_id",)  # of signed calls: the wallet that is meant (rest-auth: in the signed path, not the body)
_PLACE = re.compile(r"\{(\w+)\}")


class Nothing(TypedDict):
    """Take no parameter."""


@dataclass(frozen=True, slots=True, repr=False)
class Call(Generic[T]):
    """One call, checked and ready for a lane; it may be sent several times if `repeatable`.

    `result` is the type on the wire, `finish` makes of it what the caller gets.
    """

    path: str
    result: type[Any]
    params: Mapping[str, Value]
    repeatable: bool = False
    json: bool = False
    query: Mapping[str, Value] = field(default_factory=dict[str, Value])
    verb: Verb = "POST"
    finish: Callable[[Any], T] | None = None
    sink: Sink | None = None

    @property
    def private(self) -> bool:
        """Tell whether it is to be signed."""
        return self.path.startswith((PRIVATE, FUNDING))

    @property
    def bare(self) -> bool:
        """Tell whether it is one of Funding (Beta): no envelope, the nonce in a header."""
        return self.path.startswith(FUNDING)


@dataclass(frozen=True, slots=True)
class Method(Generic[T]):
    """One method: `result` is the type of what it answers, `params` a `TypedDict`, `checks` what one type cannot say.

    `reads` is true if it changes nothing, unless a parameter of `changing` is told: only such calls are repeated.
    `finish`: what is left to do to the answer.
    """

    path: str
    result: type[Any]
    params: type[Any] = Nothing
    reads: bool = True
    changing: tuple[str, ...] = ()
    json: bool = False
    checks: tuple[Check, ...] = ()
    verb: Verb = "POST"
    finish: Callable[[Any], T] | None = None
    sink: Sink | None = None

    @property
    def name(self) -> str:
        """Return Kraken's name for it."""
        return self.path.removeprefix(PUBLIC).removeprefix(PRIVATE)

    def repeatable(self, params: Mapping[str, object]) -> bool:
        """Tell whether a call with these may be sent again; what is not plainly false counts as told."""
        return self.reads and all(params.get(name, False) is False for name in self.changing)

    def call(self, params: Mapping[str, object]) -> Call[T]:
        """Check parameters; raises `InvalidRequest`."""
        values = checked(self.params, params, self.name)
        for check in self.checks:
            check(self.name, params)
        path = _PLACE.sub(lambda place: quote(str(values.pop(place[1])), safe=""), self.path)
        in_query = values if self.verb == "GET" else IN_QUERY
        query = {name: values.pop(name) for name in tuple(in_query) if name in values}
        json = self.json or any(map(holds_objects, values.values()))
        repeatable = self.repeatable(params)
        return Call(path, self.result, values, repeatable, json, query, self.verb, self.finish, self.sink)


def public(name: str, result: type[T], params: type[Any] = Nothing) -> Method[T]:
    """Describe a method that anyone may call."""
    return Method(PUBLIC + name, result, params, verb="GET")


def finished(method: Method[Any], finish: Callable[[Any], T]) -> Method[T]:
    """Describe a method whose answer needs more than a type to be read."""
    return replace(method, finish=finish)


def beta(verb: Verb, path: str, result: type[T], params: type[Any] = Nothing, *checks: Check) -> Method[T]:
    """Describe a method of Funding (Beta); what is not GET changes something, and is sent once."""
    return Method(FUNDING + path, result, params, verb == "GET", json=True, checks=checks, verb=verb)


def read(
    name: str, result: type[T], params: type[Any] = Nothing, *checks: Check, changing: tuple[str, ...] = ()
) -> Method[T]:
    """Describe a signed method that changes nothing, where none of the parameters `changing` is told."""
    return Method(PRIVATE + name, result, params, changing=changing, checks=checks)


def read_json(name: str, result: type[T], params: type[Any] = Nothing, *checks: Check) -> Method[T]:
    """Describe a signed method that changes nothing and takes JSON only."""
    return replace(read(name, result, params, *checks), json=True)


def write_json(name: str, result: type[T], params: type[Any] = Nothing, *checks: Check) -> Method[T]:
    """Describe a signed method that changes something and takes JSON only."""
    return replace(write(name, result, params, *checks), json=True)


def write(name: str, result: type[T], params: type[Any] = Nothing, *checks: Check) -> Method[T]:
    """Describe a signed method that changes something: it is sent once, whatever becomes of it (contract C3)."""
    return Method(PRIVATE + name, result, params, reads=False, checks=checks)


def or_none(kind: type[T]) -> type[T | None]:
    """Describe an answer that may be null."""
    return cast("type[T | None]", kind | None)


def or_empty(told: dict[str, T] | tuple[()] | None) -> dict[str, T]:
    """Return an empty map where Kraken tells of nothing by an empty array, or by no result at all."""
    return told or {}


def at_most_one(*names: str) -> Check:
    """Make a check that refuses parameters which exclude one another."""

    def check(where: str, params: Mapping[str, object]) -> None:
        if sum(name in params for name in names) > 1:
            message = f"{where} takes only one of {' and '.join(names)}"
            raise InvalidRequest(message)

    return check


def at_least_one(*names: str) -> Check:
    """Make a check that asks for some of several parameters."""

    def check(where: str, params: Mapping[str, object]) -> None:
        if not any(name in params for name in names):
            message = f"{where} needs at least one of {', '.join(names)}"
            raise InvalidRequest(message)

    return check


def exactly_one(*names: str) -> Check:
    """Make a check that asks for one parameter of several."""

    def check(where: str, params: Mapping[str, object]) -> None:
        if sum(name in params for name in names) != 1:
            message = f"{where} needs either {' or '.join(names)}, and only one"
            raise InvalidRequest(message)

    return check
