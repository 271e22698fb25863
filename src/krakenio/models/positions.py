"""Margin positions and fees: `result` of OpenPositions and TradeVolume (docs.kraken.com, rest-api)."""

from decimal import Decimal
from typing import TypeAlias

from msgspec import field

from krakenio.wire import Wire


class Position(Wire, frozen=True, gc=False):
    """One open position: `vol` and `vol_closed` in base currency; `cost`, `fee`, `margin`, `value`, `net` in quote.

    `value` and `net` (with its sign) only with `docalcs=True`. `terms`: of the rollover, text such as
    `0.0200% per 4 hours`; `rollovertm`: the next one, in Unix seconds.
    """

    ordertxid: str
    pair: str
    type: str
    vol: Decimal
    vol_closed: Decimal
    cost: Decimal
    fee: Decimal
    margin: Decimal
    time: Decimal | None = None
    asset_class: str | None = field(name="class", default=None)
    posstatus: str | None = None
    ordertype: str | None = None
    value: Decimal | None = None
    net: Decimal | None = None
    terms: str | None = None
    rollovertm: Decimal | None = None
    misc: str | None = None
    oflags: str | None = None


OpenPositions: TypeAlias = dict[str, Position]
"""`result` of OpenPositions, by position id."""

WirePositions: TypeAlias = OpenPositions | tuple[()]
"""The same as it comes: where there are none, an empty array stands in place of the map."""


class MarketPosition(Wire, frozen=True, gc=False):
    """All positions of one market together: `positions` counts them, `leverage` is such as `5.00` or `n/a`."""

    pair: str
    positions: Decimal
    type: str
    vol: Decimal
    cost: Decimal
    fee: Decimal
    margin: Decimal
    vol_closed: Decimal | None = None
    leverage: str | None = None
    asset_class: str | None = field(name="class", default=None)
    value: Decimal | None = None
    net: Decimal | None = None


MarketPositions: TypeAlias = list[MarketPosition]
"""`result` of OpenPositions with `consolidation="market"`: an array, where it is a map without."""


class FeeTier(Wire, frozen=True, gc=False):
    """The fee of one pair in percent (`0.2500` is a quarter of one percent): now, least, most and at the next tier.

    The volumes are those from which this tier and the next one hold, in USD.
    """

    fee: Decimal
    minfee: Decimal | None = None
    maxfee: Decimal | None = None
    nextfee: Decimal | None = None
    tiervolume: Decimal | None = None
    tierfuturesvolume: Decimal | None = None
    nextvolume: Decimal | None = None
    nextfuturesvolume: Decimal | None = None
    volumeoffset: Decimal | None = None


class VolumeInputs(Wire, frozen=True, gc=False):
    """What the tier is computed from, in USD."""

    domain_spot_volume_30d: Decimal | None = None
    domain_futures_volume_30d: Decimal | None = None
    domain_assets_on_platform: Decimal | None = None


class SubaccountVolume(Wire, frozen=True, gc=False):
    """The volume of one subaccount, by its public id."""

    iiban: str
    volume: Decimal


class ScheduleTier(Wire, frozen=True, gc=False):
    """One line of a fee schedule: fees in percent, the least that it takes, and whether it is the account's."""

    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None
    min_spot_volume: Decimal | None = None
    min_futures_volume: Decimal | None = None
    min_assets_on_platform: Decimal | None = None
    active: bool | None = None


class FeeSchedule(Wire, frozen=True, gc=False):
    """The fee schedule of one pair."""

    pair: str
    tiers: list[ScheduleTier] = field(default_factory=list[ScheduleTier])
    asset_class: str | None = field(name="class", default=None)


class TradeVolume(Wire, frozen=True, gc=False):
    """`result` of TradeVolume: `volume` of 30 days in USD; `fees` (taker) and `fees_maker` only for pairs asked for."""

    currency: str
    volume: Decimal
    asset_class: str | None = None
    fees: dict[str, FeeTier] | None = None
    fees_maker: dict[str, FeeTier] | None = None
    inputs: VolumeInputs | None = None
    volume_subaccounts: list[SubaccountVolume] | None = None
    schedules: list[FeeSchedule] | None = None
