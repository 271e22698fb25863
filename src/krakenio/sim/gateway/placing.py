"""Place, find and cancel orders: what a client asks goes in, an order in the engine or a refusal comes out.

`rules` are the gateway's; here are those that the engine would apply. Source: errors.md §5, limits.md §A-B.
"""

from decimal import Decimal
from typing import Literal

from krakenio.sim.accounts.account import TAKER_FEE, Account, cost_of, held_asset
from krakenio.sim.accounts.limits import cancel_cost
from krakenio.sim.core import Core
from krakenio.sim.engine.matching import walked_cost
from krakenio.sim.gateway import rules, timers
from krakenio.sim.gateway.requests import OrderRequest
from krakenio.sim.gateway.times import check_service
from krakenio.sim.markets.orders import Order
from krakenio.sim.refusal import Refused


def add(core: Core, account: Account, request: OrderRequest) -> tuple[Order | None, Order]:
    """Place an order, or only check it; return it twice, the first time None if it was to be checked only.

    The engine counter's fixed cost is charged on receipt, whatever becomes of the order (limits.md §A.2).
    """
    charge(core, account, request.symbol, 1)
    order = rules.prepare(core, account, request)
    check_market(core, account, order)
    if request.validate:
        return None, order
    submit(core, order)
    return order, order


def charge(core: Core, account: Account, symbol: str, cost: float) -> None:
    """Count a transaction on a pair that there is, or refuse it."""
    if symbol in core.engine.places and not account.engine_counters(symbol).admits(cost):
        raise Refused("EOrder:Rate limit exceeded")


def submit(core: Core, order: Order) -> None:
    """Hand an order to the engine."""
    core.engine.submit(order)
    timers.watch_times(core, order)


def check_market(core: Core, account: Account, order: Order) -> None:
    """Refuse what the engine would not take: a post-only order that trades, too small a cost, what cannot be paid."""
    place = core.engine.places[order.market.symbol]
    later = order.trigger is not None or order.effective is not None
    walked = Decimal(0) if later else walked_cost(place, order)
    if order.post_only and walked and not core.faults.take("take post only", "ws_auth", order.market.symbol):
        raise Refused("EOrder:Post only order")
    limit = cost_of(order, order.hold_price, order.qty)
    cost = max(walked, limit)
    if (cost or cost_of(order, place.last, order.qty)) < place.market.cost_min:
        raise Refused("EOrder:Cost minimum not met")
    if sum(other.market is order.market for other in account.open.values()) >= account.tier.open_orders:
        raise Refused("EOrder:Orders limit exceeded")
    needed = Decimal(order.qty).scaleb(-place.market.qty_precision)
    if order.side == "buy":
        needed = cost * (1 + TAKER_FEE)
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


def cancel(
    core: Core, account: Account, order: Order, *, counted: Literal["if it fits", "always"] = "if it fits"
) -> None:
    """Cancel an open order on its owner's request; young ones cost most (limits.md §A.2)."""
    check_service(core)
    counter, cost = account.engine_counters(order.market.symbol), cancel_cost(core.clock() - order.touched)
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
