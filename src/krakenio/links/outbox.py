"""Queue requests for one socket's writer: each can be withdrawn until the writer takes it (contract B3).

Urgent requests (orders, pings) go first; subscriptions are paced, since Kraken drops what comes in a burst.
"""

from collections import OrderedDict
from typing import Literal, Protocol

import anyio

from krakenio.bytestream import Prompt
from krakenio.errors import DecodeError
from krakenio.messages import Reply
from krakenio.recent import Recent
from krakenio.transport.alarm import new_alarm

PACE = 0.1
"""Seconds between two paced requests once a burst is spent: 10 a second, the limit that other clients keep."""

BURST = 10
"""Paced requests that may go out at once."""

_BEGIN = b'{"method":"%b"'
"""How `encode` begins a request."""

_REFUSED_AS = {b"error": b"", b"subscribe": _BEGIN % b"unsubscribe"}
"""In whose names else Kraken refuses: what it cannot read as `error`, leaving what it does not know as `subscribe`."""


class Waiter(Protocol):
    """Whoever wants to know what becomes of a request; called in the writer and the reader, never awaits."""

    def written(self) -> None:
        """Learn that the bytes are on their way: from now on nobody can take them back."""
        ...

    def answered(self, reply: Reply) -> bool:
        """Learn of one reply; true if it was the last: a request for many symbols or orders gets one for each."""
        ...

    def lost(self, *, written: bool) -> None:
        """Learn that no reply will come on this connection."""
        ...


class Request:
    """One request: its bytes, and who waits for its replies."""

    __slots__ = ("awaited", "frame", "outbox", "paced", "req_id", "state", "waiter")

    def __init__(
        self, req_id: int, frame: bytes, waiter: Waiter, *, paced: bool = False, awaited: bool = True
    ) -> None:
        self.req_id: int = req_id
        self.frame: bytes = frame
        self.waiter: Waiter = waiter
        self.paced: bool = paced
        self.awaited: bool = awaited and not paced
        self.state: Literal["queued", "written", "done", "withdrawn"] = "queued"
        self.outbox: Outbox | None = None

    def is_answered_by(self, reply: Reply) -> bool:
        """Tell whether a reply under its id is one to its method: what another method was told decides nothing."""
        method = b"ping" if reply.method == "pong" else reply.method.encode()
        if self.frame.startswith(_BEGIN % method):
            return True
        beginning = None if reply.ok else _REFUSED_AS.get(method)
        return beginning is not None and self.frame.startswith(beginning)

    def give_up(self) -> bool:
        """Want the reply no longer; true if the request was taken back before its first byte."""
        if self.state == "done":  # as it mostly is by then
            return False
        if self.outbox is None or self.outbox.withdraw(self):
            return True
        self.outbox.abandon(self)
        return False


class Outbox:
    """Hold the requests of one connection: queued, written and waited for, and those that only a reply can end.

    `socket` is where a request goes at once if it can, without its turn of the writer.
    """

    def __init__(self, socket: Prompt | None = None) -> None:
        self._socket = socket
        self._urgent: OrderedDict[int, Request] = OrderedDict()
        self._paced: OrderedDict[int, Request] = OrderedDict()
        self._unanswered: OrderedDict[int, Request] = OrderedDict()
        self._late: Recent[int, Request] = Recent()
        self._news = new_alarm()
        self._paced_until = 0.0  # each paced request moves it on by PACE; it may lie a burst ahead of now

    def put(self, request: Request, *, first: bool = False) -> None:
        """Send a request at once, or queue it, before all others if it must go `first` (contract H1)."""
        request.outbox = self
        if self._socket is not None and not self._urgent and not request.paced and self._socket.is_writable():
            self._socket.send_nowait(self._mark(request).frame)
            return
        queue = self._paced if request.paced else self._urgent
        queue[request.req_id] = request
        if first:
            queue.move_to_end(request.req_id, last=False)
        self._news.set()

    def withdraw(self, request: Request) -> bool:
        """Take a request back; false when the writer has it already."""
        if request.state != "queued":
            return False
        request.state = "withdrawn"
        del (self._paced if request.paced else self._urgent)[request.req_id]
        return True

    def abandon(self, request: Request) -> None:
        """Keep a written request whose caller has gone, for a late reply, among a bounded number of others."""
        if self._unanswered.pop(request.req_id, None) is not None:
            self._keep(request)

    def _keep(self, request: Request) -> None:
        self._late.keep(request.req_id, request, anyio.current_time())

    async def take(self) -> Request:
        """Wait for the next request that may be written, and mark it so."""
        while True:
            if self._urgent:
                return self._mark(self._urgent.popitem(last=False)[1])
            if not self._paced:  # a scope costs more than all the rest of this
                await self._news.wait()
                continue
            now, allowed_at = anyio.current_time(), self._paced_until - PACE * (BURST - 1)
            if allowed_at <= now:
                self._paced_until = max(self._paced_until, now) + PACE
                return self._mark(self._paced.popitem(last=False)[1])
            with anyio.CancelScope(deadline=allowed_at):
                await self._news.wait()

    def _mark(self, request: Request) -> Request:
        """Count it as written before its first byte is: from here on nobody may claim that it was not sent."""
        request.state = "written"
        if request.awaited:
            self._unanswered[request.req_id] = request
        else:
            self._keep(request)  # no caller waits for it, and it is repeated when overdue: so it must not pile up
        request.waiter.written()
        return request

    def answer(self, reply: Reply) -> bool:
        """Hand a reply to whoever waits for it; false when nobody does.

        Raises `DecodeError` where it is one to another method than was asked under its id: whose it is nobody knows.
        """
        if reply.req_id is None:
            return False
        request = self._unanswered.get(reply.req_id) or self._late.find(reply.req_id)
        if request is None:
            return False
        if not request.is_answered_by(reply):
            raise DecodeError(f"a reply of {reply.method!r:.40} came under the req_id of another method's request")
        if request.waiter.answered(reply):
            request.state = "done"
            if self._unanswered.pop(request.req_id, None) is None:
                self._late.forget(request.req_id)
        return True

    def close(self) -> None:
        """Tell everyone that the connection ended: the queued were never written, the others may have arrived."""
        queued = [*self._urgent.values(), *self._paced.values()]
        written = [*self._unanswered.values(), *self._late]
        for table in (self._urgent, self._paced, self._unanswered, self._late):
            table.clear()
        for request in queued:
            request.state = "withdrawn"
            request.waiter.lost(written=False)
        for request in written:
            request.state = "done"
            request.waiter.lost(written=True)

    def counts(self) -> tuple[int, int, int]:
        """Return how many are queued, waited for, and kept for a reply that no caller waits for."""
        return len(self._urgent) + len(self._paced), len(self._unanswered), len(self._late)
