"""Assets, and the state of the exchange ahead: `result` of Assets and MaintenanceSchedule (docs.kraken.com)."""

from decimal import Decimal
from typing import TypeAlias

from msgspec import field

from krakenio.messages.system import Maintenance
from krakenio.wire import Wire


class AssetInfo(Wire, frozen=True, gc=False):
    """One asset as REST knows it.

    `aclass`: `currency` or `tokenized_asset`; `altname`: the short name (`XBT`). `decimals`: of what Kraken records,
    `display_decimals`: of what it shows. `collateral_value`: share of its worth that counts as collateral, absent if
    none; `margin_rate`: since 2026. `status`: `enabled`, `deposit_only`, `withdrawal_only`,
    `funding_temporarily_disabled`.
    """

    altname: str
    aclass: str | None = None
    decimals: int | None = None
    display_decimals: int | None = None
    collateral_value: Decimal | None = None
    status: str | None = None
    margin_rate: Decimal | None = None


class MaintenanceSchedule(Wire, frozen=True, gc=False):
    """`result` of MaintenanceSchedule: what is planned for the next 7 days, in the order of its beginning.

    Answers are cached: count down from `expected_start_utc`, not from `time_to_start_s`.
    """

    events: list[Maintenance] = field(default_factory=list[Maintenance])


Assets: TypeAlias = dict[str, AssetInfo]
"""`result` of Assets, by Kraken's name (`XXBT`)."""
