"""Run the demo: options go in; an exchange, a session on it and a story are played; an exit code comes out."""

import os
import random
import signal
import sys
from functools import partial
from typing import cast

import anyio

from krakenio import KrakenError, open_session
from krakenio.cli.arguments import DemoOptions
from krakenio.cli.footprint import footprint, left_behind
from krakenio.cli.oracle import Oracle
from krakenio.cli.schedule import schedule
from krakenio.cli.screen import Screen, open_screen
from krakenio.cli.stage import SYMBOL, Stage, until
from krakenio.cli.summary import rows
from krakenio.cli.tally import Tally
from krakenio.cli.watching import watch_balances, watch_events, watch_executions, watch_quotes
from krakenio.sim import open_exchange

HELD, BROKEN, INTERRUPTED = 0, 1, 130
"""Exit codes; 130 is what a shell expects after Ctrl-C."""

SYMBOLS = (SYMBOL, "ETH/USD")
BALANCES = {"USD": 100_000, "BTC": 2}
ACTIVITY = 30.0
"""What others do on the two markets, in events a second: enough to see something move."""

SETTLED_WITHIN = 3.0
"""Seconds until quotes are there at first, and until the last balances are."""


def run(options: DemoOptions) -> int:
    """Run it on a loop of its own; return the exit code."""
    screen, tally = open_screen(options.seconds), Tally()
    try:
        _run(options, screen, tally)
        _judge(tally)
        screen.sum_up(_title(tally), rows(tally), tally.broken)
    except* BrokenPipeError:  # whoever read our lines has gone, as `head` does: there is nobody to tell
        tally.promise(holds=False, otherwise="the output could not be written")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return INTERRUPTED if tally.interrupted else BROKEN if tally.broken else HELD


def _run(options: DemoOptions, screen: Screen, tally: Tally) -> None:
    try:
        with screen:
            anyio.run(partial(_perform, options, screen, tally), backend=options.backend)
    except* KrakenError as failed:
        tally.promise(holds=False, otherwise=f"the demo failed: {_first(failed)!r}")
    except* KeyboardInterrupt:  # before or after the part that listens for it
        tally.interrupted = True


def _first(error: BaseException) -> BaseException:
    if not isinstance(error, BaseExceptionGroup):
        return error
    group = cast("BaseExceptionGroup[BaseException]", error)
    return _first(group.exceptions[0])


def _judge(tally: Tally) -> None:
    """Compare what was told with what really happened."""
    for contradiction in tally.oracle.contradictions(tally.intents):
        tally.promise(holds=False, otherwise=contradiction)
    tally.promise(not tally.leaks, f"left behind: {', '.join(held.name for held in tally.leaks)}")


def _title(tally: Tally) -> str:
    return "summary so far, stopped by Ctrl-C" if tally.interrupted else "summary"


async def _perform(options: DemoOptions, screen: Screen, tally: Tally) -> None:
    """Play until the end or Ctrl-C, then look what was left behind."""
    before = footprint()
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop_at_ctrl_c, tasks.cancel_scope, tally)
            await _open_and_play(options, screen, tally)
            tasks.cancel_scope.cancel()
    finally:
        tally.leaks = left_behind(before, footprint())


async def _open_and_play(options: DemoOptions, screen: Screen, tally: Tally) -> None:
    chance = random.Random(options.seed)  # noqa: S311 - a seeded story, no secret
    async with open_exchange(seed=options.seed, markets=SYMBOLS, activity=ACTIVITY, balances=BALANCES) as exchange:
        try:
            async with open_session(exchange.keys, endpoints=exchange.endpoints, chance=chance) as session:
                screen.tell("session", f"open on {options.backend}, over TLS, executions in sync")
                await _play(Stage(session, exchange, screen, tally, options.seconds / 10), options.seconds)
            screen.tell("session", "closed")
        finally:
            tally.oracle = Oracle.of(exchange)


async def _play(stage: Stage, seconds: float) -> None:
    """Watch all streams while the scenes are played."""
    session = stage.session
    async with (
        session.ticker(*SYMBOLS, event_trigger="bbo") as quotes,
        session.balances() as balances,
        session.executions() as executions,
        session.events() as events,
        anyio.create_task_group() as watchers,
    ):
        watchers.start_soon(watch_quotes, stage, quotes)
        watchers.start_soon(watch_balances, stage, balances)
        watchers.start_soon(watch_executions, stage, executions)
        watchers.start_soon(watch_events, stage, events)
        await _tell_the_story(stage, seconds)
        watchers.cancel_scope.cancel()


async def _tell_the_story(stage: Stage, seconds: float) -> None:
    began = anyio.current_time()
    await until(lambda: SYMBOL in stage.tally.quotes, SETTLED_WITHIN)
    try:
        for begin, scene in schedule(seconds):
            await anyio.sleep_until(began + begin)
            await scene(stage)
        await anyio.sleep_until(began + seconds)
        await _compare_in_the_end(stage)
    finally:
        stage.tally.health = stage.session.health


async def _compare_in_the_end(stage: Stage) -> None:
    """Insist that nothing rests, all is up, and the balances that we saw are those of the exchange."""
    tally, exchange = stage.tally, stage.exchange
    same = await until(lambda: tally.balances == exchange.balances, SETTLED_WITHIN)
    tally.promise(same, f"the balances were told to be {tally.balances}, and are {exchange.balances}")
    tally.promise(not Oracle.of(exchange).open_orders, "orders were left open")
    tally.promise(stage.session.health.ok, f"the session did not recover: {stage.session.health}")


async def _stop_at_ctrl_c(scope: anyio.CancelScope, tally: Tally) -> None:
    """Cancel the run at the first Ctrl-C; a second one comes as `KeyboardInterrupt`, for the impatient."""
    with anyio.open_signal_receiver(signal.SIGINT) as signals:
        async for _ in signals:
            tally.interrupted = True
            scope.cancel()
            return
