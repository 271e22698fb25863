"""Tell which orders cancels are about: parameters of requests go in, whether an order is named by them comes out."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from krakenio.limits.pricing import named
from krakenio.models import Order
from krakenio.orders.intents.identity import same_form, tag_in

if TYPE_CHECKING:
    from krakenio.orders.intents.intent import Intent


class Targets:
    """The orders that cancels name, by either of their ids or by the tag that they share; all, where one names none."""

    def __init__(self, *cancels: Mapping[str, Any]) -> None:
        self._names = frozenset(name for params in cancels for name in _names_in(params)) - {None}
        self._all = not all(cancels)

    def has(self, *names: str | int | None) -> bool:
        """Tell whether an order is one of them, by any of its names: Kraken's id, the client id, the tag."""
        forms = [same_form(name) if isinstance(name, str) else name for name in names]
        return self._all or any(form in self._names for form in forms)

    def among(self, adds: "Sequence[Intent]") -> "list[Intent]":
        """Return the adds of them."""
        return [add for add in adds if self.has(add.cl_ord_id, add.params.get("order_userref"))]

    def are_in(self, orders: Mapping[str, Order]) -> bool:
        """Tell whether one of them is among orders of REST."""
        return any(self.has(txid, order.cl_ord_id, order.userref) for txid, order in orders.items())


def _names_in(params: Mapping[str, Any]) -> list[str | int | None]:
    tags = [*params.get("order_userref", ()), *map(tag_in, params.get("orders", ()))]
    return [*map(same_form, named(params)), *tags]
