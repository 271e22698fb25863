"""Speak HTTP/1.1: bytes of a connection go in, whole requests come out; answers and upgrades go back.

Robust against clients that are slow, cut off, endless or not HTTP at all: they get a 4xx or a closed connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import anyio
import h11

from krakenio.sim.connections.stream import Stream

KEEP_ALIVE = 60.0
"""Seconds between a connection's requests; the real number is not published (rest-conventions §2)."""
MAX_BODY = 1 << 20
_STATUSES = {status.value for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Request:
    """Hold one request; header names are in lower case, `target` is path and query as sent."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    raw_headers: list[tuple[bytes, bytes]] = field(repr=False)

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Return what follows the first question mark."""
        return self.target.partition("?")[2]

    @property
    def wants_websocket(self) -> bool:
        """Tell whether the client asks for an upgrade."""
        return self.headers.get("upgrade", "").lower() == "websocket"


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what is answered to a request; `accepted` says that it was done."""

    status: int
    body: bytes
    content_type: str = "application/json"
    accepted: bool = False


class HttpError(Exception):
    """Say that the client's request is none; the connection ends with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class HttpConnection:
    """Read requests from one stream and answer them."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._state = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 16)
        self._asked = ""

    async def request(self) -> Request | None:
        """Return the next request, or None when the client ended or stayed silent for too long."""
        if self._state.our_state is h11.DONE:
            if self._state.their_state is not h11.DONE:
                return None
            self._state.start_next_cycle()
        if self._state.our_state is not h11.IDLE:
            return None
        with anyio.move_on_after(KEEP_ALIVE):
            return await self._read()
        return None

    async def answer(self, answer: Answer) -> None:
        """Send an answer."""
        headers = [
            ("content-type", answer.content_type),
            ("content-length", str(len(answer.body))),
            ("server", "krakenio-sim"),
        ]
        reason = HTTPStatus(answer.status).phrase.encode() if answer.status in _STATUSES else b""
        head = h11.Response(status_code=answer.status, headers=headers, reason=reason)
        body = b"" if self._asked == "HEAD" else answer.body  # then the length tells of what is left out
        events = (head, h11.Data(data=body), h11.EndOfMessage())
        await self._stream.send(b"".join(self._state.send(event) or b"" for event in events))

    async def gone(self) -> None:
        """Wait until the client ends the connection."""
        while await self._stream.receive():
            pass

    def rest(self) -> bytes:
        """Return what the client sent behind its upgrade request."""
        return self._state.trailing_data[0]

    async def _read(self) -> Request | None:
        try:
            head = await self._event()
            if not isinstance(head, h11.Request):
                return None
            self._asked = head.method.decode()
            return _request(head, await self._body())
        except h11.RemoteProtocolError as error:
            raise HttpError(error.error_status_hint) from error

    async def _body(self) -> bytes:
        body = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                raise HttpError(413)
        return bytes(body)

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._state.next_event()) is h11.NEED_DATA:
            if self._state.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                await self._stream.send(self._state.send(go_on) or b"")
            self._state.receive_data(await self._stream.receive())
        return event  # type: ignore[return-value]


def _request(head: h11.Request, body: bytes) -> Request:
    raw = [(bytes(name), bytes(value)) for name, value in head.headers]
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
    return Request(head.method.decode(), head.target.decode("latin-1"), headers, body, raw)


async def end_badly(connection: HttpConnection, error: HttpError) -> None:
    """Tell the client what was wrong with its request, if it can still be told."""
    try:
        await connection.answer(Answer(error.status, b"<html>Bad Request</html>", "text/html"))
    except h11.LocalProtocolError:
        return
