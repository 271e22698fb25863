"""Live through a dropped connection: the session reconnects, and what the executions missed is found out."""

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


async def show(executions: krakenio.Stream[Execution], *, until: str) -> None:
    """Print executions until an order is so; a gap stands only where something could not be found out."""
    async for execution in executions:
        if isinstance(execution, krakenio.Gap):
            print(f"a gap: {execution.reason}")
            continue
        print(f"order {execution.order_id} is {execution.order_status}")
        if execution.order_status == until:
            return


async def main() -> None:
    """Place an order, and another one while the socket is down: its fill is not missed."""
    async with (
        krakenio.sim.open_exchange() as exchange,
        krakenio.open_session(exchange.keys, endpoints=exchange.endpoints) as session,
        session.executions() as executions,
        session.events() as events,
    ):
        add = session.orders.add
        await add(symbol="BTC/USD", side="buy", order_type="limit", order_qty="0.01", limit_price="70000")
        await show(executions, until="new")
        exchange.drop("ws_auth")
        await add(symbol="BTC/USD", side="buy", order_type="market", order_qty="0.01", via="rest")
        await until_connected(events, "ws_auth")
        await show(executions, until="filled")


if __name__ == "__main__":
    anyio.run(main, backend="trio" if "--trio" in sys.argv else "asyncio")
