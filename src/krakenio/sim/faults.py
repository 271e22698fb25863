"""Plan what goes wrong: rules go in from a test, and the server asks the table at each place where a fault can strike.

A rule has a kind, says where it applies (None: everywhere) and how often (None: until it is lifted).
"""

from collections.abc import Callable
from dataclasses import dataclass

import anyio

from krakenio.sim.clock import SECOND

HOSTS = ("rest", "ws", "ws_auth", "ws_l3")


@dataclass(slots=True)
class Rule:
    """Hold one planned fault.

    Kinds: `refuse` (HTTP status before acceptance), `reject` (error before acceptance), `fail` (status or error after
    acceptance), `lose` (no answer after acceptance), `hold` (seconds before acceptance), `delay` (seconds before the
    answer leaves), `pend` (seconds before a cancel over REST is done), `take post only`; and of market data, where the
    method is the symbol: `checksum`, `digit`, `lose update`, `refill` (a level that comes back is not told),
    `lose snapshot`, `snapshot first`; of private channels: `lose report`.
    """

    kind: str
    host: str | None
    method: str | None
    value: int | float | str
    times: int | None

    def applies(self, kind: str, host: str, method: str) -> bool:
        """Tell whether the rule strikes here."""
        return self.kind == kind and self.host in {None, host} and self.method in {None, method}


class FaultTable:
    """Hold the rules, and which hosts are frozen until when."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._rules: list[Rule] = []
        self._frozen: dict[str, int] = {}
        self._sliced: dict[str, int] = {}
        self._thawed = anyio.Event()
        self.lag: int = 0  # nanoseconds after which an order is in REST's tables

    def plan(self, kind: str, host: str | None, method: str | None, value: float | str, times: int | None) -> None:
        """Add a rule; earlier rules strike first."""
        if host not in {None, *HOSTS}:
            message = f"no host {host!r}; expected None or one of {', '.join(HOSTS)}"
            raise ValueError(message)
        self._rules.append(Rule(kind, host, method, value, times))

    def take(self, kind: str, host: str, method: str) -> Rule | None:
        """Return the first rule that strikes here, and count it."""
        for rule in self._rules:
            if rule.applies(kind, host, method):
                self._count(rule)
                return rule
        return None

    def peek(self, kind: str, host: str, method: str) -> bool:
        """Tell whether a rule strikes here, without counting it."""
        return any(rule.applies(kind, host, method) for rule in self._rules)

    def seconds(self, kind: str, host: str, method: str) -> float:
        """Return how long a rule of this kind says to wait here."""
        rule = self.take(kind, host, method)
        return float(rule.value) if rule else 0.0

    def freeze(self, hosts: tuple[str, ...], seconds: float) -> None:
        """Let nothing through on these hosts for so long."""
        until = self._clock() + round(seconds * SECOND)
        self._frozen.update(dict.fromkeys(hosts, until))

    def slice(self, hosts: tuple[str, ...], most: int) -> None:
        """Send in pieces of so many bytes on these hosts."""
        self._sliced.update(dict.fromkeys(hosts, most))

    def pieces(self, host: str, data: bytes) -> list[bytes]:
        """Return what is to be sent as it leaves: whole, or in pieces."""
        most = self._sliced.get(host, len(data)) or 1
        return [data[begin : begin + most] for begin in range(0, len(data), most)]

    def clear(self) -> None:
        """Lift every rule, thaw every host and send whole again."""
        self._rules.clear()
        self._frozen.clear()
        self._sliced.clear()
        self.lag = 0
        self._thawed.set()
        self._thawed = anyio.Event()

    async def thawed(self, host: str) -> None:
        """Wait until the host lets bytes through."""
        while (left := self._frozen.get(host, 0) - self._clock()) > 0:
            with anyio.move_on_after(left / SECOND):
                await self._thawed.wait()

    def _count(self, rule: Rule) -> None:
        if rule.times is not None:
            rule.times -= 1
            if rule.times <= 0:
                self._rules.remove(rule)
