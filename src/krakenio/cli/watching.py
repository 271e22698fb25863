"""Read the session's streams and show what they bring, each in a task of its own, until cancelled."""

from decimal import Decimal

from krakenio import Gap, Stream
from krakenio.cli.stage import Stage
from krakenio.events import Connected, ConnectionLost, Event, SubscriptionRepeated, TokenFetched, TokenTrouble
from krakenio.messages import Balance, Execution, Ticker


async def watch_quotes(stage: Stage, quotes: Stream[Ticker[Decimal]]) -> None:
    """Show best bid and ask."""
    async for ticker in quotes:
        if isinstance(ticker, Gap):
            tell_gap(stage, "quotes", ticker)
            continue
        stage.tally.seen("quotes")
        stage.tally.quotes[ticker.symbol] = ticker
        stage.screen.quote(ticker)


async def watch_balances(stage: Stage, balances: Stream[Balance]) -> None:
    """Show each balance when it has changed."""
    known = stage.tally.balances
    async for row in balances:
        if isinstance(row, Gap):
            tell_gap(stage, "balances", row)
            continue
        stage.tally.seen("balances")
        if known.get(row.asset) != row.balance:
            known[row.asset] = row.balance
            stage.screen.balance(row.asset, row.balance)


async def watch_executions(stage: Stage, executions: Stream[Execution]) -> None:
    """Show fills and ends of orders."""
    async for row in executions:
        if isinstance(row, Gap):
            tell_gap(stage, "executions", row)
            continue
        stage.tally.seen("executions")
        stage.tally.executions += 1
        if (text := _told(row)) is not None:
            stage.screen.tell("execution", f"{stage.tally.name(row.cl_ord_id)}: {text}")


async def watch_events(stage: Stage, events: Stream[Event]) -> None:
    """Announce what happens to the session itself."""
    async for event in events:
        if isinstance(event, Gap):
            tell_gap(stage, "events", event)
            continue
        stage.tally.seen("events")
        if (told := _announced(event)) is not None:
            stage.screen.tell(*told)


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
