"""The examples run as they stand, on every loop."""

import base64
import re
import runpy
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

import krakenio
from krakenio.sim.accounts.limits import Counter

pytestmark = pytest.mark.once

EXAMPLES = Path(__file__).parents[2] / "examples"


def main_of(name: str) -> Any:
    """Return an example's `main`."""
    return runpy.run_path(str(EXAMPLES / name))["main"]


async def shown(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run an example's `main` on the running loop and return what it printed."""
    await main_of(name)()
    return capsys.readouterr().out


async def test_what_the_readme_begins_with_places_an_order_and_hears_of_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (EXAMPLES.parent / "README.md").read_text()
    code = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)[0]
    async with krakenio.sim.open_exchange(activity=0) as exchange:
        monkeypatch.setenv("KRAKEN_API_KEY", exchange.keys.api_key)
        monkeypatch.setenv("KRAKEN_API_SECRET", base64.b64encode(exchange.keys.secret).decode())
        monkeypatch.setattr(krakenio, "open_session", partial(krakenio.open_session, endpoints=exchange.endpoints))
        monkeypatch.setattr(anyio, "run", print)  # this loop runs it
        names: dict[str, Any] = {}
        exec(code, names)  # noqa: S102 - our own page
        with anyio.move_on_after(1):
            await names["main"]()
        order_id = exchange.orders[0].order_id
    assert capsys.readouterr().out.splitlines()[1:] == ["Outcome.ACKED", f"pending_new {order_id}", f"new {order_id}"]


async def test_watch_prints_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (await shown("watch.py", capsys)).splitlines()
    assert len(lines) == 10
    assert all("bid" in line and "ask" in line for line in lines)


async def test_first_order_tells_what_became_of_both_orders(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (await shown("first_order.py", capsys)).splitlines()
    assert lines[0].startswith("Kraken has it: O")
    assert lines[1:] == ["no reply in time; the outcome is unknown", "what became of it: not accepted"]


async def test_reconnect_misses_no_fill_and_shows_no_gap(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (await shown("reconnect.py", capsys)).splitlines()
    assert not [line for line in lines if "gap" in line]
    assert [line.rpartition(" ")[2] for line in lines[-2:]] == ["partially_filled", "filled"]


@pytest.mark.virtual
async def test_restart_finds_what_the_former_life_left(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (await shown("restart.py", capsys)).splitlines()
    assert lines == ["new, 0 filled", "closed, 0.01000000 filled", "never accepted"]


async def test_keep_books_shows_a_book_that_cannot_be_read_and_its_return(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (await shown("keep_books.py", capsys)).splitlines()
    assert ["100 000 buys at" in line for line in lines] == [True, False, True]
    assert "cannot be read: the connection was lost" in lines[1]


async def test_every_book_names_the_five_that_lean_most(capsys: pytest.CaptureFixture[str]) -> None:
    *books, last = (await shown("every_book.py", capsys)).splitlines()
    leaning = [abs(Decimal(line.split()[1])) for line in books]
    assert len(leaning) == 5
    assert leaning == sorted(leaning, reverse=True)
    assert 0 < leaning[0] <= 1
    assert last.startswith("40 books, ")


async def test_order_group_leaves_no_order_and_tells_what_it_could_not_confirm(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (await shown("order_group.py", capsys)).splitlines() == [
        "cancelling them now would cost {'BTC/USD': 16.0}",
        "['canceled', 'canceled']",
        "not confirmed within the grace: 1",
    ]


async def test_history_reads_an_account_and_names_a_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (await shown("history.py", capsys)).splitlines()
    assert "BTC/USD" in lines[0]
    assert "ledger entries" in lines[2]
    assert lines[3].startswith("EOrder:")


@pytest.mark.virtual
async def test_engine_test_sells_what_it_was_told_to_whatever_goes_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    exchange = await main_of("engine_test.py")()
    printed = capsys.readouterr().out
    assert len(exchange.misdeeds) > 10
    assert len(exchange.orders) == 60 - printed.count("not sent") - printed.count("not accepted")


@pytest.mark.virtual
@pytest.mark.parametrize("hours", [2, pytest.param(24, marks=pytest.mark.proof)])
async def test_the_market_maker_trips_no_limit_and_ends_flat_with_no_open_order(
    hours: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drop every ten minutes; what the exchange refuses for a limit is noted where it counts."""
    refused, admits = list[float](), Counter.admits

    def noted(counter: Counter, cost: float) -> bool:
        fits = admits(counter, cost)
        refused.extend([] if fits else [cost])
        return fits

    monkeypatch.setattr(Counter, "admits", noted)
    exchange = await main_of("market_maker.py")(hours)
    printed = capsys.readouterr().out
    assert refused == []
    assert "Limit" not in printed
    assert len((EXAMPLES / "market_maker.py").read_text().splitlines()) < 100
    assert printed.rstrip().endswith("position 0.0000000000")
    assert exchange.balances["BTC"] == Decimal(2)
    assert {order.status for order in exchange.orders} == {"filled", "canceled"}
    assert sum(order.filled_qty > 0 for order in exchange.orders) > 10 * hours
    assert len([attempt for attempt in exchange.attempts if attempt.host == "ws_auth"]) >= 6 * hours


@pytest.mark.virtual
async def test_the_market_maker_looks_after_what_a_group_left_once_kraken_can_be_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main = main_of("market_maker.py")

    async def away(exchange: krakenio.sim.Exchange) -> None:
        """Be gone while the first group is left, and for a minute more."""
        await anyio.sleep(30)
        exchange.refuse(None, 503, times=None)
        exchange.drop()
        await anyio.sleep(90)
        exchange.clear_faults()
        await anyio.sleep(120)
        statuses.extend(order.status for order in exchange.orders[:2])

    statuses: list[str] = []
    main.__globals__["drop"] = away
    exchange = await main(0.25)
    printed = capsys.readouterr().out
    assert "OrdersLeftOpen" in printed
    assert "OrderNotSent" in printed  # it could not be looked after yet
    assert "new" not in statuses
    assert len(exchange.orders) > 10
    assert {order.status for order in exchange.orders} == {"filled", "canceled"}
