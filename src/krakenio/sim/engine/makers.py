"""Move the markets: a seed and a rate of events go in, orders of made-up makers and takers reach the engine.

Each market has its own chance, so that what happens in one does not depend on how many there are.
"""

from collections.abc import Callable, Iterator

import anyio

from krakenio.sim.chance import Ids, chance
from krakenio.sim.clock import MINUTE_SPAN
from krakenio.sim.engine.engine import Engine
from krakenio.sim.markets.history import History, shifted
from krakenio.sim.markets.listing import Market
from krakenio.sim.markets.orders import Order, Trade
from krakenio.sim.markets.places import Place
from krakenio.sim.wire import units

LEVELS = 30
"""Levels a side that a market opens with."""
SHARING = 3
"""One in so many orders joins others at their price."""
PAST = 60
"""Minutes of trading before the exchange opened, so that candles, tickers and trades are not empty."""
TAKING, AMENDING = 0.3, 0.1
"""The shares of events that are takers, and changed quantities."""
PAUSE = 1.0
"""Seconds between two looks at an exchange that lets nothing match."""


class Maker:
    """Trade one market with itself and with whoever is there.

    `_fair` is the price that the makers quote around, in ticks; it wanders, and is pulled back to where it began.
    """

    def __init__(
        self, engine: Engine, place: Place, seed: int, clock: Callable[[], int], levels: int = LEVELS
    ) -> None:
        self._engine, self._place, self._clock = engine, place, clock
        self._seed, self._levels = seed, levels
        self._opened = 0
        self._random = chance(seed, f"makers of {place.market.symbol}")
        self._ids = Ids(seed, f"ids of {place.market.symbol}")
        self._market = place.market
        self._resting: dict[str, list[Order]] = {"buy": [], "sell": []}
        self._measure()
        self._fair = self._home

    @property
    def symbol(self) -> str:
        """Return the market's symbol."""
        return self._market.symbol

    def open(self) -> None:
        """Begin; the book, and the hour before, are made up when they are asked for."""
        self._opened = self._clock()
        self._place.trade_id = PAST
        self._place.history = History(self._past)
        self._place.fill = self._fill

    def _fill(self) -> None:
        """Fill the book: one order at each level, and a few more."""
        for side in ("buy", "sell"):
            steps = [1 + level * 2 + self._random.getrandbits(1) for level in range(self._levels)]
            for step in steps + [steps[self._below(len(steps))] for _ in range(self._levels // SHARING)]:
                order = self._order(side, self._ticks(side, step), "gtc", self._opened)
                self._engine.rest(order)
                self._resting[side].append(order)

    def act(self) -> None:
        """Do one thing: let the price wander, then take, amend or quote."""
        _ = self._place.book  # filled before anything happens
        self._fair = self._wandered(self._fair, self._random.randint(-2, 2))
        side = self._random.choice(("buy", "sell"))
        share = self._random.random()
        if share < TAKING:
            self._take(side)
        elif share < TAKING + AMENDING:
            self._amend(side)
        else:
            self._withdraw(side)
            self._quote(side, self._distance(side))
        self._refill("sell" if side == "buy" else "buy")

    def adapt(self) -> None:
        """Go on in the market's new precisions, its book filled again."""
        old, new = self._market, self._place.market
        self._market = new
        self._fair = max(1, shifted(self._fair * old.tick, new.price_precision - old.price_precision) // new.tick)
        self._measure()
        for side in ("buy", "sell"):
            self._refill(side)

    def _measure(self) -> None:
        market = self._market
        self._home = (units(market.start_price.quantize(market.price_unit), market.price_precision) or 1) // market.tick
        self._step = max(1, self._home // 50_000)
        self._lot = _lot(market, self._home)

    def _wandered(self, fair: int, by: int) -> int:
        pull = (self._home - fair) // (500 * self._step)
        return max(self._levels * 4, fair + self._step * (by + pull))

    def _distance(self, side: str) -> int:
        """Return how many steps off the next quote is: near the fair price, or where others are already."""
        if not self._below(SHARING) and self._resting[side]:
            price = self._random.choice(self._resting[side]).price // self._market.tick
            return max(1, abs(price - self._fair) // self._step)
        return 1 + int(self._random.expovariate(0.2))

    def _ticks(self, side: str, distance: int) -> int:
        return max(1, self._fair + (distance if side == "sell" else -distance) * self._step)

    def _quote(self, side: str, distance: int) -> None:
        """Add an order so many steps from the fair price; it may meet a user's better one."""
        order = self._order(side, self._ticks(side, distance), "gtc", self._clock())
        self._engine.submit(order)
        if order.is_open:
            self._resting[side].append(order)

    def _take(self, side: str) -> None:
        """Take a little of what is near the fair price."""
        self._engine.submit(self._order(side, self._ticks(side, -12), "ioc", self._clock()))

    def _amend(self, side: str) -> None:
        """Change the quantity of an order, up or down."""
        found = [order for order in self._resting[side] if order.is_open]
        if found:
            order = self._random.choice(found)
            self._engine.amend(order, order.filled + max(1, order.remaining * self._random.choice((1, 2, 5)) // 2))

    def _withdraw(self, side: str) -> None:
        """Cancel one of the makers' orders, if there are more than enough."""
        resting = self._resting[side]
        if len(resting) > self._enough:
            order = resting.pop(self._below(len(resting)))
            if order.is_open:
                self._engine.cancel(order, "User requested")

    @property
    def _enough(self) -> int:
        return self._levels + self._levels // SHARING

    def _refill(self, side: str) -> None:
        """Quote again where takers and the wandering price have left too little."""
        self._resting[side] = [order for order in self._resting[side] if order.is_open]
        while len(self._resting[side]) < self._enough:
            before = len(self._resting[side])
            self._quote(side, 1 + self._below(self._levels * 2))
            if len(self._resting[side]) == before:
                return

    def _order(self, side: str, ticks: int, time_in_force: str, now: int) -> Order:
        qty = _draw_qty(self._random.lognormvariate(0, 1) * self._lot, self._random.random())
        price = ticks * self._market.tick
        return Order(self._ids.make("O"), self._market, side, "limit", qty, price, now, time_in_force=time_in_force)

    def _below(self, count: int) -> int:
        return int(self._random.random() * count)

    def _past(self) -> Iterator[Trade]:
        """Yield the hour before the exchange opened: a trade a minute."""
        source, fair = chance(self._seed, f"past of {self.symbol}"), self._home
        begin = self._opened - PAST * MINUTE_SPAN
        for minute in range(PAST):
            fair = self._wandered(fair, int(source.random() * 5) - 2)
            time = begin + minute * MINUTE_SPAN + int(source.random() * MINUTE_SPAN)
            qty = _draw_qty(source.lognormvariate(0, 1) * self._lot, source.random())
            side = "buy" if source.getrandbits(1) else "sell"
            yield Trade(minute + 1, self._market, side, fair * self._market.tick, qty, "limit", time)


def _draw_qty(size: float, chance: float) -> int:
    """Return a quantity of about this size, sometimes with many digits and sometimes round."""
    qty = max(1, round(size))
    digits = len(str(qty)) - (2, 3, 9, 9)[int(chance * 4)]
    return qty // 10**digits * 10**digits if digits > 0 else qty


def _lot(market: Market, ticks: int) -> int:
    """Return a usual quantity: about 500 of the quote currency's worth, and no less than twice the minimum."""
    smallest = units(market.qty_min, market.qty_precision) or 1
    scale = 10 ** (market.price_precision + market.qty_precision)
    worth = 500 if market.quote.id != "BTC" else 0.02
    return max(2 * smallest, int(worth * scale / (ticks * market.tick)))


def open_makers(engine: Engine, seed: int, clock: Callable[[], int], levels: int = LEVELS) -> list[Maker]:
    """Return a maker for each market; its book is filled when somebody looks."""
    makers = [Maker(engine, place, seed, clock, levels) for place in engine.places.values()]
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
        else:
            await anyio.sleep(PAUSE)
