"""What an account did: `result` of TradesHistory, QueryTrades, Ledgers, QueryLedgers and OrderAmends.

Times are Unix seconds with all their digits, those of amends nanoseconds. Source: docs.kraken.com, rest-api.
"""

from decimal import Decimal
from typing import TypeAlias

from msgspec import field
from msgspec.structs import replace

from krakenio.models.account import Cursor
from krakenio.wire import Wire

_LEAST = 10**15
"""Fewer are not the nanoseconds of an amend, which would be of 1970, but its milliseconds."""


class AccountTrade(Wire, frozen=True, gc=False):
    """One fill; `None` is "not told".

    Names: `ordertxid` and `postxid` of its order and position, `trade_id`, `ext_exec_id`. `pair`: Kraken's name or its
    altname, both are seen. `price` in quote currency, `vol` in base, `cost`, `fee` and `margin` in quote. `leverage` is
    `"0"` for spot. `misc`: a comma list. `tradeordertype`: the type at execution, where it differs from `ordertype`.
    Of the position that it opened: `posstatus`, and of its closed part `cprice`, `ccost`, `cfee`, `cvol`, `cmargin`,
    `net`, `trades`. `ledgers`: ids, if they were asked for.
    """

    ordertxid: str
    pair: str
    time: Decimal
    type: str
    ordertype: str
    price: Decimal
    cost: Decimal
    fee: Decimal
    vol: Decimal
    margin: Decimal | None = None
    postxid: str | None = None
    leverage: str | None = None
    misc: str | None = None
    trade_id: int | None = None
    maker: bool | None = None
    aclass: str | None = None
    tradeordertype: str | None = None
    ext_exec_id: str | None = None
    ledgers: list[str] | None = None
    posstatus: str | None = None
    cprice: Decimal | None = None
    ccost: Decimal | None = None
    cfee: Decimal | None = None
    cvol: Decimal | None = None
    cmargin: Decimal | None = None
    net: Decimal | None = None
    trades: list[str] | None = None


class TradesHistory(Wire, frozen=True, gc=False):
    """`result` of TradesHistory: a page by trade id, newest first; `count` is of all pages, or absent, or 0."""

    trades: dict[str, AccountTrade] = field(default_factory=dict[str, AccountTrade])
    count: int | None = None
    cursor: Cursor | None = None


QueryTrades: TypeAlias = dict[str, AccountTrade]
"""`result` of QueryTrades, by trade id."""


class LedgerEntry(Wire, frozen=True, gc=False):
    """One change of a balance: `amount` has a sign, `balance` is that of `asset` afterwards, `fee` comes on top.

    `type`: `trade`, `deposit`, `withdrawal`, `transfer` and others, a list that grows. `amount_token`: raw units of a
    tokenised asset.
    """

    refid: str
    time: Decimal
    type: str
    asset: str
    amount: Decimal
    fee: Decimal
    balance: Decimal
    subtype: str | None = None
    aclass: str | None = None
    amount_token: str | None = None


class Ledgers(Wire, frozen=True, gc=False):
    """`result` of Ledgers: one page of 50 by ledger id, newest first; `count` is of all pages, and may be absent."""

    ledger: dict[str, LedgerEntry] = field(default_factory=dict[str, LedgerEntry])
    count: int | None = None
    cursor: Cursor | None = None


QueryLedgers: TypeAlias = dict[str, LedgerEntry]
"""`result` of QueryLedgers, by ledger id."""


class OrderAmend(Wire, frozen=True, gc=False):
    """One state of an order: `amend_type` is `original`, `user` or `restated`; what was not set is absent.

    Quantities in base currency, prices in quote; `timestamp` in Unix nanoseconds.
    """

    amend_id: str
    amend_type: str
    timestamp: int | None = None
    order_qty: Decimal | None = None
    display_qty: Decimal | None = None
    remaining_qty: Decimal | None = None
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    reason: str | None = None
    post_only: bool | None = None


class OrderAmends(Wire, frozen=True, gc=False):
    """`result` of OrderAmends: oldest first; the first is the order as it was entered."""

    amends: list[OrderAmend] = field(default_factory=list[OrderAmend])
    count: int | None = None


def in_nanoseconds(history: OrderAmends) -> OrderAmends:
    """Return the amends with their times in nanoseconds, as is documented; milliseconds were captured (2024-10)."""
    return replace(history, amends=[replace(each, timestamp=_nanoseconds(each.timestamp)) for each in history.amends])


def _nanoseconds(time: int | None) -> int | None:
    """Return a time of this century in nanoseconds, whether it is told in them or in milliseconds."""
    return time if time is None or time >= _LEAST else time * 10**6
