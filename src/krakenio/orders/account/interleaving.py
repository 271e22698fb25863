"""Put missed reports among heard ones: both lists go in, each in its order, and one list comes out.

Within an order no clock decides, for Kraken's may be set: its fills go by `trade_id`, which counts up within a market,
after its beginning and before its end. Between orders there is nothing but time.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from krakenio.messages import Execution
from krakenio.subscriptions.standing import is_end, is_fill, time_of

_BEGINNINGS = frozenset({"pending_new", "new"})


@dataclass(slots=True)
class _Heard:
    """Say where among the heard reports those of one order are: a place is before the report of that index."""

    begun: int = 0
    last: int = 0
    ended: int | None = None
    ids: list[int] = field(default_factory=list[int])
    fills: list[int] = field(default_factory=list[int])

    def note(self, index: int, row: Execution) -> None:
        self.last = index + 1
        if is_fill(row):
            self.ids.append(row.trade_id or 0)
            self.fills.append(index)
        elif is_end(row):
            self.ended = index
        elif row.exec_type in _BEGINNINGS:
            self.begun = index + 1

    def clamp(self, place: int, row: Execution) -> int:
        """Return the place nearest to this one at which a missed report is in its order."""
        if is_end(row):
            return max(place, self.last)
        low, high = self.begun, self.ended
        if is_fill(row):
            later = bisect_left(self.ids, row.trade_id or 0)
            low = max(low, self.fills[later - 1] + 1) if later else low
            high = self.fills[later] if later < len(self.fills) else high
        return max(low, place if high is None else min(place, high))


def interleaved(missed: Iterable[tuple[int, Execution]], heard: Sequence[Execution]) -> Iterator[Execution]:
    """Yield both: what was missed with its time, in the order of time, goes where it belongs among what was heard."""
    placed = _placed(missed, heard)
    for index, row in enumerate(heard):
        yield from placed[index]
        yield row
    yield from placed[len(heard)]


def _placed(missed: Iterable[tuple[int, Execution]], heard: Sequence[Execution]) -> defaultdict[int, list[Execution]]:
    latest = list(accumulate(map(time_of, heard), max))
    orders: defaultdict[str, _Heard] = defaultdict(_Heard)
    for index, row in enumerate(heard):
        orders[row.order_id].note(index, row)
    placed: defaultdict[int, list[Execution]] = defaultdict(list)
    for time, row in missed:
        order = orders[row.order_id]
        order.begun = place = order.clamp(bisect_left(latest, time), row)  # its next one comes no earlier
        placed[place].append(row)
    return placed
