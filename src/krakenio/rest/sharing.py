"""Share among all clients of one event loop what Kraken counts for a key or an address: a counter, and the turn.

Nonces must arrive in their order whichever session takes them (contract C1), so a turn lasts from the nonce to the
answer. Clients in other event loops share the nonces only: each loop has a clock of its own.
"""

from weakref import WeakKeyDictionary

from anyio.lowlevel import RunVar

from krakenio.limits.rest import Rate, RestCounter
from krakenio.process import KeyUse, Shared
from krakenio.rest.lane import Turn


class Use:
    """One counter and one turn."""

    def __init__(self, rate: Rate) -> None:
        self.counter: RestCounter = RestCounter(rate)
        self.turn: Turn = Turn()


_USES: RunVar["WeakKeyDictionary[KeyUse | Shared, Use]"] = RunVar("krakenio.rest.sharing")


def use_of(owner: KeyUse | Shared, rate: Rate) -> Use:
    """Return what all clients in this event loop share, for a key or for an address."""
    try:
        uses = _USES.get()
    except LookupError:
        uses = WeakKeyDictionary[KeyUse | Shared, Use]()
        _USES.set(uses)
    return uses.setdefault(owner, Use(rate))
