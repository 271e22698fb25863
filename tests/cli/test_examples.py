"""The examples run as they stand, on every loop."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


async def shown(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run an example's `main` on the running loop and return what it printed."""
    await runpy.run_path(str(EXAMPLES / name))["main"]()
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
