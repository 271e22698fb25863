"""Sessions over real sockets and TLS, on every loop, while the network does all that networks do (PROOF.md §4)."""

import random
from collections import Counter
from functools import partial
from typing import Any

import anyio
import pytest

import krakenio
from krakenio import Gap, backoff
from krakenio.session import Session
from krakenio.sim import Exchange, open_exchange
from tests.chaos.network import FATES, Network, through
from tests.opened import BTC, until
from tests.orders.groups.test_group_universes import Universe
from tests.streams.test_books import held, truth

SEEDS = range(6)
TRADERS = 6


class Storm(Universe):
    """Trade and read in groups through a bad network; the exchange itself behaves."""

    def __init__(self, exchange: Exchange, session: Session[Any], seed: int, network: Network) -> None:
        super().__init__(exchange, session, seed)
        self.network = network
        self.trades: list[int | None] = []

    async def live(self) -> None:
        """Trade through the storm, and wait until all is well."""
        async with self.session.book(*self.exchange.symbols) as books, anyio.create_task_group() as readers:
            readers.start_soon(self.read)
            await self.trade(TRADERS)
            self.network.calm_down()
            await until(lambda: self.session.orders.in_sync and books.valid)
            await self.check_at_last()
            for symbol in self.exchange.symbols:
                await until(partial(self.is_true, books[symbol]))
            await until(partial(self.has_more_trades, len(self.trades)))
            readers.cancel_scope.cancel()

    def is_true(self, book: krakenio.Book) -> bool:
        return book.valid and held(book) == truth(self.exchange, book.symbol)

    async def read(self) -> None:
        async with self.session.trades(BTC, backfill=True) as trades:
            async for trade in trades:
                self.trades.append(None if isinstance(trade, Gap) else trade.trade_id)

    def has_more_trades(self, before: int) -> bool:
        return len(self.trades) > before + 3

    def check_trades(self) -> None:
        """Require each trade once, in order, and none missing (D3)."""
        first = self.trades[0]
        assert first is not None
        assert self.trades == [*range(first, first + len(self.trades))]


async def storm(seed: int, tally: Counter[str]) -> None:
    """Live through one."""
    network = Network(random.Random(seed))
    async with (
        open_exchange(markets=3, activity=60.0, limits=False, seed=seed) as exchange,
        through(network, exchange.endpoints) as endpoints,
        krakenio.open_session(exchange.keys, endpoints=endpoints, on_limit="ignore", tier="pro") as session,
    ):
        universe = Storm(exchange, session, seed, network)
        try:
            await universe.live()
        except BaseException as error:
            error.add_note(f"seed {seed}: {session!r}, {session.orders!r}, {session.health}, {dict(network.tally)}")
            raise
        universe.check_trades()
    tally.update(universe.tally)
    tally.update(network.tally)


@pytest.mark.proof
async def test_nothing_is_lost_in_a_bad_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """B2 to B8, D3, D5, G4, I1 to I4: over TLS, on trio, asyncio and uvloop."""
    monkeypatch.setattr(backoff, "CAP", 3.0)  # time is real here
    tally: Counter[str] = Counter()
    async with anyio.create_task_group() as storms:
        for seed in SEEDS:
            storms.start_soon(storm, seed, tally)
    print(dict(tally.most_common()))  # noqa: T201
    assert [each for each in (*FATES, "ACKED") if not tally[each]] == []
