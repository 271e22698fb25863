"""Apply the exchange's rules to orders: what a client asks goes in, an order in the engine or a refusal comes out.

The strings are Kraken's (errors.md §4-5); WebSocket and REST share all rules and differ in their words only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from krakenio.sim import timers
from krakenio.sim.accounts import TAKER_FEE, Account, cost_of, held_asset
from krakenio.sim.calls import Params
from krakenio.sim.clock import SECOND, parse
from krakenio.sim.core import Core
from krakenio.sim.engine import Place
from krakenio.sim.limits import cancel_cost
from krakenio.sim.orders import MARKET_PRICE, Order
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import units

MIN_DEADLINE, MAX_DEADLINE = SECOND // 2, 60 * SECOND
DEADLINE = 5 * SECOND
"""What holds where a request names no deadline."""
MAX_EXPIRY = 31 * 86_400 * SECOND

_CLIENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[\x21-\x7e]{1,18}")
"""UUID, 32 hex digits, or up to 18 ASCII signs (ws-v2-trading §0.1)."""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """Hold what is asked for, in numbers as sent; times are nanoseconds."""

    symbol: str
    side: str
    order_type: str
    qty: Decimal
    price: Decimal | None = None
    time_in_force: str = "gtc"
    expires: int | None = None
    post_only: bool = False
    cl_ord_id: str | None = None
    userref: int | None = None
    stp: str = "cancel_newest"
    fee_preference: str = "fciq"
    received: int = 0
    deadline: int | None = None
    validate: bool = False


def from_websocket(params: Params, received: int) -> OrderRequest:
    """Read `add_order`; its field names are the WebSocket's."""
    for name in ("order_type", "side", "symbol", "order_qty"):
        if name not in params:
            raise Refused(f"{name.capitalize()} not found")
    for name in ("triggers", "conditional", "display_qty", "cash_order_qty", "margin", "reduce_only", "effective_time"):
        if params.get(name):
            raise Refused(f"EGeneral:Invalid arguments:{name}")  # the exchange simulates plain spot orders
    price = params.get("limit_price")
    return OrderRequest(
        symbol=params["symbol"],
        side=params["side"],
        order_type=params["order_type"],
        qty=Decimal(params["order_qty"]),
        price=None if price is None else Decimal(price),
        time_in_force=params.get("time_in_force", "gtc"),
        expires=moment(params.get("expire_time"), "expire_time"),
        post_only=params.get("post_only", False),
        cl_ord_id=params.get("cl_ord_id"),
        userref=params.get("order_userref"),
        stp=params.get("stp_type", "cancel_newest"),
        fee_preference={"base": "fcib"}.get(params.get("fee_preference", ""), "fciq"),
        received=received,
        deadline=moment(params.get("deadline"), "deadline"),
        validate=params.get("validate", False),
    )


def moment(text: str | None, name: str) -> int | None:
    """Read an RFC 3339 time; refuses what is none."""
    if text is None:
        return None
    found = parse(text)
    if found is None:
        raise Refused(f"EGeneral:Invalid arguments:{name}")
    return found


def add(core: Core, account: Account, request: OrderRequest) -> tuple[Order | None, Order]:
    """Place an order, or only check it; return it twice, the first time None if it was to be checked only.

    The engine counter's fixed cost is charged on receipt, whatever becomes of the order (limits.md §A.2).
    """
    if request.symbol in core.engine.places and not account.engine_counters(request.symbol).admits(1):
        raise Refused("EOrder:Rate limit exceeded")
    order = prepare(core, account, request)
    check_market(core, account, order)
    if request.validate:
        return None, order
    submit(core, order)
    return order, order


def prepare(core: Core, account: Account, request: OrderRequest) -> Order:
    """Make an order of a request that is valid by itself; what the engine would say comes later."""
    place = core.engine.places.get(request.symbol)
    if place is None:
        raise Refused(f"Currency pair not supported {request.symbol}")
    _check_words(request)
    _check_mode(core, place, request)
    order = _build(core, place, account, request)
    _check_ids(account, order)
    _check_times(core, request)
    return order


def submit(core: Core, order: Order) -> None:
    """Hand an order to the engine."""
    core.engine.submit(order)
    timers.watch_expiry(core, order)


def _check_words(request: OrderRequest) -> None:
    known: Sequence[tuple[str, str, tuple[str, ...]]] = (
        ("ordertype", request.order_type, ("limit", "market")),
        ("type", request.side, ("buy", "sell")),
        ("timeinforce", request.time_in_force, ("gtc", "ioc", "fok", "gtd")),
        ("stp_type", request.stp, ("cancel_newest", "cancel_oldest", "cancel_both")),
    )
    for name, value, values in known:
        if value not in values:
            raise Refused(f"EGeneral:Invalid arguments:{name}")
    if (request.time_in_force == "gtd") != (request.expires is not None):
        raise Refused("EGeneral:Invalid arguments:expire_time")


def _check_mode(core: Core, place: Place, request: OrderRequest) -> None:
    """Refuse what the exchange's or the market's state does not let in (errors.md §3)."""
    for mode in (core.status, place.status):
        if mode == "maintenance":
            raise Refused("EService:Unavailable")
        allowed = mode == "online" or (mode == "post_only" and request.post_only)
        if not allowed and not (mode == "limit_only" and request.order_type == "limit"):
            raise Refused(f"EService:Market in {mode} mode")


def _build(core: Core, place: Place, account: Account, request: OrderRequest) -> Order:
    market = place.market
    qty = units(request.qty, market.qty_precision)
    if qty is None or qty <= 0:
        raise Refused("EGeneral:Invalid arguments:volume")
    if request.qty < market.qty_min:
        raise Refused("EGeneral:Invalid arguments:volume minimum not met")
    return Order(
        order_id=core.ids.make("O"),
        market=market,
        side=request.side,
        order_type=request.order_type,
        qty=qty,
        price=_price(place, request),
        opened=core.clock(),
        account=account,
        cl_ord_id=request.cl_ord_id,
        userref=request.userref,
        time_in_force=request.time_in_force,
        expires=request.expires,
        post_only=request.post_only,
        stp=request.stp,
        fee_preference=request.fee_preference,
    )


def _price(place: Place, request: OrderRequest) -> int:
    if request.order_type == "market":
        if request.post_only:
            raise Refused("EGeneral:Invalid arguments:post_only")
        if request.price is not None:
            raise Refused("EOrder:Invalid price")
        return MARKET_PRICE
    if request.price is None:
        raise Refused("limit_price(s) not found")
    if request.price <= 0:
        raise Refused("EOrder:Invalid price")
    price = units(request.price, place.market.price_precision)
    if price is None or price % place.market.tick:
        raise Refused("EOrder:Tick size check failed")
    return price


def _check_ids(account: Account, order: Order) -> None:
    if order.cl_ord_id is None:
        return
    if order.userref is not None or not _CLIENT_ID.fullmatch(order.cl_ord_id):
        raise Refused("EGeneral:Invalid arguments:cl_ord_id")
    if account.find_client(order.cl_ord_id):
        raise Refused("EGeneral:Invalid arguments:cl_ord_id not unique")


def _check_times(core: Core, request: OrderRequest) -> None:
    """Refuse a deadline that was never 500 ms to 60 s ahead, and one that has passed (ws-v2-trading §0)."""
    check_deadline(core, request.received, request.deadline)
    now = core.clock()
    if request.expires is not None and not now < request.expires <= now + MAX_EXPIRY:
        raise Refused("EGeneral:Invalid arguments:expire_time")


def check_deadline(core: Core, received: int, asked: int | None) -> None:
    """Refuse a deadline that was never 500 ms to 60 s ahead, and one that has passed."""
    deadline = received + DEADLINE if asked is None else asked
    if deadline <= core.clock():
        raise Refused("EService:Deadline elapsed")
    if not MIN_DEADLINE <= deadline - received <= MAX_DEADLINE:
        raise Refused("EGeneral:Invalid arguments:deadline")


def check_service(core: Core) -> None:
    """Refuse everything while the exchange is closed."""
    if core.status == "maintenance":
        raise Refused("EService:Unavailable")


def check_market(core: Core, account: Account, order: Order) -> None:
    """Refuse what the engine would not take: a post-only order that trades, too small a cost, what cannot be paid."""
    place = core.engine.places[order.market.symbol]
    walked = core.engine.walk(order)
    if order.post_only and walked:
        raise Refused("EOrder:Post only order")
    cost = sum((cost_of(order, price, qty) for price, qty in walked), Decimal(0))
    limit = cost_of(order, order.price, order.qty)
    if max(cost, limit) < place.market.cost_min:
        raise Refused("EOrder:Cost minimum not met")
    if sum(other.market is order.market for other in account.open.values()) >= account.tier.open_orders:
        raise Refused("EOrder:Orders limit exceeded")
    needed = Decimal(order.qty).scaleb(-place.market.qty_precision)
    if order.side == "buy":
        needed = max(cost, limit) * (1 + TAKER_FEE)
    if needed > account.available(held_asset(order)):
        raise Refused("EOrder:Insufficient funds")


def find(account: Account, name: str, value: object) -> list[Order]:
    """Return the open orders that an id means; refuses an unknown one."""
    orders = found(account, name, value)
    if not orders:
        raise Refused("EOrder:Unknown order")
    return orders


def found(account: Account, name: str, value: object) -> list[Order]:
    """Return the open orders that an id means, if any."""
    match name:
        case "order_id":
            return [order for order in (account.open.get(str(value)),) if order]
        case "cl_ord_id":
            return [order for order in (account.find_client(str(value)),) if order]
        case _:
            return [order for order in account.open.values() if order.userref == value]


def cancel(core: Core, order: Order, *, counted: Literal["if it fits", "always"] = "if it fits") -> None:
    """Cancel an open order on its owner's request; young ones cost most (limits.md §A.2)."""
    check_service(core)
    if order.account is not None:
        counter, cost = order.account.engine_counters(order.market.symbol), cancel_cost(core.clock() - order.touched)
        if counted == "always":
            counter.add(cost)
        elif not counter.admits(cost):
            raise Refused("EOrder:Rate limit exceeded")
    core.engine.cancel(order, "User requested")


def cancel_all(core: Core, account: Account) -> int:
    """Cancel every open order of an account; return how many."""
    check_service(core)
    orders = list(account.open.values())
    for order in orders:
        core.engine.cancel(order, "User requested")
    return len(orders)
