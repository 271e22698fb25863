"""Trading over REST, as far as a session needs it: what each endpoint's `result` is (docs.kraken.com, rest-api)."""

from typing import Any

from msgspec import field

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
    """`result` of CancelOrder: how many were cancelled; with `pending` the cancel is accepted but not done yet."""

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
