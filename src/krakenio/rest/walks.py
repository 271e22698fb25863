"""Walk through long lists: an answer goes in, its new rows and the parameters of the next page come out. Pure.

Cursors are used where Kraken gives them; where it does not, offsets from a fixed `end`, since new rows shift them.
Whatever overlaps is dropped by its id, so that nothing is given twice; a cursor that was followed before ends a walk,
which would go round for ever. Source: docs.kraken.com, rest-api, Account Data.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

R = TypeVar("R")
Params = dict[str, object]

FULL = 50
"""Rows of a full page of history."""
PAGE = 1000
"""Public trades of a full page, unless another `count` was asked for."""
MICROSECOND = 1_000


class Walk(Protocol[R]):
    """One way through a list, from its first page on."""

    def first(self, params: Mapping[str, object]) -> Params:
        """Return the parameters of the first page."""
        ...

    def take(self, answer: Any) -> dict[str, R]:  # noqa: ANN401 - each list has its own
        """Return the rows of an answer by id, those that came before left out."""
        ...

    def following(self, answer: Any) -> Params | None:  # noqa: ANN401
        """Return the parameters of the next page; `None` after the last one."""
        ...


class _Seen(Generic[R]):
    """Know the ids that were given."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def fresh(self, rows: Mapping[str, R]) -> dict[str, R]:
        found = {name: row for name, row in rows.items() if name not in self._ids}
        self._ids.update(dict.fromkeys(found))
        return found


class _Cursors:
    """Know the cursors that were followed."""

    def __init__(self) -> None:
        self._followed: dict[str, None] = {}

    def first(self, params: Mapping[str, object]) -> None:
        """Begin with what the user asked for."""
        self._followed = {str(params["cursor"]): None} if "cursor" in params else {}

    def after(self, cursor: str | None) -> Params | None:
        """Return the parameter that follows it; `None` for none, and for one that was followed before."""
        if not cursor or cursor in self._followed:
            return None
        self._followed[cursor] = None
        return {"cursor": cursor}


class HistoryWalk(Generic[R]):
    """Walk through trades, ledgers or orders: `field` of the answer holds the rows by id, newest first.

    `offsets`: whether the call takes them; open orders come whole where there is no cursor.
    """

    def __init__(self, field: str, *, offsets: bool = True) -> None:
        self._field = field
        self._offsets = offsets
        self._seen = _Seen[R]()
        self._cursors = _Cursors()
        self._asked: Params = {}
        self._newest: Params = {}
        self._skipped = self._given = 0

    def first(self, params: Mapping[str, object]) -> Params:
        """Ask for a cursor, unless offsets were asked for."""
        self._asked = {name: value for name, value in params.items() if name != "with_cursor"}
        self._cursors.first(params)
        self._skipped = int(str(params.get("ofs", 0)))
        self._offsets = self._offsets and "cursor" not in params  # what a cursor goes on from has no offset
        return self._asked if "ofs" in params else {**self._asked, "with_cursor": True}

    def take(self, answer: Any) -> dict[str, R]:  # noqa: ANN401
        """Return what is new."""
        rows = self._rows(answer)
        if not self._given and rows:
            self._newest = {"end": next(iter(rows))}  # an id: what comes later shifts no offset
        self._given += len(rows)
        return self._seen.fresh(rows)

    def following(self, answer: Any) -> Params | None:  # noqa: ANN401
        """Go on by cursor, or by offset where there never was one and more rows are to come."""
        if answer.cursor is not None:
            self._offsets = False  # the last page may have none
            after = self._cursors.after(answer.cursor.next)
            return None if after is None else {**self._asked, "with_cursor": True, **after}
        if not (self._offsets and self._is_followed(answer)):
            return None
        if "end" not in self._asked:
            self._skipped = 0  # what was skipped is not in a list that ends with the first row
        return {**self._newest, **self._asked, "ofs": self._skipped + self._given}

    def _rows(self, answer: Any) -> dict[str, R]:  # noqa: ANN401
        rows: dict[str, R] = getattr(answer, self._field)
        return rows

    def _is_followed(self, answer: Any) -> bool:  # noqa: ANN401
        """Tell whether rows are to come: by their count, or where Kraken leaves that out by a page that is full."""
        rows = len(self._rows(answer))
        if answer.count:
            return rows > 0 and self._skipped + self._given < int(answer.count)
        return rows >= min(int(str(self._asked.get("limit", FULL))), FULL)


class SinceWalk(Generic[R]):
    """Walk through public trades by `last`, oldest first, up to now.

    A page may begin with the last trade of the one before. Only that page is remembered, for a market has more than a
    hundred million trades.
    """

    def __init__(self) -> None:
        self._before: dict[str, R] = {}
        self._params: Params = {}

    def first(self, params: Mapping[str, object]) -> Params:
        """Begin at `since`, or with the first trade ever."""
        self._params = {"since": "0", **params}
        return self._params

    def take(self, answer: Any) -> dict[str, R]:  # noqa: ANN401
        """Return what is new; old trades have no id, so their content names them."""
        before, self._before = self._before, {_name(row): row for row in answer.rows}
        return {name: row for name, row in self._before.items() if name not in before}

    def following(self, answer: Any) -> Params | None:  # noqa: ANN401
        """Go on while there are trades, and the cursor moves; it may be left out, as was seen in 2024."""
        if not answer.rows:
            return None
        after, asked = answer.last or _moment(answer.rows[-1]), str(self._params["since"])
        if after == asked:
            full = len(answer.rows) >= int(str(self._params.get("count", PAGE)))
            if not (full and asked.isdigit()):
                return None
            after = str(int(asked) + (1 if answer.last else 2 * MICROSECOND))  # `count=1` gives it for ever
        self._params = {**self._params, "since": after}
        return self._params


class CursorWalk(Generic[R]):
    """Walk by `next_cursor`; `rows` takes them out of the answer, `name` tells their ids."""

    def __init__(self, rows: Callable[[Any], list[R]], name: Callable[[R], str], start: Params) -> None:
        self._rows, self._name, self._start = rows, name, start
        self._seen, self._cursors = _Seen[R](), _Cursors()
        self._params: Params = {}

    def first(self, params: Mapping[str, object]) -> Params:
        """Ask for the first page, or for the one of the cursor that is told."""
        self._params = dict(params)
        self._cursors.first(params)
        return self._params if isinstance(params.get("cursor"), str) else {**self._params, **self._start}

    def take(self, answer: Any) -> dict[str, R]:  # noqa: ANN401
        """Return what is new."""
        return self._seen.fresh({self._name(row): row for row in self._rows(answer)})

    def following(self, answer: Any) -> Params | None:  # noqa: ANN401
        """Go on while there is a cursor, whether or not anything came with it."""
        after = self._cursors.after(answer.next_cursor)
        return None if after is None else {**self._params, **after}


def _name(trade: Any) -> str:  # noqa: ANN401 - a PublicTrade
    """Return its number, unless it has none: some had 0 until 2024."""
    return str(trade.trade_id) if trade.trade_id else f"{trade.time} {trade.side} {trade.price} {trade.qty}"


def _moment(trade: Any) -> str:  # noqa: ANN401 - a PublicTrade
    """Return a cursor from which on the trade comes again: its time was rounded, by up to 0.2 microseconds."""
    return str(int(trade.time.scaleb(9)) - MICROSECOND)
