"""Keep what was measured: tables with every round go in, a file of JSON comes out, and the other way round."""

import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

import msgspec

from benchmarks.report import Table


@dataclass(frozen=True)
class Results:
    """What one run measured, when and where."""

    date: str
    machine: str
    python: str
    tables: list[Table]

    def write(self, path: Path) -> None:
        """Write it all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self)))


def read(path: Path) -> Results:
    """Read what `write` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def here() -> tuple[str, str, str]:
    """Return the day, the machine and the Python."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    return day, f"{processor()}, {cpu_count()} cores", f"{platform.python_implementation()} {platform.python_version()}"


def processor() -> str:
    """Return the name of the processor, as far as this machine tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
