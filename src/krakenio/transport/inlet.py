"""Divide what arrives: data frames to the reader in bulk, everything else to the protocol library.

Sits between a byte stream and the library, which sees the head of the answer to the upgrade; from then on
`FrameSplitter` keeps the data frames and only control frames are passed on.
"""

import anyio

from krakenio.bytestream import ByteStream, LookAgainError, pushing
from krakenio.errors import Disconnected
from krakenio.frames import FrameSplitter
from krakenio.transport.head import Answer, Head, HeadError

_SWITCHED = 101
_PING = 0x89  # the first byte of one
_FAREWELL = 1.0  # seconds for our answer to a close frame, or to what is no frame, and for what came before a break
_AT_ONCE = 512  # messages of a read before others have their turn: three times what Kraken's books bring
_ABNORMAL = 1006  # RFC 6455 section 7.1.5: closed without a close frame
_FATAL_STATUS = frozenset({400, 401, 404})
_FATAL_CLOSE = frozenset({1008})


class Inlet:
    """Read a stream for two: `receive` for the session's reader, `next_library_bytes` for the library's task.

    Messages and control bytes live here, never in a local across an await, so no cancel can lose one.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._pushing = pushing(stream)
        self._splitter = FrameSplitter()
        self._head: Head | None = Head()  # of the answer to the upgrade; None once it is complete
        self._messages: list[bytes] = []
        self._ended: BaseException | None = None
        self._news = anyio.Event()  # for the library: control frames, or the end
        self._answered = anyio.Event()  # the library has dealt with the last control frame
        self._over = anyio.Event()  # the reader knows that nothing more will come
        self._leaving = False

    async def receive(self) -> list[bytes]:
        """Return at least one whole message; after the last one raises `Disconnected`."""
        while not self._messages:
            if self._is_over():
                await self._say_goodbye()
            if self._ended is not None:
                raise self._ended
            self._messages += self._feed(await self._read())
        if len(self._messages) > _AT_ONCE:
            return await self._some()
        messages, self._messages = self._messages, []
        return messages

    async def _some(self) -> list[bytes]:
        """Return part of what is there, once others had their turn: a read may bring 16 384 messages without a byte."""
        await anyio.lowlevel.checkpoint()
        messages, self._messages = self._messages[:_AT_ONCE], self._messages[_AT_ONCE:]
        return messages

    def receive_nowait(self) -> list[bytes]:
        """Return the messages that what has just come completes, while `receive` waits; very many are left to that."""
        assert self._pushing is not None  # noqa: S101 - it has told of bytes
        messages = self._feed(self._pushing.receive_nowait())
        if len(messages) > _AT_ONCE:
            self._messages += messages
            messages = []
        if self._messages or self._is_over():
            self._pushing.look_again()
        return messages

    def _feed(self, data: bytes) -> list[bytes]:
        messages = self._splitter.feed(data)
        if self._splitter.control:
            self._news.set()
        return messages

    async def next_library_bytes(self) -> bytes:
        """Return what the protocol library is to see next, `b""` at the end; reads until the upgrade is answered."""
        if self._head is not None:
            return await self._read_head(self._head)
        while not (frame := self._next_control()) and self._ended is None:
            if self._is_over():
                self._answered.set()  # the library had the close frame and comes back for more
            self._news = anyio.Event()
            await self._news.wait()
        return frame

    def leave(self) -> None:
        """Show the library no more pings: after a close frame of ours it takes its own answer to one for an error."""
        self._leaving = True

    def _next_control(self) -> bytes:
        """Take one frame: a ping that the library holds already would be answered behind our close frame."""
        control = self._splitter.control
        while control:
            frame = bytes(control[: 2 + control[1]])
            del control[: len(frame)]
            if not (self._leaving and frame[0] == _PING):
                return frame
        return b""

    def _is_over(self) -> bool:
        return self._splitter.close is not None or self._splitter.error is not None

    def failure(self, seen: BaseException) -> BaseException:
        """Return why the library failed: what happened to the stream, else what the library made of its bytes."""
        why = f"the server did not complete the upgrade to WebSocket: {seen!r}"
        return self._last_words() or self._ended or Disconnected(why)

    def broken(self, seen: BaseException) -> BaseException:
        """Return why a send failed: what the peer said last, if anything, tells more than the broken pipe."""
        return self._last_words() or self._ended or Disconnected(f"the connection broke while sending: {seen}")

    def _last_words(self) -> Disconnected | None:
        """Return what ended the connection where the peer's own frame did."""
        if self._splitter.close is not None:
            return closed(*self._splitter.close)
        if (error := self._splitter.error) is not None:
            return Disconnected(f"the server broke the WebSocket protocol: {error}", code=error.code)
        return None

    def end(self, error: BaseException) -> None:
        """Keep the first reason why nothing more will come, and tell the library."""
        if self._ended is None:
            self._ended = error
        self._news.set()
        self._over.set()

    async def drained(self) -> None:
        """Let the reader take what came before a send failed, for a moment: replies, or the peer's close frame.

        The peer answered, closed, and reset the connection because of what it had not read: its words are still there.
        """
        self._answered.set()  # nobody can be answered any more
        with anyio.move_on_after(_FAREWELL):
            await self._over.wait()

    async def _read_head(self, head: Head) -> bytes:
        """Pass the answer to the upgrade on; what follows it is frames, unless the server refused."""
        while (answer := self._fed(head, await self._read())) is None:
            if self._ended is not None:
                return b""
        if answer.status != _SWITCHED:
            self.end(refused(answer.status, answer.wait))  # its body may be long in coming, and says nothing more
            return b""
        self._head = None
        self._messages = self._splitter.feed(answer.rest)
        return answer.head

    def _fed(self, head: Head, data: bytes) -> Answer | None:
        try:
            return head.feed(data)
        except HeadError as error:
            self.end(Disconnected(f"the server did not complete the upgrade to WebSocket: its answer is {error}"))
            return None

    async def _read(self) -> bytes:
        """Read the stream; its end is kept and shows as `b""`, as nothing does."""
        try:
            data = await self._stream.receive()
        except LookAgainError:
            pass
        except OSError as error:
            broken = Disconnected(f"the connection broke: {error}", code=_ABNORMAL)
            broken.__cause__ = error
            self.end(broken)
        else:
            if data:
                return data
            self.end(Disconnected("the server ended the connection without a close frame", code=_ABNORMAL))
        return b""

    async def _say_goodbye(self) -> None:
        """Let the library answer the last close frame, for a moment, before the end is told."""
        self._over.set()
        self._news.set()
        with anyio.move_on_after(_FAREWELL):
            await self._answered.wait()
        if (error := self._last_words()) is not None:
            self.end(error)


def closed(code: int, reason: str) -> Disconnected:
    """Say that the server closed; 1008 (policy violation) is fatal: Kraken does not want us back (contract G1)."""
    text = f"the server closed the connection with code {code}" + (f" ({reason})" if reason else "")
    return Disconnected(text, code=code, fatal=code in _FATAL_CLOSE)


def refused(status: int, wait: float) -> Disconnected:
    """Say that the server refused the upgrade; 400, 401 and 404 are fatal (contract G1)."""
    text = f"the server refused the WebSocket with HTTP {status}"
    return Disconnected(text, code=status, fatal=status in _FATAL_STATUS, wait=wait)
