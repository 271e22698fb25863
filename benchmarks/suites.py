"""Name what `python -m benchmarks` can measure over the wire: which traffic, which cases, which figures."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.cases import CASES
from benchmarks.report import Row, Table
from benchmarks.rounds import Measurement, Measurements, run_rounds


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
    """One table: `messages` of one measurement, of the traffic `kind`; `but` names cases that it leaves out."""

    title: str
    kind: str
    messages: int
    figures: tuple[Figure, ...]
    but: tuple[str, ...] = ()

    def run(self, rounds: int, only: list[str] | None, port: int) -> Table:
        """Measure all cases in turn, round after round."""
        names = [name for name in CASES if name not in self.but and chosen(name, only)]
        return self.table(run_rounds(names, self.kind, rounds, self.messages, port))

    def table(self, found: Measurements) -> Table:
        """Return medians and their ratios to the limit; where others use the machine, trust the processor times."""
        limit = self._medians(found["limit"])
        heads = [text for figure in self.figures for text in (figure.name, "of limit")]
        return Table(self.title, heads, [self._row(name, all_, limit) for name, all_ in found.items()])

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


EXACTLY = "krakenio, trio, Decimal"

SUITES = {
    "saturated": Suite("Saturated: TLS, one record a message, mix, float", "mix", 300_000, (RATE, CPU)),
    "books": Suite(
        "Books of depth 100 kept and checked, TLS, one record a message", "books", 200_000, (RATE, CPU), but=(EXACTLY,)
    ),
    "paced": Suite("Paced at 10 000 messages a second, TLS", "paced", 30_000, (CPU,), but=(EXACTLY,)),
    "latency": Suite("Latency at 1 000 messages a second, TLS", "latency", 4_000, (P50, P99), but=(EXACTLY,)),
}
