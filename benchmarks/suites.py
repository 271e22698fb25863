"""Name what `python -m benchmarks` can measure over the wire: which traffic, which cases, which figures."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.cases import CASES
from benchmarks.report import Measurement, Measurements, Row, Table
from benchmarks.rounds import run_rounds
from benchmarks.source import Ports


@dataclass(frozen=True)
class Figure:
    """One column: its measurement's name, how it is written, and whether more is better."""

    name: str
    write: Callable[[float], str]
    more_is_better: bool = False

    def ratio(self, value: float, limit: float) -> float:
        """Compare with the limit: 1 is as good, 0.5 half as good."""
        return value / limit if self.more_is_better else limit / value


RATE = Figure("rate", lambda value: f"{value:,.0f} /s", more_is_better=True)
CPU = Figure("cpu", lambda value: f"{value * 1e6:.2f} µs CPU")
P50 = Figure("p50", lambda value: f"{value * 1e6:.0f} µs p50")
P99 = Figure("p99", lambda value: f"{value * 1e6:.0f} µs p99")


@dataclass(frozen=True)
class Suite:
    """One table: `messages` of one measurement, of the traffic `kind`, by each of the cases."""

    key: str
    title: str
    kind: str
    messages: int
    figures: tuple[Figure, ...]
    cases: tuple[str, ...]

    def run(self, rounds: int, only: list[str] | None, ports: Ports) -> Table:
        """Measure all cases in turn, round after round."""
        names = [name for name in self.cases if chosen(name, only)]
        return self.table(run_rounds(names, self.kind, rounds, self.messages, ports))

    def table(self, found: Measurements) -> Table:
        """Return medians and their ratios to the limit; where others use the machine, trust the processor times."""
        limit = self._medians(found["limit"])
        heads = [text for figure in self.figures for text in (figure.name, "of limit")]
        return Table(self.key, self.title, heads, [self._row(name, all_, limit) for name, all_ in found.items()], found)

    def _medians(self, all_: list[Measurement]) -> Measurement:
        return {figure.name: median(each[figure.name] for each in all_) for figure in self.figures}

    def _row(self, name: str, all_: list[Measurement], limit: Measurement) -> Row:
        values, first = self._medians(all_), self.figures[0]
        cells: list[str] = []
        for figure in self.figures:
            cells += [figure.write(values[figure.name]), f"{figure.ratio(values[figure.name], limit[figure.name]):.2f}"]
        seen = sorted(each[first.name] for each in all_)
        return Row(name, cells, values[first.name], f"{first.write(seen[0])} .. {first.write(seen[-1])}")


def chosen(name: str, only: list[str] | None) -> bool:
    """Tell whether a case is to be run; the limit always is."""
    return name == "limit" or not only or any(part in name for part in only)


OURS = tuple(name for name, case in CASES.items() if not case.peer)
LOOPS = tuple(name for name in OURS if CASES[name].module == "bare")  # where wake-ups are what is measured
BOOKS = tuple(name for name in OURS if "Decimal" not in name and name not in LOOPS)
LIBRARIES = tuple(name for name in OURS if name not in LOOPS and (not CASES[name].pure or "krakenio" in name))
FLOATS = tuple(name for name in LIBRARIES if "Decimal" not in name)
WAKING = (*(name for name in FLOATS if not CASES[name].pure), *LOOPS)
CLIENTS = (
    *(name for name in FLOATS if name == "limit" or "krakenio" in name),
    *(name for name, case in CASES.items() if case.peer),
)


def named(*suites: Suite) -> dict[str, Suite]:
    """Return them by what the command line calls them."""
    return {suite.key: suite for suite in suites}


SUITES = named(
    Suite("saturated", "Saturated: TLS, one record a message, mix", "mix", 300_000, (RATE, CPU), LIBRARIES),
    Suite("plain", "Saturated over plain TCP, mix", "plain", 600_000, (RATE, CPU), LIBRARIES),
    Suite("books", "Books of depth 100 kept and checked, TLS", "books", 200_000, (RATE, CPU), BOOKS),
    Suite("paced", "Paced at 10 000 messages a second, TLS", "paced", 30_000, (CPU,), WAKING),
    Suite("latency", "Latency at 1 000 messages a second, TLS", "latency", 4_000, (P50, P99), WAKING),
)

PEER_SUITES = named(
    Suite("clients", "Kraken's Python clients, TLS, mix", "clients", 300_000, (RATE, CPU), CLIENTS),
    Suite("clients-plain", "Kraken's clients over plain TCP, mix", "clients-plain", 300_000, (RATE, CPU), CLIENTS),
)
"""Those that `python -m benchmarks.peers` installs the clients for."""
