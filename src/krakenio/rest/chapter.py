"""Say how a chapter of Kraken's API makes its calls: a `Method` and parameters go in, the typed result comes out."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar

from krakenio.rest.methods import Method
from krakenio.tasks import Job

T = TypeVar("T")

NO_PARAMETERS: Mapping[str, object] = MappingProxyType({})


class Perform(Protocol):
    """Make one call."""

    async def __call__(self, method: Method[T], params: Mapping[str, object] = NO_PARAMETERS) -> T:
        """Check the parameters, send, and return the result."""
        ...


Spawn = Callable[[Job, str], None]
"""Start a library task, which ends with the block of the session or client."""


class Chapter:
    """Hold the methods of one chapter; each is one line over `Perform`."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def __repr__(self) -> str:
        """Show which."""
        return f"<{type(self).__name__}: a chapter of Kraken's REST API>"
