"""The demo as it is run: what it shows, that it keeps its promises, and how it ends when it is stopped."""

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO

import pytest

from krakenio.cli import main
from krakenio.sim import open_exchange

pytestmark = pytest.mark.once

SEED = "7"
SECRET = re.compile(r"[A-Za-z0-9+/]{32}")
"""What keys, secrets, signatures and tokens look like; nothing else in the story is so long without a break."""

BACKENDS = pytest.mark.parametrize("backend", ["trio", "asyncio"])


def summary(shown: str) -> dict[str, int]:
    """Read the rows of the summary table."""
    rows = re.findall(r"^ +([a-z][a-z ]*[a-z]) +(\d+) *$", shown.partition("summary")[2], re.MULTILINE)
    return {what: int(number) for what, number in rows}


@BACKENDS
def test_the_demo_keeps_every_promise(backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["demo", "--backend", backend, "--seconds", "2", "--seed", SEED])
    shown = capsys.readouterr().out
    assert code == 0, shown
    assert shown.endswith("everything that was promised held\n")
    check_summary(summary(shown))
    check_story(shown)
    assert SECRET.findall(shown) == []


def check_summary(rows: dict[str, int]) -> None:
    """Compare the numbers with what the story does."""
    expected = {
        "orders acknowledged": 5,
        "orders rejected": 2,
        "orders not sent": 2,
        "orders not accepted": 1,
        "orders unknown": 0,
        "orders unknown at first": 2,
        "orders filled": 2,
        "orders cancelled": 3,
        "orders left open": 0,
        "leaks found": 0,
        "tasks": 0,
        "sockets": 0,
        "descriptors": 0,
    }
    assert {what: rows[what] for what in expected} == expected
    assert rows["reconnects"] >= 2
    assert rows["token fetches"] >= 3
    assert rows["messages received"] > 50


def check_story(shown: str) -> None:
    """Look for each thing that the demo promises to show."""
    for sign in (
        r"quote +BTC/USD  bid [\d,.]+  ask [\d,.]+",
        r"balance +USD 100,000",
        r"execution +order 2: buy [\d.]+ at [\d,.]+",
        r"execution +order 3: filled",
        r"fault +the exchange resets 3 connections",
        r"gap +in (quotes|balances): ",
        r"connection +ws_auth is lost: ",
        r"connection +ws_auth is up again",
        r"fault +the exchange lets the token expire",
        r"order 9: InvalidSession: ",
        r"token +a new one, good for 900 s",
        r"(?s)order 6: buy, cancelled before it is written\n.*order 6: outcome: not sent",
        r"order 7: outcome: unknown\n",
        r"order 7: outcome: acknowledged",
        r"order 5: outcome: unknown\n",
        r"order 5: outcome: not accepted",
    ):
        assert re.search(sign, shown), sign


@contextmanager
def started(*words: str, stdout: int = subprocess.PIPE, **variables: str) -> Generator[subprocess.Popen[str]]:
    """Run the demo in a process of its own, which does not outlive the block."""
    command = [sys.executable, "-W", "error", "-u", "-m", "krakenio", "demo", "--seed", SEED, *words]
    environment = {**os.environ, "TERM": "xterm", **variables}
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=environment
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def read_until(stream: IO[str] | None, sign: str) -> str:
    """Read lines up to the first that holds a sign."""
    assert stream is not None
    lines: list[str] = []
    for line in stream:
        lines.append(line)
        if sign in line:
            break
    return "".join(lines)


@BACKENDS
def test_ctrl_c_ends_the_demo_with_the_summary_so_far(backend: str) -> None:
    with started("--backend", backend, "--seconds", "60") as process:
        read_until(process.stdout, "order 1: outcome")
        process.send_signal(signal.SIGINT)
        shown, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == ""
    assert "summary so far, stopped by Ctrl-C" in shown
    assert summary(shown)["orders acknowledged"] == 1
    assert summary(shown)["leaks found"] == 0


def test_a_reader_that_has_gone_ends_the_demo_without_a_traceback() -> None:
    with started("--seconds", "2") as process:
        read_until(process.stdout, "session")
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(30) == 1


def in_a_terminal(**variables: str) -> str:
    """Run a short demo on a terminal and return what it wrote there."""
    ours, theirs = pty.openpty()
    running = started("--seconds", "1", stdout=theirs, **variables)
    with running as process, os.fdopen(ours, "rb", buffering=0) as terminal:
        os.close(theirs)
        shown = b"".join(iter(lambda: read_terminal(terminal), b""))
        assert process.wait(30) == 0
    return shown.decode()


def read_terminal(terminal: IO[bytes]) -> bytes:
    """Read on; the end of a terminal is an error on Linux."""
    try:
        return terminal.read(65536)
    except OSError:
        return b""


COLOUR = re.compile(r"\x1b\[(?:\d+;)*3[0-7](?:;\d+)*m")


def test_a_terminal_shows_a_live_view() -> None:
    shown = in_a_terminal()
    assert "╭" in shown
    assert COLOUR.search(shown)
    assert "everything that was promised held" in shown
    assert SECRET.findall(shown) == []


def test_no_color_is_respected() -> None:
    shown = in_a_terminal(NO_COLOR="1")
    assert "everything that was promised held" in shown
    assert not COLOUR.search(shown)


def test_a_dumb_terminal_gets_plain_lines() -> None:
    shown = in_a_terminal(TERM="dumb")
    assert "\x1b" not in shown
    assert "everything that was promised held" in shown


async def test_secrets_would_be_recognised() -> None:
    async with open_exchange(seed=int(SEED), transport="memory") as exchange:
        assert SECRET.search(exchange.keys.api_key)
