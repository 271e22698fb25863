"""An account at an exchange, in a few lines: acts go in, reports, snapshots and REST's tables come out.

It shares nothing with the simulated exchange or the journal, so it can be the oracle of both.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from krakenio.messages import Execution, Fee, rfc3339, unix_ns
from krakenio.models import AccountTrade, Order, OrderDescription
from krakenio.orders.account.fetched import Ended, as_ended, as_fill

BEGIN = 1_793_613_600_000_000_000
SYMBOL, PRICE = "BTC/USD", Decimal(50)
ZERO = Decimal(0)


@dataclass
class Placed:
    """Hold one order."""

    name: str
    qty: Decimal
    opened: int
    done: Decimal = ZERO
    limit: Decimal = PRICE
    state: str = "new"
    closed: int = 0

    @property
    def row(self) -> Execution:
        """Return it as a snapshot lists it."""
        state = "partially_filled" if self.done else "new"
        return report(self.name, "new", state, self.opened, **described(self), **sums(self.done))


@dataclass
class World:
    """The account; `fills` by exec_id in the order of time."""

    past: int = 2
    orders: dict[str, Placed] = field(default_factory=dict[str, Placed])
    fills: dict[str, Execution] = field(default_factory=dict[str, Execution])
    ends: list[str] = field(default_factory=list[str])
    now: int = BEGIN

    @property
    def open(self) -> dict[str, Placed]:
        """Return the open orders."""
        return {name: order for name, order in self.orders.items() if order.state == "new"}

    def place(self, qty: int = 3) -> list[Execution]:
        """Place an order."""
        name = f"O{len(self.orders)}"
        order = self.orders[name] = Placed(name, Decimal(qty), self._tick())
        pending = report(name, "pending_new", "pending_new", order.opened, **described(order))
        return [pending, report(name, "new", "new", order.opened)]

    def fill(self, name: str, qty: int = 1) -> list[Execution]:
        """Fill an order, wholly if so much is left."""
        order, now = self.orders[name], self._tick()
        part = min(Decimal(qty), order.qty - order.done)
        order.done += part
        fill = fill_row(f"T{len(self.fills)}", order, part, now)
        self.fills[str(fill.exec_id)] = fill
        rows = [report_of(fill, **sums(order.done))]
        return rows if order.done < order.qty else rows + self._end(order, "filled", now)

    def cancel(self, name: str) -> list[Execution]:
        """Cancel an order."""
        return self._end(self.orders[name], "canceled", self._tick())

    def amend(self, name: str) -> list[Execution]:
        """Change an order's price."""
        order = self.orders[name]
        order.limit += 1
        state = "partially_filled" if order.done else "new"
        return [report(name, "amended", state, self._tick(), limit_price=order.limit, cum_qty=order.done)]

    def snapshot(self) -> list[Execution]:
        """Return what a subscription begins with: open orders and the latest fills, those without sums."""
        recent = list(self.fills.values())[-self.past :] if self.past else []
        return [order.row for order in self.open.values()] + recent

    def rest_ended(self, since: int = 0) -> dict[str, Ended]:
        """Return what ClosedOrders has."""
        closed = [order for order in self.orders.values() if order.closed > since]
        found = {order.name: as_ended(order.name, rest_order(order), SYMBOL) for order in closed}
        return {name: each for name, each in found.items() if each is not None}

    def rest_fills(self) -> dict[str, Execution]:
        """Return what TradesHistory has."""
        return {name: as_fill(name, rest_trade(fill), SYMBOL) for name, fill in self.fills.items()}

    def _end(self, order: Placed, state: str, now: int) -> list[Execution]:
        order.state, order.closed = state, now
        self.ends.append(order.name)
        return [report(order.name, state, state, now, **sums(order.done))]

    def _tick(self) -> int:
        self.now += 1_000_000
        return self.now


def report(name: str, exec_type: str, status: str, time: int, **more: Any) -> Execution:
    """Return a report."""
    fields: dict[str, Any] = {"cl_ord_id": f"my-{name}", **more}
    return Execution(name, exec_type, status, rfc3339(time, 6), **fields)


def described(order: Placed) -> dict[str, Any]:
    """Return what describes an order."""
    return {"symbol": SYMBOL, "side": "buy", "order_type": "limit", "order_qty": order.qty, "limit_price": order.limit}


def sums(done: Decimal) -> dict[str, Any]:
    """Return the sums of an order's fills."""
    return {"cum_qty": done, "cum_cost": done * PRICE, "avg_price": PRICE if done else ZERO}


def fill_row(exec_id: str, order: Placed, qty: Decimal, time: int) -> Execution:
    """Return a fill as a snapshot has it."""
    fill: dict[str, Any] = {"exec_id": exec_id, "last_qty": qty, "last_price": PRICE, "cost": qty * PRICE}
    fill |= {"trade_id": int(exec_id[1:]), "liquidity_ind": "t", "fees": [Fee("USD", Decimal(1))]}
    row = report(order.name, "trade", "partially_filled", time, symbol=SYMBOL, side="buy", order_type="limit", **fill)
    return report_of(row, cl_ord_id=None)


def report_of(row: Execution, **more: Any) -> Execution:
    """Return a report with some fields changed."""
    return Execution(**{name: getattr(row, name) for name in row.__struct_fields__} | more)


def rest_order(order: Placed) -> Order:
    """Return an order as ClosedOrders lists it."""
    return Order(
        "closed" if order.state == "filled" else order.state,
        order.qty,
        order.done,
        OrderDescription("XBTUSD", "buy", "limit", str(order.limit), "0"),
        cost=order.done * PRICE,
        price=PRICE,
        cl_ord_id=f"my-{order.name}",
        opentm=Decimal(order.opened).scaleb(-9),
        closetm=Decimal(order.closed).scaleb(-9) if order.closed else None,
        time_in_force="gtc",
        oflags="fciq",
    )


def rest_trade(fill: Execution) -> AccountTrade:
    """Return a fill as TradesHistory lists it."""
    qty, price, cost = fill.last_qty or ZERO, fill.last_price or ZERO, fill.cost or ZERO
    time = Decimal(unix_ns(fill.timestamp)).scaleb(-9)
    return AccountTrade(
        fill.order_id, "XXBTZUSD", time, "buy", "limit", price, cost, Decimal(1), qty,
        trade_id=fill.trade_id, maker=False,
    )  # fmt: skip
