"""Keep what the demo saw: quotes, balances, orders, gaps and broken promises go in; the summary reads them."""

from dataclasses import dataclass, field
from decimal import Decimal

from krakenio import Health, Intent
from krakenio.cli.footprint import Held
from krakenio.cli.oracle import Oracle
from krakenio.messages import Ticker


@dataclass(slots=True)
class Tally:
    """The record of one run.

    `blind` names the streams of which nothing has come since their last gap; `broken` says in words which promises did
    not hold.
    """

    quotes: dict[str, Ticker[Decimal]] = field(default_factory=dict[str, Ticker[Decimal]])
    balances: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    intents: list[Intent] = field(default_factory=list[Intent])
    told_unknown: int = 0
    executions: int = 0
    gaps: int = 0
    blind: dict[str, None] = field(default_factory=dict[str, None])
    health: Health | None = None
    oracle: Oracle = field(default_factory=Oracle)
    leaks: list[Held] = field(default_factory=list[Held])
    interrupted: bool = False
    broken: list[str] = field(default_factory=list[str])

    def promise(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001 - it reads as a sentence
        """Note what did not hold."""
        if not holds:
            self.broken.append(otherwise)

    def missed(self, stream: str) -> None:
        """Count a gap: until the next item this stream shows the past."""
        self.gaps += 1
        self.blind[stream] = None

    def seen(self, stream: str) -> None:
        """Note that a stream shows the present."""
        self.blind.pop(stream, None)

    def name(self, cl_ord_id: str | None) -> str:
        """Call an order by its number in this run: client order ids are too long to be read."""
        ids = [intent.cl_ord_id for intent in self.intents]
        return f"order {ids.index(cl_ord_id) + 1}" if cl_ord_id in ids else "an order"

    @property
    def messages(self) -> int:
        """Return how many messages came in over all sockets."""
        return sum(link.received for link in self.health.links.values()) if self.health else 0

    @property
    def reconnects(self) -> int:
        """Return how often a socket was opened after its first time."""
        return sum(max(0, link.connects - 1) for link in self.health.links.values()) if self.health else 0
