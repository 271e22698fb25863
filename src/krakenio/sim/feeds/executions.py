"""Write execution reports: events, orders and fills go in, Kraken's sparse rows come out, fields in its samples' order.

Source: ws-v2-private §2.3-2.7, with captures of January 2026 and, of a post-only order, of February 2025. What a row
leaves out is unchanged.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Raw

from krakenio.sim.clock import micros
from krakenio.sim.markets.history import shifted
from krakenio.sim.markets.kinds import TRAILING
from krakenio.sim.markets.listing import USD_RATES, Market
from krakenio.sim.markets.orders import Close, Fill, Order, Report, Trigger
from krakenio.sim.wire import number, scaled

Row = dict[str, object]

_PENDING = (
    *("order_id", "symbol", "order_qty", "cum_cost", "time_in_force", "exec_type", "side", "order_type", "cl_ord_id"),
    *("order_userref", "limit_price_type", "limit_price", "stop_price", "post_only", "order_status", "fee_usd_equiv"),
    *("fee_ccy_pref", "timestamp"),
)
_NEW = ("timestamp", "order_status", "exec_type", "cl_ord_id", "order_userref", "post_only", "order_id")
_AMENDED = (
    *("timestamp", "exec_type", "order_status", "cum_qty", "reason", "amended", "order_qty", "limit_price"),
    *("limit_price_type", "cl_ord_id", "order_userref", "order_id"),
)
_ENDED = (
    *("timestamp", "order_status", "exec_type", "cum_qty", "cum_cost", "fee_usd_equiv", "avg_price", "cl_ord_id"),
    *("order_userref", "post_only", "cancel_reason", "reason", "order_id"),
)
_TRADE = (
    *("order_id", "order_userref", "exec_id", "exec_type", "trade_id", "symbol", "side", "last_qty", "last_price"),
    *("liquidity_ind", "cost", "order_type", "timestamp", "order_status", "cum_qty", "cum_cost", "avg_price"),
    *("fee_usd_equiv", "fees"),
)
ORDERS: Mapping[str, tuple[str, ...]] = {
    "pending_new": _PENDING,
    "new": _NEW,
    "amended": _AMENDED,
    "trade": _TRADE,
    "canceled": _ENDED,
    "expired": _ENDED,
}
"""The fields of each kind in the order of the samples; others follow."""


def row_of(report: Report) -> Row:
    """Return the row of an event."""
    row = _ROWS.get(report.kind, _ended)(report)
    return _sorted(report.kind, row | {"timestamp": micros(report.time), **_names(report.order)})


def open_row(order: Order) -> Row:
    """Return an open order as a snapshot has it, fully described."""
    row: Row = {"exec_type": "new", "order_status": order.status, **_described(order)}
    row |= _sums(order, order.filled, order.cost, order.fee)
    if order.amends:
        row["amended"] = True
    return _sorted("pending_new", row | {"timestamp": micros(order.opened)} | _names(order))


def past_row(fill: Fill) -> Row:
    """Return a fill as a snapshot has it: without the cumulative fields, its own fee in USD [C 2024-01]."""
    whole = shifted(fill.order.qty, fill.trade.market.qty_precision - fill.order.market.qty_precision)
    status = "filled" if fill.cum_qty == whole else "partially_filled"
    row = _fill(fill) | {"order_status": status, "timestamp": micros(fill.trade.time), **_names(fill.order)}
    return row | {"fee_usd_equiv": _in_usd(fill.fee, fill.trade.market)}


def _sorted(kind: str, row: Row) -> Row:
    first = [name for name in ORDERS.get(kind, ()) if name in row]
    return {name: row[name] for name in (*first, *(name for name in row if name not in first))}


def _names(order: Order) -> Row:
    """Return the ids; `order_userref` is 0 when unset, and absent beside a `cl_ord_id` (captures)."""
    row: Row = {"order_id": order.order_id}
    if order.cl_ord_id is not None:
        row["cl_ord_id"] = order.cl_ord_id
    else:
        row["order_userref"] = order.userref or 0
    return row


def _described(order: Order) -> Row:
    market = order.market
    row: Row = {
        "symbol": market.symbol,
        "side": order.side,
        "order_type": order.order_type,
        "order_qty": scaled(order.qty, market.qty_precision),
        "time_in_force": order.time_in_force.upper(),
        "fee_ccy_pref": order.fee_preference,
        **_prices(order),
        **_flags(order),
    }
    if order.cash is not None:
        row["cash_order_qty"] = number(order.cash, market.cost_precision)
    times = {"effective_time": order.effective, "expire_time": order.expires}
    row |= {name: micros(time) for name, time in times.items() if time is not None}
    texts = {"ord_ref_id": order.ref, "sender_sub_id": order.sender}
    return row | {name: text for name, text in texts.items() if text is not None}


def _flags(order: Order) -> Row:
    return {"post_only": True} if order.post_only else {}


def _prices(order: Order) -> Row:
    """Return what an order's price is: its limit, what it waits for, what it shows, and what closes it."""
    row = _limit(order) | _display(order)
    if order.trigger is not None:
        row["triggers"] = _triggers(order, order.trigger)
    if order.close is not None:
        row["contingent"] = _contingent(order, order.close)
    return row


def _limit(order: Order) -> Row:
    if not order.priced:
        return {}
    if order.offset is not None:
        return {"limit_price": order.offset.json(order.market), "limit_price_type": order.offset.kind}
    return {"limit_price": scaled(order.price, order.market.price_precision), "limit_price_type": "static"}


def _display(order: Order) -> Row:
    """Return what an iceberg shows at most, and what is left of that: before it rests, what it will show."""
    if not order.display:
        return {}
    left = min(order.shown or order.display, order.remaining)
    names = {"display_qty": order.display, "display_qty_remain": left}
    return {name: scaled(qty, order.market.qty_precision) for name, qty in names.items()}


def _triggers(order: Order, trigger: Trigger) -> Row:
    market = order.market
    row: Row = {
        "reference": trigger.reference,
        "price": trigger.price.json(market),
        "price_type": trigger.price.kind,
        "actual_price": scaled(trigger.actual, market.price_precision),
    }
    prices = {"peak_price": trigger.peak if order.order_type in TRAILING else None, "last_price": trigger.last}
    row |= {name: scaled(price, market.price_precision) for name, price in prices.items() if price is not None}
    row["status"] = "untriggered" if trigger.fired is None else "triggered"
    return row if trigger.fired is None else row | {"timestamp": micros(trigger.fired)}


def _contingent(order: Order, close: Close) -> Row:
    row: Row = {"order_type": close.order_type}
    for name, price in (("trigger_price", close.trigger), ("limit_price", close.limit)):
        if price is not None:
            row |= {name: price.json(order.market), f"{name}_type": price.kind}
    return row


def _pending(report: Report) -> Row:
    order, market = report.order, report.order.market
    sums = {
        "cum_cost": scaled(0, market.cost_precision),
        "stop_price": scaled(order.trigger.actual if order.trigger else 0, market.price_precision),
        "fee_usd_equiv": scaled(0, 4),
    }
    return {"exec_type": "pending_new", "order_status": "pending_new", **_described(order), **sums}


def _new(report: Report) -> Row:
    return {"exec_type": "new", "order_status": "new", **_flags(report.order)}


def _traded(report: Report) -> Row:
    """Return a fill: its status is `partially_filled` even for the one that completes the order (§2.4)."""
    fill = report.fill
    if fill is None:
        return {}
    sums = _sums(fill.order, fill.cum_qty, fill.cum_cost, fill.cum_fee)
    return {**_fill(fill), "order_status": "partially_filled", **sums}


def _amended(report: Report) -> Row:
    """Return an amend: what was filled before, and what the order is now; what cannot be amended is left out."""
    order = report.order
    row: Row = {
        "exec_type": "amended",
        "order_status": report.status,
        "cum_qty": scaled(report.filled, order.market.qty_precision),
        "reason": "User requested",
        "amended": True,
        "order_qty": scaled(order.qty, order.market.qty_precision),
        **_limit(order),
        **_display(order),
    }
    if order.trigger is not None:
        row["triggers"] = _triggers(order, order.trigger)
    return row


def _moved(report: Report) -> Row:
    """Return what became of a trigger: it moved, or it fired."""
    order = report.order
    inner = {} if order.trigger is None else {"triggers": _triggers(order, order.trigger)}
    return {"exec_type": "status", "order_status": report.status, **inner}


def _refilled(report: Report) -> Row:
    """Return a reload of an iceberg."""
    return {"exec_type": "iceberg_refill", "order_status": report.status, **_display(report.order)}


def _ended(report: Report) -> Row:
    order = report.order
    sums = _sums(order, order.filled, order.cost, order.fee)
    row: Row = {"exec_type": report.kind, "order_status": report.kind, **sums, **_flags(order)}
    if order.reason:
        row |= {"reason": order.reason, "cancel_reason": order.reason}
    return row


def _fill(fill: Fill) -> Row:
    market, places = fill.trade.market, fill.trade.market.cost_precision  # its digits may have changed since
    return {
        "exec_type": "trade",
        "exec_id": fill.exec_id,
        "trade_id": fill.trade.trade_id,
        "symbol": market.symbol,
        "side": fill.order.side,
        "order_type": fill.order.order_type,
        "last_qty": scaled(fill.trade.qty, market.qty_precision),
        "last_price": scaled(fill.trade.price, market.price_precision),
        "liquidity_ind": "m" if fill.maker else "t",
        "cost": number(fill.cost, places),
        "fees": [{"asset": market.quote.id, "qty": number(fill.fee, places)}],
    }


def _sums(order: Order, qty: int, cost: Decimal, fee: Decimal) -> Row:
    market = order.market
    average = cost.scaleb(market.qty_precision) / qty if qty else Decimal(0)
    return {
        "cum_qty": scaled(qty, market.qty_precision),
        "cum_cost": number(cost, market.cost_precision),
        "avg_price": number(average, market.price_precision),
        "fee_usd_equiv": _in_usd(fee, market),
    }


def _in_usd(fee: Decimal, market: Market) -> Raw:
    return number(fee * USD_RATES.get(market.quote.id, Decimal(1)), 4)


_ROWS = {
    "pending_new": _pending,
    "new": _new,
    "trade": _traded,
    "amended": _amended,
    "status": _moved,
    "iceberg_refill": _refilled,
}
