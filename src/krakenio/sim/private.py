"""Write the private channels' rows: reports, orders and ledger entries go in, Kraken's sparse rows come out.

Source: ws-v2-private §2.3-2.7 (executions, with the captures of January 2026), §3 (balances).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from krakenio.sim.access import Token
from krakenio.sim.accounts import Account, decimals
from krakenio.sim.clock import micros
from krakenio.sim.history import shifted
from krakenio.sim.orders import Entry, Fill, Order, Report
from krakenio.sim.wire import number, scaled

SNAPSHOT_FILLS = 50
Row = dict[str, object]

WARNINGS = [f"{name} is deprecated" for name in ("cancel_reason", "stop_price", "trigger", "triggered_price")]
"""The standing warnings of the acknowledgement; their exact words are (unverified)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Hold what a private subscription asked for."""

    token: Token
    order_status: bool = True
    ratecounter: bool = False


def frames(reports: list[Report]) -> Iterator[list[Report]]:
    """Group reports into messages: one each, but the `filled` of an order rides with its last trade every other time.

    Kraken documents 1..n reports a message; a client must handle both (which of them it gets depends on the exec_id, so
    a seed replays).
    """
    group: list[Report] = []
    for report in reports:
        if group and not _rides(group[-1], report):
            yield group
            group = []
        group.append(report)
    if group:
        yield group


def _rides(before: Report, report: Report) -> bool:
    if before.order is not report.order or before.fill is None or report.kind != "filled":
        return False
    return before.fill.exec_id[1] < "N"


def execution(report: Report, terms: Terms) -> Row | None:
    """Return a report's row for one subscription; None if it is another account's or was not asked for."""
    if terms.token.key.account is not report.account or (report.kind == "pending_new" and not terms.order_status):
        return None
    row = _ROWS.get(report.kind, _ended)(report)
    row |= {"timestamp": micros(report.time), **_names(report.order)}
    if terms.ratecounter:
        row["ratecount"] = round(report.account.engine_counters(report.order.market.symbol).value, 4)
    return row


def open_orders(account: Account) -> list[Row]:
    """Return the snapshot's rows of open orders, fully described; their `exec_type` is (unverified)."""
    return [_open(order) for order in account.open.values()]


def recent_fills(fills: list[Fill]) -> list[Row]:
    """Return the snapshot's rows of fills: type `trade`, without the cumulative fields [C 2024-01]."""
    return [_past(fill) for fill in fills[-SNAPSHOT_FILLS:]]


def balances(account: Account) -> list[Row]:
    """Return the balances of a snapshot, those of zero left out."""
    return [_balance(asset, amount) for asset, amount in account.balances.items() if amount]


def ledger_row(entry: Entry) -> Row:
    """Return a ledger entry as an update of `balances`."""
    return {
        "ledger_id": entry.ledger_id,
        "ref_id": entry.ref_id,
        "timestamp": micros(entry.time),
        "type": entry.kind,
        "asset": entry.asset,
        "asset_class": "currency",
        "category": entry.kind,
        "wallet_type": "spot",
        "wallet_id": "main",
        "amount": number(entry.amount, entry.places),
        "fee": number(entry.fee, entry.places),
        "balance": number(entry.balance, entry.places),
    }


def _balance(asset: str, amount: Decimal) -> Row:
    total = number(amount, decimals(asset))
    wallets = [{"type": "spot", "id": "main", "balance": total}]
    return {"asset": asset, "asset_class": "currency", "balance": total, "wallets": wallets}


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
    }
    if order.order_type == "limit":
        row |= {"limit_price": scaled(order.price, market.price_precision), "limit_price_type": "static"}
    if order.post_only:
        row["post_only"] = True
    if order.expires is not None:
        row["expire_time"] = micros(order.expires)
    return row


def _pending(report: Report) -> Row:
    market = report.order.market
    sums = {
        "cum_cost": scaled(0, market.cost_precision),
        "stop_price": scaled(0, market.price_precision),
        "fee_usd_equiv": scaled(0, 4),
    }
    return {"exec_type": "pending_new", "order_status": "pending_new", **_described(report.order), **sums}


def _new(_report: Report) -> Row:
    return {"exec_type": "new", "order_status": "new"}


def _traded(report: Report) -> Row:
    """Return a fill: its status is `partially_filled` even for the one that completes the order (§2.4)."""
    fill = report.fill
    if fill is None:
        return {}
    sums = _sums(fill.order, fill.cum_qty, fill.cum_cost, fill.cum_fee)
    return {**_fill(fill), "order_status": "partially_filled", **sums}


def _ended(report: Report) -> Row:
    order = report.order
    sums = _sums(order, order.filled, order.cost, order.fee)
    row: Row = {"exec_type": report.kind, "order_status": report.kind, **sums}
    if order.reason:
        row |= {"reason": order.reason, "cancel_reason": order.reason}
    return row


def _open(order: Order) -> Row:
    row: Row = {"exec_type": "new", "order_status": order.status, **_described(order)}
    return row | _sums(order, order.filled, order.cost, order.fee) | {"timestamp": micros(order.opened)} | _names(order)


def _past(fill: Fill) -> Row:
    whole = shifted(fill.order.qty, fill.trade.market.qty_precision - fill.order.market.qty_precision)
    status = "filled" if fill.cum_qty == whole else "partially_filled"
    return {**_fill(fill), "order_status": status, "timestamp": micros(fill.trade.time), **_names(fill.order)}


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
        "fee_usd_equiv": number(fee * USD_RATES.get(market.quote.id, Decimal(1)), 4),
    }


USD_RATES = {"USD": Decimal(1), "USDT": Decimal(1), "EUR": Decimal("1.08"), "BTC": Decimal(81_000)}
"""What a unit of each quote asset is worth for `fee_usd_equiv`: fixed, since only the fee's display depends on it."""

def _amended(report: Report) -> Row:
    """Return an amend: what the order is now, and what it was filled before."""
    order = report.order
    sums = _sums(order, order.filled, order.cost, order.fee)
    return {"exec_type": "amended", "order_status": order.status, **_described(order), **sums, "amended": True}


_ROWS = {"pending_new": _pending, "new": _new, "trade": _traded, "amended": _amended}
CHANNELS = {"executions": ("query-open-trades", "query-closed-trades"), "balances": ("query-funds", "query-ledger")}
"""The private channels and the permissions of which one is needed; the mapping is (unverified)."""
