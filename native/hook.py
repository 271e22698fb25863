"""Compile the frame splitter's tight loop into the wheel, where `KRAKENIO_COMPILE=1` asks for it.

Without it the wheel is pure Python and does the same; hatchling calls this for each wheel, an editable one too.
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
MODULE = "src/krakenio/_frames.abi3.so"


class CompileHook(BuildHookInterface[Any]):
    """Be what hatchling calls."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Compile, and name the wheel's platform; a wheel that was asked to be compiled is never silently pure."""
        if os.environ.get("KRAKENIO_COMPILE") != "1":
            return
        compile_frames(Path(self.root) / MODULE)
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["artifacts"].append(MODULE)
        build_data.update(pure_python=False, tag=f"cp311-abi3-{platform}")


def load(name: str, extension: Path) -> ModuleType:
    """Import a compiled module from wherever it lies."""
    spec = spec_from_file_location(name, extension)
    assert spec is not None  # noqa: S101 - it is a file
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compile_frames(target: Path) -> None:
    """Make the extension with the compiler that this Python names; raises `CalledProcessError` with what it said."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    flags = ["-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-fPIC", "-shared"]
    if sysconfig.get_platform().startswith("macosx"):
        flags += ["-undefined", "dynamic_lookup"]
    headers = f"-I{sysconfig.get_path('include')}"
    command = [*compiler, *flags, headers, str(HERE / "frames.c"), "-o", str(target)]
    subprocess.run(command, check=True)  # noqa: S603 - of what the user's own Python was built with
