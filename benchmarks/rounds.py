"""Run the cases in turn, round after round, each in a process of its own; out, all their measurements."""

import json
import os
import subprocess
import sys

from benchmarks import peers
from benchmarks.cases import CASES
from benchmarks.frames import MIX
from benchmarks.report import Measurement, Measurements
from benchmarks.source import Ports

CYCLE = sum(MIX.values())
PATIENCE = 120.0  # seconds for one measurement


def whole(messages: int) -> int:
    """Round up to whole cycles of the mix."""
    return -(-messages // CYCLE) * CYCLE


def measure(name: str, kind: str, messages: int, ports: Ports) -> Measurement | None:
    """Run one case once; None where its library is not there."""
    count = str(whole(messages // CASES[name].divisor))
    command = [sys.executable, "-m", "benchmarks.child", name, kind, count, str(ports.of(kind))]
    environment = os.environ | peers.environment(CASES[name].peer)
    # once more: others on the machine may starve the source so long that a client takes it for a lost connection
    printed = output(command, environment) or output(command, environment)
    if printed is None:
        raise SystemExit(f"{name} failed twice")
    result = json.loads(printed)
    if "missing" in result:
        print(f"{name}: skipped, {result['missing']}", file=sys.stderr)
        return None
    return dict(result)


def output(command: list[str], environment: dict[str, str]) -> str | None:
    """Return what a command prints; where it fails, show why."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE, env=environment)
    if not done.returncode:
        return done.stdout
    print(done.stderr, file=sys.stderr)
    return None


def run_rounds(names: list[str], kind: str, rounds: int, messages: int, ports: Ports) -> Measurements:
    """Interleave the cases, so that what drifts on this machine drifts for all of them."""
    found: Measurements = {name: [] for name in names}
    for number in range(rounds):
        for name in [name for name in found if number == 0 or found[name]]:
            print(f"{kind}, round {number + 1} of {rounds}: {name}", file=sys.stderr)
            if result := measure(name, kind, messages, ports):
                found[name].append(result)
    return {name: results for name, results in found.items() if results}
