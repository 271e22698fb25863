"""What is measured: in, a name; out, what the source sends and what its client asks for."""

from dataclasses import dataclass
from typing import Literal

FULL_SPEED, PACED, STAMPED = "blast", "pace", "lat"


@dataclass(frozen=True)
class Workload:
    """One kind of traffic: `mode` and `traffic` are the source's, `hz` messages a second (0: as fast as may be).

    `secure`: over TLS, one record a message; else over plain TCP. `linger`: the source leaves the connection open at
    the end, for clients that drop what they have not delivered yet when it closes.
    """

    mode: str
    channels: tuple[str, ...]
    traffic: str = "mix"
    depth: Literal[10, 100] = 10
    hz: int = 0
    secure: bool = True
    linger: bool = False

    @property
    def query(self) -> str:
        """Return what the source must know of it."""
        hz = f"&hz={self.hz}" if self.hz else ""
        return f"/{self.mode}?f={self.traffic}&rec=1&linger={int(self.linger)}{hz}"


WORKLOADS = {
    "mix": Workload(FULL_SPEED, ("book", "ticker", "trade")),
    "plain": Workload(FULL_SPEED, ("book", "ticker", "trade"), secure=False),
    "clients": Workload(FULL_SPEED, ("book", "ticker", "trade"), linger=True),
    "clients-plain": Workload(FULL_SPEED, ("book", "ticker", "trade"), secure=False, linger=True),
    "books": Workload(FULL_SPEED, ("book",), traffic="books", depth=100),
    "paced": Workload(PACED, ("book", "ticker", "trade"), hz=10_000),
    "latency": Workload(STAMPED, ("book",), hz=1_000),
}
