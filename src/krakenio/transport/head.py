"""Find the head of an HTTP answer, of a server or a proxy: bytes go in; its status, its text and what follows come out.

The protocol libraries see it whole, or not at all: where it ends must be sure, since there the frames begin.
"""

import re
from typing import NamedTuple

_MOST = 64 * 1024  # bytes up to the end of the final answer's head
_BEGIN = b"HTTP/1."
_END = re.compile(rb"\n\r?\n")  # h11 takes lines that end in LF alone, as RFC 9112 section 2.2 allows
_STATUS = re.compile(rb"HTTP/1\.\d ([1-9]\d\d)(?![^ \r\n])")
_FIELDS = re.compile(rb"\r?\n(?![ \t])")  # a line that begins with a space goes on with the one before
_CONNECTION = b"connection:"
_NOTHING = re.compile(rb"(?i)sec-websocket-(?:extensions|protocol):[ \t]*")
_RETRY_AFTER = re.compile(rb"(?i)\nretry-after:[ \t]*(\d{1,9})[ \t]*\r?\n")
_SWITCHED, _FINAL = 101, 200
_NO_HTTP, _ENDLESS = "no HTTP", "endless"


class HeadError(Exception):
    """Say what is wrong with something that is no answer."""


class Answer(NamedTuple):
    """The answer that counts: `head` with its empty line, `rest` what came behind it."""

    status: int
    head: bytes
    rest: bytes

    @property
    def wait(self) -> float:
        """Return the seconds for which a refusal asks us to stay away (`Retry-After`; not where it names a date)."""
        found = _RETRY_AFTER.search(self.head)
        return 0.0 if found is None else float(found[1])


class Head:
    """Collect what arrives until the answer is whole; interim answers (1xx, but 101) are passed over."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._passed = 0  # bytes of whole answers

    def feed(self, data: bytes) -> Answer | None:
        """Return the answer once its head is whole; raises `HeadError` for what is none."""
        looked = max(0, len(self._data) - 2)
        self._data += data
        while (end := _END.search(self._data, looked)) is not None:
            answer, looked = self._cut(end.end()), 0
            if answer.status == _SWITCHED or answer.status >= _FINAL:
                return answer
        if not self._data.startswith(_BEGIN[: len(self._data)]):
            raise HeadError(_NO_HTTP)
        self._check(len(self._data))
        return None

    def _check(self, size: int) -> None:
        """Bound what is taken, by the same number however it is cut."""
        if self._passed + size > _MOST:
            raise HeadError(_ENDLESS)

    def _cut(self, end: int) -> Answer:
        head, rest = bytes(self._data[:end]), bytes(self._data[end:])
        status = _STATUS.match(head)
        if status is None:
            raise HeadError(_NO_HTTP)
        self._check(end)
        self._passed += end
        self._data = bytearray(rest)
        return Answer(int(status[1]), _tidied(head), rest)


def _tidied(head: bytes) -> bytes:
    """Write the fields as the protocol libraries want them.

    Of several `Connection` fields they heed only the last (RFC 9110 section 5.3: it is one), and an empty list of what
    was agreed, which some servers send, they take for something that was never offered.
    """
    first, *fields = _FIELDS.split(head.rstrip(b"\r\n"))
    kept = [field for field in fields if not _NOTHING.fullmatch(field)]
    said = [field.partition(b":")[2] for field in kept if field.lower().startswith(_CONNECTION)]
    if len(said) < 2 and len(kept) == len(fields):  # noqa: PLR2004 - one, as nearly always
        return head
    others = [field for field in kept if not field.lower().startswith(_CONNECTION)]
    return b"\r\n".join([first, *others, *([b"Connection:" + b",".join(said)] if said else []), b"", b""])
