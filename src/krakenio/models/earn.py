"""Earn: `result` of Earn/Strategies, Earn/Allocations and the status calls (docs.kraken.com, rest-api).

Times are RFC 3339. Amounts come twice: in the asset itself (`native`), and in the currency asked for (`converted`).
"""

from decimal import Decimal

from msgspec import field

from krakenio.wire import Wire


class EarnPending(Wire, frozen=True, gc=False):
    """`result` of Earn/AllocateStatus and Earn/DeallocateStatus: whether it still runs; a failure is raised."""

    pending: bool


class LockType(Wire, frozen=True, gc=False):
    """How money is bound: `type` is `flex`, `instant`, `bonded` or `timed`; periods in seconds."""

    type: str
    payout_frequency: int | None = None
    bonding_period: int | None = None
    bonding_period_variable: bool | None = None
    bonding_rewards: bool | None = None
    unbonding_period: int | None = None
    unbonding_period_variable: bool | None = None
    unbonding_rewards: bool | None = None
    exit_queue_period: int | None = None


class AprEstimate(Wire, frozen=True, gc=False):
    """The yearly rate in percent, as Kraken expects it."""

    low: Decimal
    high: Decimal


class AutoCompound(Wire, frozen=True, gc=False):
    """Whether rewards are allocated by themselves: `type` is `disabled`, `enabled` or `optional`."""

    type: str
    default: bool | None = None


class YieldSource(Wire, frozen=True, gc=False):
    """Where rewards come from: `staking` or `off_chain`."""

    type: str


class EarnStrategy(Wire, frozen=True, gc=False):
    """One offer: amounts in `asset`, fees in percent; `user_cap` is the most, `None` without a limit.

    `allocation_restriction_info`: why one may not allocate, such as `tier`.
    """

    id: str
    asset: str
    lock_type: LockType
    apr_estimate: AprEstimate | None = None
    user_min_allocation: Decimal | None = None
    user_cap: Decimal | None = None
    allocation_fee: Decimal | None = None
    deallocation_fee: Decimal | None = None
    auto_compound: AutoCompound | None = None
    yield_source: YieldSource | None = None
    can_allocate: bool | None = None
    can_deallocate: bool | None = None
    allocation_restriction_info: list[str] = field(default_factory=list[str])


class EarnStrategies(Wire, frozen=True, gc=False):
    """`result` of Earn/Strategies."""

    items: list[EarnStrategy] = field(default_factory=list[EarnStrategy])
    next_cursor: str | None = None


class EarnAmount(Wire, frozen=True, gc=False):
    """An amount in the asset and converted; of `pending` it is negative while money comes back."""

    native: Decimal
    converted: Decimal


class EarnPart(Wire, frozen=True, gc=False):
    """One allocation on its way in or out, between two times."""

    created_at: str
    expires: str
    native: Decimal
    converted: Decimal


class EarnStage(Wire, frozen=True, gc=False):
    """All that is being bonded, unbonded or waits to leave."""

    native: Decimal
    converted: Decimal
    allocation_count: int | None = None
    allocations: list[EarnPart] = field(default_factory=list[EarnPart])


class AllocatedAmounts(Wire, frozen=True, gc=False):
    """What is allocated, in all and by stage; stages without money are absent."""

    total: EarnAmount
    bonding: EarnStage | None = None
    unbonding: EarnStage | None = None
    exit_queue: EarnStage | None = None
    pending: EarnAmount | None = None


class EarnPayout(Wire, frozen=True, gc=False):
    """The running period of rewards."""

    period_start: str
    period_end: str
    accumulated_reward: EarnAmount | None = None
    estimated_reward: EarnAmount | None = None


class EarnAllocation(Wire, frozen=True, gc=False):
    """What an account has in one strategy."""

    strategy_id: str
    native_asset: str
    amount_allocated: AllocatedAmounts
    total_rewarded: EarnAmount | None = None
    payout: EarnPayout | None = None


class EarnAllocations(Wire, frozen=True, gc=False):
    """`result` of Earn/Allocations: totals in `converted_asset`."""

    converted_asset: str
    total_allocated: Decimal
    total_rewarded: Decimal
    items: list[EarnAllocation] = field(default_factory=list[EarnAllocation])
    next_cursor: str | None = None
