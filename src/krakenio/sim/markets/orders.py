"""Hold what an order is and what happened to it, as plain data of the engine."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from krakenio.sim.markets.kinds import LIMITED
from krakenio.sim.markets.listing import Market
from krakenio.sim.markets.prices import Price
from krakenio.sim.markets.wallets import Cause

MARKET_PRICE = 0
"""The price of an order without one; it never rests."""


@dataclass(slots=True)
class Trigger:
    """Hold what an order waits for: `actual` is the price in units, `peak` the best one yet of trailing orders.

    `fired` is when, `last` the price that did it.
    """

    reference: str
    price: Price
    actual: int = 0
    peak: int | None = None
    fired: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """Hold the order that each fill of another one makes: a conditional close."""

    order_type: str
    limit: Price | None = None
    trigger: Price | None = None


@dataclass(slots=True, eq=False)
class Order:
    """Hold one order; quantities and prices are integers in the market's precisions, times are nanoseconds.

    `account` is None for the exchange's own market makers, who have no balance and no executions. `queued` is when the
    order got its place in the queue of its price: no two of a market are the same. Of an iceberg `display` is what it
    shows at most, `shown` what is left of that. `offset` is how far the limit is from the trigger of a trailing order,
    `cash` what a market order was to spend, `effective` when it begins, `ref` the order whose fill made it.
    """

    order_id: str
    market: Market
    side: str
    order_type: str
    qty: int
    price: int
    opened: int
    account: "Owner | None" = None
    cl_ord_id: str | None = None
    userref: int | None = None
    time_in_force: str = "gtc"
    expires: int | None = None
    post_only: bool = False
    stp: str = "cancel_newest"
    fee_preference: str = "fciq"
    status: str = "pending_new"
    filled: int = 0
    cost: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    closed: int | None = None
    reason: str | None = None
    queued: int = 0
    trades: list[str] = field(default_factory=list[str])
    amends: list["Amend"] = field(default_factory=list["Amend"])
    amended: int = 0
    link_id: str | None = None
    display: int = 0
    shown: int = 0
    trigger: Trigger | None = None
    offset: Price | None = None
    close: Close | None = None
    cash: Decimal | None = None
    effective: int | None = None
    ref: str | None = None
    sender: str | None = None

    @property
    def priced(self) -> bool:
        """Tell whether it has a limit."""
        return self.order_type in LIMITED

    @property
    def waits(self) -> bool:
        """Tell whether its trigger has still to fire."""
        return self.trigger is not None and self.trigger.fired is None

    @property
    def visible(self) -> int:
        """Return what the book shows of it while it rests."""
        return min(self.shown, self.remaining) if self.display else self.remaining

    @property
    def hold_price(self) -> int:
        """Return the price that its money is held for: the limit, else the trigger."""
        return self.price or (self.trigger.actual if self.trigger else MARKET_PRICE)

    @property
    def touched(self) -> int:
        """Return since when the order is as it is: its last amend, else its beginning (limits.md §A.2)."""
        return self.amended or self.opened

    @property
    def remaining(self) -> int:
        """Return what is not filled yet."""
        return self.qty - self.filled

    @property
    def is_open(self) -> bool:
        """Tell whether the order can still trade."""
        return self.status in {"pending_new", "new", "partially_filled"}

    @property
    def average(self) -> Decimal:
        """Return the average price of its fills, 0 without any."""
        return self.cost.scaleb(self.market.qty_precision) / self.filled if self.filled else Decimal(0)


@dataclass(frozen=True, slots=True)
class Amend:
    """Hold one state of an order, as OrderAmends tells it."""

    amend_id: str
    kind: str
    qty: int
    price: int
    remaining: int
    time: int
    display: int = 0
    trigger: int = 0


@dataclass(frozen=True, slots=True)
class Trade:
    """Hold one match as the public sees it; `side` and `order_type` are the taker's."""

    trade_id: int
    market: Market
    side: str
    price: int
    qty: int
    order_type: str
    time: int


@dataclass(frozen=True, slots=True)
class Fill:
    """Hold one account's half of a match: what an execution of type `trade` reports."""

    exec_id: str
    order: Order
    trade: Trade
    cost: Decimal
    fee: Decimal
    maker: bool
    cum_qty: int
    cum_cost: Decimal
    cum_fee: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one ledger entry: `amount` before the fee, `balance` of its wallet and `total` of all after both."""

    ledger_id: str
    ref_id: str
    asset: str
    amount: Decimal
    fee: Decimal
    balance: Decimal
    total: Decimal
    time: int
    places: int
    cause: Cause


class Owner(Protocol):
    """Own orders: what the engine asks of an account."""

    fills: list[Fill]

    def enter(self, order: Order) -> None:
        """Take a new order among the open ones."""
        ...

    def leave(self, order: Order) -> None:
        """Take a finished order out of the open ones."""
        ...

    def hold_of(self, order: Order) -> Decimal:
        """Return what an order ties up."""
        ...

    def available(self, asset: str) -> Decimal:
        """Return what is tied up by no order."""
        ...

    def book(self, ref_id: str, asset: str, amount: Decimal, fee: Decimal, time: int) -> Entry:
        """Change a balance, and tell how."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """Hold one event of an account's order: `kind` is the execution type, `fill` is there for a trade.

    `status` and `filled` are the order's at that moment: more may happen to it in the same transaction.
    """

    account: Owner
    order: Order
    kind: str
    time: int
    fill: Fill | None
    status: str
    filled: int


@dataclass(slots=True)
class Transaction:
    """Collect all that one request changed in one market; it is published as a whole."""

    market: Market
    time: int
    bids: dict[int, None] = field(default_factory=dict[int, None])
    asks: dict[int, None] = field(default_factory=dict[int, None])
    trades: list[Trade] = field(default_factory=list[Trade])
    reports: list[Report] = field(default_factory=list[Report])
    entries: list[tuple[Owner, Entry]] = field(default_factory=list[tuple[Owner, Entry]])
    events: list[tuple[str, Order]] = field(default_factory=list[tuple[str, Order]])
    refilled: dict[Order, None] = field(default_factory=dict[Order, None])

    def touch(self, event: str, order: Order) -> None:
        """Note that a resting order came (`add`), changed (`modify`) or went (`delete`), and so its level changed."""
        self.touch_level(order)
        self.events.append((event, order))

    def touch_level(self, order: Order) -> None:
        """Note that the level of an order changed."""
        (self.bids if order.side == "buy" else self.asks)[order.price] = None

    def report(self, order: Order, kind: str, fill: Fill | None = None) -> None:
        """Note an event of an order; the exchange's own makers hear nothing."""
        if order.account is not None:
            self.reports.append(Report(order.account, order, kind, self.time, fill, order.status, order.filled))
