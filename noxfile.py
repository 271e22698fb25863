"""What is run on a change. `nox` alone is what CI runs; `nox -s bench` measures, and is not part of it."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["lint", "types", "tests", "docs", "demo", "proof"]

PROJECT = nox.project.load_toml("pyproject.toml")
OLDEST, NEWEST = 11, 14
SECONDS_OF_DEMO = "6"
SIDE_BY_SIDE = ("-n", "auto", "--maxprocesses", "4")  # more would only make tests of real sockets wait for each other
UNHURRIED = ("-o", "faulthandler_timeout=900")  # the longest proof takes minutes, and machines are busy at times
SOURCES = ["src", "native", "tests", "benchmarks", "examples", "noxfile.py", "docs/conf.py"]


def starts(command: str) -> bool:
    """Tell whether a Python really starts: pyenv leaves shims of versions that are switched off."""
    return subprocess.run([command, "-c", ""], capture_output=True, check=False).returncode == 0


def interpreter(minor: int) -> str | None:
    """Find Python 3.`minor`: the running one, one on the path, or one of pyenv's; by its shortest name."""
    if sys.version_info[:2] == (3, minor):
        return sys.executable
    name = f"python3.{minor}"
    installed = sorted(map(str, Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")))
    found = [command for command in (shutil.which(name), *installed) if command and starts(command)]
    return found[0] if found else None


FOUND = [command for minor in range(OLDEST, NEWEST + 1) if (command := interpreter(minor))] or [f"3.{OLDEST}"]
PYTHONS = list(dict.fromkeys([FOUND[0], FOUND[-1]]))  # the oldest and the newest that this machine has


def is_async(file: Path) -> bool:
    """Tell whether a file has async functions, which are all that flake8-async looks at."""
    return file.suffix == ".py" and "async " in file.read_text()


def run_together(session: nox.Session, *commands: Sequence[str]) -> None:
    """Run commands of one core each at the same time; what one prints is shown whole where it fails."""

    def run(command: Sequence[str]) -> None:
        session.run(*command, silent=True)

    with ThreadPoolExecutor() as pool:
        list(pool.map(run, commands))


def install(session: nox.Session, *groups: str) -> None:
    session.install("-e", ".[cli,sim]", *nox.project.dependency_groups(PROJECT, *groups))


@nox.session(python=PYTHONS[0])
def lint(session: nox.Session) -> None:
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check", *[path for path in SOURCES if Path(path).exists()])
    # ASYNC124: a callback is async because its caller awaits it. ASYNC127 asks for a fork of httpx; what lies below
    # the lanes is decided in docs/design.md. ASYNC9 asks for a checkpoint in every function, also where none may be
    check = ("flake8-async", "--anyio", "--disable=ASYNC124,ASYNC127,ASYNC9")
    files = [str(file) for path in SOURCES for file in [Path(path), *Path(path).rglob("*.py")] if is_async(file)]
    run_together(session, [*check, *files[::2]], [*check, *files[1::2]])  # half a second for a file


@nox.session(python=PYTHONS[0])
def types(session: nox.Session) -> None:
    install(session, "types", "bench")
    session.run("pyright", "--version", silent=True)  # which it fetches where it is new here
    run_together(session, ["mypy"], ["pyright"], ["pyright", "--verifytypes", "krakenio", "--ignoreexternal"])


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run every test, on every loop, but the long proofs; the newest Python without what is compiled.

    Arguments go to pytest.
    """
    install(session, "test")
    first = session.python == PYTHONS[0]
    marked = "not proof and not long" if first else "not proof and not long and not once"
    env = {} if first else {"KRAKENIO_COMPILE": "0"}
    session.run("pytest", *SIDE_BY_SIDE, "-m", marked, *session.posargs, env=env)


@nox.session(python=PYTHONS[0])
def docs(session: nox.Session) -> None:
    install(session, "docs")
    session.run("sphinx-build", "-W", "-n", "--keep-going", "-q", "docs", "docs/_build/html")


@nox.session(python=PYTHONS[0])
def demo(session: nox.Session) -> None:
    install(session)
    show = ("python", "-m", "krakenio", "demo", "--seconds", SECONDS_OF_DEMO, "--backend")
    run_together(session, [*show, "trio"], [*show, "asyncio"])


@nox.session(python=PYTHONS[0])
def proof(session: nox.Session) -> None:
    """Run the long proofs: sweeps and seeds by the thousand."""
    install(session, "test")
    session.run("pytest", *SIDE_BY_SIDE, *UNHURRIED, "-m", "proof", *session.posargs)


@nox.session(python=PYTHONS[0])
def long(session: nox.Session) -> None:
    """Run what takes too long for CI: the universes of a thousand seeds, a million updates of books."""
    install(session, "test")
    session.run("pytest", *SIDE_BY_SIDE, *UNHURRIED, "-m", "long", *session.posargs)


@nox.session(python=PYTHONS[0])
def soak(session: nox.Session) -> None:
    """Keep a session in a bad network: `nox -s soak -- MINUTES trio` (or asyncio, uvloop), ten minutes by default."""
    install(session, "test")
    session.run("python", "-m", "tests.chaos.soak", *(session.posargs or ["10", "asyncio"]))


@nox.session(python=PYTHONS[0])
def bench(session: nox.Session) -> None:
    """Measure against the limit, other libraries and Kraken's other clients. Needs gcc and OpenSSL's headers.

    Arguments go to `python -m benchmarks`; without any, all is measured, and the page in the docs made anew.
    """
    install(session, "bench")
    session.run("python", "-m", "benchmarks", *(session.posargs or ["--results", "build/benchmarks.json"]))
    if not session.posargs:
        session.run("python", "-m", "benchmarks.peers", "--results", "build/peers.json")
        session.run("python", "-m", "benchmarks.page", "build/benchmarks.json", "build/peers.json")
