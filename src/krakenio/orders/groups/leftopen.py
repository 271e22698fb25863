"""Say that orders may have outlived their group: it holds their intents, so it cannot stand with the other errors."""

from collections.abc import Sequence
from typing import Any

from krakenio.errors import OrderError
from krakenio.orders.intents.intent import Intent


class OrdersLeftOpen(OrderError):
    """A group was left, and for some of its orders nothing confirmed in time that they are gone: look after them.

    `intents` are those orders: `await intent.resolve()` where the outcome is unknown, cancel what is open. They live in
    their session, so a copy or a pickle comes without them; the text names each order.
    """

    def __init__(self, message: str, *, intents: Sequence[Intent]) -> None:
        super().__init__(message)
        self.intents: tuple[Intent, ...] = tuple(intents)

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the intents behind."""
        restore, arguments, state = super().__reduce__()
        return restore, arguments, {**state, "intents": ()}
