"""Carry TLS over any byte stream: ciphertext goes into a `MemoryBIO`, all plaintext that it holds comes out at once.

Both loops' own TLS streams return one record per call, and Kraken sends about one message per record; draining every
record of one socket read was worth 1.8 to 2 times end to end. It can also be aborted without awaiting.
"""

import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

from krakenio.bytestream import ByteStream, is_silent, prompt, pushing

_RECORD = 16 * 1024  # the largest plaintext of one TLS record (RFC 8446 section 5.1)


class TlsStream:
    """Speak TLS as a client on top of another byte stream, whose owner it becomes."""

    __slots__ = (
        "_broken", "_drained", "_ended", "_flushing", "_incoming", "_outgoing", "_prompt", "_pushing", "_raw", "_read",
        "_tls",
    )

    def __init__(self, raw: ByteStream, context: ssl.SSLContext, host: str) -> None:
        self._raw = raw
        self._prompt = prompt(raw)
        self._pushing = pushing(raw)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._read: Callable[[], bytes] = partial(_inner(self._tls).read, _RECORD)
        self._drained = False  # nothing whole is left to decrypt: asking TLS again would cost as much as a message
        self._ended = False
        self._flushing = False
        self._broken: ssl.SSLError | None = None

    async def handshake(self) -> None:
        """Shake hands; raises `ssl.SSLError` (a bad certificate is `ssl.SSLCertVerificationError`) or `OSError`."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLError:
                await self._flush()  # noqa: ASYNC120 - the alert that tells the peer why; a cancel aborts anyway
                raise
            else:
                return await self._flush()

    async def receive(self) -> bytes:
        """Return the plaintext of all records that one read of the socket brought, `b""` at the end."""
        while True:
            if self._drained:
                await self._fill()
            plain = self._drain()
            if self._outgoing.pending:  # a key update wants an answer
                await self._flush()
            if plain or self._ended:
                return plain

    def listen(self, listener: Callable[[], None]) -> None:
        """Call it when ciphertext comes."""
        if self._pushing is not None:
            self._pushing.listen(listener)

    def receive_nowait(self) -> bytes:
        """Return the plaintext of all records that are whole; an end, or what wants an answer, is left to `receive`."""
        assert self._pushing is not None  # noqa: S101 - it has told of ciphertext
        self._incoming.write(self._pushing.receive_nowait())
        try:
            plain = self._drain()
        except ssl.SSLError:
            plain = b""
        if self._broken is not None or self._ended or self._outgoing.pending:
            self._drained = False  # so `receive` does not wait for more before it looks
            self.look_again()
        return plain

    def look_again(self) -> None:
        """Make the receiver leave."""
        if self._pushing is not None:
            self._pushing.look_again()

    async def send(self, data: bytes) -> None:
        """Encrypt and hand over all of `data`."""
        view = memoryview(data)
        while view:
            view = view[self._tls.write(view) :]
        await self._flush()

    def is_writable(self) -> bool:
        """Tell whether nothing is being sent, below too."""
        return self._prompt is not None and not self._flushing and self._prompt.is_writable()

    def send_nowait(self, data: bytes) -> None:
        """Encrypt, and hand over at once."""
        assert self._prompt is not None  # noqa: S101 - else it is not writable
        self._tls.write(data)  # all of it: memory never chokes
        self._prompt.send_nowait(self._outgoing.read())

    def is_silent(self) -> bool:
        """Tell whether all that came was taken and more has not; a late session ticket counts as more, and is rare."""
        return self._drained and self._broken is None and not self._ended and is_silent(self._raw)

    def abort(self) -> None:
        """Close the stream below, without TLS's farewell."""
        self._raw.abort()

    async def _fill(self) -> None:
        data = await self._raw.receive()
        self._drained = False
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _flush(self) -> None:
        """Send what TLS has to say, after what is left below; a second task leaves its bytes to the one that sends."""
        if self._flushing:
            return
        self._flushing = True
        try:
            while True:
                await self._raw.send(self._outgoing.read())
                if not self._outgoing.pending:
                    break
        finally:
            self._flushing = False

    def _drain(self) -> bytes:
        """Read every complete record; an error is kept until what came before it was returned."""
        if self._broken is not None:
            raise self._broken
        records: list[bytes] = []
        try:
            record = self._read()
            if record and not self._incoming.pending:  # alone, as mostly: asking on costs as much again
                self._drained = True
                return record
            if record:
                records.append(record)
                records.extend(iter(self._read, b""))  # what came before a failure stays in the list
            self._ended = True
        except ssl.SSLWantReadError:
            self._drained = True
        except ssl.SSLZeroReturnError:
            self._ended = True
        except ssl.SSLError as error:
            self._broken = _worded(error)
            if not records:
                raise self._broken from None
        return b"".join(records)


def _worded(error: ssl.SSLError) -> ssl.SSLError:
    """Say in words what OpenSSL calls an EOF in violation of protocol: many servers just end, all do when killed."""
    if not isinstance(error, ssl.SSLEOFError):
        return error
    return ssl.SSLEOFError(error.errno, "the peer ended it without TLS's farewell")


def _inner(tls: ssl.SSLObject) -> Any:  # noqa: ANN401 - it has no public class
    """Return what an `SSLObject` asks for each record: its `read` is Python, and only passes the call on."""
    return getattr(tls, "_sslobj", tls)
