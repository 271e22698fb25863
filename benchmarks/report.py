"""Write what was measured: tables go in, text for a terminal and a plot (SVG) for the docs come out."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LABEL, BAR, LINE = 760, 210, 380, 22
OURS, THEIRS, LIMIT = "#5741d9", "#b9b4c7", "#4a4458"


@dataclass(frozen=True)
class Row:
    """One case: its cells, the value that a plot shows, and the lowest and highest that were seen."""

    name: str
    cells: Sequence[str]
    value: float
    spread: str = ""


@dataclass(frozen=True)
class Table:
    """One question and the answers to it."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Row]

    def text(self) -> str:
        """Return it for a terminal."""
        heads = "".join(f"{head:>18}" for head in self.heads)
        return "\n".join([f"\n{self.title}", f"{'':36}{heads}", *map(line, self.rows)])


def line(row: Row) -> str:
    """Return one line of a table."""
    cells = "".join(f"{cell:>18}" for cell in row.cells)
    return f"{row.name:36}{cells}   {row.spread}".rstrip()


def plot(tables: Sequence[Table]) -> str:
    """Return one picture with the first figure of each table as bars."""
    parts, y = list[str](), 10
    for table in tables:
        parts.append(f'<text x="10" y="{y + 16}" font-weight="bold">{escape(table.title)}</text>')
        y += 26
        most = max(row.value for row in table.rows)
        for row in filter(drawn, table.rows):
            parts.append(bar(row, BAR * row.value / most, y))
            y += LINE
        y += 14
    style = 'font-family="sans-serif" font-size="13" fill="#2b2733"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" {style}>'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>', *parts, "</svg>\n"])


def drawn(row: Row) -> bool:
    """Tell whether a row has a value that can be drawn."""
    return row.value > 0


def bar(row: Row, length: float, y: int) -> str:
    """Draw one case."""
    colour = LIMIT if row.name == "limit" else OURS if row.name.startswith("krakenio") else THEIRS
    name = f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(row.name)}</text>'
    box = f'<rect x="{LABEL}" y="{y + 2}" width="{length:.1f}" height="{LINE - 6}" rx="2" fill="{colour}"/>'
    return f'{name}{box}<text x="{LABEL + length + 6:.1f}" y="{y + 14}">{escape(row.cells[0])}</text>'
