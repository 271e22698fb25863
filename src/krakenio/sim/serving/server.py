"""Serve connections: a stream of a host goes in, HTTP and WebSocket are spoken on it until it ends.

Every fault that strikes a connection or a REST answer strikes here.
"""

from collections.abc import Awaitable, Callable
from functools import partial

import anyio

from krakenio.sim.connections.http import Answer, HttpConnection, HttpError, Request, end_badly
from krakenio.sim.connections.stream import Stream
from krakenio.sim.connections.websocket import WebSocket
from krakenio.sim.core import Attempt, Core
from krakenio.sim.rest import endpoints
from krakenio.sim.serving.freezing import FreezingStream
from krakenio.sim.ws import hearing
from krakenio.sim.ws.client import Client
from krakenio.sim.ws.pulse import pulse

PATH = "/v2"
HTML = "text/html; charset=UTF-8"
Serve = Callable[["Connection", Stream], Awaitable[None]]


class Connection:
    """Hold one open connection; `client` is there once it is an open WebSocket."""

    def __init__(self, host: str, stream: Stream) -> None:
        self.host = host
        self.client: Client | None = None
        self._stream = stream
        self._scope = anyio.CancelScope()

    def abort(self) -> None:
        """Break off at once: the client sees a reset."""
        self._stream.abort()
        self._scope.cancel()

    async def run(self, serve: Serve) -> None:
        """Serve until either side ends it."""
        with self._scope:
            try:
                await self._stream.begin()
                await serve(self, self._stream)
                await self._stream.finish()
            except (OSError, TimeoutError):
                self._stream.abort()


class Server:
    """Serve all hosts; `connections` are the open ones, in the order of their coming."""

    def __init__(self, core: Core) -> None:
        self.connections: dict[Connection, None] = {}
        self._core = core

    def clients(self, host: str | None) -> list[Client]:
        """Return the open WebSockets of a host, or of all."""
        return [each.client for each in self.connections if each.client and host in {None, each.host}]

    async def serve(self, host: str, stream: Stream) -> None:
        """Serve one connection."""
        self._core.attempts.append(Attempt(host, self._core.clock()))
        connection = Connection(host, FreezingStream(stream, host, self._core.faults))
        self.connections[connection] = None
        try:
            await connection.run(self._serve_http)
        finally:
            del self.connections[connection]

    async def _serve_http(self, connection: Connection, stream: Stream) -> None:
        http = HttpConnection(stream)
        try:
            while (request := await http.request()) is not None:
                if connection.host != "rest" and self._admits(connection.host, request):
                    await self._serve_websocket(connection, stream, request, http.rest())
                    return
                answer = await self._answer(connection.host, request)
                if answer is None:
                    await http.gone()
                    return
                await http.answer(answer)
        except HttpError as error:
            await end_badly(http, error)

    def _admits(self, host: str, request: Request) -> bool:
        """Tell whether a WebSocket may open; reconnecting during maintenance fails (ws-v2-overview §5.3)."""
        if not request.wants_websocket or request.path != PATH or self._core.status == "maintenance":
            return False
        return not (self._core.faults.peek("refuse", host, "upgrade") or self._core.banned())

    async def _answer(self, host: str, request: Request) -> Answer | None:
        """Return what is answered in plain HTTP; None for an answer that a fault has lost."""
        faults, name = self._core.faults, endpoints.name_of(request) if host == "rest" else "upgrade"
        if rule := faults.take("refuse", host, name):
            return page(int(rule.value))
        if host != "rest" and self._core.banned():
            return page(429)
        if host != "rest":
            return page(503 if request.wants_websocket and request.path == PATH else 404)
        await anyio.sleep(faults.seconds("hold", host, name))
        answer = endpoints.serve(self._core, request)
        if answer.accepted and (rule := faults.take("fail", host, name)):
            answer = page(rule.value) if isinstance(rule.value, int) else endpoints.envelope(str(rule.value))
        if faults.take("lose", host, name):
            return None
        await anyio.sleep(faults.seconds("delay", host, name))
        return answer

    async def _serve_websocket(self, connection: Connection, stream: Stream, request: Request, first: bytes) -> None:
        """Serve until it is over; raises `HttpError` if the upgrade was none."""
        client: Client | None = None

        def heard(text: str) -> None:
            if client is not None:
                hearing.heard(client, text)

        websocket = WebSocket(stream, heard)
        if not await websocket.accept(request):
            raise HttpError(400)
        client = connection.client = Client(self._core, connection.host, websocket)
        client.greet()
        try:
            await websocket.run(first, partial(pulse, client))
        finally:
            connection.client = None
            client.leave()


def page(status: int) -> Answer:
    """Return a page as the proxy in front of Kraken writes it: HTML, not an envelope (rest-conventions §2)."""
    return Answer(status, f"<html><head><title>{status}</title></head><body>{status}</body></html>".encode(), HTML)
