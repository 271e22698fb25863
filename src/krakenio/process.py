"""Keep what all sessions of one process share, for each exchange: its connection budget, order ids and nonces.

Kraken bans an address, not a session (contract G5), an order id that was sent must never be sent again (B10), and a
key's nonces rise whichever session takes one (C1).
"""

from collections.abc import Sequence
from hashlib import blake2b
from threading import Lock
from weakref import WeakKeyDictionary

from krakenio.backoff import ConnectionBudget
from krakenio.endpoints import Dial, Endpoints


class UsedIds:
    """Remember every `cl_ord_id` that was written as an add, by its hash of 64 bits."""

    def __init__(self) -> None:
        self._used: set[int] = set()  # only ever asked for membership, so its order shows nowhere

    def use(self, cl_ord_id: str) -> bool:
        """Count an id as used; false if it was before."""
        mark = hash(cl_ord_id)
        fresh = mark not in self._used
        self._used.add(mark)
        return fresh

    def use_all(self, cl_ord_ids: Sequence[str]) -> str | None:
        """Count ids as used, all or none; return the first that was used before."""
        for place, each in enumerate(cl_ord_ids):
            if not self.use(each):
                for fresh in cl_ord_ids[:place]:
                    self.release(fresh)
                return each
        return None

    def release(self, cl_ord_id: str) -> None:
        """Give back an id of which no byte was written."""
        self._used.discard(hash(cl_ord_id))


class KeyUse:
    """What all uses of one key share: the last nonce."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = Lock()  # other threads may have event loops of their own

    def nonce(self, clock: int) -> int:
        """Return a nonce above all before it, whatever the clock does."""
        with self._lock:
            self._last = max(clock, self._last + 1)
            return self._last


class Shared:
    """What the sessions with one exchange share."""

    def __init__(self) -> None:
        self.budget: ConnectionBudget = ConnectionBudget()
        self.used_ids: UsedIds = UsedIds()
        self._keys: dict[bytes, KeyUse] = {}

    def key(self, api_key: str) -> KeyUse:
        """Return what the uses of a key share; the key itself is not kept."""
        mark = blake2b(api_key.encode(), digest_size=8).digest()
        return self._keys.setdefault(mark, KeyUse())


_BY_HOSTS: dict[tuple[str, ...], Shared] = {}
_BY_DIAL: WeakKeyDictionary[Dial, Shared] = WeakKeyDictionary()


def shared(endpoints: Endpoints) -> Shared:
    """Return what all sessions of this process share for one exchange, for as long as the process lives.

    The hosts tell exchanges apart, whatever else differs; where `dial` leads elsewhere, as into memory, it does.
    """
    if endpoints.dial is not None:
        return _BY_DIAL.setdefault(endpoints.dial, Shared())
    hosts = (endpoints.rest, endpoints.ws, endpoints.ws_auth, endpoints.ws_l3)
    return _BY_HOSTS.setdefault(hosts, Shared())
