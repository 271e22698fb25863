"""The latency of orders can be measured: each client against each desk, a few orders of them."""

import re
from pathlib import Path

import pytest

from benchmarks import orders

ROOT = Path(__file__).parents[1]


def test_each_case_places_its_orders_at_each_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # from where the desk is started as a module
    monkeypatch.setattr(orders, "ORDERS", 3)
    monkeypatch.setattr(orders, "WARM_UP", 1)
    table = orders.run(1)
    assert [row.name for row in table.rows] == [f"{name}{how}" for how in orders.DESKS for name in orders.CASES]
    for row in table.rows:
        assert all(re.fullmatch(r"\d+ µs", cell) for cell in row.cells[:-1])
        assert re.fullmatch(r"\d+\.\d\d", row.cells[-1])


def test_what_an_order_took_is_parted_by_the_desk() -> None:
    assert orders.legs(1_000_000_000, 4_000_000_000, "2000000000-3500000000") == (1.0, 0.5)
