"""The matching engine alone: whatever is asked of it, nothing is created or lost and no book is crossed."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from krakenio.sim.accounts.account import Account
from krakenio.sim.accounts.limits import open_tier
from krakenio.sim.chance import Ids
from krakenio.sim.engine.engine import Engine
from krakenio.sim.engine.triggers import reached
from krakenio.sim.markets.book import Book, Side
from krakenio.sim.markets.kinds import LIMITED, TRAILING, TRIGGERED
from krakenio.sim.markets.listing import MARKETS, Market
from krakenio.sim.markets.orders import Order, Transaction, Trigger
from krakenio.sim.markets.places import Place
from krakenio.sim.markets.prices import Price

MARKET: Market = next(market for market in MARKETS if market.symbol == "ADA/EUR")
ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell"]),
        st.sampled_from(["limit", "market", "iceberg", "stop-loss", "take-profit-limit", "trailing-stop"]),
        st.integers(1, 40),
        st.integers(400_000, 400_020),
        st.sampled_from(["gtc", "ioc", "fok"]),
        st.integers(0, 2),
        st.integers(0, 9),
    ),
    max_size=60,
)


class Witness:
    """Keep what the engine publishes."""

    def __init__(self) -> None:
        self.deals: list[Transaction] = []

    def __call__(self, _place: Place, deal: Transaction) -> None:
        """Take a transaction."""
        self.deals.append(deal)


def totals(accounts: list[Account]) -> dict[str, Decimal]:
    """Return what all accounts own together, by asset."""
    return {asset: sum((account.balances[asset] for account in accounts), Decimal(0)) for asset in ("ADA", "EUR")}


def check_side(side: Side) -> None:
    """Require that levels are sorted and hold what their orders hold."""
    prices = side.top(len(side))
    assert all(side.worse(second, first) for first, second in pairwise(prices))
    for price in prices:
        orders = side.levels[price].orders.values()
        assert side.levels[price].qty == sum(order.visible for order in orders) > 0
        assert all(order.is_open and order.price == price and order.visible for order in orders)


def check_book(book: Book) -> None:
    """Require sorted sides that do not cross."""
    check_side(book.bids)
    check_side(book.asks)
    if book.bids.best is not None and book.asks.best is not None:
        assert book.bids.best < book.asks.best


def made(ids: Ids, asked: tuple[str, str, int, int, str, int, int], account: Account) -> Order:
    """Return an order of any type; what it waits for is its price, or a little more or less than that."""
    side, kind, lots, price, force, _, beyond = asked
    limit = price if kind in LIMITED else 0
    order = Order(ids.make("O"), MARKET, side, kind, lots * 10**8, limit, 0, account, time_in_force=force)
    if kind == "iceberg":
        order.display = max(1, order.qty // 3)
    if kind in TRIGGERED:
        amount = Decimal(price + beyond).scaleb(-MARKET.price_precision)
        trailing = Price(Decimal(beyond + 1).scaleb(-MARKET.price_precision), "quote")
        order.trigger = Trigger("last", trailing if kind in TRAILING else Price(amount))
    return order


def check_waiting(place: Place) -> None:
    """Require that nothing waits that has begun, ended, or should have fired at the last price."""
    for order in place.waiting.values():
        assert order.waits
        assert order.is_open
        assert not order.filled
        assert not place.history.trades or not reached(order, place.last)


@given(ORDERS)
@settings(max_examples=300)
def test_nothing_is_created_or_lost(asked: list[tuple[str, str, int, int, str, int, int]]) -> None:
    ids, witness = Ids(0), Witness()
    tier = open_tier("pro", lambda: 0, enforced=False)
    accounts = [Account(ids, {"ADA": 1000, "EUR": 1000}, tier) for _ in range(3)]
    engine = Engine(lambda: 0, ids, {MARKET.symbol: MARKET}, witness)
    before, orders = totals(accounts), list[Order]()
    for each in asked:
        cancel = each[-1]
        order = made(ids, each, accounts[each[-2]])
        orders.append(order)
        engine.submit(order)
        if cancel < len(orders) and orders[-1 - cancel].is_open:
            engine.cancel(orders[-1 - cancel], "User requested")
        check_book(engine.places[MARKET.symbol].book)
        check_waiting(engine.places[MARKET.symbol])
    fees = sum((entry.fee for deal in witness.deals for _, entry in deal.entries), Decimal(0))
    after = totals(accounts)
    assert after["ADA"] == before["ADA"]
    assert after["EUR"] == before["EUR"] - fees
    traded = sum(trade.qty for deal in witness.deals for trade in deal.trades)
    assert sum(order.filled for order in orders) == 2 * traded
    listed = {order for account in accounts for order in account.open.values()}
    assert listed == {order for order in orders if order.is_open}
    assert all(order.remaining == 0 for order in orders if order.status == "filled")
    if not any(order.reason == "Self trade prevention" for order in orders):
        assert all(order.filled in {0, order.qty} for order in orders if order.time_in_force == "fok" and order.price)
