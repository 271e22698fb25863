"""Move the markets: a seed and a rate of events go in, orders of made-up makers and takers reach the engine.

Each market has its own chance, so that what happens in one does not depend on how many there are.
"""

from collections.abc import Callable

import anyio

from krakenio.sim.chance import Ids, chance
from krakenio.sim.clock import MINUTE_SPAN
from krakenio.sim.engine import Engine, Place
from krakenio.sim.markets import Market
from krakenio.sim.orders import Order, Trade
from krakenio.sim.wire import units

LEVELS = 30
"""Levels a side that a market opens with, and that its makers keep up."""
PAST = 60
"""Minutes of trading before the exchange opened, so that candles, tickers and trades are not empty."""
TAKING = 0.3
"""The share of events that are takers."""


class Maker:
    """Trade one market with itself and with whoever is there.

    `_fair` is the price that the makers quote around, in ticks; it wanders, and is pulled back to where it began.
    """

    def __init__(self, engine: Engine, ids: Ids, place: Place, seed: int, clock: Callable[[], int]) -> None:
        market = place.market
        self._engine, self._ids, self._place, self._clock = engine, ids, place, clock
        self._random = chance(seed, f"makers of {market.symbol}")
        self._home = (units(market.start_price, market.price_precision) or 1) // market.tick
        self._fair = self._home
        self._step = max(1, self._home // 50_000)
        self._lot = _lot(market, self._home)
        self._resting: dict[str, list[Order]] = {"buy": [], "sell": []}

    def open(self) -> None:
        """Make up the last hour's trades and fill the book."""
        self._make_past()
        for side in ("buy", "sell"):
            for level in range(LEVELS):
                self._quote(side, 1 + level * 2 + self._random.randrange(2))

    def act(self) -> None:
        """Do one thing: let the price wander, then take or quote."""
        self._wander()
        side = self._random.choice(("buy", "sell"))
        if self._random.random() < TAKING:
            self._take(side)
        else:
            self._withdraw(side)
            self._quote(side, 1 + int(self._random.expovariate(0.2)))
        self._refill("sell" if side == "buy" else "buy")

    def _wander(self) -> None:
        pull = (self._home - self._fair) // (500 * self._step)
        self._fair = max(LEVELS * 4, self._fair + self._step * (self._random.randint(-2, 2) + pull))

    def _quote(self, side: str, distance: int) -> None:
        """Add an order so many steps from the fair price; it may meet a user's better one."""
        ticks = self._fair + (distance if side == "sell" else -distance) * self._step
        order = self._order(side, "limit", max(1, ticks), "gtc")
        self._engine.submit(order)
        if order.is_open:
            self._resting[side].append(order)

    def _take(self, side: str) -> None:
        """Take a little of what is near the fair price."""
        reach = 12 * self._step
        ticks = self._fair + (reach if side == "buy" else -reach)
        self._engine.submit(self._order(side, "limit", max(1, ticks), "ioc"))

    def _withdraw(self, side: str) -> None:
        """Cancel one of the makers' orders, if there are more than enough."""
        resting = self._resting[side]
        if len(resting) > LEVELS:
            order = resting.pop(self._random.randrange(len(resting)))
            if order.is_open:
                self._engine.cancel(order, "User requested")

    def _refill(self, side: str) -> None:
        """Quote again where takers and the wandering price have left too little."""
        self._resting[side] = [order for order in self._resting[side] if order.is_open]
        while len(self._resting[side]) < LEVELS:
            before = len(self._resting[side])
            self._quote(side, 1 + self._random.randrange(LEVELS * 2))
            if len(self._resting[side]) == before:
                return

    def _order(self, side: str, kind: str, ticks: int, time_in_force: str) -> Order:
        market = self._place.market
        price, qty = ticks * market.tick, self._draw_qty()
        return Order(self._ids.make("O"), market, side, kind, qty, price, self._clock(), time_in_force=time_in_force)

    def _draw_qty(self) -> int:
        """Return a quantity, sometimes with many digits and sometimes round."""
        qty = max(1, round(self._lot * self._random.lognormvariate(0, 1)))
        digits = len(str(qty)) - self._random.choice((2, 3, 9, 9))
        return qty // 10**digits * 10**digits if digits > 0 else qty

    def _make_past(self) -> None:
        begin = self._clock() - PAST * MINUTE_SPAN
        for minute in range(PAST):
            self._wander()
            time = begin + minute * MINUTE_SPAN + self._random.randrange(MINUTE_SPAN)
            self._place.trade_id += 1
            side = self._random.choice(("buy", "sell"))
            price = self._fair * self._place.market.tick
            trade = Trade(self._place.trade_id, self._place.market, side, price, self._draw_qty(), "limit", time)
            self._place.history.add(trade)


def _lot(market: Market, ticks: int) -> int:
    """Return a usual quantity: about 500 of the quote currency's worth, and no less than twice the minimum."""
    smallest = units(market.qty_min, market.qty_precision) or 1
    scale = 10 ** (market.price_precision + market.qty_precision)
    worth = 500 if market.quote.id != "BTC" else 0.02
    return max(2 * smallest, int(worth * scale / (ticks * market.tick)))


def open_makers(engine: Engine, ids: Ids, seed: int, clock: Callable[[], int]) -> list[Maker]:
    """Return a maker for each market, its book filled."""
    makers = [Maker(engine, ids, place, seed, clock) for place in engine.places.values()]
    for maker in makers:
        maker.open()
    return makers


async def run_makers(makers: list[Maker], seed: int, activity: float, allowed: Callable[[], bool]) -> None:
    """Let something happen `activity` times a second on average, while the exchange lets orders match."""
    source = chance(seed, "activity")
    if activity <= 0:
        return
    while True:
        await anyio.sleep(source.expovariate(activity))
        if allowed():
            source.choice(makers).act()


