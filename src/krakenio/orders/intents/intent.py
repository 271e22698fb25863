"""Hold one order request from before it is sent until its outcome is certain: contract B is kept here.

An intent is made without awaiting, so its `outcome` can be read at any time, also after a cancel. The writer and the
reader tell it what happens; the caller only waits, and its cleanup awaits nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import anyio

from krakenio.bell import Bell
from krakenio.errors import ApiError, InvalidSession, KrakenError, OrderNotSent
from krakenio.links.timing import learn
from krakenio.messages import Execution, Reply, rfc3339
from krakenio.orders.intents.deadlines import MARGIN, REPLY_AFTER_REPORT, REPLY_WITHIN, deadline_ns
from krakenio.orders.intents.gates import Gate
from krakenio.orders.intents.needs import Desk, Sent, Toll, Via
from krakenio.orders.intents.outcome import FINAL, Acknowledged, Outcome, acknowledged
from krakenio.orders.intents.record import Record
from krakenio.tasks import let_cancels_go_first
from krakenio.waits import Wait


class Intent(Record):
    """One order request: read `outcome` at any time, `await submit()` once, `await resolve()` if it is unknown.

    `cl_ord_id` names the order for Kraken (`None` where `order_userref` does), `order_id` is Kraken's name
    once known. `error` is Kraken's refusal, `acknowledged` its answer to what it took; each `None` where there is none.
    `deadline` is when the engine refuses it at the latest, `written_at` when it left; UTC, `None` before.
    """

    __slots__ = (  # a dict of so many would take five times as much, and 10 000 are remembered
        "_bell", "_desk", "_gate", "_look", "_proof", "_request", "_road", "_timed", "_told", "_toll", "_trouble",
        "_wait", "_waiting", "_withdrawn",
    )  # fmt: skip

    outcome: Outcome  # said once more for type checkers: what is set here counts as declared here
    cl_ord_id: str | None
    order_id: str | None
    error: ApiError | None
    acknowledged: Acknowledged | None
    deadline_ns: int | None
    written_ns: int | None

    def __init__(
        self,
        desk: Desk,
        method: str,
        params: Mapping[str, Any],
        look: "Callable[[Intent], Awaitable[Outcome]]",
        *,
        timed: bool,
        gate: Gate | None = None,
        via: Via = "ws",
    ) -> None:
        super().__init__(method, params, desk.context)
        self._desk = desk
        self._road = desk.road(via)
        self._road.check(method, self.params)
        self._look = look
        self._timed = timed
        self._told = self._waiting = False
        self._bell = Bell()
        self._toll: Toll | None = None
        self._gate = Gate() if gate is None else gate
        self._request: Sent | None = None
        self._trouble: KrakenError | None = None
        self._withdrawn: OrderNotSent | None = None
        self._proof: Acknowledged | None = None
        self._wait: Wait | None = None

    @property
    def parts(self) -> "Sequence[Intent]":
        """Return the requests in it that have outcomes of their own."""
        return (self,)

    async def submit(self) -> Acknowledged:
        """Send the request and wait for Kraken's reply.

        Raises Kraken's refusal as an `ApiError`; `OrderNotSent` if no byte was written; `OrderOutcomeUnknown` if the
        reply was lost. A cancel leaves unchanged, and `outcome` says what it left behind (contract B2 to B5).
        """
        context = self._context
        context.check_loop()  # before anything of its own loop is awaited
        await context.checkpoint()
        token, left = await self._admitted()
        request = self._queue(token, left)
        began = context.now()
        self._wait = wait = context.waits.until(began + self._seconds_to_wait())
        self._gate.enter(self)
        try:
            await wait.over()
        finally:
            self._gate.leave(self)
            self._leave(request)
        return self._result(began)

    async def resolve(self) -> Outcome:
        """Find out what became of it; may be cancelled and repeated (contract B8).

        Answers `NOT_ACCEPTED` only once the deadline, the clock skew and a margin have passed and Kraken has the order
        neither among the open nor then among the closed ones. Raises REST's errors: it is `UNKNOWN` still, ask later.
        """
        await self.settled()
        if self.outcome is Outcome.UNKNOWN:
            self._decide(await self._look(self))
        return self.outcome

    async def settled(self) -> None:
        """Wait until what became of it is known, or Kraken's tables are certain to show it."""
        await anyio.lowlevel.checkpoint()
        self._context.check_loop()
        while self.outcome is Outcome.UNKNOWN and (seconds := self.seconds_until_deadline(MARGIN)) > 0:
            with anyio.move_on_after(seconds):
                await self._bell.rung()

    def check_gate(self) -> None:
        """Refuse an order that may not go out any more."""
        self._gate.check(self.cl_ord_id)

    def withdraw(self, why: OrderNotSent) -> None:
        """Take it back if nothing of it is written yet; whoever waits for it is told why."""
        if self._request is not None and self._request.state == "queued" and self._request.give_up():
            self._withdrawn = why
            self._take_back()
            self._tell()

    # what the writer and the reader tell

    def written(self) -> None:
        """Learn that the bytes are on their way; from here on it is the reply that is waited for."""
        context = self._context
        self.departed(context.clock(), context.steady_ns(), context.kraken_ns())
        if self._wait is not None:
            self._wait.deadline = context.now() + self._seconds_to_wait()
        if self._toll is not None:
            self._toll.written()

    def answered(self, reply: Reply) -> bool:
        """Learn Kraken's reply; one to a new order that names none decides nothing."""
        learn(self._context, self._departed, reply)
        if reply.ok and (reply.row.order_id or not self._places):
            self.accept(acknowledged(reply))
        else:
            self._not_taken(reply)
        return True

    def lost(self, *, written: bool) -> None:
        """Learn that the connection ended before a reply came."""
        if not written:
            self._take_back()
        self.believe()
        self._tell()

    def failed(self, trouble: KrakenError, *, written: bool) -> None:
        """Learn that no answer of Kraken's will come, and why."""
        self._trouble = trouble
        self.lost(written=written)

    def accept(self, acknowledged: Acknowledged) -> None:
        """Learn that Kraken has the order, from its reply or from its execution reports."""
        self.order_id = acknowledged.order_id or self.order_id
        self.acknowledged = acknowledged
        if self._toll is not None:
            self._toll.accepted()
        self._desk.accepted(self)
        self._decide(Outcome.ACKED)

    def shown(self, name: str, report: Execution) -> None:  # noqa: ARG002 - of several orders it matters which
        """Learn from an order's report that Kraken did it; a reply says more, so it counts where none comes."""
        self._proof = Acknowledged(report.order_id, report.cl_ord_id)
        self._hurry()

    def believe(self) -> None:
        """Take a report for the reply that did not come."""
        if self._proof is not None and self.outcome is Outcome.UNKNOWN:
            self.accept(self._proof)

    # steps

    async def _admitted(self) -> tuple[str, float]:
        """Wait for its turn; return the token to send with, and the seconds that the caller's scopes leave it."""
        self._check_new()
        token = await self._road.ready(self)
        if await self._desk.admit(self):  # after a wait that token may be of a connection that has ended
            token = await self._road.ready(self)
        if (left := self._context.ends() - self._context.now()) <= 0:  # else it would show as too short a deadline (A3)
            await let_cancels_go_first()
        self._check_new()
        return token, left

    def _hurry(self) -> None:
        """Wait for the reply only a moment longer, if anyone still does."""
        if self._waiting and self._wait is not None:
            self._wait.deadline = min(self._wait.deadline, self._context.now() + REPLY_AFTER_REPORT)
        elif not self._waiting:
            self.believe()

    def _check_new(self) -> None:
        if self._waiting or self.outcome is not Outcome.NOT_SENT:
            message = f"{self!r} was submitted before; prepare another one, under another cl_ord_id"
            raise RuntimeError(message)
        self.check_gate()

    def _tell(self) -> None:
        """Wake whoever waits: there is something to know."""
        self._told = True
        self._bell.ring()
        if self._wait is not None:
            self._wait.set()

    def _leave(self, request: Sent) -> None:
        """Take the request back if it is not written, else let a late reply find it; awaits nothing."""
        if request.give_up() and not self._told:
            self._take_back()
        self.believe()
        self._waiting, self._request, self._wait = False, None, None  # else a ring of two is left to the collector
        self._desk.left(self)

    def _queue(self, token: str, left: float) -> Sent:
        send = self._road.pack(self, {**self.params, **self._deadline(left)}, token)
        self._desk.claim(self)
        request = send()
        if request is None:
            self._take_back()
            raise self.not_sent("the connection to Kraken's private host was lost just now")
        self._waiting, self._told, self._request = True, False, request
        self._note()
        return request

    def _note(self) -> None:
        """Do what no byte has to wait for, while the request travels; nothing can be heard of it in between."""
        self._desk.enter(self)
        self._toll = self._desk.hold(self, self.seconds_until_deadline(MARGIN))
        if self.written_ns is not None:
            self._toll.written()

    def _deadline(self, left: float) -> dict[str, str]:
        """Take the order's deadline from the seconds that are left until the caller's scopes end (contract B9)."""
        if not self._timed:
            return {}
        now = self._context.kraken_ns()
        self.deadline_ns = deadline_ns(left, now, self.cl_ord_id, self._road.least)
        return {"deadline": rfc3339(self.deadline_ns)}

    def _seconds_to_wait(self) -> float:
        """Return how long its turn is waited for, and once it is written the reply."""
        if self.written_ns is not None:
            return REPLY_WITHIN + max(0.0, self.seconds_until_deadline())
        return self.seconds_until_deadline() - self._road.least if self._timed else REPLY_WITHIN

    def _take_back(self) -> None:
        self.outcome, self.written_ns = Outcome.NOT_SENT, None
        if self._toll is not None:
            self._toll.withdrawn()
        self._desk.release(self)

    def _not_taken(self, reply: Reply) -> None:
        """Be refused if the reply says so and why; else reports and `resolve()` decide, as where none came (B4)."""
        if reply.refusal is not None:
            self._refuse(self.refusal(reply.refusal))
        else:
            self._doubt(self.refusal(reply.error) if reply.error else None)

    def _doubt(self, error: ApiError | None) -> None:
        self.error = error
        self._decide(Outcome.UNKNOWN)

    def _refuse(self, error: ApiError) -> None:
        if isinstance(error, InvalidSession):
            self._desk.token_refused()
        self.error = error
        if self._toll is not None:
            self._toll.refused(error)
        self._decide(Outcome.UNKNOWN if error.ambiguous else Outcome.REJECTED)

    def _decide(self, outcome: Outcome) -> None:
        if self.outcome in FINAL:
            return
        self.outcome = outcome
        self._desk.decided(self)
        if outcome is Outcome.NOT_ACCEPTED and self._toll is not None:
            self._toll.absent()
        self._tell()
        if not self._waiting and outcome is not Outcome.UNKNOWN:
            self._desk.resolved(self)

    def _result(self, began: float) -> Acknowledged:
        if self.outcome is Outcome.ACKED and self.acknowledged is not None:
            return self.acknowledged
        if self.outcome is Outcome.REJECTED and self.error is not None:
            raise self.error
        if self._withdrawn is not None:
            raise type(self._withdrawn)(str(self._withdrawn), cl_ord_id=self.cl_ord_id)
        if self.outcome is Outcome.NOT_SENT:
            lost = str(self._trouble or "the connection ended before")
            why = lost if self._told else f"others before it took {self._context.now() - began:.1f} s"
            raise self.not_sent(why) from self._trouble
        raise self.unknown() from self.error or self._trouble
