"""Remember which orders are open on which pair, and how old they are: reports go in, ages and counts come out.

What cancelling or amending costs depends on the age, and Kraken's later reports of an order do not tell its pair. An
order that is on its way counts as open until its answer, or until it cannot become one any more.
Times are seconds of any clock that only goes forward.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from krakenio.messages import Execution

KEPT = 20_000
"""Names that are remembered, two for most orders; the cancel of a forgotten order is not counted beforehand."""

MISTRUST = 1.0
"""Seconds that an order counts as younger than its report says, since clocks differ and the young ones cost most."""

_UNTOLD = (None, None)
_ENDED = frozenset({"filled", "canceled", "expired"})


@dataclass(slots=True, eq=False)
class Aged:
    """One order: its name, its pair, since when it is as it is, and the last snapshot when it was queued.

    `terms` are its quantity and its limit, as they were told last.
    """

    name: str
    symbol: str
    since: float
    snapshot: int
    ended: bool = False
    terms: tuple[Decimal | None, Decimal | None] = _UNTOLD

    def was_amended(self, row: Execution) -> bool:
        """Take a report in; tell whether it was amended since the last one, though no report may have said so."""
        before, (qty, limit) = self.terms, self.terms
        self.terms = row.order_qty or qty, row.limit_price or limit
        if before == _UNTOLD:
            return row.exec_type == "amended" or bool(row.amended)
        return row.exec_type == "amended" or self.terms != before


class OrderAges:
    """Know the orders of an account by either of their names."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Aged] = OrderedDict()
        self._open: dict[Aged, int] = {}
        self._awaited: OrderedDict[Aged, float] = OrderedDict()
        self._snapshot = 0  # counts them: what was open at an earlier one may not be open any more

    def placed(self, cl_ord_id: str, symbol: str, now: float, until: float) -> None:
        """Count an order as open from when it is queued; if nothing confirms it, then until it cannot become one."""
        self._drop_lapsed(now)
        aged = Aged(cl_ord_id, symbol, now, self._snapshot)
        self._remember(cl_ord_id, aged)
        self._awaited[aged] = until

    def confirmed(self, cl_ord_id: str) -> None:
        """Learn that Kraken took an order, whatever the hour; its reports will tell when it is open no more."""
        aged = self._known.get(cl_ord_id)
        if aged is not None and not aged.ended:
            self._awaited.pop(aged, None)
            self._open.setdefault(aged, aged.snapshot)

    def acknowledged(self, order_id: str, cl_ord_id: str | None, symbol: str, now: float) -> None:
        """Learn Kraken's name of an order from its acknowledgement: no report need have come, and it is young."""
        if order_id not in self._known:
            aged = self._known.get(cl_ord_id or "") or Aged(order_id, symbol, now, self._snapshot)
            aged.since = now  # it may have waited on its way
            self._remember(order_id, aged)

    def amended(self, name: str, now: float) -> None:
        """Learn from an acknowledgement that an order is young again."""
        if (known := self._known.get(name)) is not None:
            known.since = now

    def gone(self, cl_ord_id: str) -> None:
        """Learn that an order was not sent, or was refused."""
        aged = self._known.get(cl_ord_id)
        if aged is not None:
            self._awaited.pop(aged, None)
            self._open.pop(aged, None)

    def heard(self, row: Execution, now: float, age: float) -> None:
        """Learn from a report that is `age` seconds old by Kraken's clock."""
        known, since = self._find(row), now - max(0.0, age - MISTRUST)
        if known is None and row.symbol is not None:
            known = Aged(row.order_id, row.symbol, since, self._snapshot)
        if known is None:
            return
        if row.order_id not in self._known:  # it may have been queued a while ago
            known.since = max(known.since, since)
        if known.was_amended(row) or known in self._awaited:
            known.since = now
        for name in (row.order_id, row.cl_ord_id):
            if name is not None:
                self._remember(name, known)
        self._note_open(row, known)

    def ended(self, row: Execution) -> None:
        """Learn by another way than the reports that an order is open no more."""
        known = self._find(row)
        if known is not None and row.order_status in _ENDED:
            self._note_open(row, known)

    def gap(self, now: float, *, listed: bool = True) -> None:
        """Count none as open of those that Kraken has: the next snapshot lists them.

        `listed` tells whether there was a snapshot since the last gap: what that lacked is open no more.
        """
        before = {} if listed else self._open
        self._open = before | dict.fromkeys(self._open_at(now), self._snapshot)
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

    def open_orders(self, symbol: str, now: float) -> int:
        """Return how many orders are open on a pair, with those on their way."""
        return sum(each.symbol == symbol for each in self._open_at(now))

    def open_symbols(self, now: float) -> Iterator[str]:
        """Return the pairs that have open orders, each once."""
        return iter(dict.fromkeys(each.symbol for each in self._open_at(now)))

    def open_names(self, now: float) -> list[str]:
        """Return the orders that were open when they were last heard of, also while there is no connection.

        With those of which nothing was heard because it was lost: they may be open as well.
        """
        return [each.name for each in dict.fromkeys((*self._open, *self._awaited_at(now)))]

    def _find(self, row: Execution) -> Aged | None:
        return self._known.get(row.order_id) or self._known.get(row.cl_ord_id or "")

    def _remember(self, name: str, aged: Aged) -> None:
        self._known[name] = aged
        self._known.move_to_end(name)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def _note_open(self, row: Execution, known: Aged) -> None:
        self._awaited.pop(known, None)
        if row.order_status in _ENDED:
            self._open.pop(known, None)
            known.ended = True
        else:
            known.name = row.order_id
            self._open[known] = self._snapshot

    def _open_at(self, now: float) -> Iterator[Aged]:
        yield from (aged for aged, seen in self._open.items() if seen == self._snapshot)
        yield from self._awaited_at(now)

    def _awaited_at(self, now: float) -> Iterator[Aged]:
        return (aged for aged, until in self._awaited.items() if now < until)

    def _drop_lapsed(self, now: float) -> None:
        """Keep no more of them than a deadline lets come together."""
        while self._awaited and next(iter(self._awaited.values())) <= now:
            self._awaited.popitem(last=False)
