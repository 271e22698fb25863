"""What must not stand in the sources, whatever it does: PEP 789's generators, long modules, folders without a map."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import MODULES, ROOT, Module

LONGEST = 300  # lines of a module
PAGES = {"README.md": 100, "CONTRIBUTING.md": 60}
MAPPED = ("orders/", "rest/", "sim/")  # with the folders inside them
FOLDERS = sorted({f"{Path(module.path).parent}/" for module in MODULES if module.below(*MAPPED)})
INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)


def own_nodes(function: ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body without those of the functions inside it."""
    nodes: list[ast.AST] = list(function.body)
    while nodes:
        node = nodes.pop()
        yield node
        if not isinstance(node, INNER):
            nodes += ast.iter_child_nodes(node)


def is_async_generator(node: ast.AST) -> bool:
    return isinstance(node, ast.AsyncFunctionDef) and any(isinstance(inner, ast.Yield) for inner in own_nodes(node))


def is_context_manager(function: ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(decorator).endswith("asynccontextmanager") for decorator in function.decorator_list)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.path)
def test_no_async_generator_but_behind_asynccontextmanager(module: Module) -> None:
    functions = [node for node in ast.walk(module.tree) if isinstance(node, ast.AsyncFunctionDef)]
    found = [function.name for function in functions if is_async_generator(function)]
    allowed = [function.name for function in functions if is_context_manager(function)]
    assert [name for name in found if name not in allowed] == [], "streams are classes: PEP 789"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.path)
def test_a_module_has_one_concept_and_at_most_300_lines(module: Module) -> None:
    assert len(module.text.splitlines()) <= LONGEST


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.path)
def test_a_module_says_what_comes_in_and_what_goes_out(module: Module) -> None:
    assert ast.get_docstring(module.tree)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_many_modules_has_a_map_of_them(folder: str) -> None:
    within = {module.path.removeprefix(folder): module for module in MODULES if module.below(folder)}
    told = set(re.findall(r"`([a-z0-9_]+)`", ast.get_docstring(within["__init__.py"].tree) or ""))
    assert {path.partition("/")[0].removesuffix(".py") for path in within} - {"__init__"} - told == set()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_short_enough_to_be_read(page: str) -> None:
    assert len((ROOT / page).read_text().splitlines()) <= PAGES[page]
