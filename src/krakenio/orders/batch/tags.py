"""Cancel the orders that share an `order_userref`: a tag goes in, an intent that the first of many replies decides.

Kraken answers once for each order that has the tag; how many there are only Kraken knows (ws-v2-trading §4).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from krakenio.errors import ApiError, api_error
from krakenio.links.timing import learn
from krakenio.messages import Reply
from krakenio.orders.batch.cancellist import is_of_all
from krakenio.orders.batch.legs import Look
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.needs import Desk, Via
from krakenio.orders.intents.outcome import Acknowledged, Outcome, acknowledged


class TagCancel(Intent):
    """The cancel of all open orders that have a tag: `ACKED` with the first that is cancelled.

    The executions tell of the others. A refusal is the outcome if no other reply comes within a second of it.
    """

    __slots__ = ("_orders", "_refusal")

    def __init__(self, desk: Desk, tag: int, orders: Callable[[], Sequence[str]], look: Look, via: Via) -> None:
        super().__init__(desk, "cancel_order", {"order_userref": [tag]}, look, timed=False, via=via)
        self._orders = orders
        self._refusal: ApiError | None = None

    @property
    def charged(self) -> Mapping[str, Any]:
        """Name the orders that have the tag, as far as is known: each costs by its age."""
        return {"orders": self._orders()}

    def answered(self, reply: Reply) -> bool:
        """Take one of the replies; none is known to be the last."""
        learn(self._context, self._departed, reply)
        if self.outcome is not Outcome.UNKNOWN:
            return False
        if reply.ok:
            self.accept(acknowledged(reply))
        elif reply.refusal is None or is_of_all(error := api_error(reply.refusal)):
            self._not_taken(reply)
        else:
            self._refusal = error
            self._hurry()
        return False

    def lost(self, *, written: bool) -> None:
        """Learn that no other reply can come: orders that none was heard of may have been cancelled."""
        self._refusal = None
        super().lost(written=written)

    def _result(self, began: float) -> Acknowledged:
        if self.outcome is Outcome.UNKNOWN and self._refusal is not None:
            self._waiting = True  # whoever called is told now: no event need tell it
            self._refuse(self._refusal)
            self._waiting = False
            self._desk.left(self)
        return super()._result(began)
