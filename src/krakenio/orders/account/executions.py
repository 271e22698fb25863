"""Keep the account's executions whole: messages of the channel go in, each report comes out once and in order.

After a reconnect or a jump of the sequence the reports of the stream wait until what was missed is known: from the next
snapshot, and over REST. What cannot be found out stands as a `Gap` where it is missing, and is tried again.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import anyio

from krakenio.bell import Bell
from krakenio.errors import ApiError, KrakenError
from krakenio.events import ExecutionsHealed, ExecutionsNotHealed, Gap
from krakenio.links.context import Context
from krakenio.messages import Execution, ExecutionsMessage
from krakenio.orders.account.fetched import Ended, as_edited, as_placed
from krakenio.orders.account.journal import Journal
from krakenio.orders.account.lookup import Lookup
from krakenio.orders.account.mending import Mending
from krakenio.orders.account.reckoning import Needs
from krakenio.rest import Rest
from krakenio.streams.intake import Intake
from krakenio.subscriptions.channels import EXECUTIONS, Key
from krakenio.subscriptions.wires import Whole

PATIENCE = 30.0
"""Seconds after the snapshot for which the reports of the stream wait; then what is missing is told as a `Gap`."""

HELD = 20_000
"""Reports that may wait meanwhile."""

OVERLAP = 60 * 10**9
"""Nanoseconds by which REST is asked for more than can be missing: Kraken's clocks need not agree."""

BEFORE = 5 * 10**9
"""Nanoseconds before the first snapshot from which orders that ended unheard are taken for missed."""

LAG = 3.0
"""Seconds after which REST is asked once more for orders of which nothing else tells: its tables may lag behind."""

PAUSE, LONGEST = 0.5, 5.0
"""Seconds between two tries to find what is missing, at first and at most."""

AGAIN, SELDOM = 30.0, 600.0
"""Seconds until a hole that could not be mended is tried again, at first and at most."""


class Executions(Whole):
    """The executions of a session: `journal` is what is known, `bell` rings at each change."""

    def __init__(
        self, context: Context, rest: Rest, renew: Callable[[Key], None], learn: Callable[[Execution], None]
    ) -> None:
        self.journal: Journal = Journal()
        self.bell: Bell = Bell()
        self.finished: bool = False
        self.check_loop: Callable[[], None] = context.check_loop
        self._context = context
        self._lookup = Lookup(rest, self._symbol_of)
        self._renew = renew
        self._learn = learn
        self._mending: Mending | None = None
        self._readers: dict[Intake[Execution], None] = {}
        self._subscribed = False
        self._began_ns = 0
        self._unhealed_ns: int | None = None  # from when on something may be missing that was told as a gap
        self._retry_in = AGAIN
        self._retrying = False
        self._wanted = anyio.Event()

    @property
    def whole(self) -> bool:
        """Tell whether everything that happened up to the last message is known."""
        return self.journal.begun and self._mending is None and self._unhealed_ns is None

    # who reads

    def attach(self, reader: Intake[Execution]) -> None:
        """Let a stream have the reports: first one for each open order."""
        self._readers[reader] = None
        reader.refresh = lambda: self._catch_up(reader)
        self._catch_up(reader)
        if self._subscribed:
            reader.settled(EXECUTIONS, None)

    def detach(self, reader: Intake[Execution]) -> None:
        """Let it have no more."""
        self._readers.pop(reader, None)

    def finish(self) -> None:
        """Learn that the session has ended: nothing more will be known."""
        self.finished = True
        self.bell.ring()

    def placed(self, order_id: str, params: Mapping[str, Any]) -> None:
        """Count an order as open that Kraken has acknowledged, though no report may have come yet."""
        told = params
        if (edited := params.get("order_id")) is not None and (old := self.journal.find(edited)) is not None:
            told = as_edited(params, old)
        self.journal.placed(partial(as_placed, order_id, told, self._context.kraken_ns()))
        self.bell.ring()

    # what the channel tells

    def take(self, message: ExecutionsMessage) -> None:
        """Take one message."""
        if message.type == "snapshot":
            self._snapshot(message.data)
            return
        for row in message.data:
            self.put(row)

    def put(self, item: Execution) -> None:
        """Take one report: it is delivered, or waits for those before it."""
        if self._mending is None:
            self._deliver([self.journal.report(item)])
            return
        self._mending.hold(item)
        if len(self._mending) > HELD:
            self._give_up(f"{HELD} reports came before what was missed was known")

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:  # noqa: ARG002 - the protocol's signature
        """Learn that reports are missing from now on."""
        self._subscribed = False
        if self._mending is not None:
            self._mending.missed()
        elif self.journal.begun:
            self._mending = Mending(self._since())
        self.bell.ring()

    def settled(self, key: Key, error: ApiError | None) -> None:
        """Learn that Kraken accepted or refused the subscription."""
        self._subscribed = error is None
        for reader in list(self._readers):
            reader.settled(key, error)

    async def run(self) -> None:
        """Mend each hole once its far side is known."""
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            if (mending := self._mending) is not None and await self._heal():
                with anyio.move_on_after(LAG):
                    await self._wanted.wait()
                await self._look_again(mending.since_ns)

    # steps

    def _snapshot(self, rows: Iterable[Execution]) -> None:
        if not self.journal.begun:
            self._began_ns = self._context.kraken_ns() - BEFORE
            self.journal.begin(rows)
            self._deliver(self.journal.rows())
            return
        if self._mending is None:
            self._mending = Mending(self._since())
        self._mending.took(rows)
        self._wanted.set()

    def _since(self) -> int:
        """Return from when on something can be missing, in Kraken's time."""
        since = max(self.journal.heard_ns - OVERLAP, self._began_ns)
        return since if self._unhealed_ns is None else min(since, self._unhealed_ns)

    async def _heal(self) -> bool:
        """Look until nothing is missing or the patience is at its end; true if all is known."""
        pause, reason = PAUSE, "REST did not answer in time"
        with anyio.move_on_after(PATIENCE):
            while (mending := self._mending) is not None and mending.ready:
                try:
                    if await self._look(mending) and self._close(mending):
                        return True
                    reason = "REST does not have them"
                except KrakenError as error:
                    reason = str(error)
                    if error.fatal:
                        self._give_up(reason, again=False)
                        return False
                await anyio.sleep(pause)
                pause = min(2 * pause, LONGEST)
            return False  # there is another hole, and another snapshot to come
        self._give_up(reason)
        return False

    async def _look(self, mending: Mending) -> bool:
        """Ask REST for what is missing; false if meanwhile there was another snapshot, of which it says too little."""
        asked = mending.round
        mending.ended(await self._lookup.ended(mending.since_ns))
        if mending.needs(self.journal).orders:
            names = await self._lookup.open()
            if mending.round == asked:
                mending.still_open(names)
        if mending.needs(self.journal).fills:
            await self._lookup.fills(mending.since_ns, lambda found: self._enough(mending, found))
        return mending.round == asked

    def _enough(self, mending: Mending, found: dict[str, Execution]) -> bool:
        mending.fills(found)
        return not mending.needs(self.journal).fills

    def _close(self, mending: Mending) -> bool:
        """Deliver what was missed and what waited, if nothing is missing."""
        if self._mending is not mending or not mending.ready or any(mending.needs(self.journal)):
            return False
        self._release(mending)
        self._unhealed_ns, self._retry_in = None, AGAIN
        for standing in self.journal.open.values():
            standing.unresolved = False
        return True

    def _release(self, mending: Mending) -> None:
        """Deliver what was found and what waited."""
        self._mending = None
        reports = mending.reports(self.journal)
        for report in reports:
            self._learn(report)
        self._deliver(reports)
        if mending.news:
            self._context.publish(ExecutionsHealed(at=self._context.clock(), reports=mending.news))

    def _give_up(self, reason: str, *, again: bool = True) -> None:
        """Say that something is missing, and go on; try again later if that may help."""
        mending = self._mending
        if mending is None:
            return
        missing = mending.needs(self.journal)
        for reader in list(self._readers):
            reader.put_gap(Gap(f"executions are missing: {reason}"))
        self._unhealed_ns = mending.since_ns
        self._release(mending)
        self._tell_missing(missing, reason, self._retry_in if again else None)
        if again and not self._retrying:
            self._context.spawn(partial(self._try_again, self._retry_in), "executions again")
            self._retrying, self._retry_in = True, min(2 * self._retry_in, SELDOM)
        self.bell.ring()

    def _tell_missing(self, missing: Needs, reason: str, retry_in: float | None) -> None:
        """Mark the orders whose end is not known, and publish which are concerned."""
        for name in missing.orders:
            if (standing := self.journal.find(name)) is not None:
                standing.unresolved = True
        orders = tuple(dict.fromkeys((*missing.orders, *missing.fills)))
        at = self._context.clock()
        self._context.publish(ExecutionsNotHealed(at=at, reason=reason, orders=orders, retry_in=retry_in))

    async def _try_again(self, seconds: float) -> None:
        await anyio.sleep(seconds)
        self._retrying = False
        if self._unhealed_ns is not None and self._mending is None:
            self._renew(EXECUTIONS)

    async def _look_again(self, since_ns: int) -> None:
        """Ask REST once more for orders that came and went while nobody listened, unless there is a new hole."""
        if self._mending is not None:
            return
        try:
            ended = await self._lookup.ended(since_ns)
            fills = await self._late_fills(since_ns, ended)
        except KrakenError:
            return  # the first look found all that is known to be missing
        if self._mending is None:
            self._release(Mending.until_now(self.journal, since_ns, ended, fills))

    async def _late_fills(self, since_ns: int, ended: dict[str, Ended]) -> dict[str, Execution]:
        """Fetch the fills of orders that have ended until none is missing; the journal goes on meanwhile."""
        fetched: dict[str, Execution] = {}

        def enough(found: dict[str, Execution]) -> bool:
            fetched.update(found)
            return not Mending.until_now(self.journal, since_ns, ended, fetched).needs(self.journal).fills

        if not enough({}):
            await self._lookup.fills(since_ns, enough)
        return fetched

    def _catch_up(self, reader: Intake[Execution]) -> None:
        for row in self.journal.rows():
            reader.put(row)

    def _deliver(self, reports: Iterable[Execution | None]) -> None:
        for report in reports:
            if report is not None:
                for reader in list(self._readers):
                    reader.put(report)
        self.bell.ring()

    def _symbol_of(self, order_id: str) -> str | None:
        standing = self.journal.find(order_id)
        return None if standing is None else standing.report.symbol
