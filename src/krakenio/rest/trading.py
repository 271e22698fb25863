"""Trading: orders over REST, and the token of the WebSocket. Source: docs.kraken.com, rest-api, Trading.

Nothing here but the token is sent twice. A write whose answer is lost raises what is `ambiguous` (contract C4).
"""

from typing import Literal, Required, TypedDict, Unpack

from krakenio.models import AddedOrder, CancelledOrders, WebSocketsToken
from krakenio.rest.chapter import Chapter
from krakenio.rest.methods import at_most_one, exactly_one, read, write
from krakenio.rest.parameters import Closing, Flag, Names, Number, Price, Reference, Rfc3339, Start, Text, TxidOrUserref


class AddOrderParams(TypedDict, total=False):
    """Describe an order.

    `volume`, `displayvol` in base currency (quote with the flag `viqc`); `price`, `price2` in quote currency, or
    relative to the last trade, such as `"+5%"`. `expiretm`, `starttm`: Unix seconds, or `"+30"`.
    `deadline`: the engine refuses the order if it gets to it later.
    """

    pair: Required[Text]
    type: Required[Literal["buy", "sell"]]
    ordertype: Required[
        Literal[
            "market",
            "limit",
            "iceberg",
            "stop-loss",
            "take-profit",
            "stop-loss-limit",
            "take-profit-limit",
            "trailing-stop",
            "trailing-stop-limit",
            "settle-position",
        ]
    ]
    volume: Required[Number]
    displayvol: Number
    price: Price
    price2: Price
    trigger: Literal["last", "index"]
    leverage: Text
    reduce_only: Flag
    stptype: Literal["cancel-newest", "cancel-oldest", "cancel-both"]
    oflags: Names
    timeinforce: Literal["GTC", "IOC", "FOK", "GTD"]
    starttm: Start
    expiretm: Start
    close: Closing
    deadline: Rfc3339
    userref: Reference
    cl_ord_id: Text
    validate: Flag
    asset_class: Literal["tokenized_asset"]
    broker: Text


class CancelOrderParams(TypedDict, total=False):
    """Name the order by `txid` (a `userref` cancels all orders that have it) or by `cl_ord_id`."""

    txid: TxidOrUserref
    cl_ord_id: Text


ADD_ORDER = write("AddOrder", AddedOrder, AddOrderParams, at_most_one("cl_ord_id", "userref"))
CANCEL_ORDER = write("CancelOrder", CancelledOrders, CancelOrderParams, exactly_one("txid", "cl_ord_id"))
GET_WEBSOCKETS_TOKEN = read("GetWebSocketsToken", WebSocketsToken)


class Trading(Chapter):
    """Place and cancel orders; needs keys."""

    async def add_order(self, **params: Unpack[AddOrderParams]) -> AddedOrder:
        """Place an order, or only check it with `validate=True`."""
        return await self._perform(ADD_ORDER, params)

    async def cancel_order(self, **params: Unpack[CancelOrderParams]) -> CancelledOrders:
        """Cancel an order; one that is gone already raises `UnknownOrder`."""
        return await self._perform(CANCEL_ORDER, params)

    async def get_websockets_token(self) -> WebSocketsToken:
        """Return a token, to be used within 15 minutes; a second one does no harm, so this is repeated like a read."""
        return await self._perform(GET_WEBSOCKETS_TOKEN)
