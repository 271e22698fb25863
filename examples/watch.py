"""Watch the best bid and ask: on the simulated exchange, or with --live on Kraken itself, which needs no keys."""

import sys

import anyio

import krakenio


async def watch(endpoints: krakenio.Endpoints, *, count: int) -> None:
    """Print so many quotes."""
    async with (
        krakenio.open_session(endpoints=endpoints) as session,
        session.ticker("BTC/USD", "ETH/USD", event_trigger="bbo") as tickers,
    ):
        for _ in range(count):
            ticker = await tickers.receive()
            if isinstance(ticker, krakenio.Gap):  # never silent: the connection was lost, or we were too slow
                print(f"something is missing here: {ticker.reason}")
            else:
                print(f"{ticker.symbol}  bid {ticker.bid}  ask {ticker.ask}")


async def main() -> None:
    """Choose the exchange."""
    if "--live" in sys.argv:
        await watch(krakenio.PRODUCTION, count=100)
    else:
        async with krakenio.sim.open_exchange(activity=100) as exchange:
            await watch(exchange.endpoints, count=10)


if __name__ == "__main__":
    anyio.run(main, backend="trio" if "--trio" in sys.argv else "asyncio")
