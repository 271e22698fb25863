"""Test an engine of your own against the simulated exchange: in memory, in virtual time, with faults by seed."""

from decimal import Decimal

import anyio
import trio.testing  # noqa: TID251 - the clock of a virtual day

import krakenio


async def engine(session: krakenio.Session[Decimal]) -> None:
    """Be the engine under test: it sells a little every minute for an hour."""
    for minute in range(60):
        await anyio.sleep(60)
        intent = session.orders.prepare(symbol="BTC/USD", side="sell", order_type="market", order_qty="0.001")
        try:
            await intent.submit()
        except krakenio.KrakenError as error:
            print(f"minute {minute}: {type(error).__name__}, {(await intent.resolve()).value}")


async def main(seed: int = 7) -> krakenio.sim.Exchange:
    """Let it run while everything goes wrong that can, then compare: what the exchange holds is the truth."""
    async with (
        krakenio.sim.open_exchange(seed=seed, transport="memory", activity=0.1) as exchange,
        krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as session,
    ):
        exchange.misbehave(seed=seed, rate=0.01, kinds=["drop", "delay", "lose", "freeze"])
        await engine(session)
        exchange.behave()
        sold = sum(order.filled_qty for order in exchange.orders)
        print(f"{len(exchange.misdeeds)} faults, {len(exchange.orders)} orders, {sold} BTC sold")
    return exchange


if __name__ == "__main__":
    anyio.run(main, backend="trio", backend_options={"clock": trio.testing.MockClock(autojump_threshold=0)})
