"""Match orders: an order goes in, a transaction with all that it changed comes out.

Price-time priority, makers at their price, self-trade prevention. Nothing here awaits: a request happens at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from krakenio.sim.accounts import MAKER_FEE, TAKER_FEE, cost_of, rounded
from krakenio.sim.book import Book, Side
from krakenio.sim.chance import Ids
from krakenio.sim.history import History
from krakenio.sim.markets import Market
from krakenio.sim.orders import Fill, Order, Trade, Transaction

Publish = Callable[["Place", Transaction], None]


@dataclass(slots=True)
class Place:
    """Hold the state of one market."""

    market: Market
    status: str = "online"
    book: Book = field(default_factory=Book)
    history: History = field(default_factory=History)
    trade_id: int = 0
    stamped: int = 0

    def stamp(self, now: int) -> int:
        """Return a time that no trade and no place in a queue of this market has yet: now, or soon after."""
        self.stamped = max(self.stamped + 1, now)
        return self.stamped

    @property
    def names(self) -> tuple[str, str, str, str]:
        """Return what REST takes for this market: `XXBTZUSD`, `XBTUSD`, `XBT/USD` or `BTC/USD`."""
        market = self.market
        return market.rest, market.altname, market.wsname, market.symbol


class Engine:
    """Own all markets' books; `publish` hears of each transaction once it is complete."""

    def __init__(self, clock: Callable[[], int], ids: Ids, markets: Mapping[str, Market], publish: Publish) -> None:
        self.places: dict[str, Place] = {symbol: Place(market) for symbol, market in markets.items()}
        self._clock, self._ids, self._publish = clock, ids, publish
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
        """Match an order; what remains of it rests, or is cancelled as its time in force says."""
        place = self.places[order.market.symbol]
        deal = Transaction(order.market, self._clock())
        if order.account is not None:
            order.account.enter(order)
        deal.report(order, "pending_new")
        order.status = "new"
        deal.report(order, "new")
        if order.time_in_force != "fok" or self.fillable(order) >= order.qty:
            self._match(place, order, deal)
        self._settle_rest(place, order, deal)
        self._publish(place, deal)

    def cancel(self, order: Order, reason: str, kind: str = "canceled") -> None:
        """End an open order: `canceled` or `expired`."""
        place = self.places[order.market.symbol]
        deal = Transaction(order.market, self._clock())
        place.book.side(order.side).remove(order)
        deal.touch("delete", order)
        self._end(order, kind, deal, reason)
        self._publish(place, deal)

    def amend(self, order: Order, qty: int) -> None:
        """Change an open order's quantity: less of it keeps its place in the queue, more loses it."""
        place = self.places[order.market.symbol]
        deal = Transaction(order.market, self._clock())
        if qty > order.qty:
            order.queued = place.stamp(deal.time)
        place.book.side(order.side).amend(order, qty)
        deal.touch("modify", order)
        self._publish(place, deal)

    def change(self, order: Order, qty: int, price: int) -> None:
        """Amend an account's order: it keeps its place only if nothing but its quantity falls, and may trade now."""
        place = self.places[order.market.symbol]
        deal = Transaction(order.market, self._clock())
        if price == order.price and order.filled < qty < order.qty:
            place.book.side(order.side).amend(order, qty)
            deal.touch("modify", order)
            deal.report(order, "amended")
        else:
            self._move(place, order, deal, qty, price)
        self._publish(place, deal)

    def crosses(self, order: Order, price: int) -> bool:
        """Tell whether an order would trade at another price."""
        side = self.places[order.market.symbol].book.against(order.side)
        return side.best is not None and not side.worse(side.best, price)

    def _move(self, place: Place, order: Order, deal: Transaction, qty: int, price: int) -> None:
        """Take an order out of the book and put it in anew; below what is filled it ends."""
        place.book.side(order.side).remove(order)
        deal.touch("delete", order)
        order.qty, order.price = max(qty, order.filled), price
        deal.report(order, "amended")
        if not order.remaining:
            self._end(order, "canceled", deal, "User requested")
            return
        self._match(place, order, deal)
        self._settle_rest(place, order, deal)

    def fillable(self, order: Order) -> int:
        """Return how much of an order the book would fill now."""
        return sum(qty for _, qty in self.walk(order))

    def walk(self, order: Order) -> list[tuple[int, int]]:
        """Return the prices and quantities that an order would trade at now."""
        side = self.places[order.market.symbol].book.against(order.side)
        found: list[tuple[int, int]] = []
        wanted = order.remaining
        for price in side.top(len(side)):
            if wanted <= 0 or not _crosses(order, price, side):
                break
            qty = min(wanted, side.levels[price].qty)
            found.append((price, qty))
            wanted -= qty
        return found

    def _match(self, place: Place, order: Order, deal: Transaction) -> None:
        side = place.book.against(order.side)
        while order.remaining and order.is_open and (price := side.best) is not None and _crosses(order, price, side):
            resting = next(iter(side.levels[price].orders.values()))
            if order.account is not None and resting.account is order.account:
                self._prevent(place, order, resting, deal)
            else:
                self._trade(place, order, resting, deal)

    def _trade(self, place: Place, taker: Order, maker: Order, deal: Transaction) -> None:
        qty = min(taker.remaining, maker.remaining)
        place.trade_id += 1
        time = place.stamp(deal.time)
        trade = Trade(place.trade_id, place.market, taker.side, maker.price, qty, taker.order_type, time)
        place.history.add(trade)
        deal.trades.append(trade)
        self._fill(maker, trade, deal, MAKER_FEE)
        place.book.side(maker.side).take(maker, qty)
        deal.touch("modify" if maker.remaining else "delete", maker)
        self._fill(taker, trade, deal, TAKER_FEE)

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
            self._end(order, "filled", deal)

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
            self._end(resting, "canceled", deal, "Self trade prevention")
        if order.stp != "cancel_oldest":
            self._end(order, "canceled", deal, "Self trade prevention")

    def _settle_rest(self, place: Place, order: Order, deal: Transaction) -> None:
        if not order.is_open:
            return
        if order.order_type == "market" or order.time_in_force in {"ioc", "fok"}:
            self._end(order, "canceled", deal, "Immediate or cancel")
            return
        order.queued = place.stamp(deal.time)
        place.book.side(order.side).add(order)
        deal.touch("add", order)

    def _end(self, order: Order, status: str, deal: Transaction, reason: str | None = None) -> None:
        order.status, order.reason, order.closed = status, reason, deal.time
        if order.account is not None:
            order.account.leave(order)
        deal.report(order, status)


def _crosses(order: Order, price: int, side: Side) -> bool:
    return order.order_type == "market" or not side.worse(price, order.price)
