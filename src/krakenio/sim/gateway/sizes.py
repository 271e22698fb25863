"""Turn quantities as sent into the market's units: of the base asset, of money to spend, and of what an iceberg shows.

Source: ws-v2-trading §1.1 (`order_qty`, `cash_order_qty`, `display_qty`), errors.md §4.
"""

from decimal import Decimal

from krakenio.sim.gateway.requests import OrderRequest, invalid
from krakenio.sim.markets.orders import Order
from krakenio.sim.markets.places import Place
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import units

SHARES = 15
"""An iceberg shows at least so small a part of what remains of it."""


def quantity(place: Place, request: OrderRequest) -> int:
    """Return the quantity of a new order; refuses what is none or too small."""
    market = place.market
    qty = _affordable(place, request.cash) if request.cash is not None else units_of(place, request.qty)
    if qty is None or (qty <= 0 and request.cash is None):
        raise invalid("volume")
    if Decimal(qty).scaleb(-market.qty_precision) < market.qty_min:
        raise invalid("volume minimum not met")
    return qty


def units_of(place: Place, qty: Decimal | None) -> int | None:
    """Return a quantity in units; None for more decimals than the market has."""
    return None if qty is None else units(qty, place.market.qty_precision)


def display_units(order: Order, display: Decimal | None) -> int:
    """Return what an iceberg shows, 0 for other types, which show all."""
    if (order.order_type == "iceberg") != (display is not None):
        raise invalid("display-volume")
    shown = 0 if display is None else units(display, order.market.qty_precision)
    if shown is None or (display is not None and not order.remaining <= shown * SHARES <= order.remaining * SHARES):
        raise invalid("display-volume")
    return shown


def _affordable(place: Place, cash: Decimal) -> int:
    """Return how much an amount of the quote asset buys now, without fees, rounded down."""
    if cash <= 0:
        raise invalid("volume")
    if cash < place.market.cost_min:
        raise Refused("EOrder:Cost minimum not met")
    scale = place.market.price_precision + place.market.qty_precision
    left, bought, asks = int(cash.scaleb(scale)), 0, place.book.asks
    for price in asks.top(len(asks)):
        qty = min(left // price, asks.levels[price].whole)
        bought, left = bought + qty, left - qty * price
        if qty < asks.levels[price].whole:
            break
    return bought
