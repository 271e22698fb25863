"""Run the markets: orders, changes and cancels go in, each with a transaction of all that it changed coming out.

An order may wait for its time and for its price before it meets the book; what a trade sets off (triggers, conditional
closes) follows it in transactions of their own. Nothing here awaits: a request happens at once.
"""

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

from krakenio.sim.accounts.account import TAKER_FEE, held_asset
from krakenio.sim.chance import Ids
from krakenio.sim.engine import triggers
from krakenio.sim.engine.closes import spawned
from krakenio.sim.engine.matching import Matcher, walk, walked_cost
from krakenio.sim.engine.terms import Terms
from krakenio.sim.markets.listing import Market
from krakenio.sim.markets.orders import Fill, Order, Transaction
from krakenio.sim.markets.places import Place

_WOULD_TAKE = "Post only order"

__all__ = ["Engine", "Place", "Publish"]

Publish = Callable[[Place, Transaction], None]


class Engine:
    """Own all markets' books; `publish` hears of each transaction once it is complete."""

    def __init__(self, clock: Callable[[], int], ids: Ids, markets: Mapping[str, Market], publish: Publish) -> None:
        self.places: dict[str, Place] = {symbol: Place(market) for symbol, market in markets.items()}
        self._clock, self._ids, self._publish = clock, ids, publish
        self._matcher = Matcher(ids)
        self._work: deque[Callable[[], None]] = deque()
        self._working = False
        self._named: dict[str, Place] = {}
        for place in self.places.values():
            self._named |= dict.fromkeys([name for name in place.names if name not in self._named], place)

    def find(self, name: str | None) -> Place | None:
        """Return the market of any of its names."""
        return self._named.get(name or "")

    def rest(self, order: Order) -> None:
        """Put an order into the book that meets no other, and tell nobody: before the exchange opens."""
        order.status = "new"
        place = self.places[order.market.symbol]
        order.queued = place.stamp(order.opened)
        place.book.side(order.side).add(order)

    def submit(self, order: Order) -> None:
        """Take an order: it waits for its time, for its price, or meets the book."""
        place, deal = self._begin(order)
        if order.account is not None:
            order.account.enter(order)
        deal.report(order, "pending_new")
        if order.effective is not None and order.effective > deal.time:
            place.waiting[order.order_id] = order
        else:
            self._open(place, order, deal)
        self._finish(place, deal)

    def start(self, order: Order) -> None:
        """Begin with an order whose time has come."""
        place, deal = self._begin(order)
        del place.waiting[order.order_id]
        self._open(place, order, deal, funded=False)
        self._finish(place, deal)

    def cancel(self, order: Order, reason: str, kind: str = "canceled") -> None:
        """End an open order: `canceled` or `expired`."""
        place, deal = self._begin(order)
        if place.waiting.pop(order.order_id, None) is None:
            place.book.side(order.side).remove(order)
            deal.touch("delete", order)
        self._matcher.end(order, kind, deal, reason)
        self._finish(place, deal)

    def amend(self, order: Order, qty: int) -> None:
        """Change an open order's quantity: less of it keeps its place in the queue, more loses it."""
        place, deal = self._begin(order)
        if qty > order.qty:
            order.queued = place.stamp(deal.time)
        place.book.side(order.side).amend(order, qty, order.display)
        deal.touch("modify", order)
        self._finish(place, deal)

    def change(self, order: Order, terms: Terms) -> None:
        """Amend an account's order: it keeps its place unless its price changes or its quantity rises."""
        place, deal = self._begin(order)
        if order.order_id in place.waiting:
            self._change_waiting(place, order, terms, deal)
        elif terms.price == order.price and order.filled < terms.qty <= order.qty:
            place.book.side(order.side).amend(order, terms.qty, terms.display)
            deal.touch("modify", order)
            deal.report(order, "amended")
        else:
            self._move(place, order, terms, deal)
        self._finish(place, deal)

    def set_index(self, place: Place, price: int) -> None:
        """Give a market another index price, and fire what waited for it."""
        place.index = price
        self._look(place, (price,), "index")
        self._run()

    def crosses(self, order: Order, price: int) -> bool:
        """Tell whether an order would trade at another price."""
        side = self.places[order.market.symbol].book.against(order.side)
        return side.best is not None and not side.worse(side.best, price)

    def _begin(self, order: Order) -> tuple[Place, Transaction]:
        return self.places[order.market.symbol], Transaction(order.market, self._clock())

    def _open(self, place: Place, order: Order, deal: Transaction, *, funded: bool = True) -> None:
        """Let an order live from now on."""
        if reason := self._stillborn(place, order):
            self._matcher.end(order, "canceled", deal, reason)
            return
        order.status = "new"
        deal.report(order, "new")
        if order.trigger is not None:
            place.waiting[order.order_id] = order
        else:
            self._enter(place, order, deal, funded=funded)

    def _stillborn(self, place: Place, order: Order) -> str:
        """Return why an order ends before it lives, if it does."""
        if order.trigger is None:
            return _WOULD_TAKE if self._would_take(order) else ""
        reference = place.reference(order.trigger.reference)
        triggers.arm(order, reference)
        return "Order would trigger immediately" if triggers.reached(order, reference) else ""

    def _would_take(self, order: Order) -> bool:
        return order.post_only and self.crosses(order, order.price)

    def _enter(self, place: Place, order: Order, deal: Transaction, *, funded: bool) -> None:
        """Let an order meet the book; one that has waited may not fit its owner's balance any more."""
        if not funded and not _affordable(place, order):
            self._matcher.end(order, "canceled", deal, "Insufficient funds")
        elif self._would_take(order):
            self._matcher.end(order, "canceled", deal, _WOULD_TAKE)
        else:
            if order.time_in_force != "fok" or sum(qty for _, qty in walk(place, order)) >= order.remaining:
                self._matcher.match(place, order, deal)
            self._settle_rest(place, order, deal)

    def _settle_rest(self, place: Place, order: Order, deal: Transaction) -> None:
        if not order.is_open:
            return
        if not order.priced or order.time_in_force in {"ioc", "fok"}:
            self._matcher.end(order, "canceled", deal, "Immediate or cancel")
            return
        order.queued = place.stamp(deal.time)
        place.book.side(order.side).add(order)
        deal.touch("add", order)

    def _move(self, place: Place, order: Order, terms: Terms, deal: Transaction) -> None:
        """Take an order out of the book and put it in anew; below what is filled it ends."""
        place.book.side(order.side).remove(order)
        deal.touch("delete", order)
        terms.apply(order)
        deal.report(order, "amended")
        if not order.remaining:
            self._matcher.end(order, "canceled", deal, "User requested")
            return
        self._matcher.match(place, order, deal)
        self._settle_rest(place, order, deal)

    def _change_waiting(self, place: Place, order: Order, terms: Terms, deal: Transaction) -> None:
        """Change an order that is in no book; a trigger that the price has reached by now fires at once."""
        armed = terms.trigger is not None or terms.offset is not None
        terms.apply(order)
        if order.trigger is not None and armed:
            price = place.reference(order.trigger.reference)
            triggers.arm(order, price)
            self._work.append(partial(self._watch, place, order, price))
        deal.report(order, "amended")

    def _finish(self, place: Place, deal: Transaction) -> None:
        """Tell of a transaction, then do what its trades set off: one after the other, however many follow."""
        place.note_best(deal.time)
        self._publish(place, deal)
        if deal.trades and place.waiting:
            self._work.append(partial(self._look, place, tuple(trade.price for trade in deal.trades)))
        for report in deal.reports:
            if report.fill is not None and report.order.close is not None:
                self._work.append(partial(self._close, place, report.fill))
        self._run()

    def _run(self) -> None:
        if self._working:
            return
        self._working = True
        try:
            while self._work:
                self._work.popleft()()
        finally:
            self._working = False

    def _look(self, place: Place, prices: tuple[int, ...], reference: str = "last") -> None:
        """Show prices to all orders that wait for one of this reference."""
        for price in prices:
            for order in list(place.waiting.values()):
                if order.trigger is not None and order.trigger.reference == reference:
                    self._watch(place, order, price)

    def _watch(self, place: Place, order: Order, price: int) -> None:
        if order.order_id not in place.waiting or order.status == "pending_new":
            return
        outcome = triggers.watch(order, price)
        if outcome == "none":
            return
        _, deal = self._begin(order)
        if outcome == "fired" and order.trigger is not None:
            del place.waiting[order.order_id]
            order.trigger.fired, order.trigger.last = deal.time, price
        deal.report(order, "status")
        if outcome == "fired":
            self._enter(place, order, deal, funded=False)
        self._finish(place, deal)

    def _close(self, place: Place, fill: Fill) -> None:
        """Make the order that closes what a fill opened."""
        self.submit(spawned(fill, self._ids.make("O"), self._clock(), place.last))


def _affordable(place: Place, order: Order) -> bool:
    """Tell whether the owner can pay what an order would trade now: stops may meet a worse book than foreseen."""
    account = order.account
    if account is None or order.side == "sell":
        return True
    own = account.hold_of(order)
    return walked_cost(place, order) * (1 + TAKER_FEE) <= account.available(held_asset(order)) + own
