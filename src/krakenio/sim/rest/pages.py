"""Cut the lists of an account into pages: rows in the order of time go in, one page and what stands beside it come out.

Source: rest-endpoints §3 (paging of history endpoints).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from krakenio.sim.clock import SECOND
from krakenio.sim.rest.params import Params, decimal, is_true, refuse, whole

T = TypeVar("T")
Named = list[tuple[str, T]]
PAGE = 50


def every(_row: object) -> bool:
    """Want every row."""
    return True


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """Say of rows when they were, in nanoseconds, how they are shown, which are wanted, and how many make a page.

    `unit`: the nanoseconds of the last digit that is shown of a time, since clients send back what they were shown.
    """

    times: Callable[[T], Sequence[int]]
    shown: Callable[[T], object]
    wanted: Callable[[T], bool] = every
    size: int = PAGE
    unit: int = 1


Page = tuple[dict[str, object], dict[str, object]]


def page(rows: Mapping[str, T], params: Params, listing: Listing[T]) -> Page:
    """Return one page, newest first, and what stands beside it: `count`, or a `cursor` where that was asked for.

    `start` is exclusive, `end` inclusive; each is a time or the id of a row, whether that row is wanted or not.
    """
    found = [each for each in reversed(_between(rows, params, listing)) if listing.wanted(each[1])]
    if is_true(params, "with_cursor"):
        return by_cursor(found, params, listing)
    offset = whole(params, "ofs", 0)
    beside: dict[str, object] = {} if is_true(params, "without_count") else {"count": len(found)}
    return {name: listing.shown(row) for name, row in found[offset : offset + listing.size]}, beside


def by_cursor(found: Named[T], params: Params, listing: Listing[T]) -> Page:
    """Return the page behind a cursor, which is the last name of the page before it."""
    ids, after = [name for name, _ in found], params.get("cursor")
    if "ofs" in params or (after and after not in ids):
        raise refuse("cursor")
    begin = ids.index(after) + 1 if after else 0
    end = begin + listing.size
    cursor = {"next": ids[end - 1] if len(found) > end else None}
    return {name: listing.shown(row) for name, row in found[begin:end]}, {"cursor": cursor}


def _between(rows: Mapping[str, T], params: Params, listing: Listing[T]) -> Named[T]:
    """Return the rows of a span. What an id bounds is told by places: the entries of one fill share their time."""
    listed, ids = list(rows.items()), list(rows)
    start, end = params.get("start", ""), params.get("end", "")
    begin = ids.index(start) + 1 if start in rows else 0
    until = ids.index(end) + 1 if end in rows else len(ids)
    after = None if start in rows else _moment(params, "start", listing.unit)
    last = None if end in rows else _moment(params, "end", listing.unit)
    return [each for each in listed[begin:until] if _is_within(listing.times(each[1]), after, last, listing.unit)]


def _is_within(times: Sequence[int], after: Decimal | None, last: Decimal | None, unit: int) -> bool:
    shown = [time // unit for time in times]
    return any((after is None or time > after) and (last is None or time <= last) for time in shown)


def _moment(params: Params, which: str, unit: int) -> Decimal | None:
    moment = decimal(params, which, None)
    return None if moment is None else moment * SECOND / unit
