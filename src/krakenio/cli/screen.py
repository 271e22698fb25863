"""Show a run: what happens goes in, lines of text come out, or a live view where a terminal and `rich` are there."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from importlib.util import find_spec
from types import TracebackType
from typing import Protocol, Self

from krakenio.cli.summary import Row
from krakenio.messages import Ticker

QUOTES = 12
"""Plain lines of quotes for each symbol in a run: a terminal scrolls, and the story is what counts."""


class Screen(AbstractContextManager["Screen"], Protocol):
    """Where a run is shown."""

    def tell(self, what: str, text: str) -> None:
        """Show one sentence of the story, which stays."""
        ...

    def quote(self, ticker: Ticker[Decimal]) -> None:
        """Show the best bid and ask of a symbol as they are now."""
        ...

    def balance(self, asset: str, amount: Decimal) -> None:
        """Show a balance as it is now."""
        ...

    def sum_up(self, title: str, rows: Sequence[Row], broken: Sequence[str]) -> None:
        """Show the end: the summary, and which promises did not hold."""
        ...


def open_screen(seconds: float) -> Screen:
    """Choose how to show a run of so many seconds; enter it while the run lasts."""
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb" or find_spec("rich") is None:
        return PlainScreen(print, time.monotonic, seconds / QUOTES)
    from krakenio.cli.live import LiveScreen, open_console  # noqa: PLC0415 - `rich` is an extra

    return LiveScreen(open_console(), time.monotonic)


class PlainScreen(Screen):
    """Print lines, each with the seconds since the start; `pace` is the time between two quotes of one symbol."""

    def __init__(self, write: Callable[[str], object], now: Callable[[], float], pace: float) -> None:
        self._write, self._now, self._pace = write, now, pace
        self._began = now()
        self._next_quote: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Need nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Need nothing."""

    def tell(self, what: str, text: str) -> None:
        """Print a line."""
        self._write(line(self._now() - self._began, what, text))

    def quote(self, ticker: Ticker[Decimal]) -> None:
        """Print a quote, if the last one is long enough ago."""
        now = self._now()
        if now >= self._next_quote.get(ticker.symbol, now):
            self._next_quote[ticker.symbol] = now + self._pace
            self.tell("quote", f"{ticker.symbol}  bid {ticker.bid:,}  ask {ticker.ask:,}")

    def balance(self, asset: str, amount: Decimal) -> None:
        """Print a balance."""
        self.tell("balance", f"{asset} {amount:,}")

    def sum_up(self, title: str, rows: Sequence[Row], broken: Sequence[str]) -> None:
        """Print the table, then a verdict."""
        self._write(f"\n{title}")
        for what, number in rows:
            self._write(f"  {what:<26}{number:>8}")
        for promise in broken:
            self._write(f"broken: {promise}")
        self._write(verdict(broken))


def line(seconds: float, what: str, text: str) -> str:
    """Return one line of the story."""
    return f"{seconds:7.2f} s  {what:<11}{text}"


def verdict(broken: Sequence[str]) -> str:
    """Return the last line."""
    return "everything that was promised held" if not broken else f"broken promises: {len(broken)}"
