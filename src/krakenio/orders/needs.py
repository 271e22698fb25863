"""Name what an intent needs of the session that it belongs to."""

from typing import TYPE_CHECKING, Protocol

from krakenio.links.context import Context
from krakenio.links.outbox import Request, Waiter
from krakenio.orders.pacing import Toll

if TYPE_CHECKING:
    from krakenio.orders.intent import Intent


class Desk(Protocol):
    """Be what an intent needs of its session."""

    context: Context

    @property
    def connected(self) -> bool:
        """Tell whether there is a connection."""
        ...

    @property
    def last_token(self) -> str | None:
        """Return the newest token, if there is one."""
        ...

    async def token(self) -> str:
        """Return a token, waiting only if there is none."""
        ...

    def queue(self, frame: bytes, req_id: int, waiter: Waiter) -> Request | None:
        """Queue a request; `None` without a connection."""
        ...

    def claim(self, intent: "Intent") -> None:
        """Count the intent's id as used; raises `InvalidRequest` if it was before."""
        ...

    def release(self, intent: "Intent") -> None:
        """Give the id back, since nothing was written."""
        ...

    def resolved(self, intent: "Intent") -> None:
        """Tell the user that an outcome is known after its call had ended."""
        ...

    def token_refused(self) -> None:
        """Fetch another token."""
        ...

    async def admit(self, intent: "Intent") -> None:
        """Wait until the matching engine will take the request, or raise `OrderNotSent`."""
        ...

    def hold(self, intent: "Intent") -> Toll:
        """Set aside what the request costs."""
        ...
