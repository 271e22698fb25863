"""Call REST: typed results, whole histories page by page, and Kraken's refusals as classes."""

import sys

import anyio

import krakenio


async def main() -> None:
    """Look at markets and at an account."""
    async with (
        krakenio.sim.open_exchange() as exchange,
        krakenio.open_rest(exchange.keys, endpoints=exchange.endpoints) as rest,
    ):
        pairs = await rest.market.asset_pairs(pair="BTC/USD")
        print({name: (pair.tick_size, pair.ordermin) for name, pair in pairs.items()})
        print(await rest.account.balance())
        async with rest.account.ledgers() as pages:  # Kraken gives 50 entries at a time
            print(sum([len(page) async for page in pages]), "ledger entries")
        try:
            await rest.trading.cancel_order(txid="OAAAAA-BBBBB-CCCCCC")
        except krakenio.UnknownOrder as error:
            print(error)


if __name__ == "__main__":
    anyio.run(main, backend="trio" if "--trio" in sys.argv else "asyncio")
