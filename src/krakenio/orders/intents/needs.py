"""Name what an intent needs of the session that it belongs to."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from krakenio.errors import ApiError
from krakenio.links.context import Context
from krakenio.links.outbox import Request, Waiter

if TYPE_CHECKING:
    from krakenio.orders.intents.intent import Intent


Via = Literal["ws", "rest"]
"""The way to Kraken: the private socket, or REST where the user says so."""


class Sent(Protocol):
    """A request on its way."""

    @property
    def state(self) -> str:
        """Tell how far it is: `queued` while it can be taken back."""
        ...

    def give_up(self) -> bool:
        """Want the reply no longer; true if no byte was or will be written."""
        ...


class Road(Protocol):
    """One way to Kraken; `least` is how many seconds ahead a deadline must lie."""

    least: float

    def check(self, method: str, params: Mapping[str, Any]) -> None:
        """Refuse what cannot go this way."""
        ...

    async def ready(self, intent: "Intent") -> str:
        """Wait until the way is open, or raise `OrderNotSent`; return the token to send with."""
        ...

    def pack(self, intent: "Intent", params: Mapping[str, Any], token: str) -> Callable[[], Sent | None]:
        """Write a request down; what comes out queues it, and returns `None` without a connection."""
        ...


class Toll(Protocol):
    """What a request has set aside of the matching engine's counter, from when it is queued until Kraken's answer."""

    def written(self) -> None:
        """Count it."""
        ...

    def withdrawn(self) -> None:
        """Give it back, since nothing was written."""
        ...

    def accepted(self) -> None:
        """Know that Kraken's next word about the counter includes it."""
        ...

    def absent(self) -> None:
        """Learn that Kraken never had the order."""
        ...

    def refused(self, error: ApiError) -> None:
        """Learn what a refusal tells about the counter."""
        ...

    def heard(self, refusals: Iterable[ApiError]) -> None:
        """Learn what refusals of its orders tell about the counter, though others may have been taken."""
        ...


class Desk(Protocol):
    """What an intent needs of its session."""

    context: Context

    @property
    def connected(self) -> bool:
        """Tell whether there is a connection."""
        ...

    @property
    def last_token(self) -> str | None:
        """Return the newest token, if there is one."""
        ...

    def road(self, via: Via) -> Road:
        """Return a way to Kraken."""
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

    def enter(self, intent: "Intent") -> None:
        """Know an intent from when it is sent."""
        ...

    def release(self, intent: "Intent") -> None:
        """Give the id back, since nothing was written."""
        ...

    def accepted(self, intent: "Intent") -> None:
        """Learn that Kraken has the order."""
        ...

    def left(self, intent: "Intent") -> None:
        """Learn that nobody waits for the intent any more."""
        ...

    def decided(self, intent: "Intent") -> None:
        """Learn that there is an order, or that there will be none."""
        ...

    def resolved(self, intent: "Intent") -> None:
        """Tell the user that an outcome is known after its call had ended."""
        ...

    def token_refused(self) -> None:
        """Fetch another token."""
        ...

    async def admit(self, intent: "Intent") -> bool:
        """Wait until the matching engine will take the request, or raise `OrderNotSent`; true if it had to."""
        ...

    def hold(self, intent: "Intent", within: float) -> Toll:
        """Set aside what the request costs; after `within` seconds it cannot become an order any more."""
        ...
