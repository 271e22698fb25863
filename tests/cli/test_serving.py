"""The exchange run by itself: what it prints leads a client of any language there, and it ends when it is told to."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from krakenio import Keys
from krakenio.cli import main
from krakenio.endpoints import Endpoints

BACKENDS = pytest.mark.parametrize("backend", ["trio", "asyncio"])
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])


@contextmanager
def started(*words: str) -> Generator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Run the exchange in a process of its own, which does not outlive the block, and read its lines."""
    command = [sys.executable, "-W", "error", "-m", "krakenio", "exchange", *words]
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process, read(process)
        finally:
            process.kill()


def read(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read the lines up to the comment."""
    assert process.stdout is not None
    values: dict[str, str] = {}
    for line in process.stdout:
        if line.startswith("#"):
            return values
        name, _, values[name] = line.strip().partition("=")
    assert process.stderr is not None
    raise AssertionError(process.stderr.read())


def fetch(values: dict[str, str], name: str) -> dict[str, object]:
    """Call a public endpoint with the standard library alone."""
    context = ssl.create_default_context(cafile=values["KRAKEN_CA_FILE"]) if "KRAKEN_CA_FILE" in values else None
    url = f"{values['KRAKEN_REST_URL']}/0/public/{name}"
    with urllib.request.urlopen(url, context=context, timeout=10) as answer:  # noqa: S310 - loopback
        return dict(json.load(answer))


@SIGNALS
@BACKENDS
def test_it_serves_until_it_is_told_to_stop(backend: str, number: signal.Signals) -> None:
    with started("--port", "0", "--backend", backend, "--seed", "7") as (process, values):
        assert fetch(values, "Time")["error"] == []
        rest, ws, ws_auth, ws_l3 = (values[f"KRAKEN_{name}_URL"] for name in ("REST", "WS", "WS_AUTH", "WS_L3"))
        Endpoints(rest, ws, ws_auth, ws_l3)
        assert len(Keys.from_env(values).secret) == 64
        process.send_signal(number)
        assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0
    assert not Path(values["KRAKEN_CA_FILE"]).exists()


def test_a_seed_gives_the_same_account_and_further_keys_are_printed() -> None:
    with started("--port", "0", "--seed", "7", "--no-tls", "--keys", "2") as (_, one):
        with started("--port", "0", "--seed", "7", "--no-tls") as (_, two):
            assert one["KRAKEN_API_SECRET"] == two["KRAKEN_API_SECRET"]
            assert one["KRAKEN_API_KEY_2"] != one["KRAKEN_API_KEY"] == two["KRAKEN_API_KEY"]
            assert "KRAKEN_API_KEY_2" not in two


def test_ports_are_in_a_row_and_plain_where_asked(tmp_path: Path) -> None:
    first = free_ports()
    with started("--port", str(first), "--no-tls", "--ca-file", str(tmp_path / "ca.pem")) as (_, values):
        assert values["KRAKEN_REST_URL"] == f"http://127.0.0.1:{first}"
        assert values["KRAKEN_WS_L3_URL"] == f"ws://127.0.0.1:{first + 3}/v2"
        assert "KRAKEN_CA_FILE" not in values
        assert fetch(values, "SystemStatus")["error"] == []


def test_the_certificate_stays_where_the_user_wants_it(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    with started("--port", "0", "--ca-file", str(file)) as (process, values):
        assert values["KRAKEN_CA_FILE"] == str(file)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert file.read_text().startswith("-----BEGIN CERTIFICATE-----")


def free_ports() -> int:
    """Return a port with three free ones after it."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as found:
            first = int(found.getsockname()[1])
        try:
            for port in range(first, first + 4):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first


def test_a_port_that_is_taken_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        if port > 65_532:
            pytest.skip("the system gave one of its last ports")
        assert main(["exchange", "--port", str(port), "--no-tls"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("krakenio: the exchange could not start: ")
    assert os.strerror(98) in said.err
