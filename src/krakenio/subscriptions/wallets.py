"""Know what there is of one asset in all its wallets: its row and a ledger entry go in, its row after it comes out.

An entry's `balance` is documented as the asset's total, but not whether over all wallets or in the one that it is about
(unverified, ws-v2-private §3.3): where that makes a difference, what the entry adds up to tells.
"""

from decimal import Decimal
from typing import TypeAlias

from krakenio.finite import is_sane
from krakenio.messages import Balance, Wallet

_ZERO = Decimal(0)
_SPOT = ("spot", "main")
_SAME = {"flex": "flexible"}
"""What snapshots call a wallet, by what its entries do."""

Wallets: TypeAlias = dict[tuple[str, str], Decimal]


def after(known: Balance | None, row: Balance) -> Balance:
    """Return an asset's row as a snapshot would have it, after a ledger entry; a snapshot's own row is that already."""
    if row.wallets is not None or (row.ledger_id is None and row.wallet_type is None):
        return row
    before = _ZERO if known is None else known.balance
    wallets, total = _wallets(known), row.balance
    change = total - before if row.amount is None else row.amount - (row.fee or _ZERO)
    if row.wallet_type is not None:
        name = row.wallet_type, _named(row.wallet_id or "")
        there = wallets.get(name, _ZERO)
        wallets[name] = there + change
        if abs(total - wallets[name]) < abs(total - before - change):  # the wallet's own, and not all there is
            wallets[name], total = total, before - there + total
    if not all(map(is_sane, (total, *wallets.values()))):  # of numbers that were, at the edge of it
        return Balance(row.asset, row.balance, row.asset_class)
    shown = [Wallet(kind, name, balance) for (kind, name), balance in wallets.items()]
    return Balance(row.asset, total, row.asset_class, shown)


def in_earn(row: Balance) -> Decimal:
    """Return what of an asset is in earn wallets."""
    return sum((each.balance for each in row.wallets or () if each.type == "earn"), _ZERO)


def _wallets(row: Balance | None) -> Wallets:
    """Return what is where; where a row does not say, all is for trading."""
    if row is None:
        return {}
    named = {(each.type, _named(each.id)): each.balance for each in row.wallets or ()}
    return named or {_SPOT: row.balance}


def _named(wallet: str) -> str:
    return _SAME.get(wallet, wallet)
