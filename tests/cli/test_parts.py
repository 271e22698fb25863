"""The parts of the demo alone: what the oracle contradicts, what is found to be left behind, how it is shown."""

import io
import os
import socket
from decimal import Decimal

import anyio
from rich.console import Console

from krakenio import Outcome, open_session
from krakenio.cli.footprint import Held, footprint, left_behind
from krakenio.cli.live import LiveScreen
from krakenio.cli.oracle import Oracle
from krakenio.cli.schedule import LONG, STORY, schedule
from krakenio.cli.screen import PlainScreen, Screen
from krakenio.cli.summary import rows
from krakenio.cli.tally import Tally
from krakenio.messages import Ticker
from krakenio.sim import open_exchange

QUOTE = Ticker("BTC/USD", Decimal("81771.8"), Decimal(1), Decimal("81776.6"), Decimal(1))


async def test_every_outcome_is_compared_with_the_exchange() -> None:
    async with (
        open_exchange(transport="memory") as exchange,
        open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as session,
    ):
        order = session.orders.prepare(symbol="BTC/USD", side="buy", order_type="market", order_qty="0.01")
        await order.submit()
        truth, nothing = Oracle.of(exchange), Oracle()
    assert list(truth.contradictions([order])) == []
    assert list(nothing.contradictions([order])) == [
        "order 1 was told to be acknowledged, but the exchange has no such order"
    ]
    for outcome in (Outcome.REJECTED, Outcome.NOT_ACCEPTED, Outcome.NOT_SENT):
        order.outcome = outcome
        assert len(list(truth.contradictions([order]))) == 1
        assert list(nothing.contradictions([order])) == []


async def test_a_socket_and_a_descriptor_left_open_are_found() -> None:
    before = footprint()
    ends, opened = socket.socketpair(), os.open(os.devnull, os.O_RDONLY)
    found = left_behind(before, footprint())
    for end in ends:
        end.close()
    os.close(opened)
    assert [held.kind for held in found] == ["socket", "socket", "descriptor"]
    assert left_behind(before, footprint()) == []


async def test_a_task_left_running_is_found() -> None:
    before, found = footprint(), list[Held]()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.sleep_forever, name="stray")
        await anyio.lowlevel.checkpoint()
        found = left_behind(before, footprint())
        tasks.cancel_scope.cancel()
    assert [(held.kind, held.name) for held in found] == [("task", "stray")]


def test_a_long_run_trades_between_the_scenes() -> None:
    assert [scene for _, scene in schedule(10)] == [scene for _, scene in STORY]
    assert len(schedule(10 * LONG)) > len(STORY)
    assert schedule(10 * LONG) == sorted(schedule(10 * LONG), key=lambda planned: planned[0])


def play(screen: Screen) -> None:
    """Show a little of everything."""
    with screen:
        screen.tell("fault", "something [broke]")
        screen.quote(QUOTE)
        screen.balance("USD", Decimal("1234.5"))
    screen.sum_up("summary", rows(Tally()), ["it did not hold"])


def test_plain_lines_hold_everything() -> None:
    lines: list[str] = []
    play(PlainScreen(lines.append, lambda: 0.0, 1.0))
    assert lines[:3] == [
        "   0.00 s  fault      something [broke]",
        "   0.00 s  quote      BTC/USD  bid 81,771.8  ask 81,776.6",
        "   0.00 s  balance    USD 1,234.5",
    ]
    assert lines[-2:] == ["broken: it did not hold", "broken promises: 1"]


def test_quotes_of_a_symbol_are_printed_at_a_pace() -> None:
    lines: list[str] = []
    times = iter([0.0, 0.0, 0.0, 0.5, 1.0, 1.0])
    screen = PlainScreen(lines.append, lambda: next(times), 1.0)
    for _ in range(3):
        screen.quote(QUOTE)
    assert len(lines) == 2


def test_the_live_view_draws_what_is_now_below_what_happened() -> None:
    written, clock = io.StringIO(), iter(range(100))
    play(LiveScreen(Console(file=written, force_terminal=True, width=100), lambda: next(clock)))
    shown = written.getvalue()
    assert "something [broke]" in shown
    assert "81,776.6" in shown
    assert "USD 1,234.5" in shown
    assert "broken: it did not hold" in shown
