"""Answer with books over REST: levels to everybody, single orders to a key.

Source: rest-endpoints §1 (Depth), §2 (Level3).
"""

from collections.abc import Mapping

from krakenio.sim.accounts.access import Key
from krakenio.sim.clock import SECOND
from krakenio.sim.core import Core
from krakenio.sim.markets.book import Level, Side
from krakenio.sim.markets.listing import Market
from krakenio.sim.markets.orders import Order
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.digits import price_text
from krakenio.sim.rest.market import count_of, key, pair, public_pair
from krakenio.sim.wire import integer, text

Params = Mapping[str, str]
DEPTHS = (0, 10, 25, 100, 250, 1000)
"""What `Level3` takes; 0 is the whole book."""
DECIMALS = 3


def depth(core: Core, params: Params) -> object:
    """Return the book, asks ascending, bids descending."""
    place = public_pair(core, params)
    count = count_of(params, 100, 500)
    sides = (("asks", place.book.asks), ("bids", place.book.bids))
    return {key(place, params): {name: _levels(place.market, side, count) for name, side in sides}}


def level3(core: Core, _key: Key, params: Params) -> object:
    """Return every resting order, level by level, in queue order."""
    place = pair(core, params.get("pair"))
    levels = integer(params.get("depth", "100"))
    if levels not in DEPTHS:
        raise Refused("EGeneral:Invalid arguments:depth")
    sides = (("bids", place.book.bids), ("asks", place.book.asks))
    rows = {name: [_order(order) for order in _orders(side, levels or len(side))] for name, side in sides}
    return {"pair": place.market.symbol, **rows}


def _levels(market: Market, side: Side, count: int) -> list[object]:
    return [_level(market, price, side.levels[price]) for price in side.top(count)]


def _level(market: Market, price: int, level: Level) -> list[object]:
    """Return price, quantity, and the second in which its youngest order came."""
    youngest = max(order.queued for order in level.orders.values())
    return [price_text(price, market.price_precision), _rounded(market, level.qty), youngest // SECOND]


def _rounded(market: Market, qty: int) -> str:
    """Return a quantity with three decimals, as all captures of Depth have it; none becomes nothing (assumed)."""
    unit = 10**market.qty_precision
    return text(max(1, (2 * qty * 10**DECIMALS + unit) // (2 * unit)), DECIMALS)


def _orders(side: Side, levels: int) -> list[Order]:
    return [order for price in side.top(levels) for order in side.levels[price].orders.values()]


def _order(order: Order) -> dict[str, object]:
    return {
        "price": text(order.price, order.market.price_precision),
        "qty": _qty(order.market, order.visible),
        "order_id": order.order_id,
        "timestamp": order.queued,
    }


def _qty(market: Market, qty: int) -> str:
    return text(qty, market.qty_precision)
