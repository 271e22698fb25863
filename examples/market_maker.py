"""Make a market for a virtual day on the simulated exchange, where every connection drops each ten minutes.

Quotes live in order groups, so none outlives its minute unnoticed, and the session waits for Kraken's rate counter by
itself. A day takes less than a minute, since the clock jumps ahead when nothing is left to do.
"""

from decimal import Decimal
from functools import partial

import anyio
import trio.testing  # noqa: TID251 - the clock of a virtual day

import krakenio
from krakenio import KrakenError, Outcome, UnknownOrder, sim

SYMBOL, BASE = "BTC/USD", "XXBT"
QTY, MOST = Decimal("0.01"), Decimal("0.05")
MINUTE, HOUR = 60, 3600


async def quote(group: krakenio.OrderGroup, bid: Decimal, ask: Decimal, held: Decimal) -> None:
    """Bid and ask for a minute; leaving the group takes back what is not filled."""
    async with group:
        add = partial(group.add, symbol=SYMBOL, order_type="limit", order_qty=QTY, post_only=True)
        if held < MOST:
            await add(side="buy", limit_price=bid)
        if held > -MOST:
            await add(side="sell", limit_price=ask)
        await anyio.sleep(MINUTE)


async def look_after(session: krakenio.Session[Decimal], left: list[krakenio.Intent]) -> None:
    """Find out what became of orders that a group could not confirm to be gone; repeat it where it raises."""
    while left:
        if await left[-1].resolve() is Outcome.ACKED:
            try:
                await session.orders.cancel(cl_ord_id=left[-1].cl_ord_id)
            except UnknownOrder:
                print(f"{left[-1].cl_ord_id} is gone already")
        left.pop()


async def position(session: krakenio.Session[Decimal], start: Decimal) -> Decimal:
    """Return how much more there is than in the beginning."""
    return (await session.rest.account.balance())[BASE] - start


async def make(session: krakenio.Session[Decimal], start: Decimal, seconds: float) -> None:
    """Quote minute after minute; whatever goes wrong ends a minute, not the day."""
    left: list[krakenio.Intent] = []
    async with session.book(SYMBOL) as book:
        with anyio.move_on_after(seconds):
            while True:
                group = session.orders.open_group()
                try:
                    await look_after(session, left)
                    await quote(group, book.best_bid.price, book.best_ask.price, await position(session, start))
                except KrakenError as error:  # `OrdersLeftOpen` too
                    print(f"{type(error).__name__}: {error}")
                    await anyio.sleep(10)
                left += group.unconfirmed


async def flatten(session: krakenio.Session[Decimal], start: Decimal) -> None:
    """Cancel everything, then trade back to where it began."""
    await session.orders.halt()  # returns when the exchange has confirmed
    session.orders.resume()
    add = session.orders.add
    while held := await position(session, start):
        await add(symbol=SYMBOL, side="sell" if held > 0 else "buy", order_type="market", order_qty=abs(held))


async def drop(exchange: sim.Exchange) -> None:
    """Reset every connection each ten minutes."""
    while True:
        await anyio.sleep(10 * MINUTE)
        exchange.drop()


async def main(hours: float = 24, seed: int = 0) -> sim.Exchange:
    """Trade for so many virtual hours and say what came of it."""
    async with (
        sim.open_exchange(seed=seed, transport="memory", markets=[SYMBOL], activity=0.05, heartbeat=4.5) as exchange,
        anyio.create_task_group() as tasks,
        krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as session,
    ):
        start = exchange.balances["BTC"]
        tasks.start_soon(drop, exchange)
        await make(session, start, hours * HOUR)
        await flatten(session, start)
        filled = sum(order.filled_qty > 0 for order in exchange.orders)
        print(f"{len(exchange.orders)} orders, {filled} of them filled; position {await position(session, start):f}")
        tasks.cancel_scope.cancel()
    return exchange


if __name__ == "__main__":
    anyio.run(main, backend="trio", backend_options={"clock": trio.testing.MockClock(autojump_threshold=0)})
