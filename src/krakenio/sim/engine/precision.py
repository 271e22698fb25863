"""Change how many decimals a market has while it trades: a place and new precisions go in, its state is written anew.

Kraken changes tick sizes of running markets and tells it by `instrument` (ws-v2-market-data §4). What becomes of orders
that do not fit is not documented; here they are cancelled first, in the old digits.
"""

from collections.abc import Callable
from dataclasses import replace

from krakenio.sim.engine.engine import Engine
from krakenio.sim.markets.book import Book
from krakenio.sim.markets.history import shifted
from krakenio.sim.markets.listing import Market
from krakenio.sim.markets.orders import Order
from krakenio.sim.markets.places import Place


def resize(
    engine: Engine, place: Place, tell: Callable[[Place], None], *, price: int | None, qty: int | None, tick: int
) -> None:
    """Give a market other precisions; `tell` hears of it when all is done. `tick` is in units of the new one."""
    old = place.market
    new = replace(
        old,
        price_precision=old.price_precision if price is None else price,
        qty_precision=old.qty_precision if qty is None else qty,
        tick=tick,
    )
    for order in [*_resting(place), *place.waiting.values()]:
        if not _fits(order, new):
            engine.cancel(order, "Tick size changed")
    _rewrite(place, new)
    tell(place)


def _resting(place: Place) -> list[Order]:
    return [*place.book.bids.resting(), *place.book.asks.resting()]


def _places(old: Market, new: Market) -> tuple[int, int]:
    return new.price_precision - old.price_precision, new.qty_precision - old.qty_precision


def _fits(order: Order, market: Market) -> bool:
    """Tell whether nothing of an order is lost in these precisions."""
    price, qty = _places(order.market, market)
    prices = (order.price, order.trigger.actual if order.trigger else 0)
    kept = all(shifted(shifted(each, price), -price) == each for each in prices)
    on_tick = all(shifted(each, price) % market.tick == 0 for each in prices)
    amounts = (order.qty, order.filled, order.display)
    return kept and on_tick and all(shifted(shifted(each, qty), -qty) == each for each in amounts)


def _rewrite(place: Place, market: Market) -> None:
    price, qty = _places(place.market, market)
    book = Book()
    for order in _resting(place):
        _rescale(order, market, price, qty)
        book.side(order.side).add(order, order.shown)
    for order in place.waiting.values():
        _rescale(order, market, price, qty)
    if place.index is not None:
        place.index = shifted(place.index, price)
    place.history.rescale(price, qty)
    place.market, place.orders = market, book


def _rescale(order: Order, market: Market, price: int, qty: int) -> None:
    order.market, order.price = market, shifted(order.price, price)
    order.qty, order.filled = shifted(order.qty, qty), shifted(order.filled, qty)
    order.display, order.shown = shifted(order.display, qty), shifted(order.shown, qty)
    if order.trigger is not None:
        order.trigger.actual = shifted(order.trigger.actual, price)
        order.trigger.peak = None if order.trigger.peak is None else shifted(order.trigger.peak, price)
