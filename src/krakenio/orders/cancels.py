"""Cancel orders: one id or a list of them goes in, an intent with an outcome for each comes out.

Kraken answers a list with one reply for each order, and a refusal names no order: which one it means follows once all
others have their answer. Source: cancel_order in Kraken's WebSocket v2 reference.
"""

from collections.abc import Mapping, Sequence
from typing import Any, overload

from krakenio.errors import ApiError, InvalidRequest, api_error
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
        self._named = 0

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Return the outcome of each id, in the order of the request."""
        return {name: leg.outcome for name, leg in self._by_name.items()}

    def answered(self, reply: Reply) -> bool:
        """Take one of the replies; true once nothing more can come."""
        self._watch.stop(reply)
        if reply.ok:
            self._take(reply.row)
            return self._settled()
        error = api_error(reply.error or "Kraken gave no reason")
        if error.category != "Order":
            return self._refused_whole(error)
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
        leg = self._by_name.get(getattr(row, self._field) or "")
        if leg is None:
            self._unnamed += 1
        else:
            self._named += 1
            leg.accept(acknowledged_row(row))

    def _settled(self) -> bool:
        """Give the rest their outcome once as many answers have come as there are orders."""
        if len(self.legs) > self._named + self._unnamed + len(self._errors):
            return False
        for leg in [leg for leg in self.legs if leg.outcome is Outcome.UNKNOWN]:
            if not self._unnamed:
                leg.refused(_in_common(self._errors))
            elif not self._errors:
                leg.accept(Acknowledged(""))
        self._finish()
        return True

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


def _in_common(errors: Sequence[ApiError]) -> ApiError:
    """Return what is true of each order that was refused: where one may have been cancelled, each may."""
    error = next((each for each in errors if each.ambiguous), errors[0])
    if any(str(each) != str(error) for each in errors):
        error.add_note(_ANONYMOUS)
    return error
