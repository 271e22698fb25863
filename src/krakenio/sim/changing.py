"""Change orders that rest, and many at once: what a client asks goes in, the engine's orders or a refusal come out.

WebSocket and REST share these rules. Source: ws-v2-trading §2, §3, §7, §8; rest-endpoints §4; limits.md §A.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from krakenio.sim import trading
from krakenio.sim.accounts import TAKER_FEE, Account, cost_of, held_asset
from krakenio.sim.core import Core
from krakenio.sim.limits import amend_cost, edit_cost
from krakenio.sim.orders import MARKET_PRICE, Amend, Order
from krakenio.sim.refusal import Refused
from krakenio.sim.trading import OrderRequest
from krakenio.sim.wire import units

LEAST_BATCH, MOST_BATCH, MOST_CANCELS = 2, 15, 50


@dataclass(frozen=True, slots=True)
class Change:
    """Hold what an amend asks for, in numbers as sent; what is None stays."""

    qty: Decimal | None = None
    price: Decimal | None = None
    post_only: bool = False
    received: int = 0
    deadline: int | None = None


def amend(core: Core, order: Order, change: Change) -> str:
    """Change an open order in place; return the amend's id."""
    trading.check_service(core)
    trading.check_deadline(core, change.received, change.deadline)
    _charge(order, 1 + amend_cost(core.clock() - order.touched))
    qty, price = _units(order, change)
    if (qty, price) == (order.qty, order.price):
        raise Refused("EOrder:No amendable parameters provided")
    if qty > order.filled:
        _check_room(core, order, qty, price, post_only=change.post_only)
    now = core.clock()
    if not order.amends:
        order.amends.append(Amend(core.ids.make("TE"), "original", order.qty, order.price, order.qty, order.opened))
    made = Amend(core.ids.make("TE"), "user", qty, price, max(0, qty - order.filled), now)
    order.amends.append(made)
    order.amended = now
    core.engine.change(order, qty, price)
    return made.amend_id


def edit(core: Core, account: Account, order: Order, change: OrderRequest) -> tuple[Order | None, Order]:
    """Cancel an open order and place another in its stead; return it twice, the first time None if only checked."""
    trading.check_service(core)
    if order.cl_ord_id is not None:
        raise Refused("EGeneral:Invalid arguments:cl_ord_id")
    if change.symbol != order.market.symbol:
        raise Refused("EOrder:Unknown order")
    _charge(order, 1 + edit_cost(core.clock() - order.touched))
    if units(change.qty, order.market.qty_precision) is not None and change.qty < _decimal(order, order.filled):
        raise Refused("EOrder:Edits not allowed:volume below executed")
    account.leave(order)  # what it holds is free for the new one
    try:
        made = trading.prepare(core, account, change)
        trading.check_market(core, account, made)
    except Refused:
        account.reopen(order)
        raise
    account.reopen(order)
    if change.validate:
        return None, made
    made.link_id = order.order_id
    core.engine.cancel(order, "Order replaced")
    trading.submit(core, made)
    return made, made


Name = tuple[str, object]
"""How an order is named: the kind of id, and the id."""

Row = Order | str
"""An order of a batch: placed, or the error that refused it."""


def batch(core: Core, account: Account, requests: Sequence[OrderRequest]) -> list[Row]:
    """Place several orders of one market: all are refused if one is not valid, then each stands alone."""
    if not LEAST_BATCH <= len(requests) <= MOST_BATCH:
        raise Refused("EGeneral:Invalid arguments:orders")
    if not account.engine_counters(requests[0].symbol).admits(len(requests) / 2):
        raise Refused("EOrder:Rate limit exceeded")
    orders = [trading.prepare(core, account, request) for request in requests]
    names = [order.cl_ord_id for order in orders if order.cl_ord_id is not None]
    if len(set(names)) != len(names):
        raise Refused("EGeneral:Invalid arguments:cl_ord_id not unique")
    return [_placed(core, account, order, validate=requests[0].validate) for order in orders]


def batch_cancel(core: Core, account: Account, names: Sequence[Name], least: int) -> int:
    """Cancel up to 50 orders, whatever the counter says; those that are gone are not counted."""
    trading.check_service(core)
    if not least <= len(names) <= MOST_CANCELS:
        raise Refused("EGeneral:Invalid arguments:orders")
    found = {order.order_id: order for kind, value in names for order in trading.found(account, kind, value)}
    for order in found.values():
        trading.cancel(core, order, counted="always")
    return len(found)


def edited(order: Order, **changes: object) -> OrderRequest:
    """Return the order as a request, with what an edit names changed; flags are not inherited."""
    market = order.market
    price = None if order.price == MARKET_PRICE else Decimal(order.price).scaleb(-market.price_precision)
    qty = _decimal(order, order.qty)
    kept = OrderRequest(
        market.symbol, order.side, order.order_type, qty, price, order.time_in_force, order.expires
    )
    return replace(kept, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]


def _placed(core: Core, account: Account, order: Order, *, validate: bool) -> Row:
    try:
        trading.check_market(core, account, order)
    except Refused as refused:
        return refused.error
    if not validate:
        trading.submit(core, order)
    return order


def _units(order: Order, change: Change) -> tuple[int, int]:
    market = order.market
    qty = order.qty if change.qty is None else units(change.qty, market.qty_precision)
    price = order.price if change.price is None else units(change.price, market.price_precision)
    if qty is None or qty <= 0:
        raise Refused("EGeneral:Invalid arguments:order_qty")
    if price is None or price % market.tick or (change.price is not None and price <= 0):
        raise Refused("EOrder:Tick size check failed")
    return qty, price


def _check_room(core: Core, order: Order, qty: int, price: int, *, post_only: bool) -> None:
    """Refuse what the account cannot pay, and a price that trades where that is not wanted."""
    if _decimal(order, qty) < order.market.qty_min:
        raise Refused("EGeneral:Invalid arguments:volume minimum not met")
    if (post_only or order.post_only) and core.engine.crosses(order, price):
        raise Refused("EOrder:Post only order")
    account, left = order.account, qty - order.filled
    if account is None:
        return
    if _held(order, price, left) > account.available(held_asset(order)) + _held(order, order.price, order.remaining):
        raise Refused("EOrder:Insufficient funds")


def _held(order: Order, price: int, qty: int) -> Decimal:
    """Return what an order of this price and quantity ties up."""
    return cost_of(order, price, qty) * (1 + TAKER_FEE) if order.side == "buy" else _decimal(order, qty)


def _decimal(order: Order, qty: int) -> Decimal:
    return Decimal(qty).scaleb(-order.market.qty_precision)


def _charge(order: Order, cost: float) -> None:
    if order.account is not None and not order.account.engine_counters(order.market.symbol).admits(cost):
        raise Refused("EOrder:Rate limit exceeded")
