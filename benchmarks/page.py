"""Write the page of the docs: `python -m benchmarks.page [FILE ...]` takes results in, and makes every table anew.

What each table shows is kept in docs/benchmarks.json; a FILE replaces the tables that it holds. In the page a table
stands between `<!-- table KEY -->` and `<!-- end -->`; the words around it are written by hand, and name no figure.
"""

import re
import sys
from pathlib import Path

import msgspec

from benchmarks import aims
from benchmarks.plot import plot
from benchmarks.report import Row, Table
from benchmarks.results import Results, read

DOCS = Path(__file__).parent.parent / "docs"
KEPT, PAGE, PICTURE = (DOCS / f"benchmarks.{suffix}" for suffix in ("json", "md", "svg"))
PLACE = re.compile(r"(<!-- table (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
NOTHING = "\n*Not measured.*\n"
DRAWN = ("saturated", "plain", "books", "clients")


def merged(kept: list[Results], news: list[Results]) -> list[Results]:
    """Return one entry a table, the newest of each."""
    found: dict[str, Results] = {}
    for results in [*kept, *news]:
        for table in results.tables:
            found[table.key] = Results(results.date, results.machine, results.python, [table])
    return list(found.values())


def filled(page: str, blocks: dict[str, str]) -> str:
    """Put each block into its place; a place without one does not keep an old one."""
    return PLACE.sub(lambda place: f"{place[1]}{blocks.get(place[2], NOTHING)}\n{place[3]}", page)


def block(table: Table, caption: str) -> str:
    """Return a table with where it is from."""
    spread = any(row.spread for row in table.rows)
    heads = ["", *table.heads, *(["lowest .. highest"] if spread else [])]
    lines = [cells(heads), cells(["---"] * len(heads)), *(line(row, spread=spread) for row in table.rows)]
    return "\n".join(["", *lines, "", caption, ""])


def line(row: Row, *, spread: bool) -> str:
    """Return one case; ours stand out."""
    name = f"**{row.name}**" if row.name.startswith("krakenio") else row.name
    return cells([name, *row.cells, *([row.spread] if spread else [])])


def cells(texts: list[str]) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(texts)} |"


def caption(results: Results) -> str:
    """Say where a table is from, and how often each case was measured."""
    rounds = max(map(len, results.tables[0].measured.values()))
    often = f"medians of {rounds} rounds" if rounds > 1 else "one run"
    return f"*{results.tables[0].title}; {results.date}, {results.machine}, {results.python}, {often}.*"


def main() -> None:
    """Merge, fill, draw."""
    old = msgspec.json.decode(KEPT.read_bytes(), type=list[Results]) if KEPT.exists() else []
    kept = merged(old, [read(Path(name)) for name in sys.argv[1:]])
    tables = {results.tables[0].key: results.tables[0] for results in kept}
    blocks = {results.tables[0].key: block(results.tables[0], caption(results)) for results in kept}
    blocks["aims"] = block(aims.table(tables), "*From the tables below.*")
    PAGE.write_text(filled(PAGE.read_text(), blocks))
    PICTURE.write_text(plot([tables[key] for key in DRAWN if key in tables]))
    KEPT.write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")


if __name__ == "__main__":
    main()
