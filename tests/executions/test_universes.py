"""Executions in many universes, each from its seed: none is lost and none doubled, and what is open is what is open.

Traders place, amend and cancel over the socket and over REST, some orders trade at once and some later. Connections
drop and freeze, reports get lost, sequences jump, answers come late or never, REST fails, clocks are set. Then the
faults end, and the exchange's own record is compared with what a stream of executions told.
"""

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import Gap, KrakenError
from krakenio.messages import Execution
from krakenio.session import Session
from krakenio.sim import Exchange
from krakenio.sim.feeds import private
from krakenio.subscriptions.standing import ENDED
from tests.opened import BTC, ETH, RESTING, opened
from tests.universes import SEEDS, Fault, further_seeds, make_trouble, run_all

EVERYWHERE = ("executions", "ends", "whole")
TRADERS = 3
SECONDS = 12
"""Virtual seconds of trouble."""

READS = ("ClosedOrders", "OpenOrders", "TradesHistory", "AssetPairs", "GetWebSocketsToken")
TROUBLE = ("EService:Unavailable", "EService:Busy", "EGeneral:Internal error")

FAULTS: tuple[Fault, ...] = (
    lambda exchange, chance: exchange.drop(chance.choice(["ws_auth", "ws_auth", "rest", None])),
    lambda exchange, chance: exchange.freeze(chance.choice(["ws_auth", "rest", None]), chance.uniform(0.2, 8)),
    lambda exchange, chance: exchange.close("ws_auth", chance.choice([1000, 1001, 1012])),
    lambda exchange, chance: exchange.lose_report(chance.randint(1, 4)),
    lambda exchange, chance: exchange.lose_report(chance.randint(1, 4)),
    lambda exchange, _chance: exchange.skip_sequence("executions"),
    lambda exchange, chance: exchange.reject(chance.choice(READS), chance.choice(TROUBLE), chance.randint(1, 9)),
    lambda exchange, chance: exchange.refuse("rest", chance.choice([502, 520]), chance.randint(1, 5)),
    lambda exchange, chance: exchange.delay(chance.uniform(0.1, 9), "rest", chance.choice(READS), 2),
    lambda exchange, chance: exchange.lose_replies(chance.randint(1, 3)),
    lambda exchange, chance: exchange.delay(chance.uniform(0.1, 7), "ws_auth", None, 2),
    lambda exchange, chance: exchange.skew_clock(chance.uniform(-2, 2)),
    lambda exchange, _chance: exchange.expire_token(),
)


class Universe:
    """Hold one run."""

    def __init__(self, exchange: Exchange, session: Session[Any], seed: int) -> None:
        self.exchange, self.session, self.chance = exchange, session, random.Random(seed)
        self.reports: list[Execution] = []
        self.tally: Counter[str] = Counter()

    async def trader(self) -> None:
        """Place, change and cancel until the trouble ends."""
        until = anyio.current_time() + SECONDS
        mine: list[str] = []
        while anyio.current_time() < until:
            await anyio.sleep(self.chance.uniform(0, 0.8))
            try:
                with anyio.move_on_after(self.chance.choice([0.7, 3])):
                    await self.act(mine)
            except KrakenError as error:
                self.tally[type(error).__name__] += 1

    async def act(self, mine: list[str]) -> None:
        via: Any = self.chance.choice(["ws", "rest"])
        orders, choice = self.session.orders, self.chance.random()
        if mine and choice < 0.25:
            await orders.cancel(order_id=mine.pop(), via=via)
        elif mine and choice < 0.35:
            await orders.amend(order_id=mine[-1], order_qty=self.qty(), via=via)
        else:
            mine.append((await orders.add(**self.order(), via=via)).order_id)

    def order(self) -> Any:
        """Return an order that trades at once, soon, partly or never."""
        symbol, side = self.chance.choice([BTC, ETH]), self.chance.choice(["buy", "sell"])
        if self.chance.random() < 0.2:
            return {"symbol": symbol, "side": side, "order_type": "market", "order_qty": self.qty()}
        bid, ask = self.exchange.best(symbol)
        away = Decimal(str(self.chance.choice([-0.002, 0, 0, 0.0005, 0.1])))
        price = bid * (1 - away) if side == "buy" else ask * (1 + away)
        order = {"symbol": symbol, "side": side, "order_type": "limit", "order_qty": self.qty()}
        order["limit_price"] = str(price.quantize(Decimal("0.1")))
        return order | ({"time_in_force": "ioc"} if self.chance.random() < 0.1 else {})

    def qty(self) -> str:
        return str(self.chance.choice(["0.002", "0.01", "0.05", "0.3"]))

    async def read(self, stream: Any, gaps: list[Gap]) -> None:
        """Note what a stream tells."""
        async for item in stream:
            if isinstance(item, Gap):
                gaps.append(item)
            else:
                self.reports.append(item)

    def check(self) -> None:
        """Compare the exchange's record with what was told."""
        told = [str(report.exec_id) for report in self.reports if report.exec_id is not None]
        truth = [name for order in self.exchange.orders for name in order.exec_ids]
        assert [name for name, times in Counter(told).items() if times > 1] == [], "executions were doubled"
        assert sorted(told) == sorted(truth), "executions were lost"
        ends = [each.order_id for each in self.reports if each.order_status in ENDED and each.exec_id is None]
        over = [order.order_id for order in self.exchange.orders if order.status in ENDED]
        assert sorted(ends) == sorted(over), "ends of orders were lost, doubled or made up"
        self.tally.update(executions=len(told), ends=len(ends))

    def check_order(self) -> None:
        """Require that each order's reports came in their order, with sums that rise; only without a gap."""
        for order in self.exchange.orders:
            mine = [report for report in self.reports if report.order_id == order.order_id]
            assert tuple(each.exec_id for each in mine if each.exec_id is not None) == order.exec_ids
            sums = [each.cum_qty or 0 for each in mine if each.exec_id is not None]
            assert sums == sorted(set(sums))
            assert not sums or sums[-1] == order.filled_qty
            assert not any(each.order_status in ENDED for each in mine[:-1] if each.exec_id is None)

    def check_open(self) -> None:
        """Compare what is known to be open."""
        known: Any = self.session._orders.executions  # noqa: SLF001
        there = {order.order_id: order.filled_qty for order in self.exchange.orders if order.status not in ENDED}
        assert {name: standing.cum_qty for name, standing in known.journal.open.items()} == there
        assert known.whole


async def run(seed: int, tally: Counter[str]) -> None:
    """Make trouble, then peace, and compare."""
    funds = {"USD": 10**8, "BTC": 10**3, "ETH": 10**4}
    options: dict[str, Any] = {"activity": 12.0, "heartbeat": 4.5, "tier": "pro", "balances": funds}
    async with opened(seed=seed, markets=[BTC, ETH], **options) as (exchange, session), session.executions() as stream:
        universe, gaps = Universe(exchange, session, seed), list[Gap]()
        last = await session.orders.add(**RESTING)
        async with anyio.create_task_group() as readers:
            readers.start_soon(universe.read, stream, gaps)
            async with anyio.create_task_group() as troubles:
                troubles.start_soon(make_trouble, exchange, universe.chance, FAULTS, 3)
                async with anyio.create_task_group() as traders:
                    for _ in range(TRADERS):
                        traders.start_soon(universe.trader)
                troubles.cancel_scope.cancel()
            exchange.clear_faults()
            exchange.maintenance("cancel_only")  # nothing trades from here on
            await anyio.sleep(60)
            await session.orders.cancel(order_id=last.order_id, via="rest")  # what was lost last shows with its report
            await anyio.sleep(60)
            universe.check()
            universe.check_open()
            if not gaps:
                universe.check_order()
            readers.cancel_scope.cancel()
        tally.update(universe.tally)
        tally.update(universes=1, gaps=len(gaps), whole=not gaps)


async def live(seed: int, tally: Counter[str]) -> None:
    """Live through one universe; in most of them snapshots hold less than what was missed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(private, "SNAPSHOT_FILLS", (50, 1, 2, 4)[seed % 4])
        await run(seed, tally)


@pytest.mark.once
@pytest.mark.virtual
async def test_no_execution_is_lost_or_doubled_in_any_universe() -> None:
    """D3, and issue 5."""
    await run_all(range(SEEDS), live, EVERYWHERE)


@pytest.mark.virtual
@pytest.mark.parametrize("seeds", further_seeds())
async def test_no_execution_is_lost_or_doubled_in_any_of_a_thousand_universes(seeds: range) -> None:
    """D3, and issue 5."""
    await run_all(seeds, live, EVERYWHERE)
