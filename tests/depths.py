"""Log how deep the sweeps went: each notes its deepest checkpoint, and one table of them all comes out."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

LOOPS = ("trio", "asyncio", "uvloop")
PROPERTY = "swept"
PAGE = """# How deep the sweeps go

A call or a block is cancelled at its N-th checkpoint, in every way that its loop knows, N raised until it ends before
the cancel. Each number is the deepest N reached, and in how many runs, over all ways to cancel and kinds of weather.
Made by `pytest -k cancel --depths=docs/depths.md`; each run of the tests ends with such a table of its own sweeps.

"""


class Swept(NamedTuple):
    """One sweep: of which test, on which loop, the deepest N, and how many universes it took."""

    test: str
    loop: str
    deepest: int
    universes: int


_noted: list[tuple[int, int]] = []


def note(deepest: int, universes: int) -> None:
    """Note a sweep of the test that runs."""
    _noted.append((deepest, universes))


def noted(test: Any) -> list[tuple[str, object]]:
    """Return what was noted while a test ran, as properties of its report: plain lists, which go to other processes."""
    found = list(_noted)
    _noted.clear()
    return [(PROPERTY, [test.originalname, loop_of(test), *each]) for each in found]


def loop_of(test: Any) -> str:
    """Return the name of the loop that a parametrised test runs on."""
    return str(test.callspec.params["anyio_backend"]).removesuffix("-virtual")


def swept(reports: Iterable[Any]) -> list[Swept]:
    """Return what the reports of tests that passed tell of sweeps."""
    ended = (each for each in reports if getattr(each, "when", "") == "call" and each.passed)
    told = (each for report in ended for each in report.user_properties)
    return [Swept(*each) for name, each in told if name == PROPERTY]


def table(sweeps: Iterable[Swept]) -> str:
    """Return one line for each test, its name as a sentence."""
    cells: defaultdict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for test, loop, deepest, universes in sweeps:
        before = cells[test].get(loop, (0, 0))
        cells[test][loop] = max(before[0], deepest), before[1] + universes
    lines = [f"| cancelled at each checkpoint | {' | '.join(LOOPS)} |", f"|---|{'---|' * len(LOOPS)}"]
    for test in sorted(cells):
        shown = (f"{cells[test][loop][0]} in {cells[test][loop][1]}" if loop in cells[test] else "" for loop in LOOPS)
        lines.append(f"| {test.removeprefix('test_').replace('_', ' ')} | {' | '.join(shown)} |")
    return "\n".join(lines)
