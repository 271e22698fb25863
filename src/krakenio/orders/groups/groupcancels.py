"""Cancel many orders from a library task: names go in, and what Kraken said of each comes out.

Over the socket only the execution reports tell of single orders; over REST each order has its own answer.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import anyio

from krakenio.errors import ApiError, KrakenError, UnknownOrder, api_error
from krakenio.links.outbox import Request
from krakenio.messages import Reply, encode
from krakenio.orders.intents.intent import Intent
from krakenio.orders.sending.asking import AskingDesk
from krakenio.orders.sending.pacing import Pacing, Toll

CHUNK = 50
"""Orders that Kraken cancels in one batch."""


class CancellingDesk(AskingDesk, Protocol):
    """What cancelling needs of a session."""

    pacing: Pacing


class GroupCancel:
    """One request that cancels orders, on its way."""

    def __init__(self, toll: Toll) -> None:
        self._toll = toll

    def written(self) -> None:
        """Count what it costs."""
        self._toll.written()

    def answered(self, reply: Reply) -> bool:
        """Learn what it cost; the reports tell which orders are gone."""
        if reply.ok:
            self._toll.accepted()
        elif reply.refusal is not None:
            self._toll.refused(api_error(reply.refusal))
        return True

    def lost(self, *, written: bool) -> None:
        """Give back what was set aside."""
        if not written:
            self._toll.withdrawn()


def queue_cancels(desk: CancellingDesk, intents: Sequence[Intent], gone: str | None) -> list[Request]:
    """Queue the cancels ahead of everything, without waiting for the counter; nothing without a connection.

    Kraken takes a batch even where it lifts the counter over its threshold, but no batch of one: `gone` is the id of an
    order that is gone already, to make up a second one. Orders that have no
    `order_id` yet are cancelled one by one, since a batch of `cl_ord_id` alone is (unverified).
    """
    ids = [intent.order_id for intent in intents if intent.order_id]
    names = [intent.cl_ord_id for intent in intents if not intent.order_id and intent.cl_ord_id]
    asked = [_by_ids(desk, ids[at : at + CHUNK], gone) for at in range(0, len(ids), CHUNK)]
    asked += [("cancel_order", {"cl_ord_id": [name]}) for name in names]
    requests = [_queue(desk, method, params) for method, params in asked]
    return [request for request in requests if request is not None]


def _by_ids(desk: CancellingDesk, ids: list[str], gone: str | None) -> tuple[str, dict[str, Any]]:
    alone = {"order_id": ids}
    if len(ids) == 1 and (gone is None or desk.pacing.fits("cancel_order", alone)):
        return "cancel_order", alone
    return "batch_cancel", {"orders": ids if len(ids) > 1 or gone is None else [*ids, gone]}


def _queue(desk: CancellingDesk, method: str, params: dict[str, Any]) -> Request | None:
    if desk.last_token is None:
        return None
    toll, req_id = desk.pacing.hold(method, params), desk.context.next_id()
    frame = encode(method, {**params, "token": desk.last_token}, req_id)
    request = desk.queue(frame, req_id, GroupCancel(toll), first=True, awaited=False)
    if request is None:
        toll.withdrawn()
    return request


async def cancel_over_rest(desk: CancellingDesk, intent: Intent, within: float) -> bool:
    """Cancel one order over REST; true if Kraken says that it is not open, or not any more."""
    toll = desk.pacing.hold("cancel_order", {"orders": [intent.order_id or intent.cl_ord_id]})
    toll.written()  # the same counter, whichever way the request takes
    with anyio.move_on_after(within):
        try:
            cancelled = await desk.rest.trading.cancel_order(**_named(intent))
        except ApiError as error:
            toll.refused(error)
            return isinstance(error, UnknownOrder)
        except KrakenError:
            return False
        toll.accepted()
        return cancelled.count > 0 and not cancelled.pending
    return False


def _named(intent: Intent) -> Any:  # noqa: ANN401 - one of two keywords
    return {"txid": intent.order_id} if intent.order_id else {"cl_ord_id": intent.cl_ord_id}
