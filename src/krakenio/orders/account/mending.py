"""Mend a hole in the account's reports: what was heard around it and what REST has go in, the missed reports come out.

A hole begins where a connection was lost or a sequence jumped; the next snapshot of open orders is its far side. What
was missed comes out in its order, ahead of what the stream told after the snapshot.
"""

from collections.abc import Iterable, Mapping
from typing import Self

from msgspec.structs import replace

from krakenio.messages import Execution
from krakenio.orders.account.fetched import Ended
from krakenio.orders.account.interleaving import interleaved
from krakenio.orders.account.journal import Journal
from krakenio.orders.account.reckoning import Evidence, Needs, Reckoning
from krakenio.subscriptions.standing import is_end, is_fill

_DESCRIPTION = ("cl_ord_id", "symbol", "side", "order_type", "order_qty", "cash_order_qty", "limit_price")
"""What the report of an end need not tell."""


class Mending:
    """One hole; `since_ns` is before anything that can be missing, by Kraken's clock."""

    def __init__(self, since_ns: int) -> None:
        self.since_ns = since_ns
        self.ready: bool = False  # the snapshot is here
        self.round: int = 0  # counts the snapshots that were waited for
        self.news: int = 0  # reports that the stream did not bring
        self._found = Evidence()

    @classmethod
    def until_now(
        cls, journal: Journal, since_ns: int, ended: Mapping[str, Ended], fills: Mapping[str, Execution]
    ) -> Self:
        """Return a hole that ends where the journal does, with what REST has of it."""
        mending = cls(since_ns)
        mending.took(journal.rows())
        mending.ended(ended)
        mending.fills(fills)
        return mending

    def __len__(self) -> int:
        """Return how many reports wait."""
        return len(self._found.before) + len(self._found.after)

    def hold(self, row: Execution) -> None:
        """Keep a report of the stream until what was missed before it is known."""
        (self._found.after if self.ready else self._found.before).append(row)

    def missed(self) -> None:
        """Learn that more is missing: another snapshot will come."""
        old, self.ready = self._found, False
        self.round += 1
        self._found = Evidence(before=old.before + old.after, fills=old.fills, past=old.past)

    def took(self, rows: Iterable[Execution]) -> None:
        """Take the snapshot in: open orders, and the latest fills."""
        if self.ready:
            self.missed()
        for row in rows:
            if is_fill(row):  # of an order that has ended a snapshot says so in each of its fills, the stream in none
                self._found.past[str(row.exec_id)] = replace(row, order_status="partially_filled")
            else:
                self._found.listed[row.order_id] = row
        self.ready = True

    def ended(self, found: Mapping[str, Ended]) -> None:
        """Learn from REST of orders that have ended."""
        self._found.ended.update(found)

    def still_open(self, names: Iterable[str]) -> None:
        """Learn from REST of orders that are open though no snapshot had them: their reports are on their way."""
        self._found.open.update(dict.fromkeys(names))

    def fills(self, found: Mapping[str, Execution]) -> None:
        """Learn from REST of fills."""
        self._found.fills.update(found)

    def needs(self, journal: Journal) -> Needs:
        """Return what is still missing."""
        return Reckoning(journal, self._found).needs

    def reports(self, journal: Journal) -> list[Execution]:
        """Apply everything in its order; return the reports to deliver."""
        found = self._found
        missed = Reckoning(journal, found).missed()
        before, after = map(self._described, found.before), map(self._described, found.after)
        told = [report for row in interleaved(missed, [*before]) if (report := journal.report(row)) is not None]
        changed = [report for row in found.listed.values() if (report := journal.compare(row)) is not None]
        self.news = len(missed) + len(changed)
        told += changed + [report for row in after if (report := journal.report(row)) is not None]
        for ended in found.ended.values():  # also of ends that were told before, when REST did not answer
            journal.complete(ended.opening)
        return told

    def _described(self, row: Execution) -> Execution:
        """Return an end with what REST has of the order: its beginning or its last amend may be what was missed."""
        if not is_end(row) or (ended := self._found.ended.get(row.order_id)) is None:
            return row
        untold = {name: getattr(ended.opening, name) for name in _DESCRIPTION if getattr(row, name) is None}
        return replace(row, **untold)
