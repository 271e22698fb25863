"""Watch prices for orders that wait: an order and a price go in, whether its trigger moved or fired comes out.

Stops fire on the way against their side, take-profits on the way with it; trailing ones follow the best price that
there was. Source: ws-v2-trading §0.2, §1.2; ws-v2-private §2.6.
"""

from typing import Literal

from krakenio.sim.markets.kinds import TRAILING
from krakenio.sim.markets.orders import Order, Trigger

Outcome = Literal["fired", "moved", "none"]


def rises(order_type: str, side: str) -> bool:
    """Tell whether such an order fires when the price rises to it, rather than falls."""
    return order_type.startswith("take-profit") == (side == "sell")


def arm(order: Order, reference: int) -> None:
    """Set the trigger out from a price: at acceptance, when it becomes effective, and when it is amended."""
    trigger = order.trigger
    if trigger is None:
        return
    if order.order_type in TRAILING:
        trigger.peak = reference
        _trail(order, trigger, reference)
    else:
        trigger.actual = trigger.price.near(reference, order.market)


def reached(order: Order, price: int) -> bool:
    """Tell whether a price fires the order."""
    if order.trigger is None:
        return False
    actual = order.trigger.actual
    return price >= actual if rises(order.order_type, order.side) else price <= actual


def watch(order: Order, price: int) -> Outcome:
    """Take one price of the reference that the order watches."""
    if reached(order, price):
        return "fired"
    return "moved" if _follow(order, price) else "none"


def _follow(order: Order, price: int) -> bool:
    """Move a trailing trigger after a new best price."""
    trigger = order.trigger
    if trigger is None or trigger.peak is None:
        return False
    if price == trigger.peak or (price > trigger.peak) != (order.side == "sell"):
        return False
    trigger.peak, before = price, trigger.actual
    _trail(order, trigger, price)
    return trigger.actual != before


def _trail(order: Order, trigger: Trigger, peak: int) -> None:
    distance = trigger.price.distance(peak, order.market)
    trigger.actual = max(order.market.tick, peak - distance if order.side == "sell" else peak + distance)
    if order.offset is not None:
        order.price = order.offset.near(trigger.actual, order.market)
