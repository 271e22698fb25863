"""Price a request before it is sent: its method and parameters go in, what it costs for each order comes out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from krakenio.limits.ages import OrderAges
from krakenio.limits.costs import OF_NEW, Cost, cost_of


class Item(NamedTuple):
    """What a request costs for one order, named as the request names it, on the order's pair."""

    name: str | None
    symbol: str
    cost: Cost


def price(method: str, params: Mapping[str, Any], ages: OrderAges, now: float) -> list[Item]:
    """Return the cost of a request, order by order; empty where no pair's counter is concerned."""
    if (cost := OF_NEW.get(method)) is not None:
        new = params.get("orders", (params,))
        return [Item(order.get("cl_ord_id"), params["symbol"], cost) for order in new]
    if method == "cancel_all":  # one for each pair concerned, as Kraken's own SDK counts (unverified)
        return [Item(None, symbol, Cost(1.0)) for symbol in ages.open_symbols(now)]
    return price_of_orders(method, named(params), ages, now)


def price_of_orders(method: str, names: Iterable[str], ages: OrderAges, now: float) -> list[Item]:
    """Return the cost of a request about orders that are there already."""
    known = [(name, symbol) for name in names if (symbol := ages.symbol(name)) is not None]
    return [Item(name, symbol, cost_of(method, [ages.age(name, now)])) for name, symbol in known]


def totals(items: Iterable[Item]) -> dict[str, float]:
    """Add up by pair."""
    found: dict[str, float] = {}
    for item in items:
        found[item.symbol] = found.get(item.symbol, 0.0) + item.cost.total
    return found


def named(params: Mapping[str, Any]) -> Iterator[str]:
    """Return the orders that a request names, whether by one name or a list."""
    for field in ("order_id", "orders", "cl_ord_id"):
        names = params.get(field, ())
        yield from (names,) if isinstance(names, str) else (name for name in names if isinstance(name, str))
