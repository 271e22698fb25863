"""Give a call two uses: `await` it for one page, or `async with` it for all pages, one after the other.

A page that was cancelled while it was asked for is asked for again by the next step: nothing is lost or repeated.
"""

from collections.abc import Callable, Generator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Never, Self, TypeVar

import anyio

from krakenio.entered import Iterated
from krakenio.errors import StreamClosed
from krakenio.rest.chapter import Perform
from krakenio.rest.methods import Method
from krakenio.rest.walks import Params, Walk

P = TypeVar("P")
R = TypeVar("R")


class Paged(Iterated, Generic[P, R]):
    """A call that is still to be made: `await` gives the first page as Kraken has it, `async with` all of them."""

    def __init__(
        self, perform: Perform, method: Method[P], params: Mapping[str, object], walk: Callable[[], Walk[R]]
    ) -> None:
        self._perform = perform
        self._method = method
        self._params = params
        self._walk = walk
        self._pages: Pages[R] | None = None

    def __repr__(self) -> str:
        """Show what it calls."""
        return f"<Paged {self._method.name}: await it for one page, or async with it for all>"

    if not TYPE_CHECKING:  # checkers refuse it by themselves, as long as it is not there

        def __aiter__(self) -> Never:
            """Say what to write around a walk."""
            raise TypeError(f"{self!r}: write `async with ... as pages:`, and inside `async for page in pages:`")

    def __await__(self) -> Generator[Any, Any, P]:
        """Make the call."""
        return self._perform(self._method, self._params).__await__()

    async def __aenter__(self) -> "Pages[R]":
        """Begin a walk; the first call is made by the first step."""
        await anyio.lowlevel.checkpoint()
        walk = self._walk()
        self._method.call(self._params)  # bad input is refused here, not in the middle of a loop
        self._pages = Pages(self._perform, self._method, walk.first(self._params), walk)
        return self._pages

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the walk; nothing is left open."""
        if self._pages is not None:
            self._pages.close()
        if error is None:
            await anyio.lowlevel.checkpoint()  # noqa: ASYNC102 - waits for nothing


class Pages(Generic[R]):
    """Iterate over pages: maps from id to row, each row once, within the rate limit.

    `count`: how many rows there are in all, as Kraken said with the first page; `None` where it tells a cursor instead.
    After an error or a cancel iterate again: it goes on behind the last page that came.
    """

    def __init__(self, perform: Perform, method: Method[Any], first: Params, walk: Walk[R]) -> None:
        self._perform = perform
        self._method = method
        self._next: Params | None = first
        self._walk = walk
        self._open = True
        self.count: int | None = None

    def __repr__(self) -> str:
        """Show of what."""
        return f"<Pages of {self._method.name}: {'open' if self._open else 'left'}>"

    def close(self) -> None:
        """End."""
        self._open = False

    def __aiter__(self) -> Self:
        """Iterate."""
        return self

    async def __anext__(self) -> dict[str, R]:
        """Return the next page that has rows which did not come before."""
        await anyio.lowlevel.checkpoint()
        if not self._open:
            message = f"pages of {self._method.name} are read outside their block; use `async with` around them"
            raise StreamClosed(message)
        while self._next is not None:
            answer = await self._perform(self._method, self._next)
            rows, self._next = self._walk.take(answer), self._walk.following(answer)
            self.count = self.count or getattr(answer, "count", None)
            if rows:
                return rows
        raise StopAsyncIteration
