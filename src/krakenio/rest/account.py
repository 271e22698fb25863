"""Account data: balances and orders. Source: docs.kraken.com, rest-api, Account Data."""

from typing import Literal, Required, TypedDict, Unpack

from krakenio.models import Balance, ClosedOrders, OpenOrders, QueryOrders
from krakenio.rest.chapter import Chapter
from krakenio.rest.methods import read
from krakenio.rest.parameters import Flag, Moment, Names, Reference, Text, Whole

Rebase = Literal["rebased", "base"]
"""Amounts of tokenised equities in units of the share, or of the token."""


class BalanceParams(TypedDict, total=False):
    """Ask for all balances."""

    rebase_multiplier: Rebase


class OpenOrdersParams(TypedDict, total=False):
    """Filter by `userref` or `cl_ord_id`; page with `with_cursor=True`, then `cursor` too."""

    trades: Flag
    userref: Reference
    cl_ord_id: Text
    consolidate_taker: Flag
    with_cursor: Flag
    cursor: Text
    limit: Whole
    rebase_multiplier: Rebase


class ClosedOrdersParams(TypedDict, total=False):
    """Ask for orders after `start` up to `end`: times, or ids of orders; newest first, 50 a page."""

    trades: Flag
    userref: Reference
    cl_ord_id: Text
    start: Moment
    end: Moment
    ofs: Whole
    closetime: Literal["open", "close", "both"]
    consolidate_taker: Flag
    without_count: Flag
    with_cursor: Flag
    cursor: Text
    rebase_multiplier: Rebase


class QueryOrdersParams(TypedDict, total=False):
    """Ask for up to 50 orders by `txid`; the other filters only narrow these."""

    txid: Required[Names]
    trades: Flag
    userref: Reference
    cl_ord_id: Text
    consolidate_taker: Flag
    rebase_multiplier: Rebase


BALANCE = read("Balance", Balance, BalanceParams)
OPEN_ORDERS = read("OpenOrders", OpenOrders, OpenOrdersParams)
CLOSED_ORDERS = read("ClosedOrders", ClosedOrders, ClosedOrdersParams)
QUERY_ORDERS = read("QueryOrders", QueryOrders, QueryOrdersParams)


class Account(Chapter):
    """Ask for what is ours; needs keys."""

    async def balance(self, **params: Unpack[BalanceParams]) -> Balance:
        """Return the balance of each asset, what open orders hold included."""
        return await self._perform(BALANCE, params)

    async def open_orders(self, **params: Unpack[OpenOrdersParams]) -> OpenOrders:
        """Return the open orders; one placed a moment ago can be missing."""
        return await self._perform(OPEN_ORDERS, params)

    async def closed_orders(self, **params: Unpack[ClosedOrdersParams]) -> ClosedOrders:
        """Return filled, cancelled and expired orders."""
        return await self._perform(CLOSED_ORDERS, params)

    async def query_orders(self, **params: Unpack[QueryOrdersParams]) -> QueryOrders:
        """Return orders by their ids."""
        return await self._perform(QUERY_ORDERS, params)
