"""Reference data of WebSocket v2: the frames of `instrument`. Numbers are always `Decimal`: orders are rounded by them.

Fields but the names are optional, because one row that lacks one must not cost all the others.
"""

from decimal import Decimal

from msgspec import field

from krakenio.wire import Exact, Wire


class Asset(Exact, frozen=True, gc=False):
    """One asset: `id` is its name in v2 (`BTC`), `precision` the ledger's decimals, `precision_display` for people.

    `status`: `enabled`, `disabled`, `depositonly`, `withdrawalonly`, `fundingtemporarilydisabled`, `workinprogress`.
    `class_` (`class` on the wire): `currency` or `tokenized_asset`; `multiplier` and `underlying_symbol` belong to
    the latter. `margin_rate` is absent where `borrowable` is false; `collateral_value` is a fraction, capped by
    `max_collateral_usd_value`.
    """

    id: str
    status: str | None = None
    precision: int | None = None
    precision_display: int | None = None
    borrowable: bool | None = None
    collateral_value: Decimal | None = None
    margin_rate: Decimal | None = None
    class_: str | None = field(default=None, name="class")
    multiplier: Decimal | None = None
    underlying_symbol: str | None = None
    max_collateral_usd_value: Decimal | None = None


class Pair(Exact, frozen=True, gc=False):
    """One market: `symbol` is what all other channels want.

    `status`: `online`, `cancel_only`, `post_only`, `limit_only`, `reduce_only`, `maintenance`, `delisted`,
    `work_in_progress`. `price_precision`, `qty_precision`: decimals on the wire, and in the book's checksum.
    `price_increment`: the tick (`tick_size` is its deprecated twin), `qty_increment`: the step of a quantity.
    `qty_min` in base, `cost_min` in quote currency (to `cost_precision` decimals). `margin_initial` (a fraction) and
    `position_limit_long`, `position_limit_short` only if `marginable`. `has_index`: index prices can trigger orders.
    `ws_display_price_precision`: for people.
    """

    symbol: str
    base: str | None = None
    quote: str | None = None
    status: str | None = None
    price_precision: int | None = None
    price_increment: Decimal | None = None
    qty_precision: int | None = None
    qty_increment: Decimal | None = None
    qty_min: Decimal | None = None
    cost_precision: int | None = None
    cost_min: Decimal | None = None
    marginable: bool | None = None
    margin_initial: Decimal | None = None
    position_limit_long: int | None = None
    position_limit_short: int | None = None
    has_index: bool | None = None
    tick_size: Decimal | None = None
    ws_display_price_precision: int | None = None


class Instruments(Wire, frozen=True, gc=False):
    """All assets and pairs, or those that changed; either list may be empty."""

    assets: list[Asset] = field(default_factory=list[Asset])
    pairs: list[Pair] = field(default_factory=list[Pair])


class InstrumentMessage(Wire, frozen=True, gc=False, tag_field="channel", tag="instrument"):
    """A frame of the `instrument` channel: its data is one object, not a list."""

    type: str
    data: Instruments
