"""What the pages show as Python runs as it stands; longer code is in `examples/`, which have tests of their own."""

import ast
import asyncio
import base64
import contextlib
import functools
import io
import logging
import re
import signal
import ssl
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import msgspec
import pytest

import krakenio
from krakenio.cli.serving import lines
from tests.sources import ROOT

pytestmark = [pytest.mark.once, pytest.mark.backends("asyncio")]

PAGES = ["README.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
BLOCKS = [(page, code) for page in PAGES for code in BLOCK.findall((ROOT / page).read_text())]
OWN_LOOP = ("anyio.run(main)", "start_blocking_portal")
"""What opens a loop of its own is only compiled: the README's beginning and portals have tests of their own."""

PATIENCE = 1.0
"""Seconds for a block: many read streams that never end."""

TAKEN = (anyio, asyncio, base64, contextlib, functools, logging, msgspec, signal, ssl)
MODULES = {module.__name__: module for module in TAKEN}


def taken_for_granted(exchange: krakenio.sim.Exchange, s: krakenio.Session[Decimal]) -> dict[str, Any]:
    """Return the names that blocks use without making them."""
    opened = functools.partial(krakenio.open_session, endpoints=exchange.endpoints)
    simulated = SimpleNamespace(**{**vars(krakenio), "open_session": opened})
    classes = {"Any": Any, "AsyncIterator": AsyncIterator, "Decimal": Decimal, "FastAPI": object, "Path": Path}
    made = {"s": s, "rest": s.rest, "exchange": exchange, "keys": exchange.keys, "capture": io.BytesIO()}
    return {**MODULES, **classes, **made, "krakenio": simulated, "engine": idle, "nonce": 1, "body": "nonce=1"}


async def idle(_s: krakenio.Session[Decimal]) -> None:
    """Be the engine of whoever reads the page."""
    await anyio.sleep_forever()


async def run(block: Any, names: dict[str, Any]) -> None:
    """Run a block for a while, then end the task that it may have left."""
    with anyio.move_on_after(PATIENCE):
        running = eval(block, names)  # noqa: S307 - our own pages
        if running is not None:
            await running
    holder: asyncio.Task[None] | None = names.get("holder")
    if holder is not None:
        holder.cancel()
        await asyncio.wait([holder])


@pytest.mark.parametrize(("page", "code"), BLOCKS, ids=[f"{page}-{number}" for number, (page, _) in enumerate(BLOCKS)])
async def test_each_block_of_the_pages_runs(
    page: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = compile(code, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if any(part in code for part in OWN_LOOP):
        return
    monkeypatch.chdir(tmp_path)
    async with (
        krakenio.sim.open_exchange(activity=200) as exchange,
        krakenio.open_session(exchange.keys, endpoints=exchange.endpoints) as session,
    ):
        (tmp_path / "ca.pem").write_text(exchange.ca_pem or "")
        (tmp_path / "exchange.env").write_text("\n".join(lines(exchange, [exchange.keys], tmp_path / "ca.pem")))
        await run(block, taken_for_granted(exchange, session))


def test_there_are_blocks_to_run() -> None:
    assert len(BLOCKS) > len(OWN_LOOP) + 10
    assert {"README.md", "docs/guide/streams.md", "docs/simulator.md"} <= {page for page, _ in BLOCKS}


def test_what_those_who_come_from_other_clients_are_told_is_there() -> None:
    page = (ROOT / "docs/guide/coming.md").read_text()
    told = set(re.findall(r"s\.(rest\.\w+\.\w+|orders\.\w+|\w+)\(", page)) - {"rest"}
    homes = {"orders": krakenio.Orders, "rest": krakenio.Rest}
    missing = [name for name in told if not _is_there(name, homes)]
    assert len(told) > 20
    assert missing == []


def _is_there(name: str, homes: dict[str, type]) -> bool:
    first, *rest = name.split(".")
    if not rest:
        return hasattr(krakenio.Session, first)
    if len(rest) == 1:
        return hasattr(homes[first], rest[0])
    chapter = getattr(__import__(f"krakenio.rest.{rest[0]}", fromlist=[""]), rest[0].capitalize())
    return hasattr(chapter, rest[1])
