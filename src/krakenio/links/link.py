"""Keep one of Kraken's sockets alive: connect, subscribe, live, and when it ends wait and do it again.

`Disconnected` is caught here and nowhere else. What the user subscribed is sent again on each new connection; requests
are not: those still queued were never sent, those written have an unknown outcome (contract B7).
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Literal

import anyio

from krakenio.backoff import AFTER_MAINTENANCE, BAN, CAP, Backoff
from krakenio.bell import Bell
from krakenio.errors import DecodeError, Disconnected, SessionRefused
from krakenio.events import Connected, ConnectionLost, Gap, SubscriptionRepeated, Undecodable
from krakenio.health import LinkHealth
from krakenio.links.connection import Connection
from krakenio.links.context import Context
from krakenio.links.outbox import Request, Waiter
from krakenio.links.subscriber import Subscriber
from krakenio.links.system import System
from krakenio.links.token import Token
from krakenio.messages import Notice, Pair, Reply, StatusMessage
from krakenio.messages.secrets import hidden, without
from krakenio.subscriptions.channels import Key, LinkName, Topic
from krakenio.subscriptions.precisions import Precisions
from krakenio.subscriptions.routing import Route, Router
from krakenio.subscriptions.shelf import Shelf
from krakenio.subscriptions.wanted import Subscriptions
from krakenio.subscriptions.wires import Sink

BANNED_WAIT = 60.0
"""Seconds after HTTP 403 or 429 at the upgrade that does not say how many."""

_BANNED = frozenset({403, 429})
_SHOWN = 500  # characters of a reason in an event: of a complaint's own text Kraken may send any number

State = Literal["idle", "connecting", "up", "waiting"]


class Link:
    """Own the socket to one host, its subscriptions and its requests."""

    def __init__(
        self, name: LinkName, context: Context, token: Token | None, precisions: Precisions | None = None
    ) -> None:
        self.name = name
        self.state: State = "idle"
        self.connects: int = 0
        self.undecodable: int = 0
        self.down_since: float | None = None
        self.trouble: Disconnected | None = None
        self.connection: Connection | None = None
        self._url: str = getattr(context.endpoints, name)
        self._context = context
        self._token = token
        self._publish = context.publish
        self._subscriptions = Subscriptions()
        self._subscriber = Subscriber(self._subscriptions, token, context)
        self._system = System(name, context)
        others: dict[type, Route] = {
            Reply: self._on_reply,
            StatusMessage: self._system.take,
            Notice: self._on_notice,
            DecodeError: self._on_undecodable,
        }
        self._router = Router(self._subscriptions, others, self._on_snapshot, context.numbers)
        self.precisions: Precisions = precisions or Precisions(
            self._subscriptions, self._router.instruments, self._wake
        )
        self._shelf = Shelf(self._subscriptions, self.precisions)
        self._backoff = Backoff()
        self._attempts = 0
        self._leaving = False
        self._received = 0  # by the connections before this one
        self._changed = Bell()

    # what streams and orders ask for

    def attach(self, keys: Iterable[Key], sink: Sink) -> None:
        """Subscribe a sink; what is live already is told from memory, a book by a new snapshot."""
        wanted = list(keys)
        self._shelf.attach(wanted, sink)
        self.catch_up(wanted, sink)
        self._changed.ring()

    def detach(self, sink: Sink) -> None:
        """Take a sink away; the last one of a subscription unsubscribes."""
        self._shelf.detach(sink)
        self._subscriber.send_due()

    def catch_up(self, keys: Iterable[Key], sink: Sink) -> None:
        """Tell a sink that begins, or that has lost items, how things are now; nobody else notices but with books."""
        for key in keys:
            if self._subscriptions.is_live(key):
                self._catch_up(key, sink)
        self._subscriber.send_due()

    def renew(self, key: Key) -> None:
        """Ask for a new snapshot of a subscription."""
        self._subscriptions.refresh(key.channel, key.topic)
        self._subscriber.send_due()

    def request(
        self, frame: bytes, req_id: int, waiter: Waiter, *, first: bool = False, awaited: bool = True
    ) -> Request | None:
        """Queue a request ahead of the subscriptions; `None` when there is no connection: it will not be sent."""
        if self.connection is None:
            return None
        request = Request(req_id, frame, waiter, awaited=awaited)
        self.connection.outbox.put(request, first=first)
        return request

    def is_live(self, key: Key) -> bool:
        """Tell whether the snapshot of a subscription has arrived, and nothing is missing since."""
        return self._subscriptions.is_live(key)

    def pair(self, symbol: str) -> Pair | None:
        """Return what Kraken says of a market; nothing where the channel that tells of changes is not live."""
        key = self._subscriptions.current("instrument", None)
        return None if key is None or not self.is_live(key) else self._router.instruments.pair(symbol)

    async def wait_live(self, key: Key) -> None:
        """Wait until the snapshot of a subscription has arrived, and its acknowledgement, which tells Kraken's time."""
        while not (self._subscriptions.is_live(key) and self._subscriptions.is_acknowledged(key)):
            await self._changed.rung()

    async def close(self) -> None:
        """Say goodbye to the server and come back no more; the caller bounds it."""
        self._leaving = True
        if self.connection is not None:
            with suppress(Disconnected):  # it broke meanwhile: there is nobody to say goodbye to
                await self.connection.close()

    @property
    def received(self) -> int:
        """Return how many messages have come in, over all connections."""
        return self._received + (0 if self.connection is None else self.connection.received)

    @property
    def health(self) -> LinkHealth:
        """Return how it is, without awaiting."""
        return LinkHealth(
            self.state,
            self.connects,
            self.received,
            self.undecodable,
            None if self.trouble is None else str(self.trouble),
            0.0 if self.down_since is None else anyio.current_time() - self.down_since,
        )

    # the life of the link

    async def run(self) -> None:
        """Connect for as long as something is wanted; raises `SessionRefused` when Kraken will not have us."""
        while not self._leaving:
            await self._until_wanted()
            await self._until_affordable()
            try:
                await self._live()
            except Disconnected as trouble:
                if not self._leaving:
                    await self._recover(trouble)

    async def _until_wanted(self) -> None:
        while not self._subscriptions.wanted:
            self.state = "idle"
            await self._changed.rung()
        if self.down_since is None:
            self.down_since = anyio.current_time()

    async def _until_affordable(self) -> None:
        """Keep below Kraken's limit on connection attempts (contract G5)."""
        self.state = "waiting"
        # other sessions spend from it too, so look again
        while (seconds := self._context.budget.seconds_until_free(self._context.clock())) > 0:  # noqa: ASYNC110
            await anyio.sleep(seconds)
        self._context.budget.spend(self._context.clock())

    async def _live(self) -> None:
        self.state = "connecting"
        self._attempts += 1
        if self._token is not None:
            await self._token.get()
        async with self._context.connect(self._url, self._context.endpoints) as socket:
            await self._use(self._new_connection(socket))

    def _new_connection(self, socket: Any) -> Connection:  # noqa: ANN401 - any engine
        return Connection(socket, self._context, self._route, self._tick, self._shelf.digits)

    async def _use(self, connection: Connection) -> None:
        self._up(connection)
        try:
            await connection.run()
        finally:
            self._down(connection)

    def _up(self, connection: Connection) -> None:
        self.connection, self.state, self.down_since, self.trouble = connection, "up", None, None
        self.connects += 1
        self._publish(Connected(at=self._context.clock(), link=self.name, attempts=self._attempts))
        self._attempts = 0
        self._router.restart()
        self._subscriber.connect(connection.outbox)

    def _down(self, connection: Connection) -> None:
        self.connection, self.down_since = None, anyio.current_time()
        self.state = "idle" if self._leaving else "waiting"
        self._received += connection.received
        self._backoff.lived(self.down_since - connection.since)
        self._subscriber.disconnect()
        self._subscriptions.disconnect(gap := Gap("the connection was lost"))
        self._shelf.stop(gap)
        if self._token is not None and not self._leaving:
            self._token.invalidate()

    def _hidden(self, text: str) -> str:
        return text if self._token is None else hidden(text, self._token.secrets)

    async def _recover(self, trouble: Disconnected) -> None:
        trouble.args = (self._hidden(str(trouble)),)
        if trouble.fatal:
            raise SessionRefused(f"{self._url}: {trouble}") from trouble
        self.trouble = trouble
        self.state = "waiting"
        delay = self._backoff.failed(self._context.chance.random(), least=self._least_wait(trouble))
        self._publish(
            ConnectionLost(
                at=self._context.clock(), link=self.name, reason=str(trouble), retry_in=delay, code=trouble.code
            )
        )
        await anyio.sleep(delay)

    def _least_wait(self, trouble: Disconnected) -> float:
        if trouble.code in _BANNED:
            return min(trouble.wait, BAN) or BANNED_WAIT
        return max(AFTER_MAINTENANCE if self._system.in_maintenance else 0.0, min(trouble.wait, CAP))

    # what the reader finds

    def _route(self, messages: Sequence[Any], digits: bool) -> None:  # noqa: FBT001 - one batch is all of one kind
        self._router.route(messages, digits)
        if self._subscriptions.dirty:
            self._subscriber.send_due()

    def _tick(self, now: float) -> bool:
        """Repeat what is overdue; tell whether messages must come."""
        late = self._subscriber.overdue(now)
        for key in late:
            self._repeated(key, "no answer or no snapshot in time")
        self._subscriber.send_due()
        return self._subscriptions.acknowledged

    def _on_reply(self, reply: Reply) -> None:
        if self._token is not None and (not reply.ok or reply.row.warnings):
            reply = without(reply, self._token.secrets)
        try:
            if self.connection is not None and not self.connection.outbox.answer(reply):
                self._subscriber.unmatched(reply)
        except DecodeError as error:  # as good as unreadable
            self._undecodable(None, str(error))
        self._changed.ring()  # an acknowledgement may come after its snapshot

    def _on_notice(self, notice: Notice) -> None:
        self._undecodable(None, notice.error or "a frame without method and channel")

    def _on_undecodable(self, error: DecodeError) -> None:
        self._undecodable(error.channel, str(error))
        if error.system is not None:
            self._system.learn(error.system)
        if error.channel is not None and not error.repeated:  # else each would look at all subscriptions
            self._subscriptions.spoilt(error, anyio.current_time())

    def _undecodable(self, channel: str | None, reason: str) -> None:
        self.undecodable += 1
        reason = self._hidden(reason)[:_SHOWN]
        self._publish(Undecodable(at=self._context.clock(), link=self.name, channel=channel, reason=reason))

    def _on_snapshot(self, channel: str, topic: Topic) -> None:
        self._subscriptions.arrived(channel, topic)
        self._changed.ring()

    # subscriptions on the wire

    def _wake(self) -> None:
        self._changed.ring()
        self._subscriber.send_due()

    def _catch_up(self, key: Key, sink: Sink) -> None:
        if key.channel in {"book", "level3"} and not self._shelf.caught_up(key, sink, self._context.numbers):
            self._subscriptions.refresh(key.channel, key.symbol)
        for row in self._router.memory(key.channel).rows(key.topic) if key.asks_for_snapshot else ():
            sink.put(row)

    def _repeated(self, key: Key, reason: str) -> None:
        symbols = () if key.symbol is None else (key.symbol,)
        at = self._context.clock()
        self._publish(SubscriptionRepeated(at=at, channel=key.channel, symbols=symbols, reason=reason))
