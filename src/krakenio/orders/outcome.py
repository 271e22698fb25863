"""Say what became of an order request; what is known changes only towards certainty (contract B2)."""

from enum import Enum

import msgspec


class Outcome(Enum):
    """Be one of the five answers to "what happened to my order?".

    `NOT_SENT`: no byte was or will be written. `UNKNOWN`: written, no reply; may still become one of the next.
    `ACKED`: Kraken took it. `REJECTED`: Kraken refused it. `NOT_ACCEPTED`: it was written, its deadline has passed, and
    Kraken has no such order.
    """

    NOT_SENT = "not sent"
    UNKNOWN = "unknown"
    ACKED = "acknowledged"
    REJECTED = "rejected"
    NOT_ACCEPTED = "not accepted"


FINAL = frozenset({Outcome.ACKED, Outcome.REJECTED, Outcome.NOT_ACCEPTED})
"""What never changes again."""


class Acknowledged(msgspec.Struct, frozen=True, gc=False):
    """What Kraken said when it took a request: the order's names, and advice in `warnings`.

    `order_id` is empty for an order that was only validated, or whose cancel was acknowledged by `cl_ord_id`.
    """

    order_id: str
    cl_ord_id: str | None = None
    order_userref: int | None = None
    warnings: tuple[str, ...] = ()
