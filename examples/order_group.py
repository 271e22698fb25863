"""Let no order outlive its block: a group cancels and confirms, whichever way the block is left."""

import sys
from decimal import Decimal

import anyio

import krakenio
from krakenio import Acknowledged, OrderGroup, OrdersLeftOpen


async def bid(group: OrderGroup, price: str) -> Acknowledged:
    """Place one order that belongs to a group."""
    return await group.add(symbol="BTC/USD", side="buy", order_type="limit", order_qty="0.01", limit_price=price)


async def quote(session: krakenio.Session[Decimal], *prices: str) -> None:
    """Place an order at each price, and wait for something that never comes."""
    async with session.orders.open_group(grace=2.0) as group:
        for price in prices:
            await bid(group, price)
        print(f"cancelling them now would cost {group.cost_to_cancel()}")
        await anyio.sleep_forever()


async def main() -> None:
    """Leave a group by a deadline, and another while Kraken does not answer."""
    async with (
        krakenio.sim.open_exchange() as exchange,
        krakenio.open_session(exchange.keys, endpoints=exchange.endpoints) as session,
    ):
        with anyio.move_on_after(1):
            await quote(session, "70000", "70001")
        print([order.status for order in exchange.orders])  # the exchange's own view

        try:
            async with session.orders.open_group(grace=0.5) as group:
                await bid(group, "70002")
                exchange.freeze(None, 3)
        except OrdersLeftOpen as left:
            print(f"not confirmed within the grace: {len(left.intents)}")


if __name__ == "__main__":
    anyio.run(main, backend="trio" if "--trio" in sys.argv else "asyncio")
