"""Say whether new orders may go out, for a session or a group of orders: closing takes back what is not written yet.

A gate inside another one lets nothing through that the outer one would not.
"""

from collections.abc import Callable
from typing import Any, Protocol

from krakenio.errors import OrderNotSent


class Held(Protocol):
    """A request on its way."""

    def withdraw(self, why: OrderNotSent) -> None:
        """Take it back if nothing of it is written."""
        ...


class Gate:
    """A gate that is open until it is closed for a reason, which everyone who comes later is told.

    `note` hears of each request that is being queued.
    """

    def __init__(self, outer: "Gate | None" = None, note: Callable[[Any], object] = bool) -> None:
        self._outer = outer
        self._note = note
        self._why: OrderNotSent | None = None
        self._passing: dict[Held, None] = {}

    @property
    def closed_because(self) -> OrderNotSent | None:
        """Return why nothing gets through; `None` while it and those around it are open."""
        if self._why is None and self._outer is not None:
            return self._outer.closed_because
        return self._why

    def check(self, cl_ord_id: str | None = None) -> None:
        """Raise the reason if it is closed, in an exception of its own."""
        why = self._why if self._outer is None else self.closed_because
        if why is not None:
            raise type(why)(str(why), cl_ord_id=cl_ord_id)

    def close(self, why: OrderNotSent) -> None:
        """Let nothing more through; requests that are queued were never sent."""
        self._why = why
        for held in list(self._passing):
            held.withdraw(why)

    def open(self) -> None:
        """Let new requests through again."""
        self._why = None

    def enter(self, held: Held) -> None:
        """Note a request that is being queued, with all gates around."""
        self._passing[held] = None
        self._note(held)
        if self._outer is not None:
            self._outer.enter(held)

    def leave(self, held: Held) -> None:
        """Forget it: its call has ended."""
        self._passing.pop(held, None)
        if self._outer is not None:
            self._outer.leave(held)
