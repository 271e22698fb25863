"""Bring order requests to Kraken by one of two ways: an intent goes in, and hears when it is written and what came.

The way changes nothing of an intent's outcomes: over the socket or over REST it is sent once, and what is not written
can be taken back.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import anyio

from krakenio.errors import ApiError, KrakenError
from krakenio.messages import Execution, Reply, encode
from krakenio.models import Answer
from krakenio.orders.intents.deadlines import LEAST, LEAST_OVER_REST
from krakenio.orders.intents.needs import Desk, Sent
from krakenio.orders.sending.editing import edit_call
from krakenio.orders.sending.overrest import call_of, reply_of
from krakenio.rest import Rest
from krakenio.rest.methods import Call

if TYPE_CHECKING:
    from krakenio.orders.intents.intent import Intent

TOKEN_WITHIN = 10.0
"""Seconds that an order waits for a token where Kraken has just refused the last one; then it is not sent."""


class SocketRoad:
    """Send over the private socket."""

    least: float = LEAST

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def check(self, method: str, params: Mapping[str, Any]) -> None:
        """Take what the fields' own checks let through."""

    async def ready(self, intent: "Intent") -> str:
        """Take the session's token; without a connection nothing is worth waiting for."""
        if not self._desk.connected:
            raise intent.not_sent("there is no connection to Kraken's private host now")
        if (token := self._desk.last_token) is not None:
            return token
        with anyio.move_on_after(TOKEN_WITHIN):
            return await self._desk.token()
        raise intent.not_sent(f"Kraken refused the last token and gave no other within {TOKEN_WITHIN:g} s")

    def pack(self, intent: "Intent", params: Mapping[str, Any], token: str) -> Callable[[], Sent | None]:
        """Write the request down; what comes out queues it."""
        req_id = self._desk.context.next_id()
        frame = encode(intent.method, {**params, "token": token}, req_id)
        return partial(self._desk.queue, frame, req_id, intent)


class RestDesk(Protocol):
    """What the way over REST needs of a session."""

    rest: Rest

    def known(self, name: str) -> Execution | None:
        """Return what is known of an order."""
        ...


class RestRoad:
    """Send over REST, whatever the socket does."""

    least: float = LEAST_OVER_REST

    def __init__(self, desk: RestDesk) -> None:
        self._desk = desk

    def check(self, method: str, params: Mapping[str, Any]) -> None:
        """Refuse what REST cannot say."""
        self._call(method, params)

    async def ready(self, intent: "Intent") -> str:  # noqa: ARG002 - the protocol's signature
        """Need nothing: each request is signed by itself."""
        return ""

    def pack(self, intent: "Intent", params: Mapping[str, Any], token: str) -> Callable[[], Sent | None]:  # noqa: ARG002
        """Write the request down; what comes out queues it."""
        call = self._call(intent.method, params)
        return lambda: self._desk.rest.post(call, Listener(intent))

    def _call(self, method: str, params: Mapping[str, Any]) -> Call[Any]:
        if method == "edit_order":
            return edit_call(params, self._desk.known(params["order_id"]))
        return call_of(method, params)


class Listener:
    """Tell an intent what becomes of its call."""

    def __init__(self, intent: "Intent") -> None:
        self._intent = intent

    def written(self) -> None:
        """Hand it on."""
        self._intent.written()

    def told(self, outcome: Answer[Any] | KrakenError, *, written: bool) -> None:
        """Hand on an answer as the socket's reply; what is none of Kraken's decides nothing that was written (C4)."""
        intent = self._intent
        if written and isinstance(outcome, ApiError):
            intent.answered(Reply(intent.method, success=False, error=str(outcome)))
        elif isinstance(outcome, KrakenError):
            intent.failed(outcome, written=written)
        else:
            intent.answered(reply_of(intent.method, intent.params, outcome.result))
