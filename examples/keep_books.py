"""Keep two books true while their connection drops: what cannot be read any more says so, and comes back by itself."""

import sys
from decimal import Decimal

import anyio

import krakenio


def show(book: krakenio.Book) -> None:
    """Print the top of a book, or why it cannot be read."""
    try:
        bought = book.asks.for_cash(Decimal(100_000))
        print(f"{book.symbol}  {book.best_bid.price} / {book.best_ask.price}; 100 000 buys at {bought.price:.2f}")
    except krakenio.StaleBook as error:
        print(f"{book.symbol} cannot be read: {error}")


async def until_readable(books: krakenio.BookStream[krakenio.Book, krakenio.messages.Level[Decimal]]) -> None:
    """Wait until all can be read: each book that changes comes here, in its newest state."""
    if not books.valid:
        async for _ in books:
            if books.valid:
                return


async def main() -> None:
    """Show both books, then what a drop does to them."""
    async with (
        krakenio.sim.open_exchange(activity=50) as exchange,
        krakenio.open_session(endpoints=exchange.endpoints) as session,
        session.book("BTC/USD", "ETH/USD", depth=25) as books,  # entered as soon as both are subscribed
    ):
        await until_readable(books)
        show(books["BTC/USD"])
        exchange.drop("ws")
        async for book in books:
            if not book.valid:
                show(book)
                break
        await until_readable(books)
        show(books["ETH/USD"])


if __name__ == "__main__":
    anyio.run(main, backend="trio" if "--trio" in sys.argv else "asyncio")
