"""A session of one virtual day with a drop every few minutes: every stream lives, each token is fetched once."""

import collections
import itertools
import random
from typing import Any, Literal

import anyio
import pytest

from krakenio import Gap, OrderError, Session, Stream
from krakenio.backoff import ConnectionBudget
from krakenio.events import Connected, ConnectionLost, Event, TokenFetched
from krakenio.sim import Exchange
from tests.sessions import SYMBOL, quiet, session_on

pytestmark = pytest.mark.once

HOURS = [
    pytest.param(2, id="two hours"),
    pytest.param(24, marks=pytest.mark.proof, id="a day"),
]
SECOND = 10**9
MARGIN = 60.0
LIFETIME = 900.0
STREAMS = ("ticker", "trades", "book", "executions", "balances")


class Diary:
    """Note what each stream brought in each hour, and every event."""

    def __init__(self) -> None:
        self.begun = anyio.current_time()
        self.items: collections.Counter[tuple[str, int]] = collections.Counter()
        self.gaps: collections.Counter[str] = collections.Counter()
        self.events: list[Event | Gap] = []

    def hour(self) -> int:
        return int((anyio.current_time() - self.begun) // 3600)

    async def read(self, name: str, stream: Stream[Any]) -> None:
        async for item in stream:
            if isinstance(item, Gap):
                self.gaps[name] += 1
            else:
                self.items[name, self.hour()] += 1

    async def listen(self, stream: Stream[Event]) -> None:
        async for event in stream:
            self.events.append(event)

    def of(self, kind: type[Event], link: str | None = None) -> list[Any]:
        found = [event for event in self.events if isinstance(event, kind)]
        return [event for event in found if link is None or getattr(event, "link", None) == link]


async def break_things(exchange: Exchange, seed: int, until: float) -> None:
    """Drop connections every four minutes on average, some of them in good form."""
    chance = random.Random(seed)
    while anyio.current_time() < until:
        await anyio.sleep(chance.expovariate(1 / 240))
        host = chance.choice(["ws", "ws_auth", "ws_auth", None])
        if chance.random() < 0.3:
            exchange.close(host, chance.choice([1000, 1001, 1012]))
        else:
            exchange.drop(host)


async def trade(session: Session[Any]) -> None:
    """Buy and sell a little every five minutes, so that executions and balances have something to tell."""
    side: Literal["buy", "sell"] = "buy"
    while True:
        try:
            await session.orders.add(symbol=SYMBOL, side=side, order_type="market", order_qty="0.001")
        except OrderError:
            continue
        finally:
            await anyio.sleep(300)  # noqa: ASYNC102 - a cancel ends the day at once
        side = "sell" if side == "buy" else "buy"


def busiest(moments: list[int], window: int) -> int:
    """Return the most moments that lie within one window."""
    most, begin = 0, 0
    for end, moment in enumerate(moments):
        while moment - moments[begin] >= window:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def check_tokens(exchange: Exchange, diary: Diary) -> None:
    """Each token has one reason: the first entry, one loss of the private socket, or the age of the one before."""
    fetched = [event.at for event in diary.of(TokenFetched)]
    was_up, losses = True, list[int]()
    for event in diary.events:
        if isinstance(event, Connected | ConnectionLost) and event.link == "ws_auth":
            losses += [event.at] if was_up and isinstance(event, ConnectionLost) else []
            was_up = isinstance(event, Connected)
    expiries = 0
    for before, after in itertools.pairwise(fetched):
        between = [at for at in losses if before <= at <= after]
        aged = after - before >= (LIFETIME - MARGIN) * SECOND
        assert len(between) + (aged and not between) == 1, (before, after, between)
        expiries += aged and not between
    assert exchange.tokens_issued == 1 + len(fetched) == 1 + len(losses) + expiries
    assert expiries > 0
    assert len(losses) > 10


@pytest.mark.virtual
@pytest.mark.parametrize("hours", HOURS)
async def test_drops_and_expiring_tokens_leave_every_stream_alive(hours: int) -> None:
    """G2, G4, G5, D3: a day takes 10 to 25 s of this machine on either loop."""
    async with quiet(activity=0.05, heartbeat=4.5, token_lifetime=LIFETIME, limits=False) as exchange:
        async with session_on(exchange, refresh_margin=MARGIN) as session:
            diary = Diary()
            async with (
                session.ticker(SYMBOL) as ticker,
                session.trades(SYMBOL) as trades,
                session.book_updates(SYMBOL) as book,
                session.executions() as executions,
                session.balances() as balances,
                session.events(buffer=100_000) as events,
                anyio.create_task_group() as tasks,
            ):
                tasks.start_soon(diary.listen, events)
                streams: tuple[Stream[Any], ...] = (ticker, trades, book, executions, balances)
                for name, stream in zip(STREAMS, streams, strict=True):
                    tasks.start_soon(diary.read, name, stream)
                tasks.start_soon(trade, session)
                await break_things(exchange, 11, anyio.current_time() + hours * 3600)
                await anyio.sleep(60)
                assert session.health.ok
                tasks.cancel_scope.cancel()
            check_tokens(exchange, diary)
        attempts = [attempt.time for attempt in exchange.attempts if attempt.host != "rest"]
        assert busiest(attempts, ConnectionBudget.WINDOW) <= ConnectionBudget.LIMIT
        assert len(attempts) <= 2 + len(diary.of(ConnectionLost))
    silent = [(name, hour) for name in STREAMS for hour in range(hours) if not diary.items[name, hour]]
    assert silent == []
    healed = "executions"  # by itself: whatever an outage missed is found out, so there is no gap
    assert all(diary.gaps[name] > 4 * hours for name in STREAMS if name != healed), diary.gaps
    assert diary.gaps[healed] == 0
