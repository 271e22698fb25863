"""Compile the tightest loops into the wheel where there is a C compiler; else it is pure Python, and does the same.

`KRAKENIO_COMPILE=0` makes a pure wheel, `KRAKENIO_COMPILE=1` fails where the C does not compile. hatchling calls this
for each wheel, an editable one too.
"""

import os
import shlex
import subprocess
import sysconfig
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent
MODULE = "src/krakenio/_native.abi3.so"
SOURCES = [str(HERE / f"{name}.c") for name in ("frames", "levels", "module")]
PURE, COMPILED = "0", "1"


class CompileHook(BuildHookInterface[Any]):
    """Be what hatchling calls."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Compile, and name the wheel's platform; one that was asked to be compiled is never silently pure."""
        target, wanted = Path(self.root) / MODULE, os.environ.get("KRAKENIO_COMPILE")
        target.unlink(missing_ok=True)  # of another time
        if wanted == PURE or not self._compile(target, must=wanted == COMPILED):
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["artifacts"].append(MODULE)
        build_data.update(pure_python=False, tag=f"cp311-abi3-{platform}")

    def _compile(self, target: Path, *, must: bool) -> bool:
        try:
            compile_native(target)
        except (OSError, subprocess.CalledProcessError) as error:
            if must:
                raise
            self.app.display_warning(f"krakenio will be pure Python, since its C does not compile here: {error}")
            return False
        return True


def load(name: str, extension: Path) -> ModuleType:
    """Import a compiled module from wherever it lies."""
    spec = spec_from_file_location(name, extension)
    assert spec is not None  # noqa: S101 - it is a file
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compile_native(target: Path) -> None:
    """Make the extension with the compiler that this Python names; raises `CalledProcessError` with what it said."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    flags = ["-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-fPIC", "-shared"]
    if sysconfig.get_platform().startswith("macosx"):
        flags += ["-undefined", "dynamic_lookup"]
    headers = f"-I{sysconfig.get_path('include')}"
    command = [*compiler, *flags, headers, *SOURCES, "-o", str(target)]
    subprocess.run(command, check=True)  # noqa: S603 - of what the user's own Python was built with
