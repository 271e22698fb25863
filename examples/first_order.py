"""Place an order and always know what became of it, also when the reply does not come in time.

It runs on the simulated exchange. For Kraken itself, pass nothing but `krakenio.Keys.from_env()` to `open_session`.
"""

import sys
from decimal import Decimal

import anyio

import krakenio
from krakenio import Outcome


async def buy(session: krakenio.Session[Decimal], price: str, *, seconds: float) -> Outcome:
    """Buy within some seconds, or know that it did not happen."""
    orders = session.orders
    intent = orders.prepare(symbol="BTC/USD", side="buy", order_type="limit", order_qty="0.01", limit_price=price)
    try:
        with anyio.fail_after(seconds):  # becomes the order's deadline in Kraken's engine, too
            acknowledged = await intent.submit()
        print(f"Kraken has it: {acknowledged.order_id}")
    except TimeoutError:
        # NOT_SENT: no byte was or will be written. UNKNOWN: it may be live, and must not simply be sent again.
        print(f"no reply in time; the outcome is {intent.outcome.value}")
        print(f"what became of it: {(await intent.resolve()).value}")
    return intent.outcome


async def main() -> None:
    """Place one order on a good connection, and one that gets stuck on its way."""
    async with (
        krakenio.sim.open_exchange() as exchange,
        krakenio.open_session(exchange.keys, endpoints=exchange.endpoints) as session,
    ):
        await buy(session, "70000", seconds=2)
        exchange.hold(1.5, "ws_auth", "add_order", times=1)
        await buy(session, "70001", seconds=1)


if __name__ == "__main__":
    anyio.run(main, backend="trio" if "--trio" in sys.argv else "asyncio")
