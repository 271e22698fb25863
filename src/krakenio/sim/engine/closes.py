"""Make conditional closes: a fill of an order that has one goes in, the order that closes it comes out.

The other side, as much as was filled; its relative prices start from the last trade, which is the fill itself.
Source: ws-v2-trading §1.3.
"""

from krakenio.sim.markets.kinds import LIMITED, TRAILING
from krakenio.sim.markets.orders import MARKET_PRICE, Close, Fill, Order, Trigger


def spawned(fill: Fill, order_id: str, now: int, last: int) -> Order:
    """Return the order that a fill makes."""
    first, close = fill.order, fill.order.close or Close("limit")
    made = Order(
        order_id=order_id,
        market=first.market,
        side="sell" if first.side == "buy" else "buy",
        order_type=close.order_type,
        qty=fill.trade.qty,
        price=MARKET_PRICE,
        opened=now,
        account=first.account,
        fee_preference=first.fee_preference,
        stp=first.stp,
        ref=first.order_id,
    )
    if close.trigger is not None:
        made.trigger = Trigger("last", close.trigger)
    if close.order_type in TRAILING:
        made.offset = close.limit
    elif close.order_type in LIMITED and close.limit is not None:
        made.price = close.limit.near(last, first.market)
    return made
