"""Be the desk of a session's orders: requests ask it for what they need, reports tell it what became of them.

`Orders` is `s.orders`. It hears every execution report first, so an order whose reply was lost is known as soon as
Kraken speaks of it.
"""

from collections.abc import Callable
from functools import partial

from msgspec import structs

from krakenio.bell import Bell
from krakenio.errors import ApiError, InvalidRequest
from krakenio.events import Gap, OrderResolved
from krakenio.links.context import Context
from krakenio.links.link import Link
from krakenio.links.outbox import Request, Waiter
from krakenio.links.token import Token
from krakenio.messages import Execution
from krakenio.orders.account.executions import Executions
from krakenio.orders.account.table import OrderTable
from krakenio.orders.checks.markets import Markets
from krakenio.orders.groups.group import GRACE, OrderGroup
from krakenio.orders.intents.gates import Gate
from krakenio.orders.intents.identity import same_form
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.needs import Road, Via
from krakenio.orders.intents.outcome import Outcome
from krakenio.orders.limits import Limits
from krakenio.orders.resolving.cancelledger import CancelLedger
from krakenio.orders.resolving.doubts import Doubts
from krakenio.orders.resolving.ledger import Ledger
from krakenio.orders.resolving.names import Names
from krakenio.orders.resolving.reported import Reported
from krakenio.orders.resolving.survey import Survey
from krakenio.orders.sending.pacing import Pacing, Toll
from krakenio.orders.sending.roads import RestRoad, SocketRoad
from krakenio.orders.stopping import Stopping
from krakenio.orders.switches.deadman import DeadManSwitch
from krakenio.process import UsedIds
from krakenio.rest import Rest
from krakenio.streams.mailbox import put_each
from krakenio.subscriptions.channels import EXECUTIONS, Key


class Orders(Stopping):
    """Trade over the private socket: `add`, `cancel`, or `prepare` first to hold the outcome in hand."""

    def __init__(
        self, context: Context, link: Link, token: Token, used: UsedIds, rest: Rest, check_open: Callable[[], None]
    ) -> None:
        self.context = context
        self.pacing: Pacing = Pacing(context)
        self._check_open = check_open
        self._link = link
        self._token = token
        self._used = used
        self.rest: Rest = rest
        self.markets: Markets = Markets(context, rest, self.pacing.ages)
        self.gate: Gate = Gate()
        self.bell: Bell = Bell()
        self.switch: DeadManSwitch | None = None
        self._roads: dict[str, Road] = {"ws": SocketRoad(self), "rest": RestRoad(self)}
        self.executions: Executions = Executions(context, rest, link.renew, self._learn)
        self._names: Names = Names(self.known)
        self._doubts: Doubts = Doubts()
        self._reported: Reported = Reported(context)
        self._survey: Survey = Survey(context, rest, partial(self.in_doubt, "add_order", "edit_order"))
        self._ledger = Ledger(rest, self._names, self._survey)
        cancels = partial(self.in_doubt, "cancel_order", "batch_cancel", "cancel_all")
        standing = lambda: self.executions.journal.open  # noqa: E731 - the journal comes with the executions
        self._cancel_ledger: CancelLedger = CancelLedger(context, rest, self.undecided, cancels, standing)

    def __repr__(self) -> str:
        """Show whether the open orders are known, and how many there are."""
        known, halted = "in sync" if self.in_sync else "not in sync", ", halted" if self.halted else ""
        return f"<Orders {known}: {len(self.executions.journal.open)} open{halted}>"

    def dead_man_switch(self, timeout: int) -> DeadManSwitch:
        """Keep Kraken's dead-man's switch armed: `async with s.orders.dead_man_switch(60): ...` (contract H).

        `timeout`: whole seconds after the last sign of life at which Kraken cancels all orders of the account. It is
        armed anew at each quarter of it, and disarmed where the block is left normally; else it stays armed.
        Raises `InvalidRequest` for a second one at the same time, on entering Kraken's refusal.
        """
        self._check_open()
        return DeadManSwitch(self, timeout)

    def open_group(self, grace: float = GRACE) -> OrderGroup:
        """Open a group of orders that cannot outlive its block unnoticed (contract I).

        `async with s.orders.open_group() as group: await group.add(...)`. However the block is left, what is still open
        is cancelled, for which leaving waits at most `grace` seconds. What is not confirmed by then is told: by
        `OrdersLeftOpen`, or beside another exception by a note, `group.unconfirmed` and the event `OrdersUnconfirmed`.
        """
        self._check_open()
        return OrderGroup(self, grace)

    @property
    def in_sync(self) -> bool:
        """Tell whether the open orders are known as Kraken has them: connected, nothing missing."""
        return self.listed and self.executions.whole

    @property
    def open(self) -> OrderTable:
        """Return the open orders of the account, live: iterate, `find` one by either of its names, await its end."""
        return OrderTable(self.executions, lambda: self.in_sync)

    @property
    def limits(self) -> Limits:
        """Read how near the matching engine's limits are."""
        return Limits(self.context.engine, self.pacing.ages)

    def intent(self, cl_ord_id: str) -> Intent | None:
        """Return the intent of an order of this session; they are kept for 10 minutes, at most 10 000 (contract B6)."""
        return self._names.find(cl_ord_id)

    # what intents ask for

    @property
    def listed(self) -> bool:
        """Tell whether this connection's snapshot of the open orders has come."""
        return self._link.is_live(EXECUTIONS)

    @property
    def ended(self) -> bool:
        """Tell whether the session has ended."""
        return self.executions.finished

    @property
    def connected(self) -> bool:
        """Tell whether the private socket is up."""
        self._check_open()
        return self._link.connection is not None

    def road(self, via: Via) -> Road:
        """Return a way to Kraken."""
        if (road := self._roads.get(via)) is None:
            message = f"via: pass 'ws' or 'rest', not {via!r}"
            raise InvalidRequest(message)
        return road

    async def token(self) -> str:
        """Return the newest token; a live private subscription keeps even an expired one good."""
        self._check_open()
        return self._token.last or await self._token.get()

    def queue(
        self, frame: bytes, req_id: int, waiter: Waiter, *, first: bool = False, awaited: bool = True
    ) -> Request | None:
        """Queue a request on the private socket, ahead of all others if it must go first."""
        return self._link.request(frame, req_id, waiter, first=first, awaited=awaited)

    @property
    def last_token(self) -> str | None:
        """Return the newest token."""
        return self._token.last

    def take_switch(self, switch: DeadManSwitch) -> None:
        """Refuse a second dead-man's switch."""
        self._check_usable()
        if self.switch is not None:
            message = (
                "dead_man_switch: there is one already, and Kraken has a single one for the whole account: put "
                "everything that it must guard into one block"
            )
            raise InvalidRequest(message)
        self.switch = switch

    def drop_switch(self) -> None:
        """Let another one be armed."""
        self.switch = None

    def open_names(self) -> list[str]:
        """Return the names of the orders that are open as far as is known."""
        return self.pacing.ages.open_names(self.context.now())

    def claim(self, intent: Intent) -> None:
        """Refuse an id that was sent before (contract B10)."""
        used = self._used.use_all(list(map(same_form, intent.new_names)))
        if used is not None:
            name = next(name for name in intent.new_names if same_form(name) == used)
            message = (
                f"cl_ord_id {name!r} was sent before; Kraken compares it with open orders only and could place a "
                f"second order: use a new id"
            )
            raise InvalidRequest(message)

    def enter(self, intent: Intent) -> None:
        """Know an intent, and doubt it, from when it is sent."""
        now = self.context.now()
        for part in intent.parts:
            self._doubts.enter(part, now)
            self._names.enter(part, now)

    def release(self, intent: Intent) -> None:
        """Give back the id of an order of which nothing was written."""
        for name in intent.new_names:
            self._used.release(same_form(name))
        self.left(intent)

    def accepted(self, intent: Intent) -> None:
        """Count an order as open from Kraken's acknowledgement on."""
        if intent.order_id and intent.method in {"add_order", "edit_order"}:
            self.executions.placed(intent.order_id, intent.params)
            self.pacing.placed(intent.order_id, intent.cl_ord_id, intent.params["symbol"])

    def known(self, name: str) -> Execution | None:
        """Return what is known of an order by either of its names, every field as Kraken told it last."""
        standing = self.executions.journal.find(name)
        return None if standing is None else standing.report

    def left(self, intent: Intent) -> None:
        """Doubt no longer what is known."""
        for part in intent.parts:
            self._doubts.leave(part)

    async def admit(self, intent: Intent) -> bool:
        """Wait until the matching engine will take the request; true if it had to."""
        return await self.pacing.admit(intent.method, intent.charged, intent.check_gate)

    def hold(self, intent: Intent, within: float) -> Toll:
        """Set aside what the request costs; after `within` seconds it cannot become an order any more."""
        return self.pacing.hold(intent.method, intent.charged, within)

    def decided(self, intent: Intent) -> None:
        """Count an order as open or not, each of a batch by itself, and one that was amended as young."""
        for name in intent.new_names if intent.method == "add_order" else ():
            self.pacing.decided(name, intent.outcome)
        if intent.method == "amend_order" and intent.outcome is Outcome.ACKED:
            self.pacing.amended(intent.params.get("order_id") or intent.params["cl_ord_id"])

    def resolved(self, intent: Intent) -> None:
        """Publish what became known after the call had ended."""
        self._doubts.leave(intent)
        at, outcome = self.context.clock(), intent.outcome.value
        self.context.publish(OrderResolved(at=at, method=intent.method, cl_ord_id=intent.name, outcome=outcome))

    def token_refused(self) -> None:
        """Fetch another token (contract G2)."""
        self._token.invalidate()

    # what the executions channel tells

    def put(self, item: Execution) -> None:
        """Learn from an execution report that a request was taken, though its reply may be lost."""
        self.pacing.heard(self._as_sent(item))
        self._learn(item)
        self.bell.ring()

    put_run = put_each

    def _as_sent(self, item: Execution) -> Execution:
        """Return a report with the name as it was sent: Kraken keeps 128 bits, and may tell a UUID otherwise."""
        intent = self.intent(item.cl_ord_id) if item.cl_ord_id else None
        if intent is None or intent.cl_ord_id in {None, item.cl_ord_id}:
            return item
        return structs.replace(item, cl_ord_id=intent.cl_ord_id)

    def _learn(self, item: Execution) -> None:
        """Settle what a report shows, whether the stream told it or REST does after an outage (contract B6)."""
        intent = self._names.of(item)
        if intent is not None:
            self._reported.heard(intent, item, self.context.now())
        self._doubts.heard(item)
        own = self.intent(item.cl_ord_id or "")
        if own is not None and own.order_id == item.order_id:  # others may have had the name
            self.pacing.ages.ended(item)

    def put_gap(self, gap: Gap, symbol: str | None = None) -> None:  # noqa: ARG002 - the protocol's signature
        """Forget what is open: the next snapshot lists it."""
        self.pacing.ages.gap(self.context.now(), listed=self.listed)

    def settled(self, key: Key, error: ApiError | None) -> None:  # noqa: ARG002 - the protocol's signature
        """Look again: after a snapshot it is known what is open."""
        self.bell.ring()

    def _check_usable(self) -> None:
        self._check_open()
        self.context.check_loop()

    def _keep(self, intent: Intent, *, own_tag: bool) -> None:
        if own_tag:
            intent.own_its_tag()
        self._names.keep(intent, self.context.now())
