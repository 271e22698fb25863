"""Trading: orders over REST, and the token of the WebSocket. Source: docs.kraken.com, rest-api, Trading.

Nothing here but the token is sent twice. A write whose answer is lost raises what is `ambiguous` (contract C4).
"""

from collections.abc import Sequence
from typing import Annotated, Literal, Required, TypedDict, Unpack

from krakenio.models import (
    AddedBatch,
    AddedOrder,
    AmendedOrder,
    CancelledOrders,
    EditedOrder,
    SwitchSet,
    WebSocketsToken,
)
from krakenio.rest.batches import MOST_CANCELS, at_most, ids, orders
from krakenio.rest.chapter import Chapter
from krakenio.rest.checks import between
from krakenio.rest.methods import at_least_one, at_most_one, exactly_one, read, write, write_json
from krakenio.rest.orderparams import AddOrderParams, BatchOrder
from krakenio.rest.parameters import (
    AmendedPrice,
    Flag,
    Names,
    Number,
    Price,
    Reference,
    Rfc3339,
    Several,
    Text,
    TxidOrUserref,
)


class CancelOrderParams(TypedDict, total=False):
    """Name the order by `txid` (a `userref` cancels all orders that have it) or by `cl_ord_id`."""

    txid: TxidOrUserref
    cl_ord_id: Text


class AmendOrderParams(TypedDict, total=False):
    """Change an order in place, named by `txid` or `cl_ord_id`; what is not given stays.

    `order_qty` in base currency: below what is filled it cancels the rest. `post_only`: refuse a price that trades.
    """

    txid: Text
    cl_ord_id: Text
    order_qty: Number
    display_qty: Number
    limit_price: AmendedPrice
    trigger_price: AmendedPrice
    pair: Text
    post_only: Flag
    deadline: Rfc3339


class EditOrderParams(TypedDict, total=False):
    """Replace an order by another one: fills stay with the old one, and of its flags only `post` can be set anew."""

    txid: Required[TxidOrUserref]
    pair: Required[Text]
    volume: Number
    displayvol: Number
    price: Price
    price2: Price
    oflags: Names
    userref: Reference
    deadline: Rfc3339
    validate: Flag
    asset_class: Literal["tokenized_asset"]
    cancel_response: Flag


class AddOrderBatchParams(TypedDict, total=False):
    """Place 2 to 15 orders of one `pair`."""

    pair: Required[Text]
    orders: Required[Annotated[Sequence[BatchOrder], orders]]
    deadline: Rfc3339
    validate: Flag
    asset_class: Literal["tokenized_asset"]
    broker: Text


class CancelOrderBatchParams(TypedDict, total=False):
    """Name up to 50 orders: by txid or `userref` in `orders`, by client ids in `cl_ord_ids`."""

    orders: Annotated[Sequence[str | int], ids]
    cl_ord_ids: Several


class SwitchParams(TypedDict):
    """Cancel all orders of the account in `timeout` seconds, unless this is called again; 0 disarms."""

    timeout: Annotated[int, between(0, 86_399)]


_CHANGES = ("order_qty", "display_qty", "limit_price", "trigger_price")
ADD_ORDER = write("AddOrder", AddedOrder, AddOrderParams, at_most_one("cl_ord_id", "userref"))
CANCEL_ORDER = write("CancelOrder", CancelledOrders, CancelOrderParams, exactly_one("txid", "cl_ord_id"))
AMEND_ORDER = write(
    "AmendOrder", AmendedOrder, AmendOrderParams, exactly_one("txid", "cl_ord_id"), at_least_one(*_CHANGES)
)
EDIT_ORDER = write("EditOrder", EditedOrder, EditOrderParams)
ADD_ORDER_BATCH = write_json("AddOrderBatch", AddedBatch, AddOrderBatchParams)
CANCEL_ALL = write("CancelAll", CancelledOrders)
CANCEL_ALL_ORDERS_AFTER = write("CancelAllOrdersAfter", SwitchSet, SwitchParams)
CANCEL_ORDER_BATCH = write_json(
    "CancelOrderBatch",
    CancelledOrders,
    CancelOrderBatchParams,
    at_least_one("orders", "cl_ord_ids"),
    at_most(MOST_CANCELS, "orders", "cl_ord_ids"),
)
GET_WEBSOCKETS_TOKEN = read("GetWebSocketsToken", WebSocketsToken)


class Trading(Chapter):
    """Place and cancel orders; needs keys."""

    async def add_order(self, **params: Unpack[AddOrderParams]) -> AddedOrder:
        """Place an order, or only check it with `validate=True`."""
        return await self._perform(ADD_ORDER, params)

    async def cancel_order(self, **params: Unpack[CancelOrderParams]) -> CancelledOrders:
        """Cancel an order; one that is gone already raises `UnknownOrder`."""
        return await self._perform(CANCEL_ORDER, params)

    async def amend_order(self, **params: Unpack[AmendOrderParams]) -> AmendedOrder:
        """Change an order in place: it keeps its ids, and its place in the queue where only the quantity falls."""
        return await self._perform(AMEND_ORDER, params)

    async def edit_order(self, **params: Unpack[EditOrderParams]) -> EditedOrder:
        """Cancel an order and place another one for it; an amend is better wherever it can do it."""
        return await self._perform(EDIT_ORDER, params)

    async def add_order_batch(self, **params: Unpack[AddOrderBatchParams]) -> AddedBatch:
        """Place several orders of one market: all are refused if one is not valid, then each stands alone.

        A row with an `error` was refused by the engine, while the others live.
        """
        return await self._perform(ADD_ORDER_BATCH, params)

    async def cancel_all(self) -> CancelledOrders:
        """Cancel every open order of the account."""
        return await self._perform(CANCEL_ALL)

    async def cancel_all_orders_after(self, **params: Unpack[SwitchParams]) -> SwitchSet:
        """Set the dead man's switch; there is one for each account."""
        return await self._perform(CANCEL_ALL_ORDERS_AFTER, params)

    async def cancel_order_batch(self, **params: Unpack[CancelOrderBatchParams]) -> CancelledOrders:
        """Cancel up to 50 orders; the answer counts them and does not say which."""
        return await self._perform(CANCEL_ORDER_BATCH, params)

    async def get_websockets_token(self) -> WebSocketsToken:
        """Return a token, to be used within 15 minutes; a second one does no harm, so this is repeated like a read."""
        return await self._perform(GET_WEBSOCKETS_TOKEN)
