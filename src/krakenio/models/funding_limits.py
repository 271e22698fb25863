"""Funding (Beta): how much may be deposited or withdrawn. Source: docs.kraken.com, the lists of Funding limits."""

from decimal import Decimal

from msgspec import field

from krakenio.models.funding_beta import AssetAmount
from krakenio.wire import Wire


class LimitAmounts(Wire, frozen=True, gc=False):
    """One amount three times: in the asset of the limit, in USD, and in the asset that was asked for."""

    policy_asset_amount: AssetAmount | None = None
    usd_amount: AssetAmount | None = None
    requested_asset_amount: AssetAmount | None = None


class LimitState(Wire, frozen=True, gc=False):
    """How far a limit is used: amounts, or a number where `limit_type` (`attempt`, `success`) counts transfers."""

    limit_type: str | None = None
    remaining: LimitAmounts | Decimal | None = None
    maximum: LimitAmounts | Decimal | None = None
    used: LimitAmounts | Decimal | None = None


class WindowedLimit(Wire, frozen=True, gc=False):
    """A limit within a window of time: seconds, or text that tells it."""

    time_window: str | int | None = None
    limit: LimitState | None = None


class MethodLimit(Wire, frozen=True, gc=False):
    """The limits of one method; `maximum_reason`: `balance` or `limits`."""

    method_id: str
    maximum_amount: AssetAmount | None = None
    maximum_reason: str | None = None
    limits: list[WindowedLimit] = field(default_factory=list[WindowedLimit])


class DepositLimits(Wire, frozen=True, gc=False):
    """The limits of deposits."""

    deposit_limits: list[MethodLimit] = field(default_factory=list[MethodLimit])


class WithdrawalLimits(Wire, frozen=True, gc=False):
    """The limits of withdrawals."""

    available_balance: AssetAmount | None = None
    withdrawal_limits: list[MethodLimit] = field(default_factory=list[MethodLimit])
