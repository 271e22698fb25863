"""What can be read of an order request at any time: method and parameters go in, names and times come out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from krakenio.clock import utc
from krakenio.errors import ApiError, OrderNotSent, OrderOutcomeUnknown, api_error
from krakenio.errors.advice import explain
from krakenio.limits.pricing import named
from krakenio.links.context import Context
from krakenio.orders.intents.deadlines import CLOCKS, MARGIN
from krakenio.orders.intents.identity import same_form, tag_key
from krakenio.orders.intents.outcome import Acknowledged, Outcome
from krakenio.rest.permissions import needed


def only_checks(params: Mapping[str, Any]) -> bool:
    """Tell whether Kraken is to check a request only: with `validate` nothing is placed (ws-v2-trading §0)."""
    return bool(params.get("validate"))


class Record:
    """Know how one request stands: `NOT_SENT` before anything has happened to it."""

    __slots__ = (
        "__weakref__", "_context", "_departed", "_departed_ns", "_places", "acknowledged", "cl_ord_id", "deadline_ns",
        "error", "grouped", "key", "method", "namesake", "order_id", "outcome", "own_tag", "params", "written_ns",
    )  # fmt: skip

    def __init__(self, method: str, params: Mapping[str, Any], context: Context) -> None:
        self.method: str = method
        self.params: dict[str, Any] = dict(params)
        name = self.params.get("cl_ord_id")
        self.cl_ord_id: str | None = name if isinstance(name, str) else None
        self._places = method in {"add_order", "edit_order"} and not only_checks(self.params)
        self.outcome: Outcome = Outcome.NOT_SENT
        self.order_id: str | None = None
        self.error: ApiError | None = None
        self.acknowledged: Acknowledged | None = None
        self.deadline_ns: int | None = None
        self.written_ns: int | None = None
        self.grouped: bool = False  # a group cancels it by its names
        self.own_tag: bool = False  # its `order_userref` is no other order's
        self.key: str | None = self.cl_ord_id and same_form(self.cl_ord_id)  # what tells its order from all others
        self.namesake: str | None = None  # the order that had its name when it was sent, of somebody else
        self._context = context
        self._departed = 0  # when it was written, by a clock that nobody sets
        self._departed_ns = 0  # and in Kraken's time as it was known then

    def __repr__(self) -> str:
        """Show the request's name and what became of it."""
        return f"<Intent {self._title}: {self.outcome.value}>"

    @property
    def name(self) -> str:
        """Return what the request names: its order, or all that it cancels; the new order where it names none."""
        return self.cl_ord_id or ", ".join(named(self.params)) or self.order_id or self.key or ""

    @property
    def _title(self) -> str:
        """Return the method, and the name where there is one: what cancels all names nothing."""
        return f"{self.method} {self.name}".rstrip()

    def own_its_tag(self) -> None:
        """Know that no other order has its `order_userref`, which tells it from all others then."""
        self.own_tag, self.key = True, tag_key(self.params["order_userref"])

    @property
    def new_names(self) -> tuple[str, ...]:
        """Return the client ids that this request would give to new orders."""
        return (self.cl_ord_id,) if self._places and self.cl_ord_id is not None else ()

    @property
    def new_key(self) -> str | None:
        """Return what tells the order that it would place from all others."""
        return self.key if self._places else None

    @property
    def charged(self) -> Mapping[str, Any]:
        """Return what names the orders that the request is charged for."""
        return self.params

    @property
    def since_ns(self) -> int:
        """Return from when on, in Kraken's time, a change may be this request's: more may be known of it since."""
        return min(self._departed_ns, self._departed + self._context.skew.offset) - CLOCKS

    @property
    def decided_ns(self) -> int:
        """Return when Kraken has decided, in its time: at the deadline; what has none is counted as done at once."""
        return self._departed_ns if self.deadline_ns is None else self.deadline_ns

    @property
    def decided(self) -> bool:
        """Tell whether Kraken's tables are certain to show what became of it: its deadline and a margin have passed."""
        return self.seconds_until_deadline(MARGIN) <= 0

    def seconds_until_deadline(self, margin: float = 0.0) -> float:
        """Return how far ahead the deadline and a margin are, in Kraken's time; negative once they have passed."""
        return (self.decided_ns - self._context.kraken_ns()) / 1e9 + margin

    def departed(self, written_ns: int, steady_ns: int, kraken_ns: int) -> None:
        """Note when it was written, by three clocks; what becomes of it is unknown from then on."""
        self.written_ns, self._departed, self._departed_ns = written_ns, steady_ns, kraken_ns
        self.outcome = Outcome.UNKNOWN

    @property
    def deadline(self) -> datetime | None:
        """Return the order's deadline in Kraken's time."""
        return None if self.deadline_ns is None else utc(self.deadline_ns)

    @property
    def written_at(self) -> datetime | None:
        """Return when the request was handed to the socket, in our time."""
        return None if self.written_ns is None else utc(self.written_ns)

    def refusal(self, text: str) -> ApiError:
        """Make the error that Kraken's text says, which does not tell what it refuses: notes do."""
        error, symbol = api_error(text), self.params.get("symbol")
        asked = f"{self.method} {self.name:.60}{f' of {symbol}' if symbol else ''}"
        explain(error, asked, needed(self.method))
        return error

    def not_sent(self, why: str) -> OrderNotSent:
        """Make the error that says that nothing was sent, and why."""
        return OrderNotSent(f"{why}: nothing of {self.method} was sent", cl_ord_id=self.cl_ord_id)

    def unknown(self) -> OrderOutcomeUnknown:
        """Make the error that says that it was sent and no reply came."""
        message = f"no reply told what became of {self._title}: await intent.resolve()"
        return OrderOutcomeUnknown(
            message, cl_ord_id=self.cl_ord_id, deadline=self.deadline, written_at=self.written_at
        )
