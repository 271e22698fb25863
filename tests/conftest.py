"""Every async test runs on every loop, is checked for leaks, and opens what it needs in its own body.

There are no async fixtures: a task group that outlives a fixture's `yield` hangs the run when a task in it fails.
"""

import functools
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager, nullcontext
from inspect import iscoroutinefunction
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import pytest
from hypothesis import settings

from native.hook import compile_native, load
from tests.backends import BACKENDS, REAL, VIRTUAL, Backend
from tests.depths import PAGE, noted, swept, table
from tests.leaks import leaving_nothing, no_descriptor_left

settings.register_profile("krakenio", deadline=None)  # a busy machine must fail no test
settings.load_profile("krakenio")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--depths", metavar="FILE", help="write how deep the sweeps went as a page of the docs")


def pytest_sessionstart() -> None:
    """Let every loop make what it makes once a process (uvloop: a pipe for signals): no test leaks it.

    A shell lets what it starts in the background ignore Ctrl-C; tests of it need Python's own way with it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in REAL:
        backend, options = BACKENDS[name]()
        anyio.run(anyio.sleep, 0, backend=backend, backend_options=options)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise over the loops: the real ones, or as the markers `virtual` and `backends` say.

    A test with an argument `cancel_kind` runs for each kind of cancel too: by a scope, and on asyncio by its own.
    """
    if "anyio_backend" not in metafunc.fixturenames:
        return
    names: tuple[str, ...] = VIRTUAL if metafunc.definition.get_closest_marker("virtual") else REAL
    if chosen := metafunc.definition.get_closest_marker("backends"):
        names = tuple(name for name in (*REAL, *VIRTUAL) if name in chosen.args)
    if "cancel_kind" in metafunc.fixturenames:
        native = [(name, "native") for name in names if "trio" not in name]
        pairs = [*((name, "scope") for name in names), *native]
        metafunc.parametrize(("anyio_backend", "cancel_kind"), pairs, indirect=["anyio_backend"])
    else:
        metafunc.parametrize("anyio_backend", names, indirect=True)


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Compile the loops that are there in C too, as the wheel's hook does."""
    if not (shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")) or sys.platform == "win32":
        pytest.skip("there is no C compiler here")
    target = tmp_path_factory.mktemp("native") / "_native.abi3.so"
    compile_native(target)
    return load("_native", target)


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> Backend:
    """Return a loop's name and options, a new clock each time."""
    return BACKENDS[request.param]()


def run(test: Callable[..., Awaitable[Any]], backend: Backend, **kwargs: Any) -> None:
    """Run an async test on a loop of its own and require that it leaves nothing behind."""
    name, options = backend
    heard: list[list[str]] = []
    call = functools.partial(test, **kwargs)
    with no_descriptor_left():
        anyio.run(leaving_nothing, call, heard, backend=name, backend_options=options)
    assert heard == [[]], f"asyncio complains: {heard}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run async tests here and not in AnyIO's plugin, whose trio runs in guest mode, a thread hop for each wait."""
    test: Any = pyfuncitem.obj
    backend: Any = pyfuncitem.funcargs.get("anyio_backend")
    watch: AbstractContextManager[None] = no_descriptor_left()
    if iscoroutinefunction(test):
        pyfuncitem.obj, watch = functools.partial(run, test, backend), nullcontext()  # which looks itself
    elif hasattr(test, "hypothesis") and iscoroutinefunction(asynchronous(test.hypothesis.inner_test)):
        test.hypothesis.inner_test = synchronous(asynchronous(test.hypothesis.inner_test), backend)
    with watch:
        result = yield
    pyfuncitem.user_properties += noted(pyfuncitem)
    return result


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Log how deep the sweeps of this run went."""
    if found := swept(report for reports in terminalreporter.stats.values() for report in reports):
        terminalreporter.section("how deep the sweeps went: the deepest N, in how many universes")
        terminalreporter.line(table(found))
        if page := config.getoption("--depths"):
            Path(page).write_text(f"{PAGE}{table(found)}\n")


def synchronous(inner: Any, backend: Backend) -> Any:
    """Return a plain function that runs one example: Hypothesis reads its name and its code, which no `partial` has."""

    @functools.wraps(inner)
    def example(**kwargs: Any) -> None:
        run(inner, backend, **kwargs)

    return example


def asynchronous(inner: Any) -> Any:
    """Return the test that a Hypothesis wrapper of an earlier loop holds, else the test itself."""
    return getattr(inner, "__wrapped__", inner)
