"""Cut the lists of Funding (Beta) into pages: rows and a query go in, what fits and where it goes on come out.

Source: rest-endpoints §6. A cursor is not sent with filters again, so it holds them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from krakenio.sim.clock import parse
from krakenio.sim.core import Core
from krakenio.sim.rest.params import asset, refuse, size_of

Args = Mapping[str, Any]
STAGES = ("initial", "pending", "settled", "success", "failure")
"""What becomes of a deposit, in this order: a range of them has a `start` and an `end`."""
_FILTERS = ("scope[", "asset[", "status", "start_time", "end_time")
_AFTER = "after"


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one row of a list, its id, and what it is filtered by; `time` is in nanoseconds."""

    name: str
    shown: object
    asset: str
    status: str = ""
    time: int = 0


def page(core: Core, rows: Iterable[Row], args: Args, member: str, default: int = 500) -> dict[str, object]:
    """Return one page under the name `member`, and `next_cursor`, null on the last one."""
    size, filters = size_of(args, default, default), _filters(core, args)
    found = [row for row in rows if _fits(row, filters)]
    begin = _begin(found, filters.get(_AFTER))
    end = begin + size
    more = urlencode({**filters, _AFTER: found[end - 1].name}) if len(found) > end else None
    return {member: [row.shown for row in found[begin:end]], "next_cursor": more}


def _filters(core: Core, args: Args) -> dict[str, str]:
    """Return the filters of a query, or those that its cursor holds; it cannot have both."""
    given = {name: str(value) for name, value in args.items() if name.startswith(_FILTERS)}
    if "asset[name]" in given:
        given["asset[name]"] = asset(core, given["asset[name]"]).id
    if not args.get("cursor"):
        return given
    held = dict(parse_qsl(str(args["cursor"])))
    if given or _AFTER not in held:
        raise refuse("cursor")
    return held


def _begin(found: list[Row], after: str | None) -> int:
    if after is None:
        return 0
    names = [row.name for row in found]
    if after not in names:
        raise refuse("cursor")
    return names.index(after) + 1


def _fits(row: Row, filters: Mapping[str, str]) -> bool:
    ways = {filters[name].partition("-")[2] for name in ("scope[method_id]", "scope[network_id]") if name in filters}
    if ways - {row.asset} or "scope[network_group_id]" in filters:
        return False
    if filters.get("asset[name]", row.asset) != row.asset or filters.get("asset[class]", "currency") != "currency":
        return False
    return _is_at(row, filters) and _is_in_state(row, filters)


def _is_at(row: Row, filters: Mapping[str, str]) -> bool:
    start, end = _moment(filters, "start_time"), _moment(filters, "end_time")
    return (start is None or row.time >= start) and (end is None or row.time <= end)


def _moment(filters: Mapping[str, str], name: str) -> int | None:
    found = parse(filters[name]) if name in filters else None
    if name in filters and found is None:
        raise refuse(name)
    return found


def _is_in_state(row: Row, filters: Mapping[str, str]) -> bool:
    """Tell whether a row is in one of the states asked for: one by name, or a list or a range of them."""
    wanted = {value for name, value in filters.items() if name == "status" or name.startswith("status[list]")}
    bounds = [filters.get(f"status[range][{which}]") for which in ("start", "end")]
    if wanted and row.status not in wanted:
        return False
    if bounds == [None, None]:
        return True
    first, last = bounds[0] or STAGES[0], bounds[1] or STAGES[-1]
    if not {first, last} <= set(STAGES):
        raise refuse("status")
    return row.status in STAGES[STAGES.index(first) : STAGES.index(last) + 1]
