"""One subscription on the wire: who shares it, how far it has come, and what to send next."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeAlias

from krakenio.errors import ApiError
from krakenio.events import Gap
from krakenio.streams.mailbox import put_each
from krakenio.subscriptions.channels import CHANNELS, Key

Method = Literal["subscribe", "unsubscribe"]


class Sink(Protocol):
    """What a stream shows to its subscriptions."""

    def put(self, item: Any) -> None:  # noqa: ANN401 - each channel has its own items
        """Take one item."""
        ...

    def put_run(self, items: Sequence[Any]) -> None:
        """Take items that came together, in order."""
        ...

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:
        """Learn that something is missing, of one symbol or of the whole channel."""
        ...

    def settled(self, key: Key, error: ApiError | None) -> None:
        """Learn that Kraken accepted or refused one subscription."""
        ...


Audience: TypeAlias = tuple[Sink, ...]
"""Who gets the same; topics that one call attached share it, so that `is` tells in the router."""

NOBODY: Audience = ()


class Whole:
    """A sink that takes whole messages: where a snapshot begins and ends matters to it, as its past fills do."""

    def take(self, message: Any) -> None:  # noqa: ANN401 - each channel has its own
        """Take one message."""
        raise NotImplementedError

    def put(self, item: Any) -> None:  # noqa: ANN401 - each channel has its own
        """Take one row of what is known already."""
        raise NotImplementedError

    put_run = put_each

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:
        """Learn that something is missing."""
        raise NotImplementedError

    def settled(self, key: Key, error: ApiError | None) -> None:
        """Learn that Kraken accepted or refused the subscription."""
        raise NotImplementedError


class Wire:
    """One subscription on the wire and the sinks that share it."""

    __slots__ = ("after", "due", "key", "left", "live", "pending", "sinks", "stale", "subscribed")

    def __init__(self, key: Key) -> None:
        self.key: Key = key
        self.sinks: Audience = NOBODY
        self.subscribed: bool = False  # as Kraken acknowledged it
        self.live: bool = False  # the first message is here
        self.pending: Method | None = None  # sent and not answered
        self.stale: bool = False  # wants a new snapshot
        self.left: bool = False  # nobody wanted it any more: who came since waits until it is subscribed anew
        self.due: float = 0.0  # when the reply or the snapshot is overdue
        self.after: Wire | None = None  # another variant of the symbol, which must be unsubscribed first

    def next_method(self) -> Method | None:
        """Return what would bring it closer to what is wanted; nothing while a reply is awaited."""
        if self.pending is not None or self.after is not None:
            return None
        if not self.subscribed:
            return "subscribe" if self.sinks else None
        return "unsubscribe" if self.stale or not self.sinks else None

    @property
    def runs(self) -> bool:
        """Tell whether Kraken may send its messages: they can come ahead of the acknowledgement."""
        return self.subscribed or self.pending == "subscribe"

    @property
    def waits(self) -> bool:
        """Tell whether a reply or the snapshot that it promised is still to come."""
        promised = CHANNELS[self.key.channel].snapshot and self.key.asks_for_snapshot
        return self.pending is not None or (self.subscribed and not self.live and not self.stale and promised)


def tell_gap(wire: Wire, gap: Gap) -> None:
    """Tell everyone who shares it that something is missing; who waits for its beginning misses nothing."""
    for sink in () if wire.left else wire.sinks:
        sink.put_gap(gap, wire.key.symbol)
