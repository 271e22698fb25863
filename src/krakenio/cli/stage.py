"""Hold what the scenes of the demo play with: a session, the exchange it trusts, a screen and the record."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import anyio

from krakenio import Intent, Outcome, Session
from krakenio.cli.screen import Screen
from krakenio.cli.tally import Tally
from krakenio.orders import OrderFields
from krakenio.sim import Exchange

SYMBOL = "BTC/USD"
QTY = "0.01"

Side = Literal["buy", "sell"]

_GLANCE = 0.005


@dataclass(frozen=True, slots=True)
class Stage:
    """What a scene needs; `beat` is a tenth of the run, in seconds."""

    session: Session[Decimal]
    exchange: Exchange
    screen: Screen
    tally: Tally
    beat: float

    def prepare(self, text: str, side: Side, price: Decimal | None = None, qty: str = QTY) -> Intent:
        """Prepare an order, at market if it has no price, and say what it is."""
        order: OrderFields = {"symbol": SYMBOL, "side": side, "order_type": "market", "order_qty": qty}
        if price is not None:
            order |= {"order_type": "limit", "limit_price": price}
        intent = self.session.orders.prepare(**order)
        self.tally.intents.append(intent)
        self.tell(intent, text)
        return intent

    def tell(self, intent: Intent, text: str) -> None:
        """Say something of an order."""
        self.screen.tell("order", f"{self.tally.name(intent.cl_ord_id)}: {text}")

    def below(self, percent: int) -> Decimal:
        """Return a price so far below the best bid, with the bid's own digits."""
        bid = self.tally.quotes[SYMBOL].bid
        return (bid * (100 - percent) / 100).quantize(bid)

    def ended(self, intent: Intent, expected: Outcome) -> None:
        """Tell an outcome and insist on it."""
        self.tally.told_unknown += intent.outcome is Outcome.UNKNOWN
        self.tell(intent, f"outcome: {intent.outcome.value}")
        name = self.tally.name(intent.cl_ord_id)
        self.tally.promise(intent.outcome is expected, f"{name} ended {intent.outcome.value}, not {expected.value}")


async def until(condition: Callable[[], bool], within: float) -> bool:
    """Look again and again until something holds; tell whether it did in time. Only a show needs this, no trading."""
    with anyio.move_on_after(within):
        while not condition():  # noqa: ASYNC110 - nobody tells when what is looked at changes
            await anyio.sleep(_GLANCE)
    return condition()
