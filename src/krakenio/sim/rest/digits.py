"""Write prices as REST does: scaled integers and Decimals go in, texts with five decimals or more come out.

Source: the samples of `Ticker` and of an order's `price` in rest-endpoints §1 and §3 (`81720.20000` where prices have
one decimal); captures of `Ticker`, `Depth`, `Trades` and `Spread` have it so, while `OHLC` has those of the pair.
"""

from decimal import Decimal

from krakenio.sim.wire import fixed, text

LEAST = 5


def price_text(units: int, places: int) -> str:
    """Return a price of 10^-places units.

    >>> price_text(817202, 1), price_text(12, 9)
    ('81720.20000', '0.000000012')
    """
    more = max(0, LEAST - places)
    return text(units * 10**more, places + more)


def average_text(price: Decimal, places: int) -> str:
    """Return an average, which may lie between two ticks, on a pair of so many decimals.

    >>> average_text(Decimal("81787.195"), 1), average_text(Decimal(0), 2)
    ('81787.19500', '0.00000')
    """
    return fixed(price, max(LEAST, places))
