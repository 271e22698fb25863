"""Keep a WebSocket token valid: one task fetches it, everyone else waits for it, and nobody sees it in a log.

Kraken's token must be used within 15 minutes (`expires`: 900 s); a private subscription keeps its connection's alive,
and each reconnect takes a new one (docs.kraken.com, get-websockets-token and the reconnection guide).
"""

from collections.abc import Awaitable, Callable

import anyio

from krakenio.backoff import Backoff
from krakenio.errors import (
    ApiError,
    DecodeError,
    KrakenError,
    PermissionDenied,
    SessionClosed,
    SessionRefused,
    TransportError,
)
from krakenio.errors.advice import advice
from krakenio.events import TokenFetched, TokenTrouble
from krakenio.links.context import Context
from krakenio.models import WebSocketsToken
from krakenio.rest.permissions import needed

Fetch = Callable[[], Awaitable[WebSocketsToken]]


class Token:
    """Own the session's token.

    `fetched` counts the tokens that arrived, `trouble` tells why the last try failed while the session is degraded.
    `last` is the newest token, expired or not: a live private subscription keeps one alive beyond its time. `secrets`
    are the last two, whether or not they are valid: what Kraken says may repeat them.
    """

    def __init__(self, fetch: Fetch, margin: float, context: Context) -> None:
        self.fetched: int = 0
        self.trouble: KrakenError | None = None
        self.secrets: tuple[str, ...] = ()
        self._fetch = fetch
        self._margin = margin
        self._context = context
        self.last: str | None = None
        self._valid_until = 0.0
        self._refresh_at = 0.0
        self._stale = anyio.Event()
        self._arrived = anyio.Event()
        self._finished = False
        self._backoff = Backoff()

    def __repr__(self) -> str:
        """Show whether there is one, never the token."""
        return f"<Token: {'valid' if self.current() is not None else 'none'}>"

    def current(self) -> str | None:
        """Return the token if it is valid now."""
        return self.last if anyio.current_time() < self._valid_until else None

    async def get(self) -> str:
        """Wait for a valid token; raises `SessionClosed` where the session has ended."""
        while (value := self.current()) is None:
            if self._finished:
                raise SessionClosed("the session ended before a WebSocket token came")
            if self._arrived.is_set():  # by the token that has expired meanwhile: waiting on it would spin
                self._arrived = anyio.Event()
            await self._arrived.wait()
        return value

    def invalidate(self) -> None:
        """Drop the token; a fetch under way does not count any more (it began before)."""
        self.last, self._valid_until = None, 0.0
        if self._arrived.is_set():
            self._arrived = anyio.Event()
        self._stale.set()

    def finish(self) -> None:
        """Let nobody wait any longer: no other token will come."""
        self._finished = True
        self._arrived.set()

    async def run(self) -> None:
        """Fetch a token, and again `margin` seconds before it expires or as soon as it is invalidated."""
        while True:
            await self._refresh()
            with anyio.CancelScope(deadline=self._refresh_at):
                await self._stale.wait()

    async def _refresh(self) -> None:
        while True:
            self._stale = anyio.Event()
            asked_at = anyio.current_time()
            try:
                token = await self._fetch()
            except (ApiError, TransportError, DecodeError) as error:
                await self._degrade(error)
                continue
            if not self._stale.is_set():
                return self._keep(token, asked_at)

    def _keep(self, token: WebSocketsToken, asked_at: float) -> None:
        self.last = token.token
        self.secrets = (token.token, *self.secrets[:1])
        self._valid_until = asked_at + token.expires
        self._refresh_at = max(self._valid_until - self._margin, asked_at + min(1.0, token.expires))
        self._backoff = Backoff()
        self.trouble = None
        self.fetched += 1
        self._context.publish(TokenFetched(at=self._context.clock(), seconds=token.expires))
        self._arrived.set()

    async def _degrade(self, error: KrakenError) -> None:
        """End the session for a cause that no repetition heals (contract G1); else wait and go on (G3)."""
        if _is_final(error):
            raise SessionRefused(f"Kraken gives no WebSocket token: {error}{_what_to_do(error)}") from error
        self.trouble = error
        delay = self._backoff.failed(self._context.chance.random(), least=error.wait)
        self._context.publish(TokenTrouble(at=self._context.clock(), reason=str(error), retry_in=delay))
        await anyio.sleep(delay)


def _what_to_do(error: KrakenError) -> str:
    if isinstance(error, PermissionDenied):
        return f"; the key needs {needed('GetWebSocketsToken')}"
    return f". {advised}" if (advised := advice(error)) else ""


def _is_final(error: KrakenError) -> bool:
    if isinstance(error, ApiError):
        return not (error.retryable or error.ambiguous)
    return isinstance(error, TransportError) and error.fatal
