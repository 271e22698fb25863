"""Name the fields of an order over REST. Source: docs.kraken.com, rest-api, AddOrder and AddOrderBatch."""

from typing import Literal, Required, TypedDict

from krakenio.rest.parameters import (
    ClientId,
    Closing,
    Digits,
    Flag,
    Names,
    Number,
    Price,
    Reference,
    Rfc3339,
    Start,
    Text,
)

OrderType = Literal[
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


class BatchOrder(TypedDict, total=False):
    """Describe an order.

    `volume`, `displayvol` in base currency (quote with the flag `viqc`); `price`, `price2` in quote currency, or
    relative to the last trade, such as `"+5%"`. `expiretm`, `starttm`: Unix seconds, or `"+30"`.
    """

    type: Required[Literal["buy", "sell"]]
    ordertype: Required[OrderType]
    volume: Required[Number]
    displayvol: Number
    price: Price
    price2: Price
    trigger: Literal["last", "index"]
    leverage: Digits
    reduce_only: Flag
    stptype: Literal["cancel-newest", "cancel-oldest", "cancel-both"]
    oflags: Names
    timeinforce: Literal["GTC", "IOC", "FOK", "GTD"]
    starttm: Start
    expiretm: Start
    close: Closing
    userref: Reference
    cl_ord_id: ClientId


class AddOrderParams(BatchOrder, total=False):
    """Describe an order of `pair`; `deadline`: the engine refuses the order if it gets to it later."""

    pair: Required[Text]
    deadline: Rfc3339
    validate: Flag
    asset_class: Literal["tokenized_asset"]
    broker: Text
