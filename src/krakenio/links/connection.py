"""Live the life of one socket: a reader, a writer, a watch on its liveness; it ends by raising `Disconnected`.

Only these tasks touch the socket; one that hands over what comes in the moment when it comes spares the reader a turn.
Callers put requests into the outbox and are told of replies in the reader.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import anyio

from krakenio.bytestream import prompt
from krakenio.errors import Disconnected
from krakenio.links.context import Context
from krakenio.links.outbox import Outbox, Request
from krakenio.links.timing import Stopwatch
from krakenio.messages import Reply, decode_batch, encode
from krakenio.running import loop_clock
from krakenio.tasks import first_to_end
from krakenio.transport import WebSocket, handing

TICK = 1.0
"""Seconds between two looks at the liveness."""

PING_EVERY = 20.0
"""Seconds between pings: Kraken closes a socket after a minute without a request."""

PONG_WITHIN = 10.0
"""Seconds for the answer to a ping."""

SILENCE = 5.0
"""Seconds without any message, once something is subscribed, after which the peer counts as dead (contract G6)."""


class Connection:
    """Own one open WebSocket from its upgrade to its end."""

    def __init__(
        self,
        socket: WebSocket,
        context: Context,
        route: Callable[[Sequence[Any], bool], None],
        tick: Callable[[float], bool],
        digits: Callable[[], bool],
    ) -> None:
        self.outbox: Outbox = Outbox(prompt(socket))
        self.since: float = anyio.current_time()
        self.received: int = 0
        self._heard_at = self.since
        self._socket = socket
        self._numbers: type[Decimal] = context.numbers
        self._route = route
        self._tick = tick
        self._digits = digits
        self._pings = Pings(context)
        self._clock = loop_clock()

    async def run(self) -> None:
        """Read, write and watch until the connection ends; raises `Disconnected`."""
        try:
            await first_to_end(reader=self._read, writer=self._write, watch=self._watch)
        finally:
            self.outbox.close()

    async def close(self) -> None:
        """Say goodbye; the caller bounds it."""
        await self._socket.close()

    async def _read(self) -> None:
        """Take in what comes; never waits for a user."""
        receive, take = self._socket.receive, self._take
        if (socket := handing(self._socket)) is not None:
            socket.hand_to(take)
        while True:
            take(await receive())

    def _take(self, frames: list[bytes]) -> None:
        """Decode and route everything that a read has brought, in one pass."""
        self._heard_at = self._clock()
        self.received += len(frames)
        digits = self._digits()
        self._route(decode_batch(frames, self._numbers, digits=digits), digits)

    async def _write(self) -> None:
        while True:
            request = await self.outbox.take()
            await self._socket.send(request.frame)

    async def _watch(self) -> None:
        """Ping, and end the connection when the peer is silent; `tick` says whether messages must come."""
        while True:
            now = anyio.current_time()
            if self._tick(now) and now - self._heard_at > SILENCE:
                raise Disconnected(f"nothing was received for more than {SILENCE:g} s")
            if self._pings.overdue(now):
                raise Disconnected(f"a ping was not answered within {PONG_WITHIN:g} s")
            if (ping := self._pings.due(now)) is not None:
                self.outbox.put(ping)
            await anyio.sleep(TICK)
            self._excuse(now + TICK, anyio.current_time())

    def _excuse(self, due: float, now: float) -> None:
        """Do not count against the peer that the loop was held up: nobody could read what had come meanwhile."""
        if now - due > TICK:
            self._heard_at = min(now, self._heard_at + now - due)
            self._pings.excuse(now - due)


class Pings:
    """Send a ping now and then, and learn Kraken's time from its answer."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._next_at = 0.0
        self._asked_at: float | None = None
        self._watch = Stopwatch(context)

    def due(self, now: float) -> Request | None:
        """Return a ping if it is time for one."""
        if now < self._next_at or self._asked_at is not None:
            return None
        self._next_at, self._asked_at = now + PING_EVERY, now
        req_id = self._context.next_id()
        return Request(req_id, encode("ping", None, req_id), self)  # with `params` Kraken refuses it

    def overdue(self, now: float) -> bool:
        """Tell whether the last ping is unanswered for too long."""
        return self._asked_at is not None and now - self._asked_at > PONG_WITHIN

    def excuse(self, seconds: float) -> None:
        """Wait so much longer for the answer."""
        if self._asked_at is not None:
            self._asked_at += seconds

    def written(self) -> None:
        """Note the time of sending."""
        self._watch.start()

    def answered(self, reply: Reply) -> bool:
        """Learn from the pong."""
        self._asked_at = None
        self._watch.stop(reply)
        return True

    def lost(self, *, written: bool) -> None:
        """End with the connection."""
