"""Send prepared requests over httpx, one after the other: `HttpRequest`s go in, `Reply`s or `TransportError`s come out.

This is the border where the errors of httpx, httpcore and the network end. They hold the signed request, in attributes
and in the frames of their tracebacks, so none goes further; only an `OSError` from below does, without its trace.
"""

import logging
import re
import ssl
from contextvars import ContextVar

import anyio
import httpcore
import httpx

from krakenio.endpoints import Endpoints, parse_address
from krakenio.errors import TransportError
from krakenio.rest.bodies import BodyError, UnwantedError
from krakenio.rest.network import Network
from krakenio.rest.replies import Reply
from krakenio.rest.requests import HttpRequest
from krakenio.rest.retryafter import asked_for
from krakenio.rest.transport import SINK, Transport
from krakenio.version import __version__

EXCHANGE_LIMIT = 30.0
"""Seconds that one exchange may take from connecting to the end of the answer; Kraken's own clients use the same."""

POURING_LIMIT = 600.0
"""Seconds that a report may take which is written to a file as it comes."""

HURRIED_LIMIT = 2.0
"""Seconds that an exchange may take where something urgent waits for its end: Kraken mostly needs less than one."""

CONNECT_LIMIT = 10.0
"""Seconds that TCP may take, and TLS."""

KEEP_ALIVE = 15.0
"""Seconds that a connection may idle and be used again; Kraken's limit is not known, a few minutes are too long."""

USER_AGENT = f"krakenio/{__version__}"
"""Our own name, told honestly; Kraken's older documentation requires it."""

_ON_THE_WAY = 1.0  # seconds before the server's own limit: its end and our request would pass each other
_TIMEOUT = re.compile(r"(?i)\btimeout *= *(\d{1,9})")

log: logging.Logger = logging.getLogger("krakenio.rest")

# httpx ties a response and its stream into a ring: without this, signed requests stay until the collector runs
_NO_STREAM = httpx.ByteStream(b"")

_HTTP = (httpcore.ProtocolError, httpcore.NetworkError, httpcore.TimeoutException, BodyError)


_quiet = ContextVar("_quiet", default=False)


class _Quiet(logging.Filter):
    """Keep our own exchanges out of httpcore's debug log, which quotes what a server sends: it may be a token."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - logging's signature
        return not _quiet.get()


for _name in ("httpcore.connection", "httpcore.http11"):
    logging.getLogger(_name).addFilter(_Quiet())


class Permit:
    """Allow the writing of one request as long as somebody wants it, and remember whether it began."""

    __slots__ = ("wanted", "written")

    def __init__(self) -> None:
        self.wanted: bool = True
        self.written: bool = False

    def __call__(self) -> bool:
        """Answer the network, right before the first byte."""
        self.written = self.wanted
        return self.written


class Line:
    """Own the connection of one lane; never used by two tasks."""

    def __init__(self, endpoints: Endpoints, agent: str | None = None) -> None:
        self._address = parse_address(endpoints.rest)
        self._url = httpx.URL(endpoints.rest)
        self._headers = {"Host": self._address.authority, "User-Agent": agent or USER_AGENT, "Accept-Encoding": "gzip"}
        self._network = Network(endpoints)
        self._client = self._new_client()
        self._warm_until = 0.0
        self._exchange: anyio.CancelScope | None = None
        self._began = 0.0

    def __len__(self) -> int:
        """Return the number of open sockets."""
        return len(self._network)

    def abort(self) -> None:
        """Close at once and for good."""
        self._network.abort()

    def hurry(self) -> None:
        """Let the exchange that is under way take no longer than `HURRIED_LIMIT` since it began."""
        if self._exchange is not None:
            urgent = max(self._began + HURRIED_LIMIT, anyio.current_time())
            self._exchange.deadline = min(self._exchange.deadline, urgent)

    async def send(self, request: HttpRequest, permit: Permit, *, hurried: bool = False) -> Reply | TransportError:
        """Exchange one request for its reply, within `EXCHANGE_LIMIT`; whatever goes wrong costs the connection."""
        if anyio.current_time() >= self._warm_until or not self._network.is_silent():
            self._start_afresh()  # a request on a connection that the server has left would have an unknown outcome
        self._network.permit = permit
        _quiet.set(True)
        try:
            outcome = await self._bounded(request, permit, HURRIED_LIMIT if hurried else _limit(request))
        except BaseException:
            self._start_afresh()
            raise
        if isinstance(outcome, TransportError):
            self._start_afresh()
        log.debug("%r: %r", request, outcome)
        return outcome

    async def _bounded(self, request: HttpRequest, permit: Permit, limit: float) -> Reply | TransportError:
        self._began = anyio.current_time()
        with anyio.move_on_after(limit) as self._exchange:
            try:
                response = await self._client.send(self._to_httpx(request))
            except _HTTP as error:
                return self._fault(error, request, permit)
            response.stream = _NO_STREAM
            self._warm_until = anyio.current_time() + _idle(response.headers.get("Keep-Alive", ""))
            if not permit.written:  # it answers what was not asked: the rest of an earlier answer
                return self._error("sent more than it had announced", request, permit)
            return _reply(response)
        waited = anyio.current_time() - self._began
        return self._error(f"gave no complete answer within {waited:.0f} s", request, permit)

    def _to_httpx(self, request: HttpRequest) -> httpx.Request:
        length = {"Content-Length": str(len(request.body))} if request.body else {}
        return httpx.Request(
            request.method,
            self._url,
            headers={**self._headers, **request.headers, **length},
            stream=httpx.ByteStream(request.body),
            extensions={"target": request.target.encode(), "timeout": {"connect": CONNECT_LIMIT}, SINK: request.sink},
        )

    def _fault(self, error: Exception, request: HttpRequest, permit: Permit) -> TransportError:
        cause = _os_error(error)
        fault = self._error(_told(error, cause), request, permit)
        fault.__cause__ = cause
        fault.fatal = isinstance(cause, ssl.SSLCertVerificationError) or isinstance(error, UnwantedError)
        return fault

    def _error(self, what: str, request: HttpRequest, permit: Permit) -> TransportError:
        message = f"{request.endpoint}: {self._address.host} {what}"
        return TransportError(message, endpoint=request.endpoint, ambiguous=permit.written)

    def _new_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=Transport(self._network), trust_env=False, follow_redirects=False)

    def _start_afresh(self) -> None:
        self._network.close()
        self._client = self._new_client()


def _reply(response: httpx.Response) -> Reply:
    said = response.headers
    wait = asked_for(said.get("Retry-After", ""), said.get("Date", ""))
    return Reply(response.status_code, said.get("Content-Type", ""), response.content, wait)


def _idle(said: str) -> float:
    """Return how long the connection may idle: less than the server says in `Keep-Alive` (RFC 2068 section 19.7.1)."""
    found = _TIMEOUT.search(said)
    return KEEP_ALIVE if found is None else min(KEEP_ALIVE, int(found[1]) - _ON_THE_WAY)


def _limit(request: HttpRequest) -> float:
    return EXCHANGE_LIMIT if request.sink is None else POURING_LIMIT


def _told(error: Exception, cause: OSError | None) -> str:
    """Say what happened, in words of ours: h11's may quote what the server sent."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"cannot be trusted: {cause}"
    if isinstance(error, BodyError):
        return f"sent a body that {error}"
    if isinstance(error, httpcore.ConnectTimeout):
        return f"could not be reached within {CONNECT_LIMIT:g} s"
    if isinstance(error, httpcore.ConnectError):
        return f"cannot be reached: {cause}"
    if isinstance(error, httpcore.NetworkError):
        return f"broke the connection: {cause}"
    return "ended the connection without a whole answer, or does not speak HTTP"


def _os_error(error: BaseException) -> OSError | None:
    """Return the `OSError` at the bottom, without its frames and its context, which hold the request."""
    below: BaseException | None = error
    while below is not None and not isinstance(below, OSError):
        below = below.__cause__ or below.__context__  # httpcore's pool raises `from None`
    return None if below is None else _bare(below)


def _bare(error: OSError) -> OSError:
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
