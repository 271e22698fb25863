"""A proof that cannot fail is none: each bug of the table is planted into a copy of the source, and tests see it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import krakenio
from tests.planted.bugs import BUGS, Bug

TESTS = Path(__file__).parents[1]
QUICK = ("-x", "-q", "-p", "no:cacheprovider", "--tb=short")
FAILED = 1
"""pytest's exit code when tests failed; others say that they could not be run."""

BROKEN = ("NameError", "ImportError", "SyntaxError", "UnboundLocalError")


def planted(bug: Bug, folder: Path) -> Path:
    """Return where a copy of the source is that has the bug."""
    source = folder / "krakenio"
    shutil.copytree(Path(krakenio.__file__).parent, source, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    for name, edits in bug.edits.items():
        text = (source / name).read_text()
        for there, instead in edits:
            assert text.count(there) == 1, f"this place in {name} has moved: {there!r}"
            text = text.replace(there, instead)
        compile(text, name, "exec")
        (source / name).write_text(text)
    return folder


@pytest.mark.proof
@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_caught(name: str, tmp_path: Path) -> None:
    bug = BUGS[name]
    env = {**os.environ, "PYTHONPATH": str(planted(bug, tmp_path)), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", *QUICK, str(TESTS / bug.noticed_by), "-k", bug.tests]
    run = subprocess.run(command, env=env, cwd=TESTS.parent, capture_output=True, text=True, check=False)  # noqa: S603
    assert run.returncode == FAILED, f"not noticed: {run.stdout[-2000:]}"
    assert not [each for each in BROKEN if each in run.stdout], "the bug does not even run"
