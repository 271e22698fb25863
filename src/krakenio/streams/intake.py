"""A stream's mailbox as its subscriptions see it: acknowledgements and items go in, the stream takes them out."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import anyio

from krakenio.errors import ApiError, SubscriptionError
from krakenio.events import Gap
from krakenio.streams.mailbox import Mailbox, OnFull, put_each
from krakenio.streams.tape import RENUMBERED, is_renumbered
from krakenio.subscriptions.channels import Key
from krakenio.subscriptions.memory import TRADES

T = TypeVar("T")


class Intake(Mailbox[T]):
    """Collect one stream's items, and what Kraken said to each of its subscriptions."""

    __slots__ = ("_changed", "_outstanding", "keys", "recovers", "rejected")

    def __init__(
        self,
        keys: Iterable[Key],
        limit: int,
        on_full: OnFull,
        conflated_by: Callable[[T], object] | None = None,
        *,
        recovers: bool = False,
    ) -> None:
        super().__init__(limit, on_full, conflated_by)
        self.recovers: bool = recovers  # a new snapshot makes good what an overflow lost
        self.keys: tuple[Key, ...] = tuple(keys)
        self.rejected: dict[Key, ApiError] = {}
        self._outstanding = dict.fromkeys(self.keys)
        self._changed = anyio.Event()

    def settled(self, key: Key, error: ApiError | None) -> None:
        """Learn that Kraken accepted or refused one subscription, now or on a later connection."""
        self._outstanding.pop(key, None)
        if error is not None:
            self.rejected[key] = error
            if len(self.rejected) == len(self.keys):
                self.finish(self._refused())
        self._changed.set()

    def _refused(self) -> SubscriptionError:
        rejected = {key.symbol or key.channel: error for key, error in self.rejected.items()}
        reasons = "; ".join(f"{symbol}: {error}" for symbol, error in rejected.items())
        of = "the whole" if len(rejected) == len(self.keys) else "the rest of the"
        message = f"Kraken refused {of} {self.keys[0].channel} subscription: {reasons}"
        return SubscriptionError(message, rejected=rejected)

    def finish(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come."""
        super().finish(error)
        self._changed.set()

    async def wait_settled(self) -> None:
        """Wait until each subscription was accepted or refused, or nothing more will come."""
        while self._outstanding and not self.finished:
            self._changed = anyio.Event()
            await self._changed.wait()


class TradesIntake(Intake[Any]):
    """Give each trade once: a snapshot repeats the most recent ones after a reconnect."""

    __slots__ = ("_given", "_newest")

    def __init__(self, keys: Iterable[Key], limit: int, on_full: OnFull) -> None:
        super().__init__(keys, limit, on_full)
        self._given: dict[str, deque[int]] = {str(key.symbol): deque(maxlen=2 * TRADES) for key in self.keys}
        self._newest: dict[str, Any] = {}

    def put(self, item: Any) -> None:  # noqa: ANN401 - a Trade of either kind of numbers
        """Take one trade in, if it is news: ids count up, but a live one may come ahead of the snapshot."""
        given, newest = self._given[item.symbol], self._newest.get(item.symbol, item)
        if is_renumbered(item, newest):
            given.clear()
            self.put_gap(Gap(RENUMBERED.format(item.symbol)))
            newest = item
        elif item.trade_id in given or (len(given) == given.maxlen and item.trade_id < given[0]):
            return
        self._newest[item.symbol] = item if item.trade_id >= newest.trade_id else newest
        given.append(item.trade_id)
        super().put(item)

    def put_run(self, items: Sequence[Any]) -> None:
        """Take trades in that came together."""
        put_each(self, items)


class BookIntake(Intake[Any]):
    """Hold back the updates of a symbol until its snapshot is there: without one they mean nothing."""

    __slots__ = ("_awaited",)

    def __init__(self, keys: Iterable[Key], limit: int, on_full: OnFull) -> None:
        super().__init__(keys, limit, on_full, recovers=True)
        self._awaited = dict.fromkeys(key.symbol for key in self.keys)

    def put(self, item: Any) -> None:  # noqa: ANN401 - a BookMessage of either kind of numbers
        """Take one message in."""
        if not self._awaited or not self._waits_for_snapshot(item):
            super().put(item)

    def put_run(self, items: Sequence[Any]) -> None:
        """Take messages in that came together."""
        if self._awaited:
            put_each(self, items)
        else:
            super().put_run(items)

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:
        """Mark a place where something is missing: a snapshot of the symbol will follow it.

        Where one is awaited already there is nothing before the gap, or a gap.
        """
        if symbol not in self._awaited:
            self._awaited[symbol] = None
            super().put_gap(gap, symbol)

    def _resume(self) -> None:
        self._awaited = dict.fromkeys(key.symbol for key in self.keys)
        super()._resume()

    def _waits_for_snapshot(self, item: Any) -> bool:  # noqa: ANN401
        symbol = item.data[0].symbol
        if symbol in self._awaited and item.type == "snapshot":
            del self._awaited[symbol]
        return symbol in self._awaited
