"""Inflate gzip: compressed bytes go in as they come, the plain bytes come out, within a bound. Pure.

A body may have several members (RFC 1952 section 2.2), as a proxy writes it that compresses each piece by itself.
"""

import zlib

_GZIP = 16 + zlib.MAX_WBITS  # tells zlib to expect a gzip header
_MAGIC = b"\x1f"


class Members:
    """Inflate one member after the other; zeros behind one are padding, and what is none ends them all."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False
        self._over = False

    @property
    def whole(self) -> bool:
        """Tell whether what has come may be all: it ends with a member, or nothing came at all."""
        return self._member.eof or not self._begun

    def inflate(self, data: bytes, most: int) -> bytes:
        """Return what `data` brings, no more than `most` bytes; raises `zlib.error`."""
        plain: list[bytes] = []
        while most > 0 and (data := self._of_member(data)):
            plain.append(self._member.decompress(data, most))
            most -= len(plain[-1])
            data = self._member.unused_data
        return b"".join(plain)

    def _of_member(self, data: bytes) -> bytes:
        """Return what is to be inflated of it, by a new member where the last one has ended."""
        self._begun = self._begun or bool(data)
        if self._member.eof:
            data = data.lstrip(b"\0")
            self._over = self._over or not _MAGIC.startswith(data[:1])
            if data and not self._over:
                self._member = zlib.decompressobj(_GZIP)
        return b"" if self._over else data
