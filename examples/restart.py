"""Start again after a crash: what became of each order is found by the `cl_ord_id` that was written down before.

The clock is virtual, since the last of them needs a minute.
"""

from decimal import Decimal

import anyio
import trio.testing  # noqa: TID251 - the clock of a virtual minute

import krakenio

LATEST = 60  # seconds after the crash: the engine takes no order of before any more (58 s at most, and 2 for the way)


async def place(session: krakenio.Session[Decimal], journal: list[str], price: str, seconds: float) -> None:
    """Place an order that can be found again whenever the process dies."""
    intent = session.orders.prepare(
        symbol="BTC/USD", side="buy", order_type="limit", order_qty="0.01", limit_price=price
    )
    journal.append(str(intent.cl_ord_id))  # a file of yours, synced to the disk; then only is it sent
    with anyio.move_on_after(seconds):
        await intent.submit()


async def status(session: krakenio.Session[Decimal], cl_ord_id: str) -> str | None:
    """Return what became of an order: first look at those that are open, then at those that have ended."""
    if (order := session.orders.open.find(cl_ord_id)) is not None:
        return f"{order.status}, {order.cum_qty} filled"
    ended = await session.rest.account.closed_orders(cl_ord_id=cl_ord_id)
    return next((f"{order.status}, {order.vol_exec} filled" for order in ended.closed.values()), None)


async def take_over(session: krakenio.Session[Decimal], journal: list[str]) -> None:
    """Find each order of the former life, then cancel what is open of it."""
    settled = anyio.current_time() + LATEST
    for cl_ord_id in journal:
        if (found := await status(session, cl_ord_id)) is None:  # not yet, or never
            await anyio.sleep_until(settled)
            found = await status(session, cl_ord_id)
        print(found or "never accepted")
        if (order := session.orders.open.find(cl_ord_id)) is not None and order.is_open:
            await session.orders.cancel(order_id=order.order_id)


async def main() -> None:
    """Leave three orders behind: one that rests, one that fills, and one that never arrives."""
    journal: list[str] = []
    async with krakenio.sim.open_exchange(transport="memory", activity=0) as exchange:
        async with krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as session:
            await place(session, journal, "70000", 2)
            await place(session, journal, "90000", 2)
            exchange.hold(2, "ws_auth", "add_order")
            await place(session, journal, "70001", 1)
        exchange.clear_faults()
        async with krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as session:
            await take_over(session, journal)


if __name__ == "__main__":
    anyio.run(main, backend="trio", backend_options={"clock": trio.testing.MockClock(autojump_threshold=0)})
