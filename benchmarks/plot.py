"""Draw what was measured: tables go in, one picture (SVG) with the first figure of each as bars comes out."""

from collections.abc import Sequence
from html import escape

from benchmarks.report import Row, Table

WIDTH, LABEL, BAR, LINE = 760, 210, 380, 22
OURS, THEIRS, LIMIT = "#5741d9", "#b9b4c7", "#4a4458"


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
