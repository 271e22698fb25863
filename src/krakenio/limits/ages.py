"""Remember which orders are open on which pair, and how old they are: reports go in, ages and counts come out.

What cancelling or amending costs depends on the age, and Kraken's later reports of an order do not tell its pair.
Times are seconds of any clock that only goes forward.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from krakenio.messages import Execution

KEPT = 20_000
"""Names that are remembered, two for most orders; the cancel of a forgotten order is not counted beforehand."""

MISTRUST = 1.0
"""Seconds that an order counts as younger than its report says, since clocks differ and the young ones cost most."""

_ENDED = frozenset({"filled", "canceled", "expired"})


@dataclass(slots=True, eq=False)
class Aged:
    """Be one order: its name, its pair, and since when it is as it is."""

    name: str
    symbol: str
    since: float
    ended: bool = False


class OrderAges:
    """Know the orders of an account by either of their names."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Aged] = OrderedDict()
        self._open: dict[Aged, int] = {}
        self._snapshot = 0  # counts them: what was open at an earlier one may not be open any more

    def placed(self, cl_ord_id: str, symbol: str, now: float) -> None:
        """Count an order as open from when it is queued, before any report."""
        aged = Aged(cl_ord_id, symbol, now)
        self._remember(cl_ord_id, aged)
        self._open[aged] = self._snapshot

    def gone(self, cl_ord_id: str) -> None:
        """Learn that an order was not sent, or was refused."""
        aged = self._known.get(cl_ord_id)
        if aged is not None:
            self._open.pop(aged, None)

    def heard(self, row: Execution, now: float, age: float) -> None:
        """Learn from a report that is `age` seconds old by Kraken's clock."""
        known = self._find(row)
        if known is None and row.symbol is not None:
            known = Aged(row.order_id, row.symbol, now - max(0.0, age - MISTRUST))
        if known is None:
            return
        if row.exec_type == "amended":
            known.since = now
        for name in (row.order_id, row.cl_ord_id):
            if name is not None:
                self._remember(name, known)
        self._note_open(row, known)

    def gap(self) -> None:
        """Count no order as open: the next snapshot lists them."""
        self._open = {aged: seen for aged, seen in self._open.items() if seen == self._snapshot}
        self._snapshot += 1

    def symbol(self, name: str) -> str | None:
        """Return the pair of an order, by `order_id` or `cl_ord_id`."""
        known = self._known.get(name)
        return None if known is None else known.symbol

    def age(self, name: str, now: float) -> float:
        """Return an order's age in seconds; 0, the dearest, where it is not known."""
        known = self._known.get(name)
        return 0.0 if known is None else now - known.since

    def is_gone(self, name: str, *, in_sync: bool) -> bool:
        """Tell whether an accepted order is open no more: so a report said, or the last snapshot did not list it."""
        known = self._known.get(name)
        return known is not None and (known.ended or (in_sync and self._open.get(known) != self._snapshot))

    def open_orders(self, symbol: str) -> int:
        """Return how many orders are open on a pair."""
        return sum(each.symbol == symbol for each in self._now_open())

    def open_symbols(self) -> Iterator[str]:
        """Return the pairs that have open orders, each once."""
        return iter(dict.fromkeys(each.symbol for each in self._now_open()))

    def open_names(self) -> list[str]:
        """Return the orders that were open when they were last heard of, also while there is no connection."""
        return [each.name for each in self._open]

    def _find(self, row: Execution) -> Aged | None:
        return self._known.get(row.order_id) or self._known.get(row.cl_ord_id or "")

    def _remember(self, name: str, aged: Aged) -> None:
        self._known[name] = aged
        self._known.move_to_end(name)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def _note_open(self, row: Execution, known: Aged) -> None:
        if row.order_status in _ENDED:
            self._open.pop(known, None)
            known.ended = True
        else:
            known.name = row.order_id
            self._open[known] = self._snapshot

    def _now_open(self) -> Iterator[Aged]:
        return (aged for aged, seen in self._open.items() if seen == self._snapshot)
