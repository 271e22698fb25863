"""Read what Kraken answered: status and body go in, the typed `result` or an error comes out, as values. Pure.

Status 200 stands for nearly everything, errors included. Other answers are mostly pages of the proxy in front
(Cloudflare), and a 5xx among them does not say that nothing was executed (502, 504, 520 were seen with orders placed).
"""

import logging
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

from krakenio.errors import ApiError, DecodeError, KrakenError, TransportError
from krakenio.errors.advice import explain
from krakenio.models import Answer, decode_answer, decode_bare
from krakenio.rest.methods import Call
from krakenio.rest.permissions import needed

log: logging.Logger = logging.getLogger("krakenio.rest")

T = TypeVar("T")

_SUCCESS = range(200, 300)
_NOT_LET_THROUGH = range(300, 500)
_CLIENT_LEFT = 499  # nginx's: whoever stands before it hung up while the request was being served
# of the 3xx and 4xx, these do not say that nothing happened (RFC 9110 section 15.4.4: 303 follows what was done)
_MAYBE = (HTTPStatus.SEE_OTHER, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, _CLIENT_LEFT)
_SHOWN = 40  # characters of a content type
_HINTS: dict[int, str] = {
    HTTPStatus.MOVED_PERMANENTLY: "; redirects are not followed",
    HTTPStatus.FOUND: "; redirects are not followed",
    HTTPStatus.SEE_OTHER: "; redirects are not followed",
    HTTPStatus.TEMPORARY_REDIRECT: "; redirects are not followed",
    HTTPStatus.PERMANENT_REDIRECT: "; redirects are not followed",
    HTTPStatus.FORBIDDEN: "; the proxy in front of Kraken refuses this address for now",
    HTTPStatus.TOO_MANY_REQUESTS: "; too many requests come from this address",
}


class Reply(NamedTuple):
    """What the server answered, and for how many seconds it wants to be left alone; silent, since it may be a token."""

    status: int
    content_type: str
    body: bytes
    wait: float = 0.0

    def __repr__(self) -> str:
        """Show how much came, not what."""
        return f"Reply({self.status}, {self.content_type!r}, {len(self.body)} bytes)"


def read_reply(reply: Reply, call: Call[T]) -> Answer[T] | KrakenError:
    """Return the answer, or the error that the caller gets: Kraken's own where there is an envelope, at any status."""
    endpoint = call.path
    try:
        answer = _finished(_decoded(reply, call), call)
    except ApiError as error:
        explain(error, endpoint, needed(endpoint))
        error.wait = max(error.wait, _asked_for(reply))
        return error.with_traceback(None)  # its frames hold the body
    except DecodeError as error:
        return _unexpected(reply, endpoint, error.with_traceback(None))
    if reply.status not in _SUCCESS:
        return _unexpected(reply, endpoint, None)
    for warning in answer.warnings:
        log.warning("%s: %s", endpoint, warning)
    return answer


def is_file(body: bytes) -> bool:
    """Tell by how a body begins that it is neither empty nor an envelope or a page, whatever its type of content."""
    return body[:_SHOWN].lstrip()[:1] not in {b"", b"{", b"<"}


def _decoded(reply: Reply, call: Call[Any]) -> Answer[Any]:
    if call.sink is not None and not reply.body and reply.status in _SUCCESS:
        return Answer(b"", ())  # it was poured
    if call.result is bytes and is_file(reply.body):
        return Answer(reply.body, ())  # the zip of RetrieveExport; what went wrong comes in an envelope
    if call.bare:
        return Answer(decode_bare(reply.body, call.result, reply.status), ())
    return decode_answer(reply.body, call.result)


def _finished(answer: Answer[Any], call: Call[T]) -> Answer[T]:
    return answer if call.finish is None else Answer(call.finish(answer.result), answer.warnings)


def _unexpected(reply: Reply, endpoint: str, cause: KrakenError | None) -> TransportError:
    content = reply.content_type[:_SHOWN] if reply.content_type.isprintable() else ""
    what = f"HTTP {reply.status} with {len(reply.body)} bytes of {content or 'unknown content'}"
    why = f": {cause}" if cause else ""
    wait = _asked_for(reply)
    asks = f"; it asks to be left alone for {wait:.0f} s" if wait else ""
    message = f"{endpoint} answered {what}{_HINTS.get(reply.status, '')}{asks}{why}"
    refused = reply.status in _NOT_LET_THROUGH and reply.status not in _MAYBE
    fault = TransportError(message, endpoint=endpoint, ambiguous=not refused, wait=wait)
    fault.__cause__ = cause
    return fault


def _asked_for(reply: Reply) -> float:
    """Heed `Retry-After` of what is refused or failed (RFC 9110 section 10.2.3)."""
    return 0.0 if reply.status in _SUCCESS else reply.wait
