"""Hold a stream of trades without holes: live trades go in, what was missed is fetched, the stream takes all in order.

A hole shows by its numbers, or is feared after a reconnect. While it is open the live trades of its symbol wait, and
each page fetched is given as the reader makes room. What cannot be had is a `Gap`.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import anyio

from krakenio.errors import ApiError, KrakenError
from krakenio.events import Gap
from krakenio.messages import Trade
from krakenio.rest.market import Market, trades_of
from krakenio.rest.retries import passes
from krakenio.streams.mailbox import OnFull
from krakenio.streams.tape import FILLABLE, RENUMBERED, Tape, as_trade
from krakenio.streams.tended import TendedIntake
from krakenio.subscriptions.channels import Key

Fetch = Callable[[str, str], Awaitable[list[Trade[Any]]]]
"""Return up to 1000 trades of a symbol after a time in nanoseconds, oldest first."""

PAUSE = 1.0
"""Seconds between two pages: REST bears about one public call a second from an address."""

TRIES = 3
"""How often a page is asked for that lacks what is known to be missing: REST may lag behind."""

PAGES = 10

PATIENCE = 60.0
"""Seconds for which trouble of REST that passes is waited out: what strikes the socket mostly strikes REST too."""

AGAIN = 5.0
"""Seconds after which a REST in trouble is asked again."""

EARLIER = 1_000_000_000
"""Nanoseconds before its acknowledgement from which a market without any trade yet is looked up: our idea of Kraken's
time may be off by the way of a reply, and a trade too many is better than one that is missing."""


class FillingIntake(TendedIntake[Any]):
    """Keep each symbol's trades whole."""

    __slots__ = ("_fetch", "_roomy", "_tapes", "_time", "_troubled", "_wanted", "_whole_at_bound")

    def __init__(
        self, keys: Iterable[Key], limit: int, on_full: OnFull, fetch: Fetch, time: Callable[[], int | None]
    ) -> None:
        super().__init__(keys, limit, on_full)
        self._fetch = fetch
        self._time = time  # Kraken's, in nanoseconds, once it is known
        self._tapes = {str(key.symbol): Tape() for key in self.keys}
        self._whole_at_bound = on_full == "gap"  # what does not fit is fetched later; with "fail" it ends the stream
        self._troubled: float | None = None  # since when REST fails
        self._wanted = anyio.Event()
        self._roomy = anyio.Event()

    def put(self, item: Any) -> None:  # noqa: ANN401 - a Trade of either kind of numbers
        """Take a live trade in."""
        tape = self._tapes[item.symbol]
        if tape.began_anew(item):
            tape = self._begin_anew(item.symbol, tape)
        if tape.admit(item, room=self._has_room() or not self._whole_at_bound):
            super().put(item)
        elif tape.open:
            self._wanted.set()

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:
        """Wait for what may be missing to be fetched, once Kraken has taken the subscription anew."""
        known = [tape.missed() for name, tape in self._tapes.items() if symbol in {None, name}]
        if not all(known):
            super().put_gap(gap, symbol)

    def settled(self, key: Key, error: ApiError | None) -> None:
        """Learn that a subscription runs: what it does not bring can be fetched now."""
        super().settled(key, error)
        if error is None and (now := self._time()) is not None:
            self._tapes[str(key.symbol)].begin(now - EARLIER)
        self._wanted.set()

    def take(self) -> Any:  # noqa: ANN401
        """Return the next item."""
        self._roomy.set()
        return super().take()

    def take_all(self) -> list[Any]:
        """Return everything that waits."""
        self._roomy.set()
        return super().take_all()

    def finish(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come; trades that waited for others stand behind a gap."""
        for tape in self._tapes.values():
            while tape.waits and not self.finished:
                trade = tape.held.popleft()
                if (lost := tape.skipped(trade)) > 0:
                    super().put_gap(Gap("the stream ended before they were fetched", lost=lost))
                self.items.append(trade)
        super().finish(error)

    async def _tend(self) -> None:
        while not self.finished:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            for symbol, tape in self._tapes.items():
                while tape.open and not self.finished:
                    await self._fill(symbol, tape)

    async def _fill(self, symbol: str, tape: Tape) -> None:
        """Fetch what is missing up to what waits, then give that."""
        reason = "REST does not have them"
        try:
            await self._fetch_missing(symbol, tape)
        except KrakenError as error:
            reason = str(error)
        await self._release(tape, f"trades of {symbol} are missing: {reason}")

    async def _fetch_missing(self, symbol: str, tape: Tape) -> None:
        tries = 0
        for _ in range(PAGES + TRIES):
            missing, since = tape.missing, tape.since
            if since is None or missing == 0 or (missing or 0) > FILLABLE or tries == TRIES:
                return
            fetched = await self._page(symbol, since)
            page = tape.wanted(fetched)
            await self._give_page(tape, page, f"REST has a hole in the trades of {symbol}")
            if not page and (not tape.waits or (tape.last is None and fetched)):
                return  # REST has come as far as what waits, or nothing does
            tries = 0 if page else tries + 1
            await anyio.sleep(PAUSE)

    async def _page(self, symbol: str, since: str) -> list[Trade[Any]]:
        while True:
            try:
                page = await self._fetch(symbol, since)
            except KrakenError as error:
                if not self._may_pass(error):
                    raise
                await anyio.sleep(AGAIN)  # noqa: ASYNC120 - a cancel goes before the error
            else:
                self._troubled = None
                return page

    def _may_pass(self, error: KrakenError) -> bool:
        """Tell whether to wait out an error; an outage is waited out once, not for each symbol."""
        now = anyio.current_time()
        self._troubled = now if self._troubled is None else self._troubled
        return passes(error) and now - self._troubled < PATIENCE and not self.finished

    async def _give_page(self, tape: Tape, page: list[Trade[Any]], reason: str) -> None:
        for trade in page:
            await self._until_room()
            if not self.finished and not tape.over:
                self._give(tape, trade, reason)

    async def _release(self, tape: Tape, reason: str) -> None:
        """Give what waits, up to the next hole in it."""
        first = True
        while tape.waits and (first or tape.missing == 0):
            await self._until_room()
            if tape.held:  # else the stream ended meanwhile, and took them along
                self._give(tape, tape.held.popleft(), reason)
            first = False
        if not tape.held:
            tape.close()

    def _give(self, tape: Tape, trade: Trade[Any], reason: str) -> None:
        if (lost := tape.skipped(trade)) > 0:
            super().put_gap(Gap(reason, lost=lost))
        super().put(trade)

    def _begin_anew(self, symbol: str, tape: Tape) -> Tape:
        """Follow other numbers from now on; what waited by the old ones will not be asked for."""
        tape.end()
        super().put_gap(Gap(RENUMBERED.format(symbol)))
        self._tapes[symbol] = Tape()
        return self._tapes[symbol]

    def _has_room(self) -> bool:
        return len(self.items) < self._limit

    async def _until_room(self) -> None:
        while not self._has_room() and not self.finished:
            self._roomy = anyio.Event()
            await self._roomy.wait()


def fetching(market: Market, numbers: type[Any]) -> Fetch:
    """Return how trades are fetched over REST, numbers as the session has them."""

    async def fetch(symbol: str, since: str) -> list[Trade[Any]]:
        found = await market.trades(**trades_of(symbol, since))
        return [as_trade(symbol, row, numbers) for row in found.rows]

    return fetch
