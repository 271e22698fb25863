"""Work out what an amend makes of an order: a change as sent goes in, the terms to be come out, or Kraken's refusal.

Source: ws-v2-trading §2, rest-endpoints §4 (AmendOrder).
"""

from decimal import Decimal

from krakenio.sim.accounts.account import TAKER_FEE, cost_of, held_asset
from krakenio.sim.core import Core
from krakenio.sim.engine.terms import Terms
from krakenio.sim.gateway import sizes
from krakenio.sim.gateway.requests import Change, TriggerRequest, invalid
from krakenio.sim.gateway.rules import check_trigger
from krakenio.sim.markets.kinds import TRAILING
from krakenio.sim.markets.orders import Order
from krakenio.sim.markets.places import Place
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import units


def terms(core: Core, order: Order, change: Change) -> Terms:
    """Return the order's new terms; refuses what is none, what changes nothing, and what the account cannot pay."""
    if order.close is not None:
        raise Refused("EOrder:Order not editable")
    place = core.engine.places[order.market.symbol]
    _check_fit(place, order, change)
    found = Terms(
        qty=_qty(order, change),
        price=_price(place, order, change),
        display=_display(order, change),
        trigger=change.trigger,
        offset=change.price if order.order_type in TRAILING else None,
    )
    if not found.changes(order):
        raise Refused("EOrder:No amendable parameters provided")
    if found.qty > order.filled:
        _check_room(core, place, order, found, change)
    return found


def decimal(order: Order, qty: int) -> Decimal:
    """Return a quantity of an order as a number."""
    return Decimal(qty).scaleb(-order.market.qty_precision)


def _check_fit(place: Place, order: Order, change: Change) -> None:
    """Refuse what a type does not have, and a trigger that has fired."""
    if change.price is not None and not order.priced:
        raise invalid("limit_price")
    if change.display is not None and order.order_type != "iceberg":
        raise invalid("display-volume")
    if change.trigger is None:
        return
    if order.trigger is None or not order.waits:
        raise invalid("trigger_price")
    check_trigger(place, order.order_type, TriggerRequest(change.trigger, order.trigger.reference))


def _qty(order: Order, change: Change) -> int:
    qty = order.qty if change.qty is None else units(change.qty, order.market.qty_precision)
    if qty is None or qty <= 0:
        raise invalid("order_qty")
    return qty


def _price(place: Place, order: Order, change: Change) -> int:
    if change.price is None or order.order_type in TRAILING:
        return order.price
    return change.price.at(place.last, order.market)


def _display(order: Order, change: Change) -> int:
    """Return what an iceberg is to show: at least its share of what remains."""
    if change.display is None:
        return order.display
    shown = units(change.display, order.market.qty_precision)
    if shown is None or not 0 < shown <= order.remaining <= shown * sizes.SHARES:
        raise invalid("display-volume")
    return shown


def _check_room(core: Core, place: Place, order: Order, found: Terms, change: Change) -> None:
    """Refuse what the account cannot pay, and a price that trades where that is not wanted."""
    if decimal(order, found.qty) < order.market.qty_min:
        raise invalid("volume minimum not met")
    post_only = change.post_only or order.post_only
    if post_only and not order.waits and order.priced and core.engine.crosses(order, found.price):
        raise Refused("EOrder:Post only order")
    account = order.account
    if account is None:
        return
    needed = _held(order, _hold_price(place, order, found), found.qty - order.filled)
    if needed > account.available(held_asset(order)) + account.hold_of(order):
        raise Refused("EOrder:Insufficient funds")


def _hold_price(place: Place, order: Order, found: Terms) -> int:
    if found.price:
        return found.price
    if found.trigger is None or order.order_type in TRAILING:
        return order.hold_price
    return found.trigger.near(place.last, order.market)


def _held(order: Order, price: int, qty: int) -> Decimal:
    """Return what an order of this price and quantity ties up."""
    return cost_of(order, price, qty) * (1 + TAKER_FEE) if order.side == "buy" else decimal(order, qty)


