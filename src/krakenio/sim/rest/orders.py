"""Describe orders as REST does: an order goes in, a row of OpenOrders, its description and its sentence come out.

Source: rest-endpoints §3 (shared objects), §4; states: rest-conventions §10.
"""

from msgspec import Raw

from krakenio.sim.clock import SECOND
from krakenio.sim.markets.kinds import LIMITED
from krakenio.sim.markets.listing import Market
from krakenio.sim.markets.orders import Close, Order
from krakenio.sim.markets.prices import Price
from krakenio.sim.rest.digits import average_text, price_text
from krakenio.sim.wire import fixed, text

_STATES = {"pending_new": "pending", "new": "open", "partially_filled": "open", "filled": "closed"}
FIRED = {"stop-loss": "stopped", "trailing-stop": "stopped", "take-profit": "touched"}
"""What `misc` says of an order whose trigger has fired."""


def row(order: Order) -> dict[str, object]:
    """Return an order as the account endpoints list it."""
    market = order.market
    ends = {"closetm": stamp(order.closed), "reason": order.reason} if order.closed is not None else {}
    return {
        "refid": order.ref,
        "userref": order.userref,
        "cl_ord_id": order.cl_ord_id,
        "status": _STATES.get(order.status, order.status),
        "opentm": stamp(order.opened),
        "starttm": order.effective // SECOND if order.effective else 0,
        "expiretm": order.expires // SECOND if order.expires else 0,
        "descr": _description(order),
        "time_in_force": order.time_in_force,
        **_amounts(order),
        "price": average_text(order.average, market.price_precision),
        **_prices(order),
        "misc": ",".join(_misc(order)),
        **({"link_id": order.link_id} if order.link_id else {}),
        "oflags": ",".join(_flags(order)),
        **({"sender_sub_id": order.sender} if order.sender else {}),
        **ends,
    }


def sentence(order: Order) -> str:
    """Return `buy 0.01000000 XBTUSD @ limit 80000.0`."""
    qty = text(order.qty, order.market.qty_precision) if order.cash is None else str(order.cash)
    return f"{order.side} {qty} {order.market.altname} @ {_terms(order.order_type, *_named(order))}"


def close_sentence(order: Order) -> str:
    """Return `close position @ stop loss 78000.0`, nothing without a conditional close."""
    if order.close is None:
        return ""
    return f"close position @ {_terms(order.close.order_type, *_close_prices(order.close, order.market))}"


def description(order: Order) -> dict[str, object]:
    """Return what the answer to a new order says of it."""
    close = close_sentence(order)
    return {"order": sentence(order), **({"close": close} if close else {})}


def stamp(time: int | None) -> Raw:
    """Return seconds with a fraction, as a number (`ts`)."""
    return Raw(text((time or 0) // 1000, 6).encode())


def prices_of(order: Order) -> tuple[str, str]:
    """Return `price` and `price2`: the trigger comes before the limit, and `"0"` stands for none."""
    first, second = (*_named(order), "", "")[:2]
    return first or "0", second or "0"


def _terms(kind: str, *prices: str) -> str:
    """Return `limit 80000.0`, `stop loss 78000.0` or `stop loss 78000.0 -> limit 77000.0`."""
    limited = kind.endswith("-limit")
    words = kind.removesuffix("-limit").replace("-", " ")
    return f"{words} {prices[0]} -> limit {prices[1]}" if limited else " ".join([words, *prices])


def _named(order: Order) -> tuple[str, ...]:
    """Return an order's prices as it was asked for: of trailing ones the distances."""
    market = order.market
    limit = order.offset.text(market) if order.offset else text(order.price, market.price_precision)
    limits = (limit,) if order.order_type in LIMITED else ()
    return limits if order.trigger is None else (_trigger_text(order), *limits)


def _trigger_text(order: Order) -> str:
    trigger = order.trigger
    if trigger is None:
        return ""
    if order.order_type.startswith("trailing"):
        return trigger.price.text(order.market)
    return text(trigger.actual, order.market.price_precision)


def _close_prices(close: Close, market: Market) -> tuple[str, ...]:
    return tuple(price.text(market) for price in (close.trigger, close.limit) if isinstance(price, Price))


def _description(order: Order) -> dict[str, object]:
    price, price2 = prices_of(order)
    return {
        "pair": order.market.altname,
        "aclass": order.market.pair_class,
        "type": order.side,
        "ordertype": order.order_type,
        "price": price,
        "price2": price2,
        "leverage": "none",
        "order": sentence(order),
        "close": close_sentence(order),
    }


def _amounts(order: Order) -> dict[str, object]:
    """Return quantities: in the quote asset where that was asked for (viqc)."""
    market = order.market
    cost, fee = fixed(order.cost, market.cost_precision), fixed(order.fee, market.cost_precision)
    vol, done = text(order.qty, market.qty_precision), text(order.filled, market.qty_precision)
    if order.cash is not None:
        vol, done = fixed(order.cash, market.cost_precision), cost
    left = min(order.shown or order.display, order.remaining)
    shown = {"displayvol": order.display, "displayvolremain": left} if order.display else {}
    icebergs = {name: text(qty, market.qty_precision) for name, qty in shown.items()}
    return {"vol": vol, "vol_exec": done, **icebergs, "cost": cost, "fee": fee}


def _prices(order: Order) -> dict[str, object]:
    """Return the prices that triggers have come to, and which price they watch."""
    places = order.market.price_precision
    trigger = order.trigger
    found = {"stopprice": trigger.actual if trigger else 0, "limitprice": order.price if trigger else 0}
    reference = {"trigger": trigger.reference} if trigger else {}
    return {**{name: price_text(price, places) for name, price in found.items()}, **reference}


def _misc(order: Order) -> list[str]:
    found = [FIRED[order.order_type.removesuffix("-limit")]] if order.trigger is not None and not order.waits else []
    if order.status in {"canceled", "expired"} and order.filled:
        found.append("partial")
    return [*found, "amended"] if order.amends else found


def _flags(order: Order) -> list[str]:
    post, viqc = ["post"] if order.post_only else [], ["viqc"] if order.cash is not None else []
    return [order.fee_preference, *post, *viqc]
