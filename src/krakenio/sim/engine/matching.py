"""Match one order against a book: an order goes in, the trades and all that follows from them go into a transaction.

Price-time priority, makers at their price, self-trade prevention; what an iceberg hides trades after all that is
shown at its price. Nothing here awaits.
"""

from decimal import Decimal

from krakenio.sim.accounts.account import MAKER_FEE, TAKER_FEE, cost_of, rounded
from krakenio.sim.chance import Ids
from krakenio.sim.markets.book import Side
from krakenio.sim.markets.orders import Fill, Order, Trade, Transaction
from krakenio.sim.markets.places import Place


class Matcher:
    """Make trades, and book them."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def match(self, place: Place, order: Order, deal: Transaction) -> None:
        """Trade an order with whatever it meets."""
        side = place.book.against(order.side)
        while order.remaining and order.is_open and (price := side.best) is not None and crosses(order, price, side):
            resting = next(iter(side.levels[price].orders.values()))
            if order.account is not None and resting.account is order.account:
                self._prevent(place, order, resting, deal)
            else:
                self._trade(place, order, resting, deal)
        for refilled in deal.refilled:
            if refilled.is_open:  # as if it had come anew: its place in the queue is another
                deal.events += [("delete", refilled), ("add", refilled)]
        deal.refilled.clear()

    def end(self, order: Order, status: str, deal: Transaction, reason: str | None = None) -> None:
        """End an order: `filled`, `canceled` or `expired`."""
        order.status, order.reason, order.closed = status, reason, deal.time
        if order.account is not None:
            order.account.leave(order)
        deal.report(order, status)

    def _trade(self, place: Place, taker: Order, maker: Order, deal: Transaction) -> None:
        qty = min(taker.remaining, maker.visible)
        place.trade_id += 1
        time = place.stamp(deal.time)
        kind = "limit" if taker.priced else "market"
        trade = Trade(place.trade_id, place.market, taker.side, maker.price, qty, kind, time)
        place.history.add(trade)
        deal.trades.append(trade)
        maker.shown -= qty if maker.display else 0
        self._fill(maker, trade, deal, MAKER_FEE)
        place.book.side(maker.side).take(maker, qty)
        self._touch_maker(place, maker, deal)
        self._fill(taker, trade, deal, TAKER_FEE)

    def _touch_maker(self, place: Place, maker: Order, deal: Transaction) -> None:
        if maker.remaining and not maker.visible:
            maker.queued = place.stamp(deal.time)
            place.book.side(maker.side).refill(maker)
            deal.touch_level(maker)
            deal.refilled[maker] = None
            deal.report(maker, "iceberg_refill")
        else:
            deal.touch("modify" if maker.remaining else "delete", maker)

    def _fill(self, order: Order, trade: Trade, deal: Transaction, rate: Decimal) -> None:
        order.filled += trade.qty
        order.status = "partially_filled"
        if order.account is not None:
            places = order.market.cost_precision
            cost = rounded(cost_of(order, trade.price, trade.qty), places)
            fee = rounded(cost * rate, places)
            order.cost += cost
            order.fee += fee
            deal.report(order, "trade", self._record(order, trade, deal, (cost, fee), maker=rate is MAKER_FEE))
        if not order.remaining:
            self.end(order, "filled", deal)

    def _record(
        self, order: Order, trade: Trade, deal: Transaction, sums: tuple[Decimal, Decimal], *, maker: bool
    ) -> Fill:
        cost, fee = sums
        exec_id = self._ids.make("T")
        order.trades.append(exec_id)
        fill = Fill(exec_id, order, trade, cost, fee, maker, order.filled, order.cost, order.fee)
        if order.account is not None:
            order.account.fills.append(fill)
        self._pay(fill, deal)
        return fill

    def _pay(self, fill: Fill, deal: Transaction) -> None:
        """Book both legs of a fill: two ledger entries with one `ref_id`, the fee on the quote leg."""
        order, account = fill.order, fill.order.account
        if account is None:
            return
        sign = 1 if order.side == "buy" else -1
        amount = sign * Decimal(fill.trade.qty).scaleb(-order.market.qty_precision)
        base = account.book(fill.exec_id, order.market.base.id, amount, Decimal(0), deal.time)
        quote = account.book(fill.exec_id, order.market.quote.id, -sign * fill.cost, fill.fee, deal.time)
        deal.entries += [(account, base), (account, quote)]

    def _prevent(self, place: Place, order: Order, resting: Order, deal: Transaction) -> None:
        """Keep an account from trading with itself: the newer, the older or both go (ws-v2-trading §1.1)."""
        if order.stp != "cancel_newest":
            place.book.side(resting.side).remove(resting)
            deal.touch("delete", resting)
            self.end(resting, "canceled", deal, "Self trade prevention")
        if order.stp != "cancel_oldest":
            self.end(order, "canceled", deal, "Self trade prevention")


def crosses(order: Order, price: int, side: Side) -> bool:
    """Tell whether an order takes a price of the other side."""
    return not order.priced or not side.worse(price, order.price)


def walk(place: Place, order: Order) -> list[tuple[int, int]]:
    """Return the prices and quantities that an order would trade at now, hidden ones included."""
    side = place.book.against(order.side)
    found: list[tuple[int, int]] = []
    wanted = order.remaining
    for price in side.top(len(side)):
        if wanted <= 0 or not crosses(order, price, side):
            break
        qty = min(wanted, side.levels[price].whole)
        found.append((price, qty))
        wanted -= qty
    return found


def walked_cost(place: Place, order: Order) -> Decimal:
    """Return what an order would cost now."""
    return sum((cost_of(order, price, qty) for price, qty in walk(place, order)), Decimal(0))
