"""Give httpcore our byte streams: a host and port go in, streams that close on every exception come out.

httpcore 1.0.9 leaks the socket of a cancelled TLS handshake and can lose a connection whose request was cancelled
(encode/httpcore#1093). Here a stream is aborted by whatever breaks out of it, and `abort` closes all of them at once.
"""

import ssl
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from typing import TypeVar

import anyio
import httpcore

from krakenio.bytestream import ByteStream, is_silent
from krakenio.endpoints import Endpoints
from krakenio.transport import open_stream, start_tls, tls_context

Permit = Callable[[], bool]
"""Asked right before the first byte of a request is written; `False` forbids it, for a caller that is gone."""

T = TypeVar("T")


class Network(httpcore.AsyncNetworkBackend):
    """Open streams for one lane, and remember them."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._open: dict[NetworkStream, None] = {}
        self._aborted = False
        self.permit: Permit = bool  # which is False: nothing is written until somebody permits it

    def __len__(self) -> int:
        """Return the number of open streams."""
        return len(self._open)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> "NetworkStream":
        """Dial: TCP, or whatever the endpoints say."""
        with limited(timeout, httpcore.ConnectTimeout), translated(httpcore.ConnectError):
            return self.adopt(await open_stream(host, port, tls=None, endpoints=self._endpoints))

    async def secure(self, stream: ByteStream, host: str) -> "NetworkStream":
        """Shake hands over an open stream, with the endpoints' own context."""
        return self.adopt(await start_tls(stream, tls_context(self._endpoints), host))

    def adopt(self, stream: ByteStream) -> "NetworkStream":
        """Remember a stream; one that arrives after `abort` is closed."""
        adopted = NetworkStream(stream, self)
        self._open[adopted] = None
        if self._aborted:
            adopted.abort()
        return adopted

    def forget(self, stream: "NetworkStream") -> None:
        """Drop a stream that is closed, or that lives on below another one."""
        self._open.pop(stream, None)

    def is_silent(self) -> bool:
        """Tell whether no stream has ended, or said anything, since the last answer."""
        return all(stream.is_silent() for stream in self._open)

    def close(self) -> None:
        """Close every stream at once, without awaiting; new ones may be opened."""
        for stream in tuple(self._open):
            stream.abort()

    def abort(self) -> None:
        """Close every stream at once, for good."""
        self._aborted = True
        self.close()


class NetworkStream(httpcore.AsyncNetworkStream):
    """A stream of ours as httpcore wants it.

    What httpcore writes is kept until it reads: a request's head and body leave in one piece, after `permit` was asked.
    """

    def __init__(self, stream: ByteStream, network: Network) -> None:
        self._stream = stream
        self._network = network
        self._unsent: list[bytes] = []

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - as in httpcore
        """Send what waits, then return what arrives; `b""` at the end."""
        with limited(timeout, httpcore.ReadTimeout), translated(httpcore.ReadError):
            return await self._or_abort(self._exchange)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - as in httpcore
        """Keep the bytes for the next read."""
        self._unsent.append(buffer)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002 - httpcore changes the context that it is given: it never sees the user's
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> "NetworkStream":
        """Return a stream with TLS on top of this one."""
        with limited(timeout, httpcore.ConnectTimeout), translated(httpcore.ConnectError):
            secured = await self._or_abort(lambda: self._network.secure(self._stream, server_hostname or ""))
            self._network.forget(self)
            return secured

    async def aclose(self) -> None:
        """Abort: TLS's farewell is not worth waiting for a silent peer."""
        self.abort()

    def abort(self) -> None:
        """Close at once."""
        self._network.forget(self)
        self._stream.abort()

    def is_silent(self) -> bool:
        """Tell whether the stream below has nothing to say."""
        return is_silent(self._stream)

    def get_extra_info(self, info: str) -> object:  # noqa: ARG002 - httpcore's signature
        """Know nothing: HTTP/2 is not wanted, and the lane judges the age of a connection itself."""
        return None

    async def _exchange(self) -> bytes:
        if self._unsent:
            await self._flush()
        return await self._stream.receive()

    async def _flush(self) -> None:
        data = b"".join(self._unsent)
        self._unsent.clear()
        if not self._network.permit():
            raise OSError("the caller is gone")
        with suppress(OSError):  # a server may refuse before it has read all: the answer says more than the broken pipe
            await self._stream.send(data)

    async def _or_abort(self, step: Callable[[], Awaitable[T]]) -> T:
        try:
            return await step()
        except BaseException:
            self.abort()
            raise


@contextmanager
def limited(seconds: float | None, late: type[Exception]) -> Generator[None]:
    """Stop the block after some seconds and raise `late`."""
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise late


@contextmanager
def translated(to: type[Exception]) -> Generator[None]:
    """Turn `OSError` into httpcore's own."""
    try:
        yield
    except OSError as error:
        raise to from error
