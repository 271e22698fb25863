"""Keep the account's orders and fills, each once: reports go in from wherever they come, those that are news come out.

A fill is known by its `exec_id`, an order that has ended stays so. Snapshots, the stream and REST may repeat each other
in any order: what was delivered once is not delivered again. Bounded: only the oldest ended orders are forgotten.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable

from krakenio.messages import Execution
from krakenio.orders.intents.identity import same_form
from krakenio.subscriptions.standing import NEW, Standing, is_fill, time_of

CLOSED = 10_000
"""Ended orders that are remembered."""

FILLS = 50_000
"""Fills that are remembered: more than an account makes in the minute by which REST is asked for too much."""

LATEST = 50
"""Fills that a snapshot has at most: one with fewer has all that the account ever had (ws-v2-private §2.1)."""

_NOT_STATE = frozenset({
    "exec_type", "timestamp", "order_status", "ratecount", "cum_qty", "cum_cost", "avg_price", "fee_usd_equiv",
    "stop_price", "reason", "cancel_reason",
})  # fmt: skip
"""Fields of a snapshot that tell nothing new of an order whose fills are known."""


class Journal:
    """What is known of the account: `open` orders by `order_id`, and those that ended of late."""

    def __init__(self) -> None:
        self._open: dict[str, Standing] = {}
        self.short: dict[str, Standing] = {}  # ended orders of which fills are missing
        self.begun: bool = False
        self.heard_ns: int = 0  # the latest time in a report
        self._closed: OrderedDict[str, Standing] = OrderedDict()
        self._names: dict[str, Standing] = {}
        self._fills: OrderedDict[str, None] = OrderedDict()
        self._past: dict[str, None] = {}  # orders that had ended before the first snapshot
        self._unreported: dict[str, None] = {}  # orders that were acknowledged, and are known from that alone
        self._untold: list[Callable[[], Execution]] = []  # acknowledged too, and nobody has looked since
        self._floor = 0  # fills that REST has from before this time were before the first snapshot

    def begin(self, rows: Iterable[Execution]) -> None:
        """Take the first snapshot in: its fills and what they belong to were before our time."""
        listed = list(rows)
        fills = [row for row in listed if is_fill(row)]
        for row in listed:
            if not is_fill(row):
                self._hear(row, before=True)
        for fill in fills:
            self._fills[str(fill.exec_id)] = None
            if fill.order_id not in self.open:
                self._past[fill.order_id] = None
        self._floor = min(map(time_of, fills)) if len(fills) >= LATEST else 0
        self.begun = True

    def report(self, row: Execution) -> Execution | None:
        """Take a report in; return it as it is to be delivered, `None` if it was before or its order has ended."""
        self.heard_ns = max(self.heard_ns, time_of(row))
        if is_fill(row):
            if self.was_delivered(row):
                return None
            self._remember_fill(str(row.exec_id))
        elif self.is_ended(row.order_id):
            return None
        return self._hear(row)

    def compare(self, row: Execution) -> Execution | None:
        """Take an order's row of a snapshot in; return it if it tells what no report did."""
        standing = self.open.get(row.order_id)
        if standing is None or standing.ended:
            return None
        known = standing.report
        state = ((getattr(row, name), getattr(known, name)) for name in row.__struct_fields__ if name not in _NOT_STATE)
        news = any(told is not None and told != before for told, before in state) or (
            known.order_status == "pending_new" and row.order_status != "pending_new"
        )
        standing.hear(row)
        return row if news else None

    @property
    def open(self) -> dict[str, Standing]:
        """Return the open orders by `order_id`."""
        if self._untold:
            untold, self._untold = self._untold, []
            for describe in untold:
                self._placed(describe())
        return self._open

    def placed(self, describe: Callable[[], Execution]) -> None:
        """Count an order as open that Kraken has acknowledged; its reports may come later, or have come.

        It is described when somebody looks, behind whoever waits for the acknowledgement.
        """
        self._untold.append(describe)

    def complete(self, whole: Execution) -> None:
        """Learn from REST what an order was whose end was delivered, though reports of it may be lost."""
        if (standing := self._closed.get(whole.order_id)) is not None:
            standing.complete(whole)
            if (name := standing.report.cl_ord_id) is not None:
                self._names.setdefault(name, standing)

    def find(self, name: str) -> Standing | None:
        """Return an order by its `order_id`, or the newest with a `cl_ord_id`."""
        return self._get(name) or self._names.get(same_form(name))

    def was_delivered(self, row: Execution) -> bool:
        """Tell whether a fill was delivered, or was in the first snapshot."""
        return str(row.exec_id) in self._fills

    def has_fill(self, row: Execution) -> bool:
        """Tell whether a fill that was looked up was delivered, or was before our time.

        Of what the stream tells its time decides nothing: Kraken's clock may be set.
        """
        return self.was_delivered(row) or time_of(row, unreadable=NEW) < self._floor

    def is_known(self, order_id: str) -> bool:
        """Tell whether a report of an order was ever heard, or it ended before the first snapshot."""
        heard = self._get(order_id) is not None and order_id not in self._unreported
        return heard or order_id in self._past

    def is_ended(self, order_id: str) -> bool:
        """Tell whether an order's end was delivered, or was before the first snapshot."""
        return order_id in self._closed or order_id in self._past

    def rows(self) -> list[Execution]:
        """Return a report for each open order, as a snapshot would."""
        return [standing.report for standing in self.open.values()]

    def all(self) -> list[Standing]:
        """Return every order that is remembered, those that ended first."""
        return [*self._closed.values(), *self.open.values()]

    def _placed(self, row: Execution) -> None:
        if self._get(row.order_id) is None and row.order_id not in self._past:
            self._add(Standing(row))
            self._unreported[row.order_id] = None

    def _get(self, order_id: str) -> Standing | None:
        return self.open.get(order_id) or self._closed.get(order_id)

    def _hear(self, row: Execution, *, before: bool = False) -> Execution:
        standing = self._get(row.order_id) or Standing(row, before=before)
        self._unreported.pop(row.order_id, None)
        told = standing.hear(row)
        self._add(standing)
        return told

    def _add(self, standing: Standing) -> None:
        order_id, name = standing.report.order_id, standing.report.cl_ord_id
        if name is not None:
            self._names[same_form(name)] = standing
        if not standing.ended:
            self.open[order_id] = standing
            return
        self.open.pop(order_id, None)
        self._closed[order_id] = standing
        if standing.is_short:
            self.short[order_id] = standing
        else:
            self.short.pop(order_id, None)
        while len(self._closed) > CLOSED:
            self._forget(self._closed.popitem(last=False)[1])

    def _forget(self, standing: Standing) -> None:
        self.short.pop(standing.report.order_id, None)
        name = standing.report.cl_ord_id
        if name is not None and self._names.get(form := same_form(name)) is standing:
            del self._names[form]

    def _remember_fill(self, exec_id: str) -> None:
        self._fills[exec_id] = None
        while len(self._fills) > FILLS:
            self._fills.popitem(last=False)
