"""Check an order by itself: a request goes in, an order that the engine could take comes out, or Kraken's refusal.

These are the gateway's rules: one order of a batch that breaks them refuses the whole batch (ws-v2-trading §7).
The strings are Kraken's (errors.md §3-5); WebSocket and REST share the rules and differ in their words only.
"""

import re
from collections.abc import Sequence

from krakenio.sim.accounts.account import Account
from krakenio.sim.clock import SECOND
from krakenio.sim.core import Core
from krakenio.sim.engine import triggers
from krakenio.sim.gateway.requests import OrderRequest, TriggerRequest, invalid
from krakenio.sim.gateway.sizes import display_units, quantity
from krakenio.sim.gateway.times import check_deadline
from krakenio.sim.markets.kinds import CLOSES, LIMITED, ORDER_TYPES, TRAILING, TRIGGERED
from krakenio.sim.markets.orders import MARKET_PRICE, Close, Order, Trigger
from krakenio.sim.markets.places import Place
from krakenio.sim.markets.prices import PRICE_TYPES, Price
from krakenio.sim.refusal import Refused

MAX_EXPIRY = 31 * 86_400 * SECOND
MAX_TAG = 1 << 31

_CLIENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[\x21-\x7e]{1,18}")
"""UUID, 32 hex digits, or up to 18 ASCII signs (ws-v2-trading §0.1)."""


def prepare(core: Core, account: Account, request: OrderRequest) -> Order:
    """Make an order of a request that is valid by itself; what the engine would say comes later."""
    place = core.engine.places.get(request.symbol)
    if place is None:
        raise Refused(f"Currency pair not supported {request.symbol}")
    check_words(request)
    check_mode(core, place, request)
    check_prices(place, request)
    order = build(core, place, account, request)
    check_ids(account, order)
    check_times(core, request)
    check_margin(request)
    return order


def check_words(request: OrderRequest) -> None:
    """Refuse words that Kraken does not have, and what goes without each other."""
    known: Sequence[tuple[str, str, Sequence[str]]] = (
        ("ordertype", request.order_type, ORDER_TYPES),
        ("type", request.side, ("buy", "sell")),
        ("timeinforce", request.time_in_force, ("gtc", "ioc", "fok", "gtd")),
        ("stp_type", request.stp, ("cancel_newest", "cancel_oldest", "cancel_both")),
    )
    for name, value, values in known:
        if value not in values:
            raise invalid(name)
    if (request.time_in_force == "gtd") != (request.expires is not None):
        raise invalid("expire_time")
    if request.time_in_force == "fok" and request.order_type not in LIMITED:
        raise invalid("timeinforce")
    if request.post_only and request.order_type not in LIMITED:
        raise invalid("post_only")
    if request.cash is not None and (request.order_type, request.side) != ("market", "buy"):
        raise invalid("cash_order_qty")


def check_margin(request: OrderRequest) -> None:
    """Refuse what needs a position: this account has no margin, and so none (errors.md §5)."""
    if request.order_type == "settle-position":
        raise Refused("EOrder:Unknown position")
    if request.margin:
        raise Refused("EOrder:Cannot open position")
    if request.reduce_only:
        raise Refused("EOrder:Reduce only:No position exists")


def check_mode(core: Core, place: Place, request: OrderRequest) -> None:
    """Refuse what the exchange's or the market's state does not let in (errors.md §3)."""
    for mode in (core.status, place.status):
        if mode == "maintenance":
            raise Refused("EService:Unavailable")
        allowed = mode == "online" or (mode == "post_only" and request.post_only)
        if not allowed and not (mode == "limit_only" and request.order_type in LIMITED):
            raise Refused(f"EService:Market in {mode} mode")


def check_prices(place: Place, request: OrderRequest) -> None:
    """Refuse prices that a type does not take; those that it needs were asked for where the request was read."""
    if request.order_type not in LIMITED and request.price is not None:
        raise Refused("EOrder:Invalid price")
    if request.order_type not in TRIGGERED and request.trigger is not None:
        raise invalid("triggers")
    if request.order_type in TRAILING and request.price is not None and request.price.kind == "static":
        raise invalid("limit_price_type")
    if request.trigger is not None:
        check_trigger(place, request.order_type, request.trigger)
    if request.close is not None:
        check_close(place, request.close)


def check_trigger(place: Place, order_type: str, trigger: TriggerRequest) -> None:
    """Refuse a trigger without such a reference; a trailing order takes a distance above zero, and no price."""
    if trigger.reference not in {"last", "index"}:
        raise invalid("reference")
    reference = place.reference(trigger.reference)
    if trigger.price.kind not in PRICE_TYPES:
        raise invalid("price_type")
    if order_type not in TRAILING:
        trigger.price.at(reference, place.market)
    elif trigger.price.kind == "static":
        raise invalid("price_type")
    elif trigger.price.amount <= 0:
        raise Refused("EOrder:Invalid price")


def check_close(place: Place, close: Close) -> None:
    """Refuse a conditional close of a wrong type, without a price that it needs, or with one that is none."""
    if close.order_type not in CLOSES:
        raise invalid("close[ordertype]")
    if (close.limit is None) == (close.order_type in LIMITED):
        raise Refused("EOrder:Invalid price")
    if (close.trigger is None) == (close.order_type in TRIGGERED):
        raise Refused("EOrder:Invalid price")
    if close.trigger is not None:
        check_trigger(place, close.order_type, TriggerRequest(close.trigger))
    if close.limit is not None and close.order_type not in TRAILING:
        close.limit.at(place.last, place.market)


def build(core: Core, place: Place, account: Account, request: OrderRequest) -> Order:
    """Return the order that a request describes."""
    trailing = request.order_type in TRAILING
    order = Order(
        order_id=core.ids.make("O"),
        market=place.market,
        side=request.side,
        order_type=request.order_type,
        qty=quantity(place, request),
        price=MARKET_PRICE if trailing else _limit(place, request.price),
        opened=core.clock(),
        account=account,
        cl_ord_id=request.cl_ord_id,
        userref=request.userref,
        time_in_force=request.time_in_force,
        expires=request.expires,
        post_only=request.post_only,
        stp=request.stp,
        fee_preference=request.fee_preference,
        trigger=Trigger(request.trigger.reference, request.trigger.price) if request.trigger else None,
        offset=request.price if trailing else None,
        close=request.close,
        cash=request.cash,
        effective=request.effective,
        sender=request.sender,
    )
    order.display = display_units(order, request.display)
    if order.trigger is not None:
        triggers.arm(order, place.reference(order.trigger.reference))
    return order


def check_ids(account: Account, order: Order) -> None:
    """Refuse names of a wrong form, two kinds at once, and a client id that an open order has."""
    if order.userref is not None and not -MAX_TAG <= order.userref < MAX_TAG:
        raise invalid("userref")
    if order.sender is not None and not _CLIENT_ID.fullmatch(order.sender):
        raise invalid("sender_sub_id")
    if order.cl_ord_id is None:
        return
    if order.userref is not None or not _CLIENT_ID.fullmatch(order.cl_ord_id):
        raise invalid("cl_ord_id")
    if account.find_client(order.cl_ord_id):
        raise invalid("cl_ord_id not unique")


def check_times(core: Core, request: OrderRequest) -> None:
    """Refuse a deadline out of bounds or passed, an expiry in the past, too far, or before the order begins."""
    check_deadline(core, request.received, request.deadline)
    now = core.clock()
    begin = max(now, request.effective or now)
    if request.expires is not None and not begin < request.expires <= now + MAX_EXPIRY:
        raise invalid("expire_time")


def _limit(place: Place, price: Price | None) -> int:
    return MARKET_PRICE if price is None else price.at(place.last, place.market)
