"""Keep every book of the exchange in one task, and see where the best levels lean most."""

import sys
from decimal import Decimal

import anyio

import krakenio

LOOKS = 200  # batches; each holds the books that changed since the last, every one once and in its newest state


async def tradable(session: krakenio.Session[float]) -> list[str]:
    """Return the symbols of all pairs that are traded now: the channel's first message has all there are."""
    async with session.instruments() as instruments:
        async for first in instruments:
            if not isinstance(first, krakenio.Gap):
                return [pair.symbol for pair in first.data.pairs if pair.status == "online"]
    return []


def lean(book: krakenio.Book) -> Decimal:
    """Return how one-sided the five best levels are, from -1 (asks alone) to 1."""
    try:
        return book.imbalance(5)
    except (krakenio.StaleBook, krakenio.EmptySide):  # its connection is down, say, or it has no order at all
        return Decimal(0)


async def strongest(session: krakenio.Session[float], symbols: list[str]) -> dict[str, Decimal]:
    """Watch all books for a while; return what each leaned at most."""
    most: dict[str, Decimal] = dict.fromkeys(symbols, Decimal(0))
    async with session.book(*symbols, depth=10) as books:
        looks = 0
        async for changed in books.batches():
            for book in changed:
                most[book.symbol] = max(most[book.symbol], lean(book), key=abs)
            looks += 1
            if looks == LOOKS:
                break
    return most


async def main() -> None:
    """Print the five books that leaned most, and what that took."""
    async with (
        krakenio.sim.open_exchange(markets=40, activity=2_000) as exchange,
        krakenio.open_session(endpoints=exchange.endpoints, numbers=float) as session,
    ):
        symbols = await tradable(session)
        most = await strongest(session, symbols)
        for symbol, value in sorted(most.items(), key=lambda item: -abs(item[1]))[:5]:
            print(f"{symbol:12} {value:+.2f}")
        print(f"{len(symbols)} books, {session.health.links['ws'].received} messages")


if __name__ == "__main__":
    anyio.run(main, backend="trio" if "--trio" in sys.argv else "asyncio")
