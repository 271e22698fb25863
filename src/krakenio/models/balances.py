"""What an account is worth: `result` of BalanceEx, CreditLines and TradeBalance (docs.kraken.com, rest-api)."""

from decimal import Decimal
from typing import TypeAlias

from msgspec import field

from krakenio.wire import Wire


class ExtendedBalance(Wire, frozen=True, gc=False):
    """The balance of one asset: `hold_trade` is held by open orders (but not by those on margin).

    `credit` and `credit_used` exist only with a credit line.
    """

    balance: Decimal
    hold_trade: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    credit_used: Decimal = Decimal(0)

    @property
    def available(self) -> Decimal:
        """Return what can be used: balance and credit, less what is used or held."""
        return self.balance + self.credit - self.credit_used - self.hold_trade


ExtendedBalances: TypeAlias = dict[str, ExtendedBalance]
"""`result` of BalanceEx, by asset (`XXBT`)."""


class CreditDetail(Wire, frozen=True, gc=False):
    """The credit in one asset; older answers have `credit_limit` and `available_credit`."""

    balance: Decimal | None = None
    hold_trade: Decimal | None = None
    credit: Decimal | None = None
    credit_used: Decimal | None = None
    collateral_value: Decimal | None = None
    rollover_fees: Decimal | None = None
    reserve_fees: Decimal | None = None
    credit_limit: Decimal | None = None
    available_credit: Decimal | None = None


class CreditLimits(Wire, frozen=True, gc=False):
    """How near an account is to its limits: amounts in USD; `debt_to_equity` is a ratio."""

    total_credit_usd: Decimal | None = None
    total_credit_used_usd: Decimal | None = None
    total_collateral_value_usd: Decimal | None = None
    equity_usd: Decimal | None = None
    ongoing_balance: Decimal | None = None
    debt_to_equity: Decimal | None = None


class CreditLines(Wire, frozen=True, gc=False):
    """`result` of CreditLines; `None` is the answer for an account without any."""

    asset_details: dict[str, CreditDetail] = field(default_factory=dict[str, CreditDetail])
    limits_monitor: CreditLimits | None = None


class TradeBalance(Wire, frozen=True, gc=False):
    """`result` of TradeBalance: amounts in the asset that was asked for (USD).

    `equivalent_balance` of all currencies; `trade_balance` of those that are collateral; `margin` of open positions;
    `unrealized` net profit, `cost_basis` and `valuation` of open positions; `equity` is trade balance and unrealized;
    `free_margin`, `free_margin_orders` what is left for new ones; `margin_level` percent, only while positions are
    open; `unexecuted_value` of orders.
    """

    equivalent_balance: Decimal = field(name="eb")
    trade_balance: Decimal = field(name="tb")
    margin: Decimal | None = field(name="m", default=None)
    unrealized: Decimal | None = field(name="n", default=None)
    cost_basis: Decimal | None = field(name="c", default=None)
    valuation: Decimal | None = field(name="v", default=None)
    equity: Decimal | None = field(name="e", default=None)
    free_margin: Decimal | None = field(name="mf", default=None)
    free_margin_orders: Decimal | None = field(name="mfo", default=None)
    margin_level: Decimal | None = field(name="ml", default=None)
    unexecuted_value: Decimal | None = field(name="uv", default=None)
