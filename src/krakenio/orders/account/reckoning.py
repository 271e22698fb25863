"""Reckon what is missing in a hole: evidence goes in, what must still be found and what nobody heard come out.

It shows by accounts: each order that was open must be in the snapshot or have ended, and its fills must add up to what
Kraken says was filled. So a hole is known to be whole, whatever REST lacks for the moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

import msgspec

from krakenio.messages import Execution
from krakenio.orders.account.fetched import Ended
from krakenio.orders.account.journal import Journal
from krakenio.subscriptions.standing import ROUNDING, Standing, is_end, is_fill, time_of

_ZERO = Decimal(0)


class Needs(NamedTuple):
    """What is missing: orders of which nothing tells how they ended, and orders whose fills do not add up."""

    orders: tuple[str, ...]
    fills: tuple[str, ...]


@dataclass(slots=True)
class Evidence:
    """Hold what is known of a hole.

    Of the stream: reports `before` and `after` the snapshot, the open orders `listed` in it and its latest fills
    (`past`). Of REST: orders that `ended`, those that are `open`, and `fills`. Orders are by `order_id`, fills by
    `exec_id`.
    """

    before: list[Execution] = field(default_factory=list[Execution])
    after: list[Execution] = field(default_factory=list[Execution])
    listed: dict[str, Execution] = field(default_factory=dict[str, Execution])
    past: dict[str, Execution] = field(default_factory=dict[str, Execution])
    ended: dict[str, Ended] = field(default_factory=dict[str, Ended])
    open: dict[str, None] = field(default_factory=dict[str, None])
    fills: dict[str, Execution] = field(default_factory=dict[str, Execution])


class Target(NamedTuple):
    """What an order's fills must add up to: a quantity, or money."""

    amount: Decimal
    in_cost: bool = False

    def total(self, rows: Iterable[Execution]) -> Decimal:
        """Add fills up."""
        return sum(((row.cost if self.in_cost else row.last_qty) or _ZERO for row in rows), _ZERO)

    def lacks(self, left: Decimal) -> bool:
        """Tell whether something is missing, where so much is left."""
        return left > (self.amount * ROUNDING if self.in_cost else 0)


class Reckoning:
    """The accounts of one hole at one moment."""

    def __init__(self, journal: Journal, found: Evidence) -> None:
        self._journal = journal
        self._found = found
        self._heard = {str(row.exec_id) for row in found.before if is_fill(row)}
        self._fills = self._by_order()
        self._gone = tuple(self._missing_orders())
        self._over = self._ended()
        self._targets = self._amounts()

    @property
    def needs(self) -> Needs:
        """Return what is still missing."""
        orders = [name for name in self._gone if name not in self._found.ended and name not in self._found.open]
        fills = [name for name, target in self._targets.items() if target.lacks(self._left(name, self._fills[name]))]
        return Needs(tuple(orders), tuple(fills))

    def missed(self) -> list[tuple[int, Execution]]:
        """Return with their times what nobody heard: descriptions of new orders, fills, ends; in the order of time."""
        chosen = {name: self._choose(name, rows) for name, rows in self._fills.items()}
        timed: list[tuple[int, int, Execution]] = []
        for row in self._openings():
            times = map(time_of, (row, *chosen.get(row.order_id, ())))
            timed.append((min(times), 0, row))
        for rows in chosen.values():  # none is before the last, though a clock was set meanwhile
            timed += [(time, 1, row) for time, row in zip(accumulate(map(time_of, rows), max), rows, strict=True)]
        for name, (_, end, _, _) in self._over.items():
            timed.append((max(map(time_of, (end, *chosen.get(name, ())))), 2, end))
        return [(time, row) for time, _, row in sorted(timed, key=lambda each: each[:2])]

    def _by_order(self) -> defaultdict[str, list[Execution]]:
        """Return the fills that were not delivered, the oldest first: within a market `trade_id` counts up."""
        looked_up = {**self._found.fills, **self._found.past}.values()
        fresh = [row for row in looked_up if not self._journal.has_fill(row)]
        fresh += [row for row in self._found.before if is_fill(row) and not self._journal.was_delivered(row)]
        sorted_: defaultdict[str, list[Execution]] = defaultdict(list)
        rows = {str(row.exec_id): row for row in fresh}.values()  # of both, what was heard
        for row in sorted(rows, key=lambda row: (row.trade_id or 0, time_of(row))):
            sorted_[row.order_id].append(row)
        return sorted_

    def _missing_orders(self) -> Iterator[str]:
        """Return the orders that were open, are not in the snapshot, and of whose end nothing was heard."""
        found = self._found
        past = (row.order_id for row in found.past.values() if not self._journal.has_fill(row))
        told = {row.order_id for row in found.before if is_end(row)} | {row.order_id for row in found.after}
        told |= found.listed.keys()
        for name in dict.fromkeys([*self._journal.open, *(row.order_id for row in found.before), *past]):
            if name not in told and not self._journal.is_ended(name):
                yield name

    def _ended(self) -> dict[str, Ended]:
        """Return the orders whose end REST alone tells: those that were open, and those never heard of."""
        found = self._found
        heard = {row.order_id for row in (*found.before, *found.after)} | found.listed.keys()
        names = dict.fromkeys(name for name in self._gone if name in found.ended)
        names |= dict.fromkeys(name for name in found.ended if name not in heard and not self._journal.is_known(name))
        return {name: found.ended[name] for name in names}

    def _amounts(self) -> dict[str, Target]:
        found = self._found
        told = {row.order_id: Target(row.cum_qty) for row in found.before if is_end(row) and row.cum_qty is not None}
        told |= {name: _owed(standing) for name, standing in self._journal.short.items()}
        told |= {name: Target(row.cum_qty or _ZERO) for name, row in found.listed.items()}
        return told | {name: Target(each.amount, each.in_cost) for name, each in self._over.items()}

    def _left(self, name: str, rows: Iterable[Execution]) -> Decimal:
        """Return what is missing of an order beyond what was delivered and these fills."""
        target, standing = self._targets[name], self._journal.find(name)
        there = _ZERO if standing is None else standing.cost if target.in_cost else standing.delivered
        return target.amount - there - target.total(rows)

    def _choose(self, name: str, rows: list[Execution]) -> list[Execution]:
        """Return the fills that were missed: those of the snapshot, and fetched ones until nothing is missing.

        What was fetched beyond that happened after the snapshot: the stream tells it.
        """
        sure = [row for row in rows if self._is_sure(row)]
        target = self._targets.get(name)
        left = _ZERO if target is None else self._left(name, sure)
        chosen: list[Execution] = []
        for row in rows:
            if self._is_sure(row):
                chosen.append(row)
            elif target is not None and target.lacks(left):
                chosen.append(row)
                left -= target.total([row])
        return [row for row in chosen if str(row.exec_id) not in self._heard]

    def _is_sure(self, row: Execution) -> bool:
        """Tell whether a fill was before the snapshot for certain."""
        return str(row.exec_id) in self._heard or str(row.exec_id) in self._found.past

    def _openings(self) -> list[Execution]:
        """Return how those orders began that no report described."""
        found = self._found
        heard = {row.order_id for row in found.before}
        rows = [_opening(row) for row in found.listed.values()] + [each.opening for each in self._over.values()]
        return [row for row in rows if row.order_id not in heard and not self._journal.is_known(row.order_id)]


def _owed(standing: Standing) -> Target:
    """Return what the fills of an order must add up to that has ended."""
    return Target(standing.told) if standing.missing > 0 else Target(standing.told_cost, in_cost=True)


def _opening(row: Execution) -> Execution:
    """Return how an order began that is known from a snapshot alone: its fills follow."""
    nothing = dict.fromkeys(("cum_qty", "cum_cost", "avg_price", "fee_usd_equiv"), _ZERO)
    return msgspec.structs.replace(row, exec_type="new", order_status="new", **nothing)
