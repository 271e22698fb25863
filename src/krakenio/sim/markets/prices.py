"""Hold prices as clients write them, absolute or relative: a price and a reference go in, the book's units come out.

Source: ws-v2-trading §0.2; rest-endpoints §4 (relative prices). What is relative is rounded to the tick: what
Kraken does with a remainder is not documented.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Raw

from krakenio.sim.markets.listing import Market
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import exact, fixed, number, units

PRICE_TYPES = ("static", "pct", "quote")


@dataclass(frozen=True, slots=True)
class Price:
    """Hold a price: `static` is one, `pct` and `quote` are signed distances from another."""

    amount: Decimal
    kind: str = "static"

    def at(self, reference: int, market: Market) -> int:
        """Return the price in units; refuses one that is off the tick or not above zero."""
        found = self._static(market) if self.kind == "static" else reference + self.distance(reference, market)
        if found <= 0:
            raise Refused("EOrder:Invalid price")
        return found

    def near(self, reference: int, market: Market) -> int:
        """Return the price for an order that was accepted long ago: on the tick and above zero in any case."""
        if self.kind == "static":
            return max(market.tick, int(self.amount.scaleb(market.price_precision)) // market.tick * market.tick)
        return max(market.tick, reference + self.distance(reference, market))

    def distance(self, reference: int, market: Market) -> int:
        """Return how far a relative price is from the reference, in units and on the tick."""
        if self.kind == "pct":
            far = Decimal(reference) * self.amount / 100
        else:
            far = self.amount.scaleb(market.price_precision)
        return int((far / market.tick).to_integral_value(ROUND_HALF_UP)) * market.tick

    def json(self, market: Market) -> Raw:
        """Return the amount as a JSON number: with the market's digits, a percentage as it was sent."""
        return exact(self.amount) if self.kind == "pct" else number(self.amount, market.price_precision)

    def text(self, market: Market) -> str:
        """Return it as REST describes it: `27000.0`, `+5.0000%` or `-12.5`."""
        if self.kind == "static":
            return fixed(self.amount, market.price_precision)
        sign = "+" if self.amount >= 0 else ""
        if self.kind == "pct":
            return f"{sign}{self.amount:.4f}%"
        return sign + fixed(self.amount, market.price_precision)

    def _static(self, market: Market) -> int:
        if self.amount <= 0:
            raise Refused("EOrder:Invalid price")
        found = units(self.amount, market.price_precision)
        if found is None or found % market.tick:
            raise Refused("EOrder:Tick size check failed")
        return found
