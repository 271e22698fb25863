"""Hold what an account has beside its orders: transfers, addresses, allocations, reports. Nanoseconds go in and out."""

from dataclasses import dataclass, field
from decimal import Decimal

from krakenio.sim.clock import SECOND

SETTLES_AFTER = 60 * SECOND
"""How long a transfer, an allocation or a report is on its way; Kraken's own times are not published."""


def method_of(asset: str) -> str:
    """Return the one way in and out that an asset has here, by its v2 name."""
    return "Bitcoin" if asset == "BTC" else f"{asset} network"


@dataclass(slots=True)
class Move:
    """Hold one deposit or withdrawal; `canceled` is when the owner took it back."""

    refid: str
    asset: str
    amount: Decimal
    fee: Decimal
    time: int
    method: str
    info: str
    key: str = ""
    txid: str = ""
    canceled: bool = False

    def settled(self, now: int) -> bool:
        """Tell whether it has arrived."""
        return not self.canceled and now - self.time >= SETTLES_AFTER


@dataclass(slots=True)
class Saved:
    """Hold one address to withdraw to."""

    key: str
    asset: str
    method: str
    address: str
    address_id: str
    description: str = ""


@dataclass(slots=True)
class Allocation:
    """Hold what lies in one strategy, and the operation that runs: a signed amount since a time."""

    strategy: str
    asset: str
    amount: Decimal = Decimal(0)
    moving: Decimal = Decimal(0)
    since: int = 0

    @property
    def ends(self) -> int:
        """Return when the operation that runs will have ended."""
        return self.since + SETTLES_AFTER

    def settle(self, now: int) -> Decimal:
        """Let a running operation end when its time has come; return what has moved by that."""
        if now < self.ends:
            return Decimal(0)
        moved, self.moving = self.moving, Decimal(0)
        self.amount += moved
        return moved


@dataclass(slots=True)
class Report:
    """Hold one report that was ordered."""

    report_id: str
    kind: str
    description: str
    form: str
    fields: str
    created: int
    start: int
    end: int

    def status(self, now: int) -> str:
        """Return how far it is."""
        age = now - self.created
        return "Processed" if age >= 10 * SECOND else "Processing" if age >= 2 * SECOND else "Queued"


@dataclass(slots=True)
class Vault:
    """Hold all of it for one account."""

    deposits: list[Move] = field(default_factory=list[Move])
    withdrawals: list[Move] = field(default_factory=list[Move])
    addresses: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    saved: dict[str, Saved] = field(default_factory=dict[str, Saved])
    earning: dict[str, Allocation] = field(default_factory=dict[str, Allocation])
    reports: dict[str, Report] = field(default_factory=dict[str, Report])
    subaccounts: list[str] = field(default_factory=list[str])
