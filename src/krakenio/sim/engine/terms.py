"""Hold what an amend makes of an order: the new terms, in units, as a whole."""

from dataclasses import dataclass

from krakenio.sim.markets.orders import Order
from krakenio.sim.markets.prices import Price


@dataclass(frozen=True, slots=True)
class Terms:
    """Hold quantity, limit and display as they will be; `trigger` and `offset` are None where they stay."""

    qty: int
    price: int
    display: int = 0
    trigger: Price | None = None
    offset: Price | None = None

    def apply(self, order: Order) -> None:
        """Write the terms into an order that is in no book; nothing falls below what is filled."""
        order.qty, order.price, order.display = max(self.qty, order.filled), self.price, self.display
        order.offset = self.offset or order.offset
        if order.trigger is not None and self.trigger is not None:
            order.trigger.price = self.trigger

    def changes(self, order: Order) -> bool:
        """Tell whether an order would be another one by these terms."""
        trigger = order.trigger.price if order.trigger else None
        now = (order.qty, order.price, order.display, trigger, order.offset)
        return now != (self.qty, self.price, self.display, self.trigger or trigger, self.offset or order.offset)
