"""Keep what all sessions of one process share, for each exchange: its connection budget and the order ids used up.

Kraken bans an address, not a session (contract G5), and an order id that was sent must never be sent again (B10).
"""

from hashlib import blake2b
from weakref import WeakKeyDictionary

from krakenio.backoff import ConnectionBudget
from krakenio.endpoints import Dial, Endpoints


class UsedIds:
    """Remember every `cl_ord_id` that was written as an add, in 8 bytes each."""

    def __init__(self) -> None:
        self._used: set[bytes] = set()  # only ever asked for membership, so its order shows nowhere

    def use(self, cl_ord_id: str) -> bool:
        """Count an id as used; false if it was before."""
        mark = _mark(cl_ord_id)
        fresh = mark not in self._used
        self._used.add(mark)
        return fresh

    def release(self, cl_ord_id: str) -> None:
        """Give back an id of which no byte was written."""
        self._used.discard(_mark(cl_ord_id))


def _mark(cl_ord_id: str) -> bytes:
    return blake2b(cl_ord_id.encode(), digest_size=8).digest()


class Shared:
    """Be what the sessions with one exchange share."""

    def __init__(self) -> None:
        self.budget: ConnectionBudget = ConnectionBudget()
        self.used_ids: UsedIds = UsedIds()


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
