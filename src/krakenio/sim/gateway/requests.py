"""Hold what a client asks for, however it was written: WebSocket and REST requests become these."""

from dataclasses import dataclass
from decimal import Decimal

from krakenio.sim.markets.orders import Close
from krakenio.sim.markets.prices import Price
from krakenio.sim.refusal import Refused


@dataclass(frozen=True, slots=True)
class TriggerRequest:
    """Hold what an order is to wait for."""

    price: Price
    reference: str = "last"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """Hold an order as asked for, in numbers as sent; times are nanoseconds.

    `qty` is in the base asset, `cash` in the quote asset: one of them. `margin` means borrowed money of any ratio.
    """

    symbol: str
    side: str
    order_type: str
    qty: Decimal | None
    price: Price | None = None
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
    cash: Decimal | None = None
    display: Decimal | None = None
    trigger: TriggerRequest | None = None
    close: Close | None = None
    effective: int | None = None
    margin: bool = False
    reduce_only: bool = False
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Hold what an amend asks for, in numbers as sent; what is None stays."""

    qty: Decimal | None = None
    price: Price | None = None
    display: Decimal | None = None
    trigger: Price | None = None
    post_only: bool = False
    received: int = 0
    deadline: int | None = None


def invalid(name: str) -> Refused:
    """Return the refusal of an argument."""
    return Refused(f"EGeneral:Invalid arguments:{name}")
