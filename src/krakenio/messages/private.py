"""Account data of WebSocket v2: the frames of `executions` and `balances`. Numbers are always `Decimal`.

A missing field is `None` and means "unchanged or not told", never zero. `type` is `snapshot` or `update`; `sequence`
begins with 1 at the snapshot and counts up by one, for each channel of a connection on its own (captures of 2026-01).
Source: docs.kraken.com, api-reference/spot-websocket-v2/executions and balances.
"""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from krakenio.wire import Exact, Wire


class Fee(Exact, frozen=True, gc=False):
    """A fee of one fill: `qty` of `asset`."""

    asset: str
    qty: Decimal


class Triggers(Exact, frozen=True, gc=False):
    """What a triggered order waits for.

    `reference`: `index` or `last`. `price` as entered, in the unit `price_type` (`static`, `pct`, `quote`);
    `actual_price`: what it comes to now; `peak_price`: of trailing orders; `last_price`: what fired it, at
    `timestamp`. `status`: `untriggered` or `triggered`.
    """

    reference: str | None = None
    price: Decimal | None = None
    price_type: str | None = None
    actual_price: Decimal | None = None
    peak_price: Decimal | None = None
    last_price: Decimal | None = None
    status: str | None = None
    timestamp: str | None = None


class Contingent(Exact, frozen=True, gc=False):
    """The order that each fill creates (conditional close); price types are `static`, `pct` or `quote`."""

    order_type: str | None = None
    trigger_price: Decimal | None = None
    trigger_price_type: str | None = None
    limit_price: Decimal | None = None
    limit_price_type: str | None = None


class Execution(Exact, frozen=True, gc=False):
    """One report about one order: a new state, a fill, a change.

    What happened: `exec_type` (`pending_new`, `new`, `trade`, `filled`, `iceberg_refill`, `canceled`, `expired`,
    `amended`, `restated`, `status`), leaving the order in `order_status` (`pending_new`, `new`, `partially_filled`,
    `filled`, `canceled`, `expired`) at `timestamp`. The fill that completes an order says `partially_filled`; a
    `filled` report follows it. `symbol`, `side`, `order_type` and the description of the order come with
    `pending_new`, fills and snapshots only.

    The order: `order_qty` (base) or `cash_order_qty` (quote), `limit_price` in the unit `limit_price_type`,
    `time_in_force` in upper case, `effective_time` and `expire_time`, `post_only`, `reduce_only`, `margin`, `no_mpp`
    (deprecated), iceberg's `display_qty` and `display_qty_remain`, `fee_ccy_pref` (`fcib`, `fciq`), `triggers`,
    `contingent`, `stop_price`, `trigger` and `triggered_price` (deprecated). Its names: `order_id`, `cl_ord_id`,
    `order_userref` (0 if unset), `ord_ref_id` (the order that spawned it), `ext_ord_id`, `sender_sub_id`, `user`
    (with `users="all"`).

    Its fills so far: `cum_qty` (base), `cum_cost` (quote), `avg_price`, `fee_usd_equiv`. This fill (`trade` only):
    `exec_id` (count a fill once by it), `trade_id`, `last_qty`, `last_price`, `cost`, `liquidity_ind` (`m`, `t`),
    `fees`, `ext_exec_id`, `margin_borrow`, `position_status` (`opened`, `closing`, `closed`).

    `reason` tells why it was cancelled or amended (`cancel_reason` is its deprecated twin); `amended`: it was, at
    least once; `liquidated`: by the engine. `ratecount`: the pair's rate counter after the event, if subscribed (name
    unverified).
    """

    order_id: Annotated[str, Meta(min_length=1)]
    exec_type: str
    order_status: str
    timestamp: str
    cl_ord_id: str | None = None
    order_userref: int | None = None
    symbol: str | None = None
    side: str | None = None
    order_type: str | None = None
    order_qty: Decimal | None = None
    cash_order_qty: Decimal | None = None
    limit_price: Decimal | None = None
    limit_price_type: str | None = None
    stop_price: Decimal | None = None
    trigger: str | None = None
    triggered_price: Decimal | None = None
    triggers: Triggers | None = None
    contingent: Contingent | None = None
    time_in_force: str | None = None
    effective_time: str | None = None
    expire_time: str | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    margin: bool | None = None
    no_mpp: bool | None = None
    display_qty: Decimal | None = None
    display_qty_remain: Decimal | None = None
    fee_ccy_pref: str | None = None
    sender_sub_id: str | None = None
    ord_ref_id: str | None = None
    ext_ord_id: str | None = None
    ext_exec_id: str | None = None
    amended: bool | None = None
    liquidated: bool | None = None
    position_status: str | None = None
    user: str | None = None
    reason: str | None = None
    cancel_reason: str | None = None
    cum_qty: Decimal | None = None
    cum_cost: Decimal | None = None
    avg_price: Decimal | None = None
    fee_usd_equiv: Decimal | None = None
    exec_id: str | None = None
    trade_id: int | None = None
    last_qty: Decimal | None = None
    last_price: Decimal | None = None
    cost: Decimal | None = None
    liquidity_ind: str | None = None
    fees: list[Fee] | None = None
    margin_borrow: bool | None = None
    ratecount: Decimal | None = None


class Wallet(Exact, frozen=True, gc=False):
    """What one wallet holds: `type` is `spot` or `earn`, `id` `main`, `flexible`, `bonded`, `locked`, ..."""

    type: str
    id: str
    balance: Decimal


class Balance(Exact, frozen=True, gc=False):
    """What there is of `asset`; in an update, with the ledger entry that changed it.

    `balance` includes what open orders hold. Snapshots have `wallets`. Updates have `ledger_id` (count an entry once
    by it), `ref_id` (the fill, deposit ... behind it), `timestamp`, `type`, `subtype`, `category`, the `wallet_type`
    and `wallet_id` concerned, `amount` (signed, before the fee) and `fee` in the same asset; `user` with
    `users="all"`.
    """

    asset: str
    balance: Decimal
    asset_class: str | None = None
    wallets: list[Wallet] | None = None
    ledger_id: str | None = None
    ref_id: str | None = None
    timestamp: str | None = None
    type: str | None = None
    subtype: str | None = None
    category: str | None = None
    wallet_type: str | None = None
    wallet_id: str | None = None
    amount: Decimal | None = None
    fee: Decimal | None = None
    user: str | None = None


class ExecutionsMessage(Wire, frozen=True, gc=False, tag_field="channel", tag="executions"):
    """A frame of the `executions` channel."""

    type: str
    data: list[Execution]
    sequence: int | None = None


class BalancesMessage(Wire, frozen=True, gc=False, tag_field="channel", tag="balances"):
    """A frame of the `balances` channel."""

    type: str
    data: list[Balance]
    sequence: int | None = None
