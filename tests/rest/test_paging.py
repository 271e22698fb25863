"""Pages: every row once and in order, though new ones come in front, cursors or not, cancelled or not."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import InvalidRequest, Rest, StreamClosed, open_rest, sim
from krakenio.errors import InvalidArguments
from krakenio.sim.connections.http import Answer, Request
from tests.injection import Injection, sweep
from tests.rest.servers import KEYS, answering, open_server

pytestmark = pytest.mark.virtual

PAGE = 50


def entry(number: int) -> dict[str, Any]:
    return {
        "refid": f"T{number}", "time": number, "type": "trade", "asset": "ZUSD", "amount": "-1.5", "fee": "0",
        "balance": str(number),
    }  # fmt: skip


def trade(number: int) -> dict[str, Any]:
    amounts = dict.fromkeys(("price", "cost", "fee", "vol", "margin"), "1.5")
    return {"ordertxid": "O1", "pair": "XXBTZUSD", "time": number, "type": "buy", "ordertype": "limit", **amounts}


class History:
    """Hold ledger entries, newest first, with one more before each page; serve them by cursor or by offset.

    `ends`: the last page has no cursor at all, in place of one that is null.
    """

    def __init__(self, count: int, *, cursors: bool, growing: int = 0, ends: bool = False) -> None:
        self.numbers = list(range(count, 0, -1))
        self.cursors = cursors
        self.growing = growing
        self.ends = ends
        self.asked: list[dict[str, str]] = []

    def answer(self, request: Request) -> Answer:
        params = dict(pair.split("=") for pair in request.body.decode().split("&"))
        self.asked.append(params)
        result = self._by_cursor(params) if self.cursors else self._by_offset(params)
        self.numbers = [*(self.numbers[0] + new for new in range(self.growing, 0, -1)), *self.numbers]
        return Answer(200, json.dumps({"error": [], "result": result}).encode())

    def _by_cursor(self, params: dict[str, str]) -> dict[str, Any]:
        below = int(params.get("cursor", "1000000"))
        page = [number for number in self.numbers if number < below][:PAGE]
        after = str(page[-1]) if page and page[-1] > 1 else None
        cursor: dict[str, Any] = {"cursor": {"next": after}} if after or not self.ends else {}
        return {"ledger": {f"L{number}": entry(number) for number in page}, **cursor}

    def _by_offset(self, params: dict[str, str]) -> dict[str, Any]:
        end = int(params.get("end", "L1000000").removeprefix("L"))
        known = [number for number in self.numbers if number <= end]
        page = known[int(params.get("ofs", "0")) :][:PAGE]
        return {"ledger": {f"L{number}": entry(number) for number in page}, "count": len(known)}


async def walk(rest: Rest, **params: Any) -> list[str]:
    found: list[str] = []
    async with rest.account.ledgers(**params) as pages:
        async for page in pages:
            found += page
    return found


@pytest.mark.parametrize("cursors", [True, False])
@pytest.mark.parametrize("growing", [0, 3])
@pytest.mark.parametrize("count", [1, 49, 50, 51, 170])
async def test_all_rows_come_once_and_newest_first_though_new_ones_are_put_in_front(
    cursors: bool,  # noqa: FBT001
    growing: int,
    count: int,
) -> None:
    history = History(count, cursors=cursors, growing=growing)
    async with open_server(answering(history.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        assert await walk(rest, type="trade") == [f"L{number}" for number in range(count, 0, -1)]
    assert all(params["type"] == "trade" for params in history.asked)
    assert all("end" not in params for params in history.asked) or not cursors


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (49, 1), (50, 1), (51, 2), (100, 2), (170, 4)])
@pytest.mark.parametrize("before", [0, 7])
async def test_pages_by_offset_tell_how_many_rows_there_are_and_end_with_the_last(
    count: int, calls: int, before: int
) -> None:
    history = History(count + before, cursors=False)
    async with open_server(answering(history.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        async with rest.account.ledgers(ofs=before) as pages:
            assert pages.count is None
            found = [name async for page in pages for name in page]
            assert pages.count == count + before
    assert (len(found), len(history.asked)) == (count, calls)


@pytest.mark.parametrize("given", [{}, {"with_cursor": True}, {"cursor": "121"}])
async def test_where_the_last_page_has_no_cursor_nothing_is_asked_for_behind_it(given: dict[str, Any]) -> None:
    """A full page without a cursor is no first page of a server that has none."""
    history = History(100 if "cursor" not in given else 170, cursors=True, ends=True)
    async with open_server(answering(history.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        found = await walk(rest, **given)
    assert found == [f"L{number}" for number in range(120 if "cursor" in given else 100, 0, -1)]
    assert [params.get("ofs") for params in history.asked] == [None] * (3 if "cursor" in given else 2)


@pytest.mark.parametrize("given", [{}, {"ofs": 0}, {"with_cursor": True}, {"without_count": True}])
@pytest.mark.parametrize("limit", [1, 20, 50, 100])
async def test_pages_of_any_size_are_walked_without_a_hole(limit: int, given: dict[str, Any]) -> None:
    """Of trades one may ask for smaller pages, and larger ones; a server may pay no heed to that."""
    names = [f"T{number}" for number in range(105, 0, -1)]

    def answer(request: Request) -> Answer:
        params = dict(pair.split("=") for pair in request.body.decode().split("&"))
        assert not {"ofs", "with_cursor"} <= params.keys()  # Kraken refuses both together
        begin, size = int(params.get("ofs", "0")), min(int(params["limit"]), PAGE)
        count = {} if "without_count" in params else {"count": len(names)}
        rows = {name: trade(int(name[1:])) for name in names[begin : begin + size]}
        return Answer(200, json.dumps({"error": [], "result": {"trades": rows, **count}}).encode())

    serving = open_server(answering(answer))
    async with serving as server, open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
        async with rest.account.trades_history(limit=limit, **given) as pages:
            assert [name async for page in pages for name in page] == names


async def test_a_page_that_is_not_full_is_followed_while_the_count_tells_of_more() -> None:
    numbers = list(range(1, 121))

    def answer(request: Request) -> Answer:
        params = dict(pair.split("=") for pair in request.body.decode().split("&"))
        begin = int(params.get("ofs", "0"))
        rows = {f"L{number}": entry(number) for number in numbers[begin : begin + 49]}
        return Answer(200, json.dumps({"error": [], "result": {"ledger": rows, "count": 130}}).encode())

    async with open_server(answering(answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        assert await walk(rest) == [f"L{number}" for number in numbers]


async def test_awaiting_gives_one_page_as_kraken_has_it() -> None:
    history = History(60, cursors=False)
    async with open_server(answering(history.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        page = await rest.account.ledgers(ofs=10)
        assert (len(page.ledger), page.count) == (PAGE, 60)
        assert "with_cursor" not in history.asked[0]


@pytest.mark.parametrize("cursors", [True, False])
async def test_a_walk_that_is_cancelled_anywhere_goes_on_where_it_was(cursors: bool) -> None:  # noqa: FBT001
    """D2 for pages."""

    async def universe(inject: Injection) -> None:
        history = History(120, cursors=cursors)
        serving = open_server(answering(history.answer))
        async with serving as server, open_rest(KEYS, endpoints=server.endpoints, on_limit="ignore") as rest:
            async with rest.account.ledgers() as pages:
                first = (await inject(pages.__anext__)).value
                found = list(first or ())
                async for page in pages:
                    found += page
            assert found == [f"L{number}" for number in range(120, 0, -1)]

    assert await sweep(universe) >= 2


async def test_a_walk_goes_on_behind_the_last_page_after_one_that_could_not_be_had() -> None:
    async with sim.open_exchange(transport="memory", limits=False, activity=0) as exchange:
        for _ in range(60):
            exchange.deposit("USD", "1")
        await anyio.sleep(120)  # by then they are settled
        opening = open_rest(exchange.keys, endpoints=exchange.endpoints, on_limit="ignore", clock=exchange.clock)
        async with opening as rest:
            whole = list(await walk(rest))
            async with rest.account.ledgers() as pages:
                found = list(await pages.__anext__())
                exchange.reject("Ledgers", "EGeneral:Invalid arguments")
                with pytest.raises(InvalidArguments):
                    await pages.__anext__()
                async for page in pages:
                    found += page
            assert found == whole


def _tape(count: int, *, inclusive: bool = True, cursors: bool = True, numbered: bool = True) -> Callable[..., Answer]:
    """Serve ten public trades, one each second, in pages."""
    trades: list[list[Any]] = [[f"{number}.5", "1", number, "b", "m", "", number * numbered] for number in range(1, 11)]

    def answer(request: Request) -> Answer:
        since = int(request.target.partition("since=")[2].partition("&")[0])
        page = [trade for trade in trades if trade[2] * 10**9 >= since + (not inclusive)][:count]
        cursor = {"last": str(page[-1][2] * 10**9 if page else since)} if cursors else {}
        return Answer(200, json.dumps({"error": [], "result": {"XXBTZUSD": page, **cursor}}).encode())

    return answer


@pytest.mark.parametrize("how", [{}, {"inclusive": False}, {"cursors": False}, {"numbered": False}])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 1000])
async def test_public_trades_are_walked_from_the_first_one_to_now(count: int, how: dict[str, bool]) -> None:
    """The page after `last` begins with the trade that it names, or behind it; some pages have no cursor."""
    serving = open_server(answering(_tape(count, **how)))
    async with serving as server, open_rest(endpoints=server.endpoints, on_limit="ignore") as rest:
        async with rest.market.trades(pair="BTC/USD", count=count) as pages:
            found = [int(trade.time) async for page in pages for trade in page.values()]
        assert found == list(range(1, 11))


def _candles(clock: list[int], *, inclusive: bool) -> Callable[[Request], Answer]:
    """Serve a candle for each minute up to `clock[0]`, which runs still, whether or not `since` leaves out its own."""

    def answer(request: Request) -> Answer:
        since = int(request.target.partition("since=")[2] or 0)
        minutes = [minute for minute in range(60, clock[0] + 1, 60) if minute >= since + (not inclusive)]
        rows = [[minute, *["9.0"] * 5, "1.0" if minute < clock[0] else "0.5", 1] for minute in minutes]
        result = {"XXBTZUSD": rows, "last": clock[0] - 60}
        return Answer(200, json.dumps({"error": [], "result": result}).encode())

    return answer


@pytest.mark.parametrize("inclusive", [True, False])
async def test_candles_from_last_on_are_whole_whether_or_not_since_leaves_out_its_own(inclusive: bool) -> None:  # noqa: FBT001
    clock, found = [180], dict[int, Decimal]()
    async with (
        open_server(answering(_candles(clock, inclusive=inclusive))) as server,
        open_rest(endpoints=server.endpoints) as rest,
    ):
        asked = await rest.market.ohlc(pair="BTC/USD")
        for clock[0] in (180, 240, 420, 480):
            found |= {row.time: row.volume for row in asked.rows}
            asked = await rest.market.ohlc(pair="BTC/USD", since=int(asked.last))
        found |= {row.time: row.volume for row in asked.rows}
    assert found == {minute: Decimal("0.5" if minute == 480 else "1.0") for minute in range(60, 481, 60)}


def _pages(*pages: tuple[list[str], str | None], asked: list[str]) -> Callable[[Request], Answer]:
    """Serve pages of deposits by cursor: `c0`, `c1` and so on, each with the cursor that it tells."""

    def answer(request: Request) -> Answer:
        asked.append(dict(pair.split("=") for pair in request.body.decode().split("&"))["cursor"])
        names, after = pages[0 if asked[-1] == "true" else int(asked[-1].removeprefix("c"))]
        amounts = {"method": "Bitcoin", "asset": "XXBT", "amount": "1.5", "time": 7, "status": "Success"}
        rows = [{**amounts, "refid": name} for name in names]
        return Answer(200, json.dumps({"error": [], "result": {"deposits": rows, "next_cursor": after}}).encode())

    return answer


async def deposits(*pages: tuple[list[str], str | None], **params: Any) -> tuple[list[str], list[str]]:
    """Return what a walk gave, and the cursors that it asked for."""
    asked: list[str] = []
    found: list[str] = []
    serve = answering(_pages(*pages, asked=asked))
    async with (
        open_server(serve) as server,
        open_rest(KEYS, endpoints=server.endpoints) as rest,
        rest.funding.deposit_status(**params) as walked,
    ):
        async for page in walked:
            found += page
    return found, asked


async def test_a_walk_by_cursor_goes_on_behind_a_page_that_is_empty() -> None:
    found, asked = await deposits((["A"], "c1"), ([], "c2"), ([], "c3"), (["B"], None))
    assert (found, asked) == (["A", "B"], ["true", "c1", "c2", "c3"])


@pytest.mark.parametrize("rows", [["B"], []])
async def test_a_walk_ends_at_a_cursor_that_it_has_followed(rows: list[str]) -> None:
    found, asked = await deposits((["A"], "c1"), (["C"], "c2"), (rows, "c1"))
    assert (found, asked) == (["A", "C", *rows], ["true", "c1", "c2"])


async def test_a_walk_begins_where_a_cursor_says_and_does_not_come_back_to_it() -> None:
    found, asked = await deposits((["A"], "c1"), (["B"], "c2"), (["C"], "c1"), cursor="c1")
    assert (found, asked) == (["B", "C"], ["c1", "c2"])


async def test_a_walk_through_history_ends_at_a_cursor_that_it_has_followed() -> None:
    asked: list[bytes] = []

    def answer(request: Request) -> Answer:
        asked.append(request.body)
        page = {"ledger": {f"L{len(asked)}": entry(len(asked))}, "cursor": {"next": "same"}}
        return Answer(200, json.dumps({"error": [], "result": page}).encode())

    async with open_server(answering(answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        assert await walk(rest) == ["L1", "L2"]


async def test_a_walk_keeps_below_the_rate_limit() -> None:
    history = History(400, cursors=True)
    async with open_server(answering(history.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        begun = anyio.current_time()
        assert len(await walk(rest)) == 400
        assert anyio.current_time() - begun > (8 * 4 - 15) / 0.33


WRONG = [({"size": 3}, "parameter 'size'"), ({"type": "gift"}, "must be one"), ({"ofs": "x"}, "an int")]


@pytest.mark.parametrize(("wrong", "told"), WRONG)
async def test_a_walk_with_bad_input_is_refused_on_entering(wrong: dict[str, Any], told: str) -> None:
    history = History(5, cursors=True)
    async with open_server(answering(history.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        with pytest.raises(InvalidRequest, match=told):
            async with rest.account.ledgers(**wrong):
                pass
        unentered: Any = rest.account.ledgers()
        with pytest.raises(TypeError, match=r"write `async with \.\.\. as pages:`, and inside"):
            aiter(unentered)
        async with rest.account.ledgers() as pages:
            pass
        with pytest.raises(StreamClosed, match="outside their block"):
            await pages.__anext__()
    assert history.asked == []
