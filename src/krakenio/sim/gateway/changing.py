"""Change orders that are open, and many at once: what a client asks goes in, the engine's orders or a refusal come out.

WebSocket and REST share these rules. Source: ws-v2-trading §2, §3, §7, §8; rest-endpoints §4; limits.md §A.2.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from krakenio.sim.accounts.account import Account, kept
from krakenio.sim.accounts.limits import amend_cost, cancel_cost, edit_cost
from krakenio.sim.core import Core
from krakenio.sim.engine.terms import Terms
from krakenio.sim.gateway import amending, placing, rules
from krakenio.sim.gateway.requests import Change, OrderRequest, TriggerRequest, invalid
from krakenio.sim.gateway.times import check_deadline, check_service
from krakenio.sim.markets.listing import TOKENIZED
from krakenio.sim.markets.orders import MARKET_PRICE, Amend, Order
from krakenio.sim.markets.prices import Price
from krakenio.sim.refusal import Refused

LEAST_BATCH, MOST_BATCH, MOST_CANCELS = 2, 15, 50


def amend(core: Core, account: Account, order: Order, change: Change) -> str:
    """Change an open order in place; return the amend's id.

    One that ends the order costs what a cancel does (limits.md §A.2); a refused one its fixed part only.
    """
    check_service(core)
    age = core.clock() - order.touched
    _charge(core, account, order, 1)
    check_deadline(core, change.received, change.deadline)
    terms = amending.terms(core, order, change)
    _charge(core, account, order, cancel_cost(age) if terms.qty <= order.filled else amend_cost(age))
    amend_id = _record(core, order, terms)
    core.engine.change(order, terms)
    return amend_id


def edit(core: Core, account: Account, order: Order, change: OrderRequest) -> tuple[Order | None, Order]:
    """Cancel an open order and place another in its stead; return it twice, the first time None if only checked."""
    check_service(core)
    age = core.clock() - order.touched
    _charge(core, account, order, 1)
    _check_editable(order, change)
    account.leave(order)  # what it holds is free for the new one
    try:
        made = rules.prepare(core, account, change)
        placing.check_market(core, account, made)
        _charge(core, account, order, edit_cost(age))
    finally:
        account.reopen(order)
    if change.validate:
        return None, made
    made.link_id = order.order_id
    core.engine.cancel(order, "Order replaced")
    placing.submit(core, made)
    return made, made


Name = tuple[str, object]
"""How an order is named: the kind of id, and the id."""

Row = Order | str
"""An order of a batch: placed, or the error that refused it."""


def batch(core: Core, account: Account, requests: Sequence[OrderRequest]) -> list[Row]:
    """Place several orders of one market: all are refused if one is not valid, then each stands alone."""
    if not LEAST_BATCH <= len(requests) <= MOST_BATCH:
        raise invalid("orders")
    placing.charge(core, account, requests[0].symbol, len(requests) / 2)
    orders = [rules.prepare(core, account, request) for request in requests]
    names = [kept(order.cl_ord_id) for order in orders if order.cl_ord_id is not None]
    if len(set(names)) != len(names):
        raise invalid("cl_ord_id not unique")
    return [_placed(core, account, order, validate=requests[0].validate) for order in orders]


def batch_cancel(core: Core, account: Account, names: Sequence[Name], least: int) -> int:
    """Cancel up to 50 orders, whatever the counter says; those that are gone are not counted."""
    check_service(core)
    if not least <= len(names) <= MOST_CANCELS:
        raise invalid("orders")
    found = {order.order_id: order for kind, value in names for order in placing.found(account, kind, value)}
    for order in found.values():
        placing.cancel(core, account, order, counted="always")
    return len(found)


def check_market(order: Order, symbol: str | None, missing: str) -> None:
    """Refuse an amend that names another market, or none for a tokenized asset (ws-v2-trading §2)."""
    if symbol is None and order.market.aclass == TOKENIZED:
        raise Refused(missing)
    if symbol not in {None, order.market.symbol}:
        raise Refused("EOrder:Unknown order")


def edited(order: Order, **changes: object) -> OrderRequest:
    """Return the order as a request, with what an edit names changed; `post_only` is dropped unless repeated."""
    market = order.market
    price = None if order.price == MARKET_PRICE else Price(Decimal(order.price).scaleb(-market.price_precision))
    trigger = TriggerRequest(order.trigger.price, order.trigger.reference) if order.trigger else None
    kept = OrderRequest(
        market.symbol,
        order.side,
        order.order_type,
        amending.decimal(order, order.qty),
        order.offset or price,
        order.time_in_force,
        order.expires,
        stp=order.stp,
        fee_preference=order.fee_preference,
        display=amending.decimal(order, order.display) if order.display else None,
        trigger=trigger,
        effective=order.effective if order.status == "pending_new" else None,
    )
    return replace(kept, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]


def _check_editable(order: Order, change: OrderRequest) -> None:
    """Refuse what cannot be replaced (ws-v2-trading §3, rest-endpoints §4)."""
    if order.cl_ord_id is not None:
        raise invalid("cl_ord_id")
    if change.symbol != order.market.symbol:
        raise Refused("EOrder:Unknown order")
    if order.close is not None or (order.trigger is not None and not order.waits):
        raise Refused("EOrder:Order not editable")
    if change.qty is not None and change.qty < amending.decimal(order, order.filled):
        raise Refused("EOrder:Edits not allowed:volume below executed")


def _placed(core: Core, account: Account, order: Order, *, validate: bool) -> Row:
    try:
        placing.check_market(core, account, order)
    except Refused as refused:
        return refused.error
    if not validate:
        placing.submit(core, order)
    return order


def _record(core: Core, order: Order, terms: Terms) -> str:
    """Keep the amend for OrderAmends, before the first of them the order as it came."""
    now, trigger = core.clock(), order.trigger.actual if order.trigger else 0
    if not order.amends:
        first = Amend(
            core.ids.make("T"), "original", order.qty, order.price, order.qty, order.opened, order.display, trigger
        )
        order.amends.append(first)
    if terms.trigger is not None:
        trigger = terms.trigger.near(core.engine.places[order.market.symbol].last, order.market)
    left = max(0, terms.qty - order.filled)
    made = Amend(core.ids.make("T"), "user", terms.qty, terms.price, left, now, terms.display, trigger)
    order.amends.append(made)
    order.amended = now
    return made.amend_id


def _charge(core: Core, account: Account, order: Order, cost: float) -> None:
    placing.charge(core, account, order.market.symbol, cost)
