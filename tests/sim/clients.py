"""Talk to the simulated exchange with raw clients that share nothing with it or krakenio: h11, wsproto, own hmac."""

import base64
import hashlib
import hmac
import itertools
import json
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

import anyio
import h11
from anyio.abc import ByteStream as AnyStream
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, RejectConnection, Request, TextMessage

from krakenio.auth import Keys
from krakenio.bytestream import ByteStream
from krakenio.endpoints import Endpoints
from krakenio.sim import Exchange, open_exchange

Frame = dict[str, Any]
_nonces = itertools.count(10**18, 10**6)


def still(**options: Any) -> AbstractAsyncContextManager[Exchange]:
    """Return an exchange in memory where nothing moves by itself, unless `options` say otherwise."""
    chosen: dict[str, Any] = {"transport": "memory", "activity": 0, **options}
    return open_exchange(**chosen)


class TcpStream:
    """Make AnyIO's stream look like the in-memory one."""

    def __init__(self, stream: AnyStream) -> None:
        self._stream = stream

    async def receive(self) -> bytes:
        """Return bytes, none at the end; OSError when reset."""
        try:
            return await self._stream.receive()
        except anyio.EndOfStream:
            return b""
        except (anyio.BrokenResourceError, ssl.SSLError) as error:
            raise ConnectionResetError from error

    async def send(self, data: bytes) -> None:
        """Send bytes; OSError when reset."""
        try:
            await self._stream.send(data)
        except (anyio.BrokenResourceError, ssl.SSLError) as error:
            raise ConnectionResetError from error

    async def close(self) -> None:
        """Close at once."""
        await anyio.aclose_forcefully(self._stream)

    def abort(self) -> None:
        """Do nothing: `close` follows."""


@asynccontextmanager
async def connected(endpoints: Endpoints, url: str) -> AsyncGenerator[ByteStream]:
    """Connect to one of the exchange's addresses."""
    host, port = str(urlsplit(url).hostname), urlsplit(url).port or 0
    if endpoints.dial is not None:
        memory = await endpoints.dial(host, port)
        try:
            yield memory
        finally:
            memory.abort()
        return
    context = endpoints.ssl_context
    if context is None:
        stream = TcpStream(await anyio.connect_tcp(host, port))
    else:
        stream = TcpStream(await anyio.connect_tcp(host, port, ssl_context=context, tls_standard_compatible=False))
    try:
        yield stream
    finally:
        with anyio.move_on_after(1, shield=True):
            await stream.close()


class RawSocket:
    """Speak WebSocket; `closed` holds the close code once the exchange has closed."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.closed: int | None = None
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._frames: list[str] = []
        self._part = ""

    async def open(self, path: str = "/v2") -> int:
        """Upgrade; return the HTTP status, 101 if it worked."""
        await self.stream.send(self._protocol.send(Request(host="localhost", target=path)))
        status = 0
        while not status:
            for event in await self._more():
                if isinstance(event, AcceptConnection):
                    status = 101
                elif isinstance(event, RejectConnection):
                    status = event.status_code
                else:
                    await self._take(event)
        return status

    async def send(self, method: str, req_id: int | None = None, /, **params: Any) -> None:
        """Send a request."""
        head = {"method": method} | ({"req_id": req_id} if req_id is not None else {})
        await self.send_text(json.dumps(head | ({"params": params} if params else {})))

    async def send_text(self, text: str) -> None:
        """Send a text message."""
        await self.stream.send(self._protocol.send(TextMessage(text)))

    async def receive(self) -> Frame:
        """Return the next frame, its fractions as Decimal."""
        return json.loads(await self.receive_text(), parse_float=Decimal)  # type: ignore[no-any-return]

    async def receive_text(self) -> str:
        """Return the next text message; EOFError at the end."""
        while not self._frames:
            for event in await self._more():
                await self._take(event)
        return self._frames.pop(0)

    async def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        """Return the next frame that fits, dropping others."""
        while not wanted(frame := await self.receive()):
            pass
        return frame

    async def channel(self, name: str, kind: str | None = None) -> Frame:
        """Return the next frame of a channel."""
        return await self.until(lambda frame: frame.get("channel") == name and kind in {None, frame.get("type")})

    async def reply(self, method: str) -> Frame:
        """Return the next reply to a method."""
        return await self.until(lambda frame: frame.get("method") in names_of(method))

    async def ask(self, method: str, /, **params: Any) -> Frame:
        """Send a request and return its reply."""
        await self.send(method, **params)
        return await self.reply(method)

    async def _take(self, event: Event) -> None:
        if isinstance(event, TextMessage):
            self._part += event.data
            if event.message_finished:
                self._frames.append(self._part)
                self._part = ""
        elif isinstance(event, Ping):
            await self.stream.send(self._protocol.send(event.response()))
        elif isinstance(event, CloseConnection):
            self.closed = event.code
            await self.stream.send(self._protocol.send(event.response()))

    async def _more(self) -> list[Event]:
        data = await self.stream.receive()
        if not data:
            raise EOFError
        self._protocol.receive_data(data)
        return list(self._protocol.events())


def names_of(method: str) -> set[str]:
    """Return in whose names a reply may come: a refusal to unsubscribe comes in that of `subscribe`."""
    return {method, "subscribe"} if method == "unsubscribe" else {method}


@asynccontextmanager
async def raw_socket(exchange: Exchange, host: str = "ws") -> AsyncGenerator[RawSocket]:
    """Open a WebSocket and read its status."""
    async with connected(exchange.endpoints, getattr(exchange.endpoints, host)) as stream:
        socket = RawSocket(stream)
        assert await socket.open() == 101
        assert (await socket.receive())["channel"] == "status"
        yield socket


class RawRest:
    """Speak HTTP on one connection and sign by hand."""

    def __init__(self, stream: ByteStream, keys: Keys) -> None:
        self.keys = keys
        self.nonce = next(_nonces)
        self._stream = stream
        self._state = h11.Connection(h11.CLIENT)

    async def request(self, method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Send one request and return status and body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        listed = [("host", "localhost"), ("content-length", str(len(body))), *named.items()]
        events = (h11.Request(method=method, target=target, headers=listed), h11.Data(data=body), h11.EndOfMessage())
        await self._stream.send(b"".join(self._state.send(event) or b"" for event in events))
        return await self._answer()

    async def get(self, target: str) -> Frame:
        """Return the envelope of a public call."""
        return json.loads((await self.request("GET", target))[1])  # type: ignore[no-any-return]

    async def call(self, name: str, **params: Any) -> Frame:
        """Return the envelope of a private call, form-encoded."""
        self.nonce += 1
        body = urlencode({"nonce": self.nonce, **params}).encode()
        return json.loads((await self.signed(name, body, str(self.nonce)))[1])  # type: ignore[no-any-return]

    async def signed(
        self, name: str, body: bytes, nonce: str, content_type: str = "application/x-www-form-urlencoded"
    ) -> tuple[int, bytes]:
        """Send a private call with these exact bytes."""
        path = f"/0/private/{name}"
        message = path.encode() + hashlib.sha256(nonce.encode() + body).digest()
        sign = base64.b64encode(hmac.digest(self.keys.secret, message, "sha512")).decode()
        headers = {"API_Key": self.keys.api_key, "API_Sign": sign, "Content_Type": content_type}
        return await self.request("POST", path, body, **headers)

    async def token(self) -> str:
        """Return a fresh WebSocket token."""
        return str((await self.call("GetWebSocketsToken"))["result"]["token"])

    async def _answer(self) -> tuple[int, bytes]:
        status, body = 0, bytearray()
        while True:
            event = self._state.next_event()
            if event is h11.NEED_DATA:
                self._state.receive_data(await self._stream.receive())
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                if isinstance(event, h11.EndOfMessage):
                    self._state.start_next_cycle()
                return status, bytes(body)


@asynccontextmanager
async def raw_rest(exchange: Exchange, keys: Keys | None = None) -> AsyncGenerator[RawRest]:
    """Open a connection to the REST host."""
    async with connected(exchange.endpoints, exchange.endpoints.rest) as stream:
        yield RawRest(stream, keys or exchange.keys)


async def private_token(exchange: Exchange) -> str:
    """Fetch a token over a connection of its own."""
    async with raw_rest(exchange) as rest:
        return await rest.token()
