"""Turn the bytes of a WebSocket into whole messages, in bulk: chunks go in, payloads come out.

Data frames are taken here, many in one synchronous pass, and never reach the protocol library; control frames are set
aside as raw bytes (`control`) for the library, which answers pings and closes. RFC 6455 section 5 is the source.
"""

from struct import Struct

from krakenio.textframes import LARGEST, take_run

MAX_MESSAGE = 64 * 1024 * 1024
"""Bytes that one message may have. Kraken's instrument snapshot is above the 1 MiB that others take as their limit."""

MAX_CONTROL = 64 * 1024
"""Bytes of unanswered control frames; of pings beyond that the latest is answered (RFC 6455 section 5.5.3)."""

_LENGTH_64 = Struct(">Q").unpack_from

_FIN, _RSV, _OPCODE, _MASK = 0x80, 0x70, 0x0F, 0x80
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_CODES = frozenset({1000, 1001, 1002, 1003, *range(1007, 1014), *range(3000, 5000)})  # RFC 6455 section 7.4
_KNOWN = frozenset({_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG})


class FrameError(Exception):
    """Say why the peer's bytes are no WebSocket: `code` is the close code to send (1002 or 1009)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class FrameSplitter:
    """Cut a byte stream into messages.

    After each `feed`: `control` holds raw control frames to be answered, in order, `close` is `(code, reason)` once the
    peer's Close frame was read, and `error` the `FrameError` that made the rest unreadable. Messages before either are
    returned. Where the peer broke the rules `control` ends with a Close in its name: whose answer tells it so.
    """

    __slots__ = ("_bulk", "_fragments", "_limit", "_missing", "_parts", "close", "control", "error")

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self.control: bytearray = bytearray()
        self.close: tuple[int, str] | None = None
        self.error: FrameError | None = None
        self._limit = limit
        self._bulk = limit > LARGEST  # what the tight loop takes cannot exceed it
        self._parts: list[bytes] = []  # an unfinished frame; joined only once it is complete
        self._missing = 0  # bytes until it may be
        self._fragments: bytearray | None = None  # not a list: a byte in a fragment of its own costs one, not fifty

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that `data` completes."""
        if self._parts:
            self._parts.append(data)
            self._missing -= len(data)
            if self._missing > 0:
                return []
            data = b"".join(self._parts)
            self._parts.clear()
        if self.close is not None or self.error is not None:
            return []
        messages: list[bytes] = []
        try:
            self._split(data, messages)
        except FrameError as error:
            self.error = error
            self.control += _close(error.code, str(error))
        return messages

    def _split(self, data: bytes, messages: list[bytes]) -> None:
        """Take runs of whole unfragmented text frames at once, and leave what stands between to `_other_frame`."""
        position = 0
        while True:
            if self._bulk and self._fragments is None:
                position = take_run(data, position, messages)
            if position >= len(data) or not (taken := self._other_frame(data, position, messages)):
                return
            position += taken

    def _other_frame(self, data: bytes, position: int, messages: list[bytes]) -> int:
        """Take one frame of any kind at `position`; 0 when it is incomplete (then it is kept) or was the last."""
        header = _header(data, position)
        if isinstance(header, int):
            return self._keep(data, position, header)
        opcode, fin, offset, length = header
        if opcode < _CLOSE and len(self._fragments or b"") + length > self._limit:
            raise FrameError(1009, f"a message of more than {self._limit} bytes")
        self._check_order(opcode, fin)
        end = position + offset + length
        if end > len(data):
            return self._keep(data, position, offset + length)
        payload = data[position + offset : end]
        if opcode >= _CLOSE:
            return self._take_control(opcode, data[position:end], payload)
        self._take_data(opcode, payload, messages, fin=fin)
        return offset + length

    def _keep(self, data: bytes, position: int, needed: int) -> int:
        self._parts.append(data[position:])
        self._missing = needed - (len(data) - position)
        return 0

    def _check_order(self, opcode: int, fin: bool) -> None:  # noqa: FBT001 - one bit of the header
        if opcode >= _CLOSE:
            if not fin:
                raise FrameError(1002, "a fragmented control frame")
        elif opcode == _CONTINUATION:
            if self._fragments is None:
                raise FrameError(1002, "a continuation without a message")
        elif self._fragments is not None:
            raise FrameError(1002, "a new message inside a fragmented one")

    def _take_control(self, opcode: int, frame: bytes, payload: bytes) -> int:
        if opcode == _PONG:  # nobody asked: Kraken has a ping of its own
            return len(frame)
        if len(self.control) + len(frame) > MAX_CONTROL:
            self.control.clear()
        if opcode == _CLOSE:
            self.close = _close_reason(payload)
            self.control += frame if _is_answerable(payload) else _close(1002, "a malformed close frame")
            return 0
        self.control += frame
        return len(frame)

    def _take_data(self, opcode: int, payload: bytes, messages: list[bytes], *, fin: bool) -> None:
        if opcode != _CONTINUATION:
            if fin:
                messages.append(payload)
                return
            self._fragments = bytearray()
        assert self._fragments is not None  # noqa: S101 - `_check_order` saw to it
        self._fragments += payload
        if fin:
            messages.append(bytes(self._fragments))
            self._fragments = None


def _header(data: bytes, position: int) -> tuple[int, bool, int, int] | int:
    """Read `(opcode, fin, header size, payload length)`, or the number of bytes needed to read it."""
    available = len(data) - position
    if available < 2:  # noqa: PLR2004 - the fixed part of a header
        return 2
    first, second = data[position], data[position + 1]
    opcode = first & _OPCODE
    if first & _RSV or opcode not in _KNOWN:
        raise FrameError(1002, f"reserved bits or opcode in a frame header ({first:#04x})")
    if second & _MASK:
        raise FrameError(1002, "a masked frame from the server")
    length, offset = second, 2
    if second >= 126:  # noqa: PLR2004 - RFC 6455 section 5.2
        if opcode >= _CLOSE:
            raise FrameError(1002, "a control frame of more than 125 bytes")
        offset = 4 if second == 126 else 10  # noqa: PLR2004
        if available < offset:
            return offset
        length = _extended_length(data, position, offset)
    return opcode, bool(first & _FIN), offset, length


def _extended_length(data: bytes, position: int, offset: int) -> int:
    if offset == 4:  # noqa: PLR2004
        return int.from_bytes(data[position + 2 : position + 4])
    (length,) = _LENGTH_64(data, position + 2)
    if length >> 63:
        raise FrameError(1002, "a length of 64 bits, of which the first must be 0")
    return int(length)


def _close_reason(payload: bytes) -> tuple[int, str]:
    """Read a Close frame: 1005 when it has no code, 1002 when it is malformed (RFC 6455 section 7.1.5).

    The reason goes into events and logs, which its control characters must not change.
    """
    if not payload:
        return 1005, ""
    if len(payload) == 1:
        return 1002, "a close frame of one byte"
    text = payload[2:].decode("utf-8", "replace")
    return int.from_bytes(payload[:2]), "".join(each if each.isprintable() else "?" for each in text)


def _is_answerable(payload: bytes) -> bool:
    """Tell whether a Close frame is one that the protocol libraries echo; to others they would say nothing."""
    if not payload:
        return True
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        return False
    return len(payload) > 1 and int.from_bytes(payload[:2]) in _CODES


def _close(code: int, reason: str) -> bytes:
    payload = code.to_bytes(2) + reason.encode()
    return bytes([_FIN | _CLOSE, len(payload)]) + payload
