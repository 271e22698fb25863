"""A report is a scope: waited for, written whole or not at all, and removed however the block is left."""

import errno
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import anyio
import pytest

from krakenio import InvalidRequest, open_rest
from krakenio.errors import DecodeError, ExportError, KrakenError, StreamClosed
from krakenio.sim.connections.http import Answer, HttpConnection, Request
from krakenio.sim.connections.memory import MemoryStream
from tests.injection import Injection, sweep
from tests.rest.servers import KEYS, answering, open_server

pytestmark = pytest.mark.virtual

ZIP = b"PK\x03\x04" + bytes(range(256)) * 2000


class Reports:
    """Make one report, ready at the third look; `error` and `answer` let it go wrong."""

    def __init__(self, error: str = "0", answer: Answer | None = None) -> None:
        self.error = error
        self.retrieved = answer or Answer(200, ZIP, content_type="application/octet-stream")
        self.looks = 0
        self.removed: list[str] = []

    def answer(self, request: Request) -> Answer:
        params = dict(parse_qsl(request.body.decode()))
        name = request.target.rpartition("/")[2]
        if name == "RetrieveExport":
            return self.retrieved
        return Answer(200, json.dumps({"error": [], "result": self._result(name, params)}).encode())

    def _result(self, name: str, params: dict[str, str]) -> Any:
        if name == "AddExport":
            return {"id": "ABCD"}
        if name == "ExportStatus":
            self.looks += 1
            status = ("Queued", "Processing", "Processed")[min(self.looks, 3) - 1]
            return [{"id": "OTHER", "status": "Processed"}, {"id": "ABCD", "status": status, "error": self.error}]
        self.removed.append(params["type"])
        return {params["type"]: True}


async def test_a_report_is_waited_for_written_to_a_file_and_removed(tmp_path: Path) -> None:
    reports, told = Reports(), list[tuple[int, int | None]]()
    async with open_server(answering(reports.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        begun = anyio.current_time()
        async with rest.account.open_export(report="trades", description="all") as export:
            path = await export.save(tmp_path / "trades.zip", lambda count, length: told.append((count, length)))
            assert 10 <= anyio.current_time() - begun < 11
        assert not export.left_at_kraken
    assert path.read_bytes() == ZIP
    assert told[-1] == (len(ZIP), len(ZIP))
    assert [count for count, _ in told] == sorted(count for count, _ in told)
    assert len(told) > 1
    assert reports.removed == ["delete"]


@pytest.mark.parametrize(("place", "told"), [("nowhere/trades.zip", "no folder"), ("", "is a folder")])
async def test_where_no_file_can_be_is_told_before_the_report_is_waited_for(
    tmp_path: Path, place: str, told: str
) -> None:
    reports = Reports()
    async with open_server(answering(reports.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        async with rest.account.open_export(report="trades", description="all") as export:
            with pytest.raises(InvalidRequest, match=told):
                await export.save(tmp_path / place)
            assert reports.looks == 0
            await export.save(tmp_path / "trades.zip")


async def test_a_report_can_be_read_at_once() -> None:
    reports = Reports()
    async with open_server(answering(reports.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        async with rest.account.open_export(report="ledgers", description="all") as export:
            assert await export.read() == ZIP


@pytest.mark.parametrize(
    ("reports", "kind"),
    [
        (Reports(error="EExport:Exported size too big"), ExportError),
        (Reports(answer=Answer(200, b'{"error":["EExport:Not ready"]}')), ExportError),
        (Reports(answer=Answer(502, b"<html>", content_type="text/html")), KrakenError),
        (Reports(answer=Answer(200, b"", content_type="application/octet-stream")), KrakenError),
        (Reports(answer=Answer(200, b'{"error":["EExport:Not ready"]}', content_type="text/plain")), ExportError),
        (Reports(answer=Answer(200, b'{"error":[],"result":{}}', content_type="text/plain")), DecodeError),
        (Reports(answer=Answer(200, b"\n<html>", content_type="text/html")), DecodeError),
    ],
    ids=["too big", "refused", "broken", "empty", "refused as text", "an envelope", "a page"],
)
async def test_what_goes_wrong_leaves_no_file_and_no_report(
    reports: Reports, kind: type[Exception], tmp_path: Path
) -> None:
    reports.looks = 0
    async with open_server(answering(reports.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        with pytest.raises(kind):
            async with rest.account.open_export(report="trades", description="all") as export:
                await export.save(tmp_path / "trades.zip")
        await anyio.sleep(5)
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - a look into an empty folder
    assert reports.removed[-1] == "delete"


async def test_a_cancelled_block_waits_for_nothing_and_its_report_is_removed_all_the_same() -> None:
    reports = Reports()
    async with open_server(answering(reports.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        export = rest.account.open_export(report="trades", description="all")
        with anyio.move_on_after(7):
            async with export:
                await export.ready()
        assert anyio.current_time() == pytest.approx(7, abs=0.01)
        assert export.left_at_kraken
        await anyio.sleep(1)
        assert not export.left_at_kraken
    assert reports.removed == ["cancel"]


class Slow:
    """Answer after a second, and know what was asked."""

    def __init__(self) -> None:
        self.reports = Reports()
        self.asked: list[str] = []

    async def serve(self, stream: MemoryStream) -> None:
        connection = HttpConnection(stream)
        while (request := await connection.request()) is not None:
            self.asked.append(request.target.rpartition("/")[2])
            await anyio.sleep(1)
            await connection.answer(self.reports.answer(request))


async def test_a_report_is_removed_too_where_a_cancel_came_while_it_was_ordered() -> None:
    """Kraken has it by then, and nobody but the lane hears its name."""
    slow = Slow()
    async with open_server(slow.serve) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        export = rest.account.open_export(report="trades", description="all")
        with anyio.move_on_after(0.5):
            await export.__aenter__()
        assert slow.asked == ["AddExport"]
        await anyio.sleep(3)
        assert not export.left_at_kraken
    assert slow.reports.removed == ["cancel"]


async def test_a_report_is_removed_too_wherever_ordering_it_is_cancelled() -> None:
    async def universe(inject: Injection) -> None:
        slow = Slow()
        async with open_server(slow.serve) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
            export = rest.account.open_export(report="trades", description="all")
            entered = (await inject(export.__aenter__)).value is export
            await anyio.sleep(3)
            assert not export.left_at_kraken
        assert slow.reports.removed == ["cancel"] * ("AddExport" in slow.asked and not entered)

    assert await sweep(universe) >= 2


async def test_a_report_that_cannot_be_ordered_is_refused_before_anything_is_sent() -> None:
    reports = Reports()
    async with open_server(answering(reports.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        with pytest.raises(InvalidRequest, match="one of 'trades', 'ledgers'"):
            rest.account.open_export(report="taxes", description="all")  # type: ignore[arg-type]
        assert server.connections == 0


class Pouring:
    """Serve a report whose bytes come as `pour` sends them; all else as `Reports` does."""

    def __init__(self, pour: Callable[[MemoryStream], Awaitable[None]]) -> None:
        self.reports = Reports()
        self.retrievals = 0
        self._pour = pour

    async def serve(self, stream: MemoryStream) -> None:
        """Answer, and end the connection behind the first report that is asked for."""
        connection = HttpConnection(stream)
        while (request := await connection.request()) is not None:
            self.retrievals += request.target.endswith("RetrieveExport")
            if request.target.endswith("RetrieveExport") and self.retrievals == 1:
                await stream.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n")
                await stream.send(b"Content-Length: %d\r\n\r\n" % len(ZIP) + ZIP[:1000])
                await self._pour(stream)
                return
            await connection.answer(self.reports.answer(request))


async def test_a_report_is_ordered_once_and_read_in_its_block() -> None:
    """A second order would leave the first at Kraken, and one that is not there would be waited for in vain."""
    reports = Reports()
    async with open_server(answering(reports.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        export = rest.account.open_export(report="trades", description="all")
        with pytest.raises(StreamClosed):
            await export.ready()
        async with export:
            pass
        with pytest.raises(StreamClosed):
            await export.read()
        with pytest.raises(RuntimeError, match="ordered before"):
            await export.__aenter__()
    assert reports.removed == ["cancel"]


async def test_a_report_that_is_cut_off_is_written_from_its_beginning_again(tmp_path: Path) -> None:
    pouring = Pouring(lambda _: anyio.lowlevel.checkpoint())
    async with open_server(pouring.serve) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        async with rest.account.open_export(report="trades", description="all") as export:
            path = await export.save(tmp_path / "trades.zip")
    assert pouring.retrievals == 2
    assert path.read_bytes() == ZIP


async def test_a_full_disk_or_a_mistake_in_progress_is_the_callers_and_ends_no_session(tmp_path: Path) -> None:
    reports, full = Reports(), OSError(errno.ENOSPC, "No space left on device")

    def fail(_count: int, _length: int | None) -> None:
        raise full

    async with open_server(answering(reports.answer)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        async with rest.account.open_export(report="trades", description="all") as export:
            with pytest.raises(OSError, match="No space left") as raised:
                await export.save(tmp_path / "trades.zip", fail)
            assert raised.value is full
            assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - a look into an empty folder
            await export.save(tmp_path / "trades.zip")
    assert reports.removed == ["delete"]


async def test_a_report_that_nobody_waits_for_any_more_keeps_no_other_call_waiting(tmp_path: Path) -> None:
    """A4: the rest of a long report is of no use, and the lane is the key's only one."""

    async def trickle(stream: MemoryStream) -> None:
        for byte in ZIP[1000:]:
            await anyio.sleep(1)
            await stream.send(bytes([byte]))

    pouring = Pouring(trickle)
    async with open_server(pouring.serve) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        async with rest.account.open_export(report="trades", description="all") as export:
            with anyio.move_on_after(15):
                await export.save(tmp_path / "trades.zip")
            begun = anyio.current_time()
            await export.ready()
            assert anyio.current_time() - begun <= 2


async def test_a_cancel_is_no_other_error_where_the_file_cannot_be_removed(tmp_path: Path) -> None:
    """A3: somebody else may have removed it, and Windows removes no open file."""
    pouring, part = Pouring(lambda _: anyio.sleep(100)), tmp_path / "trades.zip.part"
    async with open_server(pouring.serve) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        async with rest.account.open_export(report="trades", description="all") as export:
            with anyio.move_on_after(15) as scope:
                await export.save(tmp_path / "trades.zip", lambda _count, _length: part.unlink())
            assert scope.cancelled_caught
