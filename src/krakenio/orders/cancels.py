"""Cancel orders: one id or a list of them goes in, an intent with an outcome for each comes out.

Kraken answers a list with one reply for each order, and a refusal names no order: which one it means follows once all
others have their answer. Source: cancel_order in Kraken's WebSocket v2 reference. Only what concerns whoever asks, or
the request as a whole, ends it before.
"""

from collections.abc import Mapping, Sequence
from typing import Any, overload

from krakenio.errors import (
    ApiError,
    AuthenticationError,
    InvalidArguments,
    InvalidRequest,
    InvalidSession,
    PermissionDenied,
    RateLimited,
    TemporaryLockout,
    api_error,
)
from krakenio.messages import Execution, Reply, Result
from krakenio.orders.batch import Leg, Look, Many
from krakenio.orders.changefields import MOST_CANCELS, check_names, one_name, order_id
from krakenio.orders.changing import Changing
from krakenio.orders.fields import Check, client_order_id
from krakenio.orders.intent import Intent
from krakenio.orders.needs import Desk, Via
from krakenio.orders.outcome import Acknowledged, Outcome, acknowledged_row

Ids = list[str] | tuple[str, ...]

_CHECKS: Mapping[str, Check] = {"order_id": order_id, "cl_ord_id": client_order_id}
_ONE_BY_ONE = 'cancel: REST takes one id at a time; batch_cancel(order_id=[...], via="rest") takes 2 to 50'
_OF_THE_ASKER = (AuthenticationError, InvalidSession, PermissionDenied, TemporaryLockout)
_ANONYMOUS = "Kraken refused several cancels of one request for different reasons, and does not say which for which"


class CancelList(Many):
    """Be the cancel of several orders in one request: `outcomes` tells what became of each, by its id.

    Its own `outcome` is `ACKED` once each order has its answer, whatever that is; `REJECTED` if Kraken refused it as
    a whole. `acknowledged.count` is the number of orders that were cancelled.
    """

    def __init__(self, desk: Desk, field: str, names: Sequence[str], look: Look) -> None:
        legs = [Leg(desk, "cancel_order", {field: [name]}, look, timed=False) for name in names]
        super().__init__(desk, "cancel_order", {field: list(names)}, legs, look, timed=False)
        self._field = field
        self._by_name = dict(zip(names, self.legs, strict=True))
        self._errors: list[ApiError] = []
        self._unnamed = 0  # answers that say yes, and not to what
        self._vague = 0  # answers that say neither yes nor why not
        self._named: dict[str, None] = {}

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Return the outcome of each id, in the order of the request."""
        return {name: leg.outcome for name, leg in self._by_name.items()}

    @property
    def parts(self) -> Sequence[Intent]:
        """Return it and its cancels: a report may still settle one of them when it has ended itself."""
        return (self, *self.legs)

    def answered(self, reply: Reply) -> bool:
        """Take one of the replies; true once nothing more can come."""
        self._watch.stop(reply)
        if reply.ok:
            for row in reply.rows or [reply.row]:
                self._take(row)
        elif reply.refusal is None:
            self._vague += 1
        elif _is_of_all(error := api_error(reply.refusal)):
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

    def _take(self, row: Result) -> None:
        name = getattr(row, self._field) or ""
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
    """Be one `batch_cancel`; its reply says how many orders were cancelled, and not which."""

    def __init__(self, desk: Desk, ids: Sequence[str], names: Sequence[str], look: Look, via: Via) -> None:
        params: dict[str, Any] = {"orders": ids} | ({"cl_ord_id": names} if names else {})
        super().__init__(desk, "batch_cancel", params, look, timed=False, via=via)
        self._left = dict.fromkeys([*ids, *names])

    def shown(self, name: str, report: Execution) -> None:
        """Learn that one of the orders was cancelled; once all were, no reply is needed."""
        self._left.pop(name, None)
        if not self._left:
            super().shown(name, report)


class Cancelling(Changing):
    """Offer the cancels by name."""

    def prepare_batch_cancel(
        self, *, order_id: Sequence[str] = (), cl_ord_id: Sequence[str] = (), via: Via = "ws"
    ) -> Intent:
        """Check the cancel of 2 to 50 orders without sending anything."""
        self._check_usable()
        ids, names = check_names(order_id, cl_ord_id)
        return BatchCancel(self._desk, ids, names, self._ledger.look_for_cancel, via)

    async def batch_cancel(
        self, *, order_id: Sequence[str] = (), cl_ord_id: Sequence[str] = (), via: Via = "ws"
    ) -> Acknowledged:
        """Cancel 2 to 50 orders in one request; `count` tells how many were, not which: the executions do."""
        prepare = lambda: self.prepare_batch_cancel(order_id=order_id, cl_ord_id=cl_ord_id, via=via)  # noqa: E731
        return await (await self.checked(prepare)).submit()

    @overload
    def prepare_cancel(
        self, *, order_id: str | None = None, cl_ord_id: str | None = None, via: Via = "ws"
    ) -> Intent: ...
    @overload
    def prepare_cancel(self, *, order_id: Ids) -> CancelList: ...
    @overload
    def prepare_cancel(self, *, cl_ord_id: Ids) -> CancelList: ...
    def prepare_cancel(
        self, *, order_id: str | Ids | None = None, cl_ord_id: str | Ids | None = None, via: Via = "ws"
    ) -> Intent:
        """Check a cancel without sending anything; name the order by one of its ids, or several by a list."""
        self._check_usable()
        field = one_name("cancel", {"order_id": order_id, "cl_ord_id": cl_ord_id})
        given = order_id if field == "order_id" else cl_ord_id
        if isinstance(given, list | tuple):
            if via != "ws":
                raise InvalidRequest(_ONE_BY_ONE)
            return CancelList(self._desk, field, _checked(field, given), self._ledger.look_for_cancel)
        params = {field: [_CHECKS[field](given, field)]}
        return Intent(self._desk, "cancel_order", params, self._ledger.look_for_cancel, timed=False, via=via)

    @overload
    async def cancel(
        self, *, order_id: str | None = None, cl_ord_id: str | None = None, via: Via = "ws"
    ) -> Acknowledged: ...
    @overload
    async def cancel(self, *, order_id: Ids) -> CancelList: ...
    @overload
    async def cancel(self, *, cl_ord_id: Ids) -> CancelList: ...
    async def cancel(
        self, *, order_id: str | Ids | None = None, cl_ord_id: str | Ids | None = None, via: Via = "ws"
    ) -> Acknowledged | CancelList:
        """Cancel one order and wait for Kraken's reply; an order that is gone already raises `UnknownOrder`.

        With a list of ids all are cancelled by one request, and nothing raises for a single one: read `outcomes`.
        """
        names: Any = {"order_id": order_id, "cl_ord_id": cl_ord_id, "via": via}
        intent: Intent = await self.checked(lambda: self.prepare_cancel(**names))
        return await intent.place() if isinstance(intent, CancelList) else await intent.submit()


def _checked(field: str, given: Ids) -> list[str]:
    names = [str(_CHECKS[field](each, field)) for each in dict.fromkeys(given)]
    if not 1 <= len(names) <= MOST_CANCELS:
        message = f"cancel: pass 1 to {MOST_CANCELS} ids at once, not {len(names)}"
        raise InvalidRequest(message)
    return names


def _is_of_all(error: ApiError) -> bool:
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
