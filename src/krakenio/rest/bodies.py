"""Read the body of an answer within a bound: its chunks go in, the plain bytes come out. Pure.

The bound counts what comes out, so that a small compressed answer cannot fill the memory.
"""

import zlib

MAX_BODY = 64 * 1024 * 1024
"""Bytes that an answer may have after decompression; Kraken's largest (AssetPairs) has about one million."""

_GZIP = 16 + zlib.MAX_WBITS  # tells zlib to expect a gzip header
_CODINGS = {"": False, "identity": False, "gzip": True, "x-gzip": True}


class BodyError(Exception):
    """The body is not what its head promised; the text says how, never what is in it."""


class Body:
    """Collect one body; `coding` is the `Content-Encoding` of its head."""

    def __init__(self, coding: str, limit: int = MAX_BODY) -> None:
        self.fault = "" if coding in _CODINGS else "is compressed in a way that was not asked for"
        self._inflate = zlib.decompressobj(_GZIP) if _CODINGS.get(coding) else None
        self._parts: list[bytes] = []
        self._room = limit

    def feed(self, chunk: bytes) -> bool:
        """Take the next chunk as it came; `False` once nothing more is wanted."""
        if not self.fault:
            self._take(self._plain(chunk))
        return not self.fault

    def finish(self) -> bytes:
        """Return the whole body, or raise `BodyError`."""
        if self._inflate is not None and self._parts and not self._inflate.eof:
            self.fault = self.fault or "was cut off"
        if self.fault:
            raise BodyError(self.fault)
        return b"".join(self._parts)

    def _take(self, plain: bytes) -> None:
        self._room -= len(plain)
        if self._room < 0:
            self.fault = "is too long"
            self._parts.clear()
        else:
            self._parts.append(plain)

    def _plain(self, chunk: bytes) -> bytes:
        if self._inflate is None:
            return chunk
        try:
            return self._inflate.decompress(chunk, self._room + 1)
        except zlib.error:
            self.fault = "is compressed and damaged"
            return b""
