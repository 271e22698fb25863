"""The directory is the architecture: who may wait, who may know which library, and who may know whom.

A new module counts as pure until it is named here.
"""

import ast
import re

import pytest

from tests.sources import MODULES, ROOT, Module

WAITING = (  # all else in the package: no await, no clock, no chance, no socket
    "bell.py",
    "bytestream.py",
    "cli/",
    "endpoints.py",
    "lifetime.py",
    "links/connection.py",
    "links/context.py",
    "links/link.py",
    "links/outbox.py",
    "links/subscriber.py",
    "links/token.py",
    "options.py",
    "orders/account/executions.py", "orders/account/funds.py", "orders/account/lookup.py",
    "orders/account/table.py",
    "orders/batch/",
    "orders/cancels.py", "orders/changing.py", "orders/desk.py", "orders/limits.py",
    "orders/placing.py", "orders/stopping.py",
    "orders/checks/markets.py",
    "orders/groups/",
    "orders/intents/intent.py", "orders/intents/needs.py",
    "orders/resolving/cancelledger.py", "orders/resolving/ledger.py", "orders/resolving/sharedreading.py",
    "orders/resolving/survey.py",
    "orders/sending/asking.py", "orders/sending/line.py", "orders/sending/pacing.py", "orders/sending/roads.py",
    "orders/switches/deadman.py", "orders/switches/halting.py",
    "process.py",
    "rest/",
    "running.py",
    "session.py",
    "sim/chance.py", "sim/clock.py", "sim/core.py", "sim/exchange.py", "sim/faults.py",
    "sim/connections/",
    "sim/controls/controls.py", "sim/controls/misconduct.py",
    "sim/engine/makers.py",
    "sim/feeds/level3.py",
    "sim/gateway/timers.py",
    "sim/serving/",
    "sim/ws/client.py", "sim/ws/pulse.py", "sim/ws/subscribing.py",
    "streams/bookstreams.py",
    "streams/closing.py",
    "streams/filling.py",
    "streams/intake.py",
    "streams/keeping.py",
    "streams/mailbox.py",
    "streams/merging.py",
    "streams/stream.py",
    "streams/tended.py",
    "tasks.py",
    "transport/",
    "waits.py",
)
CORE = (  # pure all the way down: imports nothing of the package that waits
    "auth.py",
    "backoff.py",
    "books/",
    "clock.py",
    "credentials.py",
    "errors/",
    "events.py",
    "finite.py",
    "frames.py",
    "masking.py",
    "limits/ages.py",
    "limits/costs.py",
    "limits/engine.py",
    "limits/pricing.py",
    "messages/",
    "models/",
    "numbers.py",
    "recent.py",
    "orders/account/fetched.py",
    "orders/account/journal.py",
    "orders/account/mending.py",
    "orders/account/reckoning.py",
    "subscriptions/sequence.py",
    "subscriptions/standing.py",
    "symbols.py",
)
UNPURE = "anyio asyncio getpass random secrets select selectors sniffio socket ssl subprocess threading time trio uuid"
CLOCKS = {"now", "utcnow", "today", "urandom", "time_ns", "monotonic", "perf_counter"}
ONLY_IN = {  # a library, and the folders that may know it
    "asyncio": ("transport/", "running.py", "cli/"),
    "trio": ("transport/", "running.py", "cli/"),
    "trio_websocket": ("transport/",),
    "wsproto": ("transport/", "sim/connections/"),
    "h11": ("sim/connections/",),
    "httpx": ("rest/",),
    "httpcore": ("rest/",),
    "rich": ("cli/",),
    "trustme": ("sim/connections/",),
}
KNOT = {"subscriptions", "streams", "links"}  # three sides of one thing (docs/design.md)
SHARED_WITH_SIM = {"auth", "endpoints", "lifetime"}
ROWS = re.findall(r"^\| (`.+?`) \|", (ROOT / "docs" / "design.md").read_text(), re.MULTILINE)
ROW_OF = {name.rstrip("/"): row for row, names in enumerate(ROWS) for name in re.findall(r"`([a-z_/]+)`", names)}
PURE = [module for module in MODULES if not module.below(*WAITING)]
IN_CORE = [module for module in MODULES if module.below(*CORE)]


def top(name: str) -> str:
    return name.partition(".")[0]


def waits(node: ast.AST) -> bool:
    return isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)


def reads_a_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS


def modules_of(names: set[str]) -> set[str]:
    """Turn imports of krakenio into paths: a module's file, or its package's."""
    inside = {name.removeprefix("krakenio.").replace(".", "/") for name in names if name.startswith("krakenio.")}
    return {module.path for module in MODULES if module.path.removesuffix(".py").removesuffix("/__init__") in inside}


@pytest.mark.parametrize("module", PURE, ids=lambda module: module.path)
def test_a_pure_module_neither_waits_nor_asks_the_world(module: Module) -> None:
    lines = [node.lineno for node in ast.walk(module.tree) if isinstance(node, ast.stmt | ast.expr) and waits(node)]
    assert lines == [], "waits"
    foreign = {name for name in module.imports() if top(name) in {*UNPURE.split(), *ONLY_IN}}
    assert foreign == set(), "imports what waits, measures time or makes chance"
    clocks = [ast.unparse(node) for node in ast.walk(module.tree) if reads_a_clock(node)]
    assert clocks == [], "asks a clock or chance"


@pytest.mark.parametrize("module", IN_CORE, ids=lambda module: module.path)
def test_a_module_of_the_core_imports_pure_modules_only(module: Module) -> None:
    impure = modules_of(set(module.imports())) - {pure.path for pure in PURE}
    assert impure == set()


def row_of(path: str) -> str:
    """Return where in the table of the design a path stands: its innermost folder there, or a module of the root."""
    return path if path in ROW_OF or "/" not in path else row_of(path.rpartition("/")[0])


def place(module: Module) -> str:
    """Return where in the table a module stands."""
    return row_of(module.path.removesuffix(".py"))


def known_by(module: Module) -> set[str]:
    """Return the places of the package that a module imports, other than its own."""
    inside = [name.split(".")[1:] for name in module.imports() if name.startswith("krakenio.")]
    return {row_of("/".join(parts)) for parts in inside} - {place(module)}


PLACED = [module for module in MODULES if not place(module).startswith("__")]


@pytest.mark.parametrize("module", PLACED, ids=lambda module: module.path)
def test_a_module_imports_nothing_that_stands_below_it_in_the_table_of_the_design(module: Module) -> None:
    here = place(module)
    below = {other for other in known_by(module) if ROW_OF[other] > ROW_OF[here]}
    assert below - (KNOT if here in KNOT else set()) == set()


def test_the_simulated_exchange_shares_next_to_nothing_with_the_client() -> None:
    known = set[str]().union(*(known_by(module) for module in MODULES if module.below("sim/")))
    assert {other for other in known if other.partition("/")[0] != "sim"} == SHARED_WITH_SIM


@pytest.mark.parametrize("library", ONLY_IN)
def test_each_library_is_known_in_its_folders_only(library: str) -> None:
    knowing = [module for module in MODULES if library in map(top, module.imports())]
    assert [module.path for module in knowing if not module.below(*ONLY_IN[library])] == []


def test_these_lists_name_no_module_that_does_not_exist() -> None:
    assert [place for place in (*WAITING, *CORE) if not any(module.below(place) for module in MODULES)] == []
