"""Ask Kraken for what is subscribed on one link: what is wanted goes in, requests go out, answers come back.

While requests wait for the pace, whatever else comes to be wanted waits with them and then goes out in bulk: streams
that are opened one by one do not cost a request each.
"""

import anyio

from krakenio.errors import ApiError, Disconnected, InvalidSession, PermissionDenied, SessionRefused
from krakenio.events import SubscriptionRejected
from krakenio.links.acknowledgements import Acknowledgements
from krakenio.links.context import Context
from krakenio.links.outbox import Outbox, Request
from krakenio.links.token import Token
from krakenio.messages import Reply, encode
from krakenio.subscriptions.batches import Batch
from krakenio.subscriptions.channels import Key
from krakenio.subscriptions.wanted import Subscriptions
from krakenio.subscriptions.wires import Method

_METHODS: dict[str, Method] = {"subscribe": "subscribe", "unsubscribe": "unsubscribe"}


class Subscriber:
    """Send what the subscriptions want, and tell them what was answered."""

    def __init__(self, subscriptions: Subscriptions, token: Token | None, context: Context) -> None:
        self._subscriptions = subscriptions
        self._token = token
        self._context = context
        self._outbox: Outbox | None = None
        self._queued = 0  # requests that wait to be written

    def connect(self, outbox: Outbox) -> None:
        """Begin on a new connection."""
        self._outbox, self._queued = outbox, 0
        self._subscriptions.connect()
        self.send_due()

    def disconnect(self) -> None:
        """End with the connection; whoever streams is told by the subscriptions."""
        self._outbox = None

    def send_due(self) -> None:
        """Send what the subscriptions want now."""
        if self._outbox is None or self._queued:
            return
        for batch in self._subscriptions.reconcile(anyio.current_time()):
            req_id = self._context.next_id()
            waiter = Acknowledgements(batch, self.answered, self._wrote, self._context)
            self._queued += 1
            frame = encode(batch.method, self._with_token(batch.params()), req_id)
            self._outbox.put(Request(req_id, frame, waiter, paced=True))

    def overdue(self, now: float) -> list[Key]:
        """Return what is to be repeated; nothing while requests wait for the pace, for their time has not begun."""
        return [] if self._queued else self._subscriptions.overdue(now)

    def unmatched(self, reply: Reply) -> None:
        """Take an acknowledgement that names no request: its channel and symbol tell as much."""
        method = _METHODS.get(reply.method)
        if method is not None and reply.req_id is None and reply.ok:
            key = self._subscriptions.current(reply.row.channel or "", _topic(reply))
            if key is not None:
                self.answered(Batch(method, (key,)), key, None)

    def answered(self, batch: Batch, key: Key, error: str | None) -> None:
        """Learn what Kraken says to one subscription; raises where that ends the connection or the session."""
        refusal = self._subscriptions.answer(key, batch.method, error, anyio.current_time())
        if isinstance(refusal, InvalidSession):
            raise Disconnected(f"Kraken does not take the token: {refusal}")  # the next connection fetches another
        if refusal is not None and refusal.fatal and key.channel == "executions":
            lacking = "; the key needs to query orders" if isinstance(refusal, PermissionDenied) else ""
            message = f"Kraken refuses the executions channel, without which no order is safe: {refusal}{lacking}"
            raise SessionRefused(message) from refusal
        if refusal is not None:
            self._context.publish(_rejected(key, refusal, self._context.clock()))

    def _wrote(self, batch: Batch) -> None:
        self._queued -= 1
        self._subscriptions.wrote(batch, anyio.current_time())
        if self._subscriptions.dirty:
            self.send_due()

    def _with_token(self, params: dict[str, object]) -> dict[str, object]:
        return params if self._token is None else {**params, "token": self._token.last}


def _rejected(key: Key, refusal: ApiError, at: int) -> SubscriptionRejected:
    return SubscriptionRejected(
        at=at, channel=key.channel, symbol=key.symbol, reason=str(refusal), repeated=refusal.retryable
    )


def _topic(reply: Reply) -> tuple[str, int] | str | None:
    symbol, interval = reply.row.symbol, reply.row.interval
    return symbol if symbol is None or interval is None else (symbol, interval)
