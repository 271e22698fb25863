"""Trading over REST: what each endpoint's `result` is (docs.kraken.com, rest-api)."""

from decimal import Decimal
from typing import Any

from msgspec import field
from msgspec.structs import force_setattr

from krakenio.wire import Wire


class OrderSentence(Wire, frozen=True, gc=False):
    """What Kraken understood, as sentences for people: not to be parsed, since prices are rounded in them."""

    order: str | None = None
    close: str | None = None


class AddedOrder(Wire, frozen=True, gc=False):
    """`result` of AddOrder: `txid` lists the ids of the orders; there is none with `validate`."""

    descr: OrderSentence = field(default_factory=OrderSentence)
    txid: list[str] | None = None

    @property
    def order_id(self) -> str | None:
        """Return the id of the order, or nothing if it was only validated."""
        return self.txid[0] if self.txid else None


class CancelledOrders(Wire, frozen=True, gc=False):
    """`result` of the calls that cancel: how many orders; with `pending` it is accepted but not done yet."""

    count: int
    pending: bool | None = None


class WebSocketsToken(Wire, frozen=True, gc=False):
    """`result` of GetWebSocketsToken: a credential, hence silent in `repr`; to be used within `expires` seconds."""

    token: str
    expires: int

    def __repr__(self) -> str:
        """Show how long it lasts, not what it is."""
        return f"WebSocketsToken(expires={self.expires})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to the printers that ask for it."""
        return [("expires", self.expires)]


class AmendedOrder(Wire, frozen=True, gc=False):
    """`result` of AmendOrder: the change has a name, the order keeps its own."""

    amend_id: str


class EditedOrder(Wire, frozen=True, gc=False):
    """`result` of EditOrder: `txid` is the new order, `originaltxid` the one that it replaced.

    `status`: `ok` or `err`, with an `error_message`; `orders_cancelled` is 1 if the old one is gone. Answers without a
    `status`, and tags as numbers, have been seen.
    """

    status: str | None = None
    txid: str | None = None
    originaltxid: str | None = None
    volume: Decimal | None = None
    price: str | None = None
    price2: str | None = None
    orders_cancelled: int | None = None
    descr: OrderSentence = field(default_factory=OrderSentence)
    newuserref: int | str | None = None
    olduserref: int | str | None = None
    error_message: str | None = None


class BatchRow(Wire, frozen=True, gc=False):
    """One order of a batch, in the order of the request: placed if it has a `txid`, refused if it has an `error`.

    `close` stands beside `descr` in the documentation's sample, within it in captures.
    """

    txid: str | None = None
    descr: OrderSentence = field(default_factory=OrderSentence)
    close: str | None = None
    error: str | None = None


class AddedBatch(Wire, frozen=True, gc=False):
    """`result` of AddOrderBatch: a row for each order. A refused row does not show in the answer's errors."""

    orders: list[BatchRow]


class SwitchSet(Wire, frozen=True, gc=False):
    """`result` of CancelAllOrdersAfter: RFC 3339 times; `trigger_time` is `None` where the switch is off."""

    current_time: str = field(name="currentTime")
    trigger_time: str | None = field(name="triggerTime", default=None)

    def __post_init__(self) -> None:
        """Say "off" in one way: Kraken writes the text `0`."""
        if self.trigger_time == "0":
            force_setattr(self, "trigger_time", None)
