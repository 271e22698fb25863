"""Decide what the private channels tell whom: reports, orders and ledger entries go in, rows of messages come out.

Source: ws-v2-private §2.1-2.2, §2.8 (executions), §3 (balances).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from krakenio.sim.accounts.access import Token
from krakenio.sim.accounts.account import Account, decimals
from krakenio.sim.clock import micros
from krakenio.sim.feeds.executions import Row, open_row, past_row, row_of
from krakenio.sim.markets.listing import class_of
from krakenio.sim.markets.orders import Entry, Fill, Report
from krakenio.sim.markets.wallets import type_of
from krakenio.sim.wire import number

SNAPSHOT_FILLS = 50
STEPS = ("pending_new", "status")
"""Steps between the states of an order, of which `order_status: false` wants to hear nothing."""

WARNINGS = [
    "cancel_reason is deprecated, use reason",
    "stop_price is deprecated, use triggers.price",
    "trigger is deprecated use triggers.reference",
    "triggered_price is deprecated use triggers.last_price",
]
"""The standing warnings of the acknowledgement, as captured in 2024 and 2026."""


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
    account = terms.token.key.account
    if account is not report.account or (report.kind in STEPS and not terms.order_status):
        return None
    row = row_of(report)
    if terms.ratecounter:
        row["ratecount"] = round(account.engine_counters(report.order.market.symbol).value, 4)
    return row


def open_orders(account: Account) -> list[Row]:
    """Return the snapshot's rows of open orders; their `exec_type` is (unverified)."""
    return [open_row(order) for order in account.open.values()]


def recent_fills(fills: list[Fill]) -> list[Row]:
    """Return the snapshot's rows of fills."""
    return [past_row(fill) for fill in fills[-SNAPSHOT_FILLS:]]


def balances(account: Account) -> list[Row]:
    """Return the balances of a snapshot, those of zero left out."""
    held = list(account.held_in())
    rows = {asset: [(name, amount) for name, each, amount in held if each == asset and amount] for _, asset, _ in held}
    return [_balance(asset, wallets) for asset, wallets in rows.items() if wallets]


def ledger_row(entry: Entry) -> Row:
    """Return a ledger entry as an update of `balances`."""
    return {
        "ledger_id": entry.ledger_id,
        "ref_id": entry.ref_id,
        "timestamp": micros(entry.time),
        "type": entry.cause.kind,
        **_subtype(entry),
        "asset": entry.asset,
        "asset_class": class_of(entry.asset),
        "category": _category(entry),
        "wallet_type": type_of(entry.cause.wallet),
        "wallet_id": entry.cause.wallet,
        "amount": number(entry.amount, entry.places),
        "fee": number(entry.fee, entry.places),
        "balance": number(entry.total, entry.places),
    }


def _subtype(entry: Entry) -> Row:
    """Return the subtype, which the channel has for transfers alone."""
    return {"subtype": entry.cause.subtype} if entry.cause.kind == "transfer" and entry.cause.subtype else {}


def _category(entry: Entry) -> str:
    """Return the category of an entry: for a transfer none is documented, so it is what it looks like in the wallet."""
    if entry.cause.kind != "transfer":
        return entry.cause.kind
    return "withdrawal" if entry.amount < 0 else "deposit"


def _balance(asset: str, wallets: list[tuple[str, Decimal]]) -> Row:
    places = decimals(asset)
    rows = [{"type": type_of(name), "id": name, "balance": number(amount, places)} for name, amount in wallets]
    total = number(sum((amount for _, amount in wallets), Decimal(0)), places)
    return {"asset": asset, "asset_class": class_of(asset), "balance": total, "wallets": rows}


CHANNELS = {"executions": ("query-open-trades", "query-closed-trades"), "balances": ("query-funds", "query-ledger")}
"""The private channels and the permissions of which one is needed; the mapping is (unverified)."""
