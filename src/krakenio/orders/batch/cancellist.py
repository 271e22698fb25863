"""Hold the cancel of several orders in one request: replies go in, an outcome for each order comes out.

Kraken answers a list with one reply for each order, and a refusal names no order: which one it means follows once all
others have their answer. Source: cancel_order in Kraken's WebSocket v2 reference. Only what concerns whoever asks, or
the request as a whole, ends it before.
"""

from collections.abc import Sequence
from typing import Any

from krakenio.errors import (
    ApiError,
    AuthenticationError,
    InvalidArguments,
    InvalidSession,
    PermissionDenied,
    RateLimited,
    TemporaryLockout,
    api_error,
)
from krakenio.links.timing import learn
from krakenio.messages import Execution, Reply, Result
from krakenio.orders.batch.legs import Leg, Look, Many
from krakenio.orders.intents.identity import same_form
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.needs import Desk, Via
from krakenio.orders.intents.outcome import Acknowledged, Outcome, acknowledged_row

_OF_THE_ASKER = (AuthenticationError, InvalidSession, PermissionDenied, TemporaryLockout)
_ANONYMOUS = "Kraken refused several cancels of one request for different reasons, and does not say which for which"


class CancelList(Many):
    """The cancel of several orders in one request: `outcomes` tells what became of each, by its id.

    Its own `outcome` is `ACKED` once each order has its answer, whatever that is; `REJECTED` if Kraken refused it as
    a whole. `acknowledged.count` is the number of orders that were cancelled.
    """

    __slots__ = ("_by_name", "_errors", "_field", "_look_for", "_named", "_unnamed", "_vague")

    def __init__(self, desk: Desk, field: str, names: Sequence[str], look: Look) -> None:
        legs = [Leg(desk, "cancel_order", {field: [name]}, look, timed=False) for name in names]
        super().__init__(desk, "cancel_order", {field: list(names)}, legs, self._look_for_all, timed=False)
        self._look_for = look
        self._field = field
        self._by_name = dict(zip(map(same_form, names), self.legs, strict=True))
        self._errors: list[ApiError] = []
        self._unnamed = 0  # answers that say yes, and not to what
        self._vague = 0  # answers that say neither yes nor why not
        self._named: dict[str, None] = {}

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Return the outcome of each id, in the order of the request."""
        return {name: leg.outcome for name, leg in zip(self.params[self._field], self.legs, strict=True)}

    @property
    def parts(self) -> Sequence[Intent]:
        """Return it and its cancels: a report may still settle one of them when it has ended itself."""
        return (self, *self.legs)

    def answered(self, reply: Reply) -> bool:
        """Take one of the replies; true once nothing more can come."""
        learn(self._context, self._departed, reply)
        if reply.ok:
            for row in reply.rows or [reply.row]:
                self._take(row)
        elif reply.refusal is None:
            self._vague += 1
        elif is_of_all(error := api_error(reply.refusal)):
            return self._refused_whole(error)
        else:
            self._errors.append(error)
        return self._settled()

    def shown(self, name: str, report: Execution) -> None:
        """Learn that one of the orders was cancelled."""
        self._by_name[name].shown(name, report)
        if all(leg.is_shown for leg in self.legs):
            self._hurry()

    def believe(self) -> None:
        """Take reports for the replies that did not come."""
        super().believe()
        if self.outcome is Outcome.UNKNOWN and all(leg.outcome is Outcome.ACKED for leg in self.legs):
            self._finish()

    async def _look_for_all(self, intent: Intent) -> Outcome:
        """Look whether its orders are gone: if they are, each of them is."""
        outcome = await self._look_for(intent)
        for leg in [leg for leg in self.legs if leg.outcome is Outcome.UNKNOWN and outcome is Outcome.ACKED]:
            leg.accept(Acknowledged(""))
        return outcome

    def _take(self, row: Result) -> None:
        name = same_form(getattr(row, self._field) or "")
        if name not in self._by_name:
            self._unnamed += 1
        elif name not in self._named:  # one that comes again is no answer for another order
            self._named[name] = None
            self._by_name[name].accept(acknowledged_row(row))

    def _settled(self) -> bool:
        """Give the rest their outcome once as many answers have come as there are orders."""
        if len(self.legs) > len(self._named) + self._unnamed + self._vague + len(self._errors):
            return False
        error = _in_common(self._errors)
        for leg in [leg for leg in self.legs if leg.outcome is Outcome.UNKNOWN]:
            self._settle(leg, error)
        if all(leg.outcome is Outcome.UNKNOWN for leg in self.legs):
            self._doubt(error)
        else:
            self._finish()
        return True

    def _settle(self, leg: Leg, error: ApiError | None) -> None:
        """Give an order that no answer names what all such answers say; where they differ it stays unknown."""
        if self._vague or (error and self._unnamed):
            return
        if error:
            leg.refused(error)
        else:
            leg.accept(Acknowledged(""))

    def _refused_whole(self, error: ApiError) -> bool:
        """Learn that Kraken does not take the rest of the request, for a reason that is no order's."""
        for leg in self.legs:
            if leg.outcome is Outcome.UNKNOWN:
                leg.refused(error)
        if any(leg.outcome is Outcome.ACKED for leg in self.legs):
            self._finish()
        else:
            self._refuse(error)
        return True

    def _finish(self) -> None:
        count = sum(leg.outcome is Outcome.ACKED for leg in self.legs)
        self.accept(Acknowledged("", count=count))


class BatchCancel(Intent):
    """One `batch_cancel`; its reply says how many orders were cancelled, and not which."""

    __slots__ = ("_left",)

    def __init__(self, desk: Desk, ids: Sequence[str], names: Sequence[str], look: Look, via: Via) -> None:
        params: dict[str, Any] = {"orders": ids} | ({"cl_ord_id": names} if names else {})
        super().__init__(desk, "batch_cancel", params, look, timed=False, via=via)
        self._left = dict.fromkeys(map(same_form, [*ids, *names]))

    def shown(self, name: str, report: Execution) -> None:
        """Learn that one of the orders was cancelled; once all were, no reply is needed."""
        self._left.pop(name, None)
        if not self._left:
            super().shown(name, report)


def is_of_all(error: ApiError) -> bool:
    """Tell whether an error is no single order's: of whoever asks, or of a request that was not even read."""
    if isinstance(error, RateLimited):
        return error.category != "Order"
    unread = isinstance(error, InvalidArguments) and error.category in {"API", "Gateway"}
    return unread or isinstance(error, _OF_THE_ASKER)


def _in_common(errors: Sequence[ApiError]) -> ApiError | None:
    """Return what is true of each order that was refused, if any was: where one may be cancelled, each may."""
    error = next((each for each in errors if each.ambiguous), errors[0] if errors else None)
    if error is not None and any(str(each) != str(error) for each in errors):
        error.add_note(_ANONYMOUS)
    return error
