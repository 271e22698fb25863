"""Kraken's REST answers as data: the bytes of a body go in, typed results come out; by Kraken's chapters."""

from krakenio.models.account import (
    Balance,
    ClosedOrders,
    Cursor,
    OpenOrders,
    Order,
    OrderDescription,
    QueryOrders,
)
from krakenio.models.envelope import Answer, decode_answer, decode_result
from krakenio.models.market import AssetPair, AssetPairs, PublicTrade, RecentTrades, ServerTime, SystemStatus
from krakenio.models.trading import AddedOrder, CancelledOrders, OrderSentence, WebSocketsToken

__all__ = [
    "AddedOrder",
    "Answer",
    "AssetPair",
    "AssetPairs",
    "Balance",
    "CancelledOrders",
    "ClosedOrders",
    "Cursor",
    "OpenOrders",
    "Order",
    "OrderDescription",
    "OrderSentence",
    "PublicTrade",
    "QueryOrders",
    "RecentTrades",
    "ServerTime",
    "SystemStatus",
    "WebSocketsToken",
    "decode_answer",
    "decode_result",
]
