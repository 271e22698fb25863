"""Know how one order stands: its reports go in one after the other, its description, state and fills so far come out.

Kraken's later reports tell only what changed (no symbol, no side), and the fill that completes an order still says
`partially_filled` (ws-v2-private §2.3-2.4): what is left out here stays as it was, and completeness comes from amounts.
"""

from decimal import Decimal
from typing import TypeVar

import msgspec

from krakenio.errors import DecodeError
from krakenio.messages import Execution, unix_ns

Row = TypeVar("Row", bound=msgspec.Struct)

ENDED = frozenset({"filled", "canceled", "expired"})
"""States that an order never leaves."""

NEW = 2**63
"""The time of a report that cannot be read, as some of Kraken's, where it is to count as new."""

ROUNDING = Decimal("0.000001")
"""The part by which fills may differ from an order's cost: each of them is rounded."""

_ZERO = Decimal(0)
_AMENDABLE = ("order_qty", "limit_price")
_DESCRIPTION = (
    *("cl_ord_id", "order_userref", "symbol", "side", "order_type", "order_qty", "cash_order_qty", "limit_price"),
    *("time_in_force", "post_only", "reduce_only", "ord_ref_id", "fee_ccy_pref"),
)
_OF_ONE_FILL = dict.fromkeys(
    ("exec_id", "trade_id", "last_qty", "last_price", "cost", "liquidity_ind", "fees", "ext_exec_id", "margin_borrow")
)

_SUMS = ("order_status", "cum_qty", "cum_cost", "avg_price")


def is_fill(row: Execution) -> bool:
    """Tell whether a report is of one fill: a snapshot's row of an order has no `exec_id`.

    Which fields the report of an order's end has is (unverified): the last fill's may stand in it.
    """
    return row.exec_id is not None and row.exec_type not in ENDED


def is_end(row: Execution) -> bool:
    """Tell whether a report says that its order can fill no more."""
    return row.order_status in ENDED and not is_fill(row)


def time_of(row: Execution, *, unreadable: int = 0) -> int:
    """Return when a report was made, in nanoseconds of Kraken's clock; some of Kraken's times are malformed."""
    try:
        return unix_ns(row.timestamp)
    except DecodeError:
        return unreadable


class Standing:
    """One order as its reports have described it, made of the first of them before that is heard.

    `report` has every field as it was last told, none of a single fill; `told` is the filled quantity that Kraken
    named, `delivered` what the fills heard here add up to: where it is less, fills are missing. `told_cost` and `cost`
    are the same in money, for an end that tells no quantity, as REST of an order that said how much to spend.
    """

    __slots__ = ("cost", "delivered", "ended", "report", "told", "told_cost", "unresolved")

    def __init__(self, row: Execution, *, before: bool = False) -> None:
        """Begin with a report; with `before` what it says to be filled was so before our time, and counts as heard."""
        self.report: Execution = _state(row)
        self.delivered: Decimal = (before and row.cum_qty) or _ZERO
        self.told: Decimal = self.delivered
        self.cost: Decimal = (before and row.cum_cost) or _ZERO
        self.told_cost: Decimal = _ZERO
        self.ended: bool = False
        self.unresolved: bool = False  # what became of it could not be found out

    @property
    def cum_qty(self) -> Decimal:
        """Return what is filled, as far as anything tells."""
        return max(self.told, self.delivered)

    @property
    def status(self) -> str:
        """Return Kraken's word for its state, by what it filled where the reports lag behind."""
        if self.ended:
            return self.report.order_status
        if self.is_filled:
            return "filled"
        return "partially_filled" if self.cum_qty > 0 else self.report.order_status

    @property
    def is_filled(self) -> bool:
        """Tell whether it was filled wholly."""
        whole = self.report.order_qty
        return self.report.order_status == "filled" or (whole is not None and 0 < whole <= self.cum_qty)

    @property
    def is_open(self) -> bool:
        """Tell whether it can still fill."""
        return not self.ended and not self.is_filled

    @property
    def missing(self) -> Decimal:
        """Return the quantity that was filled by fills not heard of."""
        return self.told - self.delivered

    @property
    def is_short(self) -> bool:
        """Tell whether fills were not heard of, by the quantity or by what they cost."""
        return self.missing > 0 or self.told_cost - self.cost > self.told_cost * ROUNDING

    def hear(self, row: Execution) -> Execution:
        """Take a report in, each fill once; return it, with the sums that REST and snapshots leave out of a fill."""
        if is_fill(row):
            row = self._filled(row)
        elif row.cum_qty is not None:
            self.told = max(self.told, row.cum_qty)
        elif is_end(row):
            self.told_cost = row.cum_cost or _ZERO
        self._describe(row)
        return row

    def complete(self, whole: Execution) -> None:
        """Learn from REST what an order was that has ended: the report that described or amended it may be lost.

        A limit that is an offset stays as it was told: REST may show what it came to.
        """
        known = self.report
        told = {name: value for name in _DESCRIPTION if (value := getattr(whole, name)) is not None}
        kept = [name for name in told if name not in _AMENDABLE and getattr(known, name) is not None]
        if known.limit_price_type not in {None, "static"}:
            kept.append("limit_price")
        changed = {name: value for name, value in told.items() if name not in kept}
        self.report = msgspec.structs.replace(known, **changed)

    def _filled(self, row: Execution) -> Execution:
        whole = self.missing <= 0
        self.delivered += row.last_qty or _ZERO
        self.cost += row.cost or _ZERO
        if row.cum_qty is not None:
            self.told = max(self.told, row.cum_qty)
            return row
        if not whole:
            return row  # it came after newer ones: what the sum was then is not known
        self.told = self.delivered
        average = self.cost / self.delivered if self.delivered else None
        return msgspec.structs.replace(row, cum_qty=self.delivered, cum_cost=self.cost, avg_price=average)

    def _describe(self, row: Execution) -> None:
        """Change what a report changes; one that comes late leaves the state and the sums of later ones alone."""
        known, state = self.report, _state(row)
        self.report = updated(known, state)
        if self.ended or (state.cum_qty is not None and state.cum_qty < self.told):
            self.report = msgspec.structs.replace(self.report, **{name: getattr(known, name) for name in _SUMS})
        self.ended = self.ended or is_end(row)


def updated(known: Row | None, row: Row) -> Row:
    """Return what is known with what a row says: a missing field means unchanged (documented for `executions`)."""
    if known is None or known is row:  # as the first report of an order is its description
        return row
    told = {name: value for name in row.__struct_fields__ if (value := getattr(row, name)) is not None}
    return msgspec.structs.replace(known, **told)


def _state(row: Execution) -> Execution:
    """Return what a report says of its order, without the fill: told again, that would be counted twice."""
    if row.exec_id is None and row.exec_type != "trade":
        return row
    kind = "status" if row.exec_type == "trade" else row.exec_type
    return msgspec.structs.replace(row, exec_type=kind, **_OF_ONE_FILL)
