"""The examples run as they stand, on every loop."""

import runpy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def main_of(name: str) -> Any:
    """Return an example's `main`."""
    return runpy.run_path(str(EXAMPLES / name))["main"]


async def shown(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run an example's `main` on the running loop and return what it printed."""
    await main_of(name)()
    return capsys.readouterr().out


async def test_watch_prints_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (await shown("watch.py", capsys)).splitlines()
    assert len(lines) == 10
    assert all("bid" in line and "ask" in line for line in lines)


async def test_first_order_tells_what_became_of_both_orders(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (await shown("first_order.py", capsys)).splitlines()
    assert lines[0].startswith("Kraken has it: O")
    assert lines[1:] == ["no reply in time; the outcome is unknown", "what became of it: not accepted"]


async def test_reconnect_shows_the_gap_and_then_the_open_order(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (await shown("reconnect.py", capsys)).splitlines()
    assert lines[-2] == "a gap: the connection was lost"
    assert lines[-1].endswith("is new")


@pytest.mark.virtual
@pytest.mark.parametrize("hours", [2, pytest.param(24, marks=pytest.mark.proof)])
async def test_the_market_maker_trips_no_limit_and_ends_flat_with_no_open_order(
    hours: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A drop every ten minutes; the exchange refuses what is over a limit, and an error would be printed."""
    exchange = await main_of("market_maker.py")(hours)
    printed = capsys.readouterr().out
    assert "Limit" not in printed
    assert printed.rstrip().endswith("position 0.0000000000")
    assert exchange.balances["BTC"] == Decimal(2)
    assert {order.status for order in exchange.orders} == {"filled", "canceled"}
    assert sum(order.filled_qty > 0 for order in exchange.orders) > 10 * hours
    assert len([attempt for attempt in exchange.attempts if attempt.host == "ws_auth"]) >= 6 * hours
