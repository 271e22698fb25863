"""The wheel is compiled where it can be, and krakenio uses what is compiled only where it is its own and wanted."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from krakenio import compiled
from native.hook import MODULE, CompileHook

NO_COMPILER = "/no/such/compiler"


class App:
    """What hatchling speaks through."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, message: str) -> None:
        self.warnings.append(message)


def build(folder: Path) -> tuple[dict[str, Any], App]:
    """Build a wheel's compiled part in an empty folder; return what hatchling would be told, and what was said."""
    (folder / MODULE).parent.mkdir(parents=True)
    (folder / MODULE).write_bytes(b"of another time")
    data: dict[str, Any] = {"artifacts": []}
    app = App()
    hook = CompileHook(str(folder), {}, None, None, str(folder), "wheel", app)  # type: ignore[arg-type]
    hook.initialize("standard", data)
    return data, app


@pytest.mark.parametrize("wanted", [None, "1"])
def test_a_wheel_is_compiled_and_named_so(
    wanted: str | None, native: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KRAKENIO_COMPILE", raising=False)
    if wanted:
        monkeypatch.setenv("KRAKENIO_COMPILE", wanted)
    data, app = build(tmp_path)
    assert data["artifacts"] == [MODULE]
    assert data["tag"].startswith("cp311-abi3-")
    assert not data["pure_python"]
    assert Path(str(native.__file__)).stat().st_size == (tmp_path / MODULE).stat().st_size
    assert not app.warnings


@pytest.mark.parametrize(("wanted", "said"), [("0", 0), (None, 1)])
def test_a_wheel_that_is_not_compiled_is_pure(
    wanted: str | None, said: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", NO_COMPILER)
    monkeypatch.delenv("KRAKENIO_COMPILE", raising=False)
    if wanted:
        monkeypatch.setenv("KRAKENIO_COMPILE", wanted)
    data, app = build(tmp_path)
    assert data == {"artifacts": []}
    assert not (tmp_path / MODULE).exists(), "what another build left there must not come in"
    assert len(app.warnings) == said


def test_a_wheel_that_must_be_compiled_is_never_silently_pure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRAKENIO_COMPILE", "1")
    monkeypatch.setenv("CC", NO_COMPILER)
    with pytest.raises((OSError, subprocess.CalledProcessError)):
        build(tmp_path)


def use(module: object, monkeypatch: pytest.MonkeyPatch, wanted: str = "") -> None:
    monkeypatch.setenv("KRAKENIO_COMPILE", wanted)
    monkeypatch.setitem(sys.modules, "krakenio._native", module)
    monkeypatch.setattr("krakenio._native", module, raising=False)


def test_what_is_compiled_is_used(native: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    use(native, monkeypatch)
    assert compiled.is_compiled()
    assert compiled.compiled("take_levels") is native.take_levels


def test_it_is_not_used_where_python_is_asked_for(native: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    use(native, monkeypatch, wanted="0")
    assert not compiled.is_compiled()


@pytest.mark.parametrize("other", [SimpleNamespace(VERSION=0, take_run=print), SimpleNamespace(take_run=print)])
def test_what_another_version_left_is_passed_over(other: object, monkeypatch: pytest.MonkeyPatch) -> None:
    use(other, monkeypatch)
    assert not compiled.is_compiled()
