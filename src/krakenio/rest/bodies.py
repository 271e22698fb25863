"""Read the body of an answer within a bound: its chunks go in, the plain bytes come out. Pure.

The bound counts what comes out, so that a small compressed answer cannot fill the memory.
"""

import zlib
from typing import Protocol

from krakenio.rest.members import Members

MAX_BODY = 64 * 1024 * 1024
"""Bytes that an answer may have after decompression; Kraken's largest (AssetPairs) has about one million."""

MAX_POURED = 16 * 1024 * 1024 * 1024
"""Bytes that an answer may have which is written to a file as it comes."""

_CODINGS = {"": False, "identity": False, "gzip": True, "x-gzip": True}


class BodyError(Exception):
    """The body is not what its head promised; the text says how, never what is in it."""


class UnwantedError(BodyError):
    """Nobody takes the rest of it any more, so there is no use in asking again."""


class Sink(Protocol):
    """Where a long body goes piece by piece; it decides by the head whether it takes it."""

    def begin(self, content_type: str, length: int | None) -> bool:
        """Learn that an answer begins; false leaves it to be collected."""
        ...

    def write(self, data: bytes) -> bool:
        """Take the next piece; false if nothing more is wanted."""
        ...


class Body:
    """Collect one body; `coding` is the `Content-Encoding` of its head, `sink` takes what is too long to keep."""

    def __init__(self, coding: str, limit: int = MAX_BODY, sink: Sink | None = None) -> None:
        self.fault = "" if coding in _CODINGS else "is compressed in a way that was not asked for"
        self._members = Members() if _CODINGS.get(coding) else None
        self._parts: list[bytes] = []
        self._sink = sink
        self._wanted = True
        self._room = limit if sink is None else MAX_POURED

    def feed(self, chunk: bytes) -> bool:
        """Take the next chunk as it came; `False` once nothing more is wanted."""
        if not self.fault:
            self._take(self._plain(chunk))
        return not self.fault

    def finish(self) -> bytes:
        """Return the whole body, or raise `BodyError`."""
        if self._members is not None and not self._members.whole:
            self.fault = self.fault or "was cut off"
        if self.fault:
            raise (BodyError if self._wanted else UnwantedError)(self.fault)
        return b"".join(self._parts)

    def _take(self, plain: bytes) -> None:
        self._room -= len(plain)
        if self._room < 0:
            self.fault = "is too long"
            self._parts.clear()
        elif self._sink is None:
            self._parts.append(plain)
        elif not self._sink.write(plain):
            self._wanted, self.fault = False, "is wanted no more"

    def _plain(self, chunk: bytes) -> bytes:
        if self._members is None:
            return chunk
        try:
            return self._members.inflate(chunk, self._room + 1)
        except zlib.error:
            self.fault = "is compressed and damaged"
            return b""
