"""Own one of Kraken's reports as a scope: ordered on entering, written to a file, removed on leaving.

However the block is left, the report is removed at Kraken by a library task, or it is told where it was left.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

import anyio

from krakenio.entered import Entered
from krakenio.errors import DecodeError, InvalidRequest, KrakenError, StreamClosed, TransportError, api_error
from krakenio.models import AddedExport, ExportReport, decode_result
from krakenio.rest.chapter import Perform, Spawn
from krakenio.rest.history import ADD_EXPORT, EXPORT_STATUS, REMOVE_EXPORT, RETRIEVE_EXPORT
from krakenio.rest.methods import Method, finished
from krakenio.rest.replies import is_file

LOOK_EVERY = 5.0
"""Seconds between two looks whether a report is ready."""

REMOVE_WITHIN = 10.0
"""Seconds that removing a report may take."""

HEAD = 4096
"""Bytes of an answer that are kept to tell what it is."""

Progress = Callable[[int, int | None], object]
"""Hear how many bytes have come, and how many there are if Kraken told."""

_DONE = "Processed"


class Export(Entered):
    """One report: `id` names it at Kraken, `status` is what Kraken said of it last.

    `left_at_kraken`: it could not be removed (yet); Kraken does so itself after some weeks.
    """

    def __init__(self, perform: Perform, spawn: Spawn, params: Mapping[str, object]) -> None:
        self.id: str | None = None
        self.status: ExportReport | None = None
        self.left_at_kraken: bool = False
        self._perform = perform
        self._spawn = spawn
        self._params = params
        self._state: Literal["new", "open", "left"] = "new"

    def __repr__(self) -> str:
        """Show what Kraken said of it last."""
        status = "not looked at" if self.status is None else self.status.status
        return f"<Export {self.id}: {status}>"

    async def __aenter__(self) -> Self:
        """Order the report, once; one that is heard of when nobody waits for it any more is removed again."""
        await anyio.lowlevel.checkpoint()
        if self._state != "new":  # the report of before would be left at Kraken, unnoticed
            raise RuntimeError("this report was ordered before; call open_export() again for another one")
        self._state = "open"
        try:
            await self._perform(finished(ADD_EXPORT, self._ordered), self._params)
        except BaseException:
            self._state = "left"
            if self.id is not None:
                self._remove_soon()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the report; where something else ends the block, a library task does it and nobody waits."""
        self._state = "left"
        if error is None:
            self.left_at_kraken = True
            with anyio.move_on_after(REMOVE_WITHIN):
                await self._remove()  # noqa: ASYNC102 - a normal exit, and bounded
        else:
            self._remove_soon()

    async def ready(self) -> ExportReport:
        """Wait until Kraken has made the report; raises Kraken's `ExportError` if it cannot."""
        await anyio.lowlevel.checkpoint()
        if self._state != "open":  # Kraken does not list it, so it would be waited for in vain
            raise StreamClosed("a report is read outside its block; use `async with` around it")
        # Kraken has no other word for it than the state that is asked for
        while (status := await self._look()) is None or status.status != _DONE:  # noqa: ASYNC110
            await anyio.sleep(LOOK_EVERY)
        if status.error and status.error != "0":
            told = status.error if status.error.startswith("EExport") else f"EExport:{status.error}"
            raise api_error(told)
        return status

    async def read(self) -> bytes:
        """Wait for the report and return it: a zip with one file."""
        await self.ready()
        return await self._perform(RETRIEVE_EXPORT, {"id": self.id})

    async def save(self, path: str | Path, progress: Progress | None = None) -> Path:
        """Wait for the report and write its zip to `path` piece by piece; what is not whole is not left there.

        `progress` is called with the bytes so far, and with how many there are if Kraken told; from a second attempt on
        they count from 0 again. What it or the disk raises ends this call alone, and leaves as it is.
        Raises `InvalidRequest` before it waits if `path` is no place for a file.
        """
        await anyio.lowlevel.checkpoint()
        target = _place(path)
        await self.ready()
        part = target.with_name(target.name + ".part")
        file = part.open("wb")
        try:
            await self._pour(Pouring(file, progress))
            file.close()  # here the last bytes may find a full disk
            part.replace(target)
        except BaseException:
            with suppress(OSError):  # it must not hide a cancel
                file.close()
            with suppress(OSError):
                part.unlink()
            raise
        return target

    async def _pour(self, pouring: "Pouring") -> None:
        try:
            await self._perform(_poured(pouring), {"id": self.id})
        except TransportError:
            if pouring.failure is not None:
                raise pouring.failure from None
            raise
        finally:
            pouring.close()
        pouring.check()

    async def _look(self) -> ExportReport | None:
        reports = await self._perform(EXPORT_STATUS, {"report": self._params["report"]})
        self.status = next((report for report in reports if report.id == self.id), None)
        return self.status

    def _ordered(self, told: AddedExport) -> AddedExport:
        """Learn its name in the lane, which a cancel of whoever waits does not keep it from."""
        self.id = told.id
        if self._state == "left":
            self._remove_soon()
        return told

    def _remove_soon(self) -> None:
        self.left_at_kraken = True  # until the task has removed it, if it still gets to it
        self._spawn(self._remove, "removal of a report")

    async def _remove(self) -> None:
        done = self.status is not None and self.status.status == _DONE
        with suppress(KrakenError):
            await self._perform(REMOVE_EXPORT, {"id": self.id, "type": "delete" if done else "cancel"})
            self.left_at_kraken = False


def _place(path: str | Path) -> Path:
    target = Path(path)
    if not target.parent.is_dir():
        message = f"path: there is no folder {str(target.parent)!r}: make it first, or pass another place for the zip"
        raise InvalidRequest(message)
    if target.is_dir():
        message = f"path: {str(target)!r} is a folder: pass a file in it, such as {str(target / 'report.zip')!r}"
        raise InvalidRequest(message)
    return target


class Pouring:
    """Write a body to a file while somebody wants it; `failure` is what the disk or `progress` raised."""

    def __init__(self, file: IO[bytes], progress: Progress | None) -> None:
        self.failure: Exception | None = None
        self._file: IO[bytes] | None = file
        self._progress = progress
        self._length: int | None = None
        self._count = 0
        self._head = b""

    def begin(self, content_type: str, length: int | None) -> bool:
        """Take what is no JSON: a refusal comes in an envelope. An answer that was cut off comes anew, and whole."""
        self._length, self._count, self._head = length, 0, b""
        self._guarded(self._rewind)
        return "json" not in content_type.lower()

    def write(self, data: bytes) -> bool:
        """Write a piece; false once nothing more is wanted."""
        self._guarded(self._write, data)
        return self._file is not None

    def _guarded(self, step: Callable[..., None], *args: bytes) -> None:
        """Keep what fails for the caller: the lane, which is here, must not end for it."""
        try:
            step(*args)
        except Exception as error:  # noqa: BLE001 - a full disk, or a mistake in `progress`
            self.failure, self._file = error, None

    def _rewind(self) -> None:
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()

    def _write(self, data: bytes) -> None:
        if self._file is None:
            return
        self._file.write(data)
        self._count += len(data)
        self._head += data[: HEAD - len(self._head)]
        if self._progress is not None:
            self._progress(self._count, self._length)

    def close(self) -> None:
        """Write nothing more."""
        self._file = None

    def check(self) -> None:
        """Refuse an answer that brought no report: nothing, or an envelope or a page under another type of content."""
        if not is_file(self._head):
            decode_result(self._head, object)  # raises what Kraken told
            message = "Kraken sent no report"
            raise DecodeError(message)


def _poured(sink: Pouring) -> Method[bytes]:
    """Describe the call that writes its answer into a sink."""
    return replace(RETRIEVE_EXPORT, sink=sink)


def check_export(params: Mapping[str, Any]) -> None:
    """Refuse what cannot be ordered before anything is sent."""
    ADD_EXPORT.call(params)
