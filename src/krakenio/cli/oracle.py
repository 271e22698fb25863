"""Compare what krakenio told about orders with what the exchange knows: both go in, contradictions come out as text."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from krakenio import Intent, Outcome
from krakenio.sim import AcceptedOrder, Exchange


@dataclass(frozen=True, slots=True)
class Oracle:
    """What really happened: orders by `cl_ord_id`, `arrived` before they were judged; what the account owns."""

    arrived: Sequence[object] = ()
    accepted: Sequence[AcceptedOrder] = ()
    balances: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    tokens: int = 0

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        """Ask the exchange."""
        arrived = [seen.params.get("cl_ord_id") for seen in exchange.requests if seen.method == "add_order"]
        return cls(arrived, exchange.orders, exchange.balances, exchange.tokens_issued)

    @property
    def open_orders(self) -> list[AcceptedOrder]:
        """Return the orders that still rest."""
        return [order for order in self.accepted if order.status in {"new", "partially_filled"}]

    def contradictions(self, intents: Sequence[Intent]) -> Iterator[str]:
        """Yield what was told and is not so."""
        accepted = [order.cl_ord_id for order in self.accepted]
        for number, intent in enumerate(intents, start=1):
            if (truth := _contradiction(intent, accepted, self.arrived)) is not None:
                yield f"order {number} was told to be {intent.outcome.value}, but {truth}"


def _contradiction(intent: Intent, accepted: Collection[object], arrived: Collection[object]) -> str | None:
    exists = intent.cl_ord_id in accepted
    match intent.outcome:
        case Outcome.ACKED if not exists:
            return "the exchange has no such order"
        case Outcome.REJECTED | Outcome.NOT_ACCEPTED if exists:
            return "the exchange has taken it"
        case Outcome.NOT_SENT if intent.cl_ord_id in arrived:
            return "its request arrived at the exchange"
        case _:
            return None
