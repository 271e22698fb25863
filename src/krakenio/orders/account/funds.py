"""See the account's balances live, with what open orders hold: `async with s.balances_table() as funds: funds["USD"]`.

Totals come from the `balances` channel, holds from BalanceEx and the open orders; after a reconnect or a jump of the
sequence both are taken anew.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from types import TracebackType
from typing import Self

import anyio

from krakenio.entered import Entered
from krakenio.errors import ApiError, KrakenError, StreamClosed, SubscriptionError
from krakenio.events import Gap
from krakenio.links.context import Context
from krakenio.links.link import Link
from krakenio.messages import Balance, BalancesMessage
from krakenio.orders.account.holdings import Holdings, LiveBalance
from krakenio.orders.account.table import Kept
from krakenio.rest import Rest
from krakenio.subscriptions.channels import BALANCES, Key
from krakenio.subscriptions.wires import Whole
from krakenio.symbols import check_asset

State = tuple[object, ...]
"""What the hold of one order depends on."""

_HELD_BY = ("order_id", "order_qty", "limit_price", "triggers")

REFRESH = 30.0
"""Seconds between two questions for holds while orders come and go."""

PAUSE, LONGEST = 1.0, 30.0
"""Seconds until BalanceEx is asked again after a failure, at first and at most."""


class BalanceTable(Entered, Whole):
    """The balances, live: `table["USD"].total`, `.hold`, `.available`; iterate over those that are there.

    Holds are exact after each answer of BalanceEx, which is asked for on entering, after a reconnect, and at most every
    30 s while orders come, change and go. In between a new purchase's hold lacks the fee that Kraken sets aside with
    it, and the fee of one that is gone may still count. `in_sync` tells whether nothing is missing.
    """

    def __init__(self, context: Context, link: Link, rest: Rest, kept: Kept) -> None:
        self._context, self._link, self._rest, self._kept = context, link, rest, kept
        self._holdings = Holdings()
        self._wanted = anyio.Event()
        self._listed = False  # the snapshot is here, nothing is missing since
        self._held = False  # so are the holds
        self._refusal: ApiError | None = None
        self._trouble: KrakenError | None = None  # why the holds cannot be asked for
        self._entered = self._left = False

    def __repr__(self) -> str:
        """Show how many assets there are."""
        return f"<BalanceTable: {len(self)} assets{'' if self.in_sync else ', not in sync'}>"

    def __getitem__(self, asset: str) -> LiveBalance:
        """Return the balance of an asset by its name of WebSocket v2 (`BTC`); zero where there is none."""
        return self._all().get(asset) or LiveBalance(check_asset(asset), Decimal(0))

    def __iter__(self) -> Iterator[LiveBalance]:
        """Yield the balances; changes do not disturb it."""
        return iter(self._all().values())

    def __len__(self) -> int:
        """Return how many assets there are."""
        return len(self._all())

    @property
    def in_sync(self) -> bool:
        """Tell whether totals and holds are as Kraken has them, but for the fees of new purchases."""
        return self._listed and self._held and not self._kept.finished

    async def __aenter__(self) -> Self:
        """Subscribe, and wait until totals and holds are known: bound it, `with anyio.fail_after(10)`.

        Raises `SubscriptionError` if Kraken refuses the channel, and what no repetition heals as it is: a key that may
        not query funds raises `PermissionDenied`.
        """
        await anyio.lowlevel.checkpoint()
        self._context.check_loop()
        if self._entered:
            raise RuntimeError("this table of balances was entered before; make another one")
        self._entered, self._task = True, anyio.CancelScope()  # outside of a loop there can be none
        self._link.attach([BALANCES], self)
        if self._link.is_live(BALANCES):
            self._listed = True
            self._wanted.set()
        self._context.spawn(self._run, "balances")
        try:
            await self._until(lambda: self.in_sync)
        except BaseException:
            self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unsubscribe, without waiting for it."""
        self._leave()
        if error is None:
            await anyio.lowlevel.checkpoint()  # noqa: ASYNC102 - waits for nothing

    async def synced(self) -> None:
        """Wait until the table is in sync; raises what entering does, `StreamClosed` where the session has ended."""
        await anyio.lowlevel.checkpoint()
        self._context.check_loop()
        await self._until(lambda: self.in_sync)

    # what the channel tells

    def take(self, message: BalancesMessage) -> None:
        """Take one message."""
        if message.type == "snapshot":
            self._holdings.snapshot(message.data)
            self._listed = True
            self._wanted.set()
        else:
            for row in message.data:
                self._holdings.update(row)
        self._kept.bell.ring()

    def put(self, item: Balance) -> None:
        """Take a row of what is known already."""
        self._holdings.update(item)

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:  # noqa: ARG002 - the protocol's signature
        """Learn that something is missing until the next snapshot."""
        self._listed = self._held = False

    def settled(self, key: Key, error: ApiError | None) -> None:  # noqa: ARG002 - the protocol's signature
        """Learn that Kraken accepted or refused the subscription."""
        self._refusal = error
        self._kept.bell.ring()

    # steps

    async def _run(self) -> None:
        with self._task:
            while True:
                await self._wanted.wait()
                try:
                    await self._changed_since(await self._ask())
                except KrakenError as error:
                    self._refused(error)
                else:
                    self._wanted.set()

    def _refused(self, error: KrakenError) -> None:
        """Tell whoever waits, and ask no more until the next snapshot."""
        self._held, self._trouble = False, error
        self._kept.bell.ring()

    async def _changed_since(self, orders: tuple[State, ...]) -> None:
        """Wait for a new snapshot, or until it is time for holds that are not those of these orders."""
        with anyio.move_on_after(REFRESH):
            await self._wanted.wait()
        await self._kept.bell.until(lambda: self._wanted.is_set() or self._states() != orders)

    async def _ask(self) -> tuple[State, ...]:
        """Ask for the holds until there is an answer and no order has come or gone meanwhile; return those of before.

        Raises what asking again does not heal.
        """
        pause = PAUSE
        while True:
            self._wanted, before, names = anyio.Event(), self._states(), self._orders()
            try:
                found = await self._rest.account.balance_ex()
            except KrakenError as error:
                if error.fatal:
                    raise
                await anyio.sleep(pause)
                pause = min(2 * pause, LONGEST)
                continue
            self._holdings.extended(found, self._kept.journal.open.values())
            self._held, self._trouble = self._listed, None
            self._kept.bell.ring()
            if self._orders() == names:
                return before
            await anyio.sleep(PAUSE)

    async def _until(self, true: Callable[[], bool]) -> None:
        await self._kept.bell.until(lambda: true() or self._over)
        if true():
            return
        if self._trouble is not None:
            raise self._trouble
        if self._refusal is not None:
            raise SubscriptionError(f"Kraken refused balances: {self._refusal}", rejected={"balances": self._refusal})
        raise StreamClosed("the session has ended" if self._kept.finished else "the table of balances was left")

    @property
    def _over(self) -> bool:
        return self._kept.finished or self._left or self._refusal is not None or self._trouble is not None

    def _all(self) -> dict[str, LiveBalance]:
        return self._holdings.balances(self._kept.journal.open.values())

    def _orders(self) -> tuple[str, ...]:
        return tuple(self._kept.journal.open)

    def _states(self) -> tuple[State, ...]:
        """Return of each open order what its hold depends on, behind the time of the last report.

        An order that BalanceEx has counted may have gone before it was seen here.
        """
        journal = self._kept.journal
        held_by = ((each.cum_qty, *(getattr(each.report, name) for name in _HELD_BY)) for each in journal.open.values())
        return ((journal.heard_ns,), *held_by)

    def _leave(self) -> None:
        self._left = True
        self._task.cancel()
        self._link.detach(self)
        self._kept.bell.ring()
