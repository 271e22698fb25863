"""Public market data over REST, as far as a session needs it: what each endpoint's `result` is.

Source: docs.kraken.com, rest-api. Maps are keyed by Kraken's name of the pair, not by the one that was asked for.
"""

from decimal import Decimal
from typing import TypeAlias

from msgspec import field

from krakenio.messages.system import Emergency, Maintenance
from krakenio.wire import Wire


class ServerTime(Wire, frozen=True, gc=False):
    """Kraken's clock: `unixtime` in whole seconds; `rfc1123` says the same for people, with a year of two digits."""

    unixtime: int
    rfc1123: str | None = None


class SystemStatus(Wire, frozen=True, gc=False):
    """The state of the exchange at `timestamp` (RFC 3339).

    `status`: `online`, `maintenance` (nothing is accepted, not even cancels), `cancel_only`, `post_only`.
    `upcoming_maintenance`: of the next 72 hours; `emergency`: running incidents. Both may be absent.
    """

    status: str
    timestamp: str | None = None
    upcoming_maintenance: list[Maintenance] | None = None
    emergency: list[Emergency] | None = None


class AssetPair(Wire, frozen=True, gc=False):
    """One market as REST knows it; the symbols of WebSocket v2 come from the `instrument` channel, not from `wsname`.

    Names: `altname` (`XBTUSD`), `wsname` (`XBT/USD`, may be absent), `base` and `quote` (`XXBT`, `ZUSD`), their
    classes `aclass_base` and `aclass_quote`, `execution_venue`. Decimals: `pair_decimals` of a price, `lot_decimals`
    of a quantity, `cost_decimals` of a cost. Minimums: `ordermin` in base, `costmin` in quote currency; `tick_size`:
    step of a price. Margin: `leverage_buy`, `leverage_sell` (empty: none), `margin_call`, `margin_stop` in percent,
    `long_position_limit`, `short_position_limit`. `fees`, `fees_maker` (quantity, percent) are empty since 2026, in
    `fee_volume_currency`. `lot` and `lot_multiplier` are leftovers. `status`: `online`, `cancel_only`, `post_only`,
    `limit_only`, `reduce_only`, absent on some pairs.

    Where `info` asked for leverage, fees or margin alone, Kraken tells that alone: the names are empty, and of margins
    `margin_level` stands for `margin_stop`.
    """

    altname: str = ""
    base: str = ""
    quote: str = ""
    wsname: str | None = None
    aclass_base: str | None = None
    aclass_quote: str | None = None
    execution_venue: str | None = None
    lot: str | None = None
    pair_decimals: int | None = None
    cost_decimals: int | None = None
    lot_decimals: int | None = None
    lot_multiplier: int | None = None
    leverage_buy: list[int] = field(default_factory=list[int])
    leverage_sell: list[int] = field(default_factory=list[int])
    fees: list[tuple[Decimal, Decimal]] = field(default_factory=list[tuple[Decimal, Decimal]])
    fees_maker: list[tuple[Decimal, Decimal]] = field(default_factory=list[tuple[Decimal, Decimal]])
    fee_volume_currency: str | None = None
    margin_call: int | None = None
    margin_stop: int | None = None
    margin_level: int | None = None
    ordermin: Decimal | None = None
    costmin: Decimal | None = None
    tick_size: Decimal | None = None
    status: str | None = None
    long_position_limit: int | None = None
    short_position_limit: int | None = None


AssetPairs: TypeAlias = dict[str, AssetPair]
"""`result` of AssetPairs, by Kraken's name (`XXBTZUSD`)."""
