"""Reach Kraken through an HTTP proxy (RFC 9110, CONNECT): a host and a port go in, an open byte stream comes out.

TLS to Kraken runs inside the tunnel, so the proxy sees where we go and nothing of what we say.
"""

import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from krakenio.bytestream import ByteStream, is_silent
from krakenio.endpoints import Dial
from krakenio.transport.head import Answer, Head, HeadError

_PORTS = {"http": 80, "https": 443}
_OK = range(200, 300)
_WITHOUT_USER = "; it wants a user and a password: Endpoints(proxy='http://user:password@proxy.example:3128')"
_WITH_USER = "; it does not take the user and password of Endpoints(proxy=...), or not by way of Basic"
_NOT_THERE = "; it must be told to let us through to {target}"

StartTls = Callable[[ByteStream, ssl.SSLContext, str], Awaitable[ByteStream]]


def through(proxy: str, dial: Dial, start_tls: StartTls, context: ssl.SSLContext) -> Dial:
    """Return a way to dial by the proxy, which is itself reached by `dial`, and in `context` where it is `https://`."""

    async def dial_through(host: str, port: int) -> ByteStream:
        parts = urlsplit(proxy)
        near = parts.hostname or ""
        stream = await dial(near, parts.port or _PORTS[parts.scheme])
        try:
            if parts.scheme == "https":
                stream = await start_tls(stream, context, near)
            target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            await stream.send(_connect(target, parts.username, parts.password))
            begun = await _tunnel(stream, target, with_user=parts.username is not None)
        except BaseException:
            stream.abort()
            raise
        return Tunnel(stream, begun) if begun else stream

    return dial_through


class Tunnel:
    """A `ByteStream` through a proxy: what followed the proxy's answer comes first."""

    def __init__(self, stream: ByteStream, begun: bytes) -> None:
        self._stream, self._begun = stream, begun

    async def send(self, data: bytes) -> None:
        """Pass it on."""
        await self._stream.send(data)

    def is_silent(self) -> bool:
        """Tell whether nothing waits to be received."""
        return not self._begun and is_silent(self._stream)

    def abort(self) -> None:
        """End the proxy's stream, and so the tunnel."""
        self._stream.abort()

    async def receive(self) -> bytes:
        """Return what the far end sent."""
        if self._begun:
            begun, self._begun = self._begun, b""
            return begun
        return await self._stream.receive()


def _connect(target: str, user: str | None, password: str | None) -> bytes:
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if user is not None:
        pair = f"{unquote(user)}:{unquote(password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {b64encode(pair).decode()}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def _tunnel(stream: ByteStream, target: str, *, with_user: bool) -> bytes:
    """Read the proxy's answer; return what came behind it."""
    head = Head()
    while (answer := _fed(head, await stream.receive())) is None:
        pass
    if answer.status not in _OK:
        raise OSError(_refusal(answer.status, target, with_user=with_user))
    return answer.rest


def _refusal(status: int, target: str, *, with_user: bool) -> str:
    """Say what can be done about a refusal; user and password stay silent."""
    hint = ""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}:
        hint = _WITH_USER if with_user else _WITHOUT_USER
    elif status == HTTPStatus.FORBIDDEN:
        hint = _NOT_THERE.format(target=target)
    return f"the proxy refused the tunnel: {status}{hint}"


def _fed(head: Head, data: bytes) -> Answer | None:
    try:
        if data:
            return head.feed(data)
        message = "the proxy gave no whole answer to CONNECT"
    except HeadError as error:
        message = f"the proxy's answer to CONNECT is {error}"
    raise OSError(message)
