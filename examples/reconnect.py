"""Live through a dropped connection: the session reconnects, and the stream shows where something may be missing."""

import sys

import anyio

import krakenio
from krakenio.events import Connected, Event
from krakenio.messages import Execution


async def until_connected(events: krakenio.Stream[Event], link: str) -> None:
    """Print what happens to the session until a socket is up again."""
    async for event in events:
        print(event)
        if isinstance(event, Connected) and event.link == link:
            return


async def show(executions: krakenio.Stream[Execution], *, count: int) -> None:
    """Print executions; after a gap Kraken lists every open order again."""
    for _ in range(count):
        execution = await executions.receive()
        if isinstance(execution, krakenio.Gap):
            print(f"a gap: {execution.reason}")
        else:
            print(f"order {execution.order_id} is {execution.order_status}")


async def main() -> None:
    """Place an order that rests, and look at it before and after the drop."""
    async with (
        krakenio.sim.open_exchange() as exchange,
        krakenio.open_session(exchange.keys, endpoints=exchange.endpoints) as session,
        session.executions() as executions,
        session.events() as events,
    ):
        add = session.orders.add
        await add(symbol="BTC/USD", side="buy", order_type="limit", order_qty="0.01", limit_price="70000")
        await show(executions, count=2)
        exchange.drop()
        await until_connected(events, "ws_auth")
        await show(executions, count=2)


if __name__ == "__main__":
    anyio.run(main, backend="trio" if "--trio" in sys.argv else "asyncio")
