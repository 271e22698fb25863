"""Show a run in a terminal with `rich`: the story scrolls by above, quotes and balances stay below it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from krakenio.cli.screen import Screen, line, verdict
from krakenio.cli.summary import Row
from krakenio.messages import Ticker

REFRESH = 0.08
"""Seconds between two pictures: faster cannot be read."""

_STYLES = {"fault": "bold red", "connection": "yellow", "token": "magenta", "execution": "green", "gap": "red"}


def open_console() -> Console:
    """Return a console on standard output; `rich` itself obeys NO_COLOR."""
    return Console(highlight=False)


class LiveScreen(Screen):
    """Draw on a console from one thread: `rich` would start another one for refreshing by itself."""

    def __init__(self, console: Console, now: Callable[[], float]) -> None:
        self._console, self._now = console, now
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._began = self._drawn = now()
        self._quotes: dict[str, Ticker[Decimal]] = {}
        self._balances: dict[str, Decimal] = {}

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the live part away; the story stays."""
        self._live.stop()

    def tell(self, what: str, text: str) -> None:
        """Print a line above the live part."""
        shown = line(self._now() - self._began, what, text)
        self._console.print(Text(shown, _STYLES.get(what, "")), soft_wrap=True)

    def quote(self, ticker: Ticker[Decimal]) -> None:
        """Draw a quote soon."""
        self._quotes[ticker.symbol] = ticker
        self._draw()

    def balance(self, asset: str, amount: Decimal) -> None:
        """Draw a balance soon."""
        self._balances[asset] = amount
        self._draw()

    def sum_up(self, title: str, rows: Sequence[Row], broken: Sequence[str]) -> None:
        """Print the table, then a verdict."""
        table = Table(title, "", box=box.SIMPLE_HEAD)
        table.columns[1].justify = "right"
        for row in rows:
            table.add_row(*row)
        self._console.print(table)
        for promise in broken:
            self._console.print(Text(f"broken: {promise}", "bold red"))
        self._console.print(Text(verdict(broken), "bold red" if broken else "bold green"))

    def _draw(self) -> None:
        if self._now() - self._drawn >= REFRESH:
            self._drawn = self._now()
            self._live.update(self._picture(), refresh=True)

    def _picture(self) -> Table:
        table = Table("symbol", "bid", "ask", "balances", box=box.ROUNDED)
        owned = [f"{asset} {amount:,}" for asset, amount in self._balances.items()]
        quoted = [(each.symbol, f"{each.bid:,}", f"{each.ask:,}") for each in self._quotes.values()]
        for place in range(max(len(owned), len(quoted))):
            cells = quoted[place] if place < len(quoted) else ("", "", "")
            table.add_row(*cells, owned[place] if place < len(owned) else "")
        return table
