"""Read the session's streams and show what they bring, each in a task of its own, until cancelled."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from krakenio import Gap, Stream
from krakenio.cli.stage import Stage
from krakenio.events import Connected, ConnectionLost, Event, SubscriptionRepeated, TokenFetched, TokenTrouble
from krakenio.messages import Balance, Execution, Ticker

T = TypeVar("T")


async def watch_quotes(stage: Stage, quotes: Stream[Ticker[Decimal]]) -> None:
    """Show best bid and ask."""

    def show(ticker: Ticker[Decimal]) -> None:
        stage.tally.quotes[ticker.symbol] = ticker
        stage.screen.quote(ticker)

    await _watch(stage, "quotes", quotes, show)


async def watch_balances(stage: Stage, balances: Stream[Balance]) -> None:
    """Show each balance when it has changed."""
    known = stage.tally.balances

    def show(row: Balance) -> None:
        if known.get(row.asset) != row.balance:
            known[row.asset] = row.balance
            stage.screen.balance(row.asset, row.balance)

    await _watch(stage, "balances", balances, show)


async def watch_executions(stage: Stage, executions: Stream[Execution]) -> None:
    """Show fills and ends of orders."""

    def show(row: Execution) -> None:
        stage.tally.executions += 1
        if (text := _told(row)) is not None:
            stage.screen.tell("execution", f"{stage.tally.name(row.cl_ord_id)}: {text}")

    await _watch(stage, "executions", executions, show)


async def watch_events(stage: Stage, events: Stream[Event]) -> None:
    """Announce what happens to the session itself."""

    def show(event: Event) -> None:
        if (told := _announced(event)) is not None:
            stage.screen.tell(*told)

    await _watch(stage, "events", events, show)


async def _watch(stage: Stage, name: str, stream: Stream[T], show: Callable[[T], None]) -> None:
    """Count and show what a stream brings, and where something of it is missing."""
    async for item in stream:
        if isinstance(item, Gap):
            tell_gap(stage, name, item)
        else:
            stage.tally.seen(name)
            show(item)


def tell_gap(stage: Stage, stream: str, gap: Gap) -> None:
    """Show that items are missing: krakenio never hides it."""
    stage.tally.missed(stream)
    stage.screen.tell("gap", f"in {stream}: {gap.reason}")


def _told(row: Execution) -> str | None:
    match row.exec_type:
        case "trade":
            return f"{row.side} {row.last_qty} at {row.last_price:,}"
        case "new" | "filled" | "canceled" | "expired":
            return row.exec_type if row.reason is None else f"{row.exec_type}: {row.reason}"
        case _:
            return None


def _announced(event: Event) -> tuple[str, str] | None:
    match event:
        case Connected():
            return "connection", f"{event.link} is up again"
        case ConnectionLost():
            return "connection", f"{event.link} is lost: {event.reason}; again in {event.retry_in:.2f} s"
        case TokenFetched():
            return "token", f"a new one, good for {event.seconds:g} s"
        case TokenTrouble():
            return "token", f"none: {event.reason}; again in {event.retry_in:.2f} s"
        case SubscriptionRepeated():
            return "connection", f"{event.channel} is subscribed again: {event.reason}"
        case _:
            return None
