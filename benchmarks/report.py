"""Hold what was measured: tables go in, text for a terminal comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Measurement = dict[str, float]
Measurements = dict[str, list[Measurement]]
"""Every round of every case, each figure by its name."""



@dataclass(frozen=True)
class Row:
    """One case: its cells, the value that a plot shows, and the lowest and highest that were seen."""

    name: str
    cells: Sequence[str]
    value: float
    spread: str = ""


@dataclass(frozen=True)
class Table:
    """One question and the answers to it; `key` is what the command line calls it, `measured` all that was seen."""

    key: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Row]
    measured: Mapping[str, Sequence[Measurement]] = field(default_factory=dict[str, list[Measurement]])

    def text(self) -> str:
        """Return it for a terminal."""
        heads = "".join(f"{head:>18}" for head in self.heads)
        return "\n".join([f"\n{self.title}", f"{'':36}{heads}", *map(line, self.rows)])


def line(row: Row) -> str:
    """Return one line of a table."""
    cells = "".join(f"{cell:>18}" for cell in row.cells)
    return f"{row.name:36}{cells}   {row.spread}".rstrip()
