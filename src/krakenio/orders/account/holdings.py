"""Know what there is of each asset: rows of `balances`, BalanceEx and open orders go in, totals and holds come out.

The channel tells no holds (ws-v2-private §3.2). They come from BalanceEx, and between two answers of it from the
open orders: what is left of a sale, and what is left of a purchase times its limit, without the fee.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from krakenio.messages import Balance
from krakenio.models import ExtendedBalance
from krakenio.subscriptions.standing import Standing
from krakenio.subscriptions.wallets import after, in_earn
from krakenio.symbols import asset_of

_ZERO = Decimal(0)


class LiveBalance(msgspec.Struct, frozen=True, gc=False):
    """What there is of an asset at one moment.

    `total` is over all wallets, `earn` the part that is in earn wallets, `hold` what open orders (and whatever else
    Kraken counts) tie up, `credit` what a credit line adds. `available` is what a new order may use.
    """

    asset: str
    total: Decimal
    hold: Decimal = _ZERO
    earn: Decimal = _ZERO
    credit: Decimal = _ZERO

    @property
    def available(self) -> Decimal:
        """Return what a new order may use."""
        return self.total + self.credit - self.earn - self.hold


class Holdings:
    """The balances of the account."""

    def __init__(self) -> None:
        self._rows: dict[str, Balance] = {}
        self._credit: dict[str, Decimal] = {}
        self._beside: dict[str, Decimal] = {}  # what BalanceEx holds beyond what the open orders account for

    def snapshot(self, rows: Iterable[Balance]) -> None:
        """Take a snapshot in: what is not in it is gone."""
        self._rows = {row.asset: row for row in rows}

    def update(self, row: Balance) -> None:
        """Take a ledger entry in, or what is known already of an asset."""
        self._rows[row.asset] = after(self._rows.get(row.asset), row)

    def extended(self, found: Mapping[str, ExtendedBalance], orders: Iterable[Standing]) -> None:
        """Take an answer of BalanceEx in, and the orders that were open then."""
        held, holds, credit = held_by(orders), defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
        for name, balance in found.items():
            holds[asset_of(name)] += balance.hold_trade
            credit[asset_of(name)] += balance.credit - balance.credit_used
        self._beside = {asset: max(hold - held.get(asset, _ZERO), _ZERO) for asset, hold in holds.items()}
        self._credit = dict(credit)

    def balances(self, orders: Iterable[Standing]) -> dict[str, LiveBalance]:
        """Return every balance as it is with these orders open."""
        held = held_by(orders)
        return {
            asset: LiveBalance(
                asset,
                row.balance,
                held.get(asset, _ZERO) + self._beside.get(asset, _ZERO),
                in_earn(row),
                self._credit.get(asset, _ZERO),
            )
            for asset, row in self._rows.items()
        }


def held_by(orders: Iterable[Standing]) -> dict[str, Decimal]:
    """Return what open orders tie up by asset, fees left out; orders on margin hold nothing."""
    held: defaultdict[str, Decimal] = defaultdict(Decimal)
    for order in orders:
        report = order.report
        if report.symbol is None or report.order_qty is None or report.margin or not order.is_open:
            continue
        base, _, quote = report.symbol.partition("/")
        left = report.order_qty - order.cum_qty
        if report.side == "sell":
            held[base] += left
        elif report.limit_price is not None and report.limit_price_type in {None, "static"}:
            held[quote] += left * report.limit_price
    return dict(held)
