"""Say what became of an order request; what is known changes only towards certainty (contract B2)."""

from enum import Enum

import msgspec

from krakenio.messages import Reply, Result


class Outcome(Enum):
    """One of the five answers to "what happened to my order?".

    `NOT_SENT`: no byte was or will be written. `UNKNOWN`: written, no reply; may still become one of the next.
    `ACKED`: Kraken took it. `REJECTED`: Kraken refused it. `NOT_ACCEPTED`: it was written, its deadline has passed, and
    Kraken has no such order.
    """

    NOT_SENT = "not sent"
    UNKNOWN = "unknown"
    ACKED = "acknowledged"
    REJECTED = "rejected"
    NOT_ACCEPTED = "not accepted"


FINAL = (Outcome.ACKED, Outcome.REJECTED, Outcome.NOT_ACCEPTED)
"""What never changes again; no set, since the hash of such a value is computed in Python."""


class Acknowledged(msgspec.Struct, frozen=True, gc=False):
    """What Kraken said when it took a request: the order's names, and advice in `warnings`.

    `order_id` is empty for an order that was only validated, or whose cancel was acknowledged by `cl_ord_id`. Of an
    amend `amend_id`; of an edit the new `order_id` and the `original_order_id`; `count` of cancelled orders where many
    were meant; of the dead-man's switch `trigger_time`, `None` once it is disarmed.
    """

    order_id: str
    cl_ord_id: str | None = None
    order_userref: int | None = None
    warnings: tuple[str, ...] = ()
    amend_id: str | None = None
    original_order_id: str | None = None
    count: int | None = None
    trigger_time: str | None = None


def acknowledged(reply: Reply) -> Acknowledged:
    """Return what a reply of any order method says."""
    row = reply.row
    return acknowledged_row(row, row.count if reply.orders_cancelled is None else reply.orders_cancelled)


def acknowledged_row(row: Result, count: int | None = None) -> Acknowledged:
    """Return what one row says, of a batch or alone."""
    return Acknowledged(
        row.order_id or "",
        row.cl_ord_id,
        row.order_userref,
        tuple(row.warnings or ()),
        row.amend_id,
        row.original_order_id,
        count,
        None if row.trigger_time is None else fires_at(row),
    )


def fires_at(row: Result) -> str | None:
    """Return when Kraken's dead-man's switch fires; once disarmed its time is `"0"`, absent or now (unverified)."""
    return None if row.trigger_time in {"0", row.current_time} else row.trigger_time
