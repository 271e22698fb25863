"""Ask Kraken for what concerns the whole account, from a library task: a method goes in, its reply comes out.

Such requests go ahead of everything that is queued, and over REST where the socket is down or does not answer.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import anyio

from krakenio.errors import KrakenError, api_error
from krakenio.links.context import Context
from krakenio.links.outbox import Request, Waiter
from krakenio.messages import Reply, encode
from krakenio.rest import Rest

LONGEST_PAUSE = 3.0
"""Seconds between two calls of REST in the end: in this time the counter of calls falls by one, even of the lowest
tier. Over it Kraken refuses everything, the token for the next connection too; the socket may be asked at any pace."""


class AskingDesk(Protocol):
    """What asking needs of a session."""

    context: Context
    rest: Rest

    @property
    def last_token(self) -> str | None:
        """Return the newest token."""
        ...

    def queue(
        self, frame: bytes, req_id: int, waiter: Waiter, *, first: bool = False, awaited: bool = True
    ) -> Request | None:
        """Queue a request; `None` without a connection."""
        ...


class Answer:
    """Take the reply to one request; `late` hears of one that nobody waited for any more."""

    def __init__(self, late: Callable[[Reply], object]) -> None:
        self.reply: Reply | None = None
        self.awaited: bool = True
        self._late = late
        self._known = anyio.Event()

    async def known(self) -> None:
        """Wait for the reply, or until none can come any more."""
        await self._known.wait()

    def written(self) -> None:
        """Need nothing: whoever asks knows when it asked."""

    def answered(self, reply: Reply) -> bool:
        """Take the reply."""
        self.reply = reply
        self._known.set()
        if not self.awaited:
            self._late(reply)
        return True

    def lost(self, *, written: bool) -> None:  # noqa: ARG002 - the protocol's signature
        """Learn that no reply will come."""
        self._known.set()


class Question:
    """Ask one thing again and again, once at a time; `withdraw` takes back what is not written yet.

    `late` hears of replies that came when nobody waited for them any more: what was asked then has been done after all.
    """

    def __init__(self, desk: AskingDesk, method: str, endpoint: str, late: Callable[[Reply], object] = bool) -> None:
        self._desk = desk
        self._method = method
        self._endpoint = endpoint
        self._request: Request | None = None
        self._late = late
        self._failed = 0
        self._rest_after = -math.inf
        self.trouble: KrakenError | None = None
        self.may_come_late: bool = False  # the socket took it, and no reply told that it was done

    async def ask(self, params: Mapping[str, Any], within: float) -> bool:
        """Ask over the socket, and then over REST, for so many seconds each; true once Kraken has done it.

        Why it was not done is in `trouble`.
        """
        if await self._over_socket(params, within):
            return True
        if anyio.current_time() < self._rest_after:
            return False
        began = anyio.current_time()
        done = await self._over_rest(params, within)
        self._failed = 0 if done else self._failed + 1
        pause = 2.9 * within if done else 2**self._failed / 10  # the switch asks again after three times `within`
        self._rest_after = began + min(LONGEST_PAUSE, pause)
        return done

    def withdraw(self) -> None:
        """Let nothing more be written; awaits nothing."""
        if self._request is not None:
            self._request.give_up()

    async def _over_socket(self, params: Mapping[str, Any], within: float) -> bool:
        token = self._desk.last_token
        if token is None:
            return False
        answer, req_id = Answer(self._late), self._desk.context.next_id()
        frame = encode(self._method, {**params, "token": token}, req_id)
        self._request = self._desk.queue(frame, req_id, answer, first=True)
        if self._request is None:
            return False
        try:
            with anyio.move_on_after(within):
                await answer.known()
        finally:
            answer.awaited = False
            self.may_come_late |= not self._request.give_up() and answer.reply is None
        return self._taken(answer.reply)

    def _taken(self, reply: Reply | None) -> bool:
        if reply is not None and reply.refusal is not None:
            self.trouble = api_error(reply.refusal)
        return reply is not None and reply.ok

    async def _over_rest(self, params: Mapping[str, Any], within: float) -> bool:
        with anyio.move_on_after(within):
            try:
                await self._desk.rest.call_first(self._endpoint, params)
            except KrakenError as error:
                self.trouble = error
                return False
            return True
        return False
