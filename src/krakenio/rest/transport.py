"""Carry one HTTP exchange: an `httpx.Request` goes in, an `httpx.Response` with its whole body comes out.

httpcore's pool is not capped and never waited for: the lane above has one request at a time (encode/httpcore#1093).
"""

import ssl
from collections.abc import AsyncIterable
from http import HTTPStatus
from typing import cast

import httpcore
import httpx

from krakenio.rest.bodies import Body, Sink
from krakenio.rest.network import Network

SINK = "krakenio.sink"
"""Where a request's extensions hold what its answer's body is poured into."""

# httpcore sets ALPN on the context that it is given, and loads certifi's file if there is none: it gets this one, and
# `NetworkStream.start_tls` uses the endpoints' own.
_NEVER_USED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

_KEPT = frozenset({b"content-type", b"date", b"keep-alive", b"retry-after"})


class Transport(httpx.AsyncBaseTransport):
    """Send requests over one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_NEVER_USED, max_connections=None, http1=True, http2=False, retries=0, network_backend=network
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and read the answer to its end; raises httpcore's errors and `BodyError`.

        Of the answer's head the status goes up and what `_KEPT` names: no cookie is kept, no redirect followed.
        """
        response = await self._pool.handle_async_request(_plain(request))
        head = httpx.Headers(response.headers)
        coding = head.get("Content-Encoding", "").strip().lower()
        content = await self._read(response, Body(coding, sink=_sink_of(request, response.status, head)))
        kept = [(name, value) for name, value in response.headers if name.lower() in _KEPT]
        return httpx.Response(response.status, headers=kept, content=content)

    async def _read(self, response: httpcore.Response, body: Body) -> bytes:
        # httpcore's nested generators must run to their end, or trio finds them unfinished: so nothing leaves this
        # loop, but the stream below is closed, which ends it.
        try:
            async for chunk in cast("AsyncIterable[bytes]", response.stream):
                if not body.feed(chunk):
                    self._network.close()
            await response.aclose()  # gives the connection back to the pool
        except httpcore.ReadError:
            if not body.fault:
                raise
        return body.finish()


def _sink_of(request: httpx.Request, status: int, head: httpx.Headers) -> Sink | None:
    """Return where the body goes, if the call has a place for it and this is the answer that it waits for."""
    sink: Sink | None = request.extensions.get(SINK)
    if sink is None or status != HTTPStatus.OK:
        return None
    length = head.get("Content-Length", "")
    taken = sink.begin(head.get("Content-Type", ""), int(length) if length.isdigit() else None)
    return sink if taken else None


def _plain(request: httpx.Request) -> httpcore.Request:
    url = httpcore.URL(
        scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
    )
    return httpcore.Request(
        request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
    )
