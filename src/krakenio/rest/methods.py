"""Describe methods of Kraken's REST API as data: name, parameters, result; a `Call` is what a lane takes. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

from krakenio.errors import InvalidRequest
from krakenio.rest.parameters import Value, checked

T = TypeVar("T")

Check = Callable[[str, Mapping[str, object]], None]

PUBLIC = "/0/public/"
PRIVATE = "/0/private/"


class Nothing(TypedDict):
    """Take no parameter."""


@dataclass(frozen=True, slots=True, repr=False)
class Call(Generic[T]):
    """One call, checked and ready for a lane; it may be sent several times if `repeatable`."""

    path: str
    result: type[T]
    params: Mapping[str, Value]
    repeatable: bool = False
    json: bool = False

    @property
    def private(self) -> bool:
        """Tell whether it is to be signed."""
        return self.path.startswith(PRIVATE)


@dataclass(frozen=True, slots=True)
class Method(Generic[T]):
    """One method: `result` is the type of what it answers, `params` a `TypedDict`, `checks` what one type cannot say.

    `reads` is true if it changes nothing: only such calls are repeated.
    """

    path: str
    result: type[T]
    params: type[Any] = Nothing
    reads: bool = True
    json: bool = False
    checks: tuple[Check, ...] = ()

    @property
    def name(self) -> str:
        """Return Kraken's name for it."""
        return self.path.removeprefix(PUBLIC).removeprefix(PRIVATE)

    def call(self, params: Mapping[str, object]) -> Call[T]:
        """Check parameters; raises `InvalidRequest`."""
        values = checked(self.params, params, self.name)
        for check in self.checks:
            check(self.name, params)
        return Call(self.path, self.result, values, self.reads, self.json)


def public(name: str, result: type[T], params: type[Any] = Nothing) -> Method[T]:
    """Describe a method that anyone may call."""
    return Method(PUBLIC + name, result, params)


def read(name: str, result: type[T], params: type[Any] = Nothing, *checks: Check) -> Method[T]:
    """Describe a signed method that changes nothing."""
    return Method(PRIVATE + name, result, params, checks=checks)


def write(name: str, result: type[T], params: type[Any] = Nothing, *checks: Check) -> Method[T]:
    """Describe a signed method that changes something: it is sent once, whatever becomes of it (contract C3)."""
    return Method(PRIVATE + name, result, params, reads=False, checks=checks)


def at_most_one(*names: str) -> Check:
    """Make a check that refuses parameters which exclude one another."""

    def check(where: str, params: Mapping[str, object]) -> None:
        if sum(name in params for name in names) > 1:
            message = f"{where} takes only one of {' and '.join(names)}"
            raise InvalidRequest(message)

    return check


def exactly_one(*names: str) -> Check:
    """Make a check that asks for one parameter of several."""

    def check(where: str, params: Mapping[str, object]) -> None:
        if sum(name in params for name in names) != 1:
            message = f"{where} needs either {' or '.join(names)}, and only one"
            raise InvalidRequest(message)

    return check
