"""The package's own sources, parsed: in, nothing; out, one `Module` a file."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "krakenio"


@dataclass(frozen=True)
class Module:
    """One source file: its path below the package, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    def below(self, *places: str) -> bool:
        """Tell whether the file is one of `places` or lies in a folder of them (ending in '/')."""
        return any(self.path == place or (place.endswith("/") and self.path.startswith(place)) for place in places)

    def imports(self) -> Iterator[str]:
        """Yield the full name of each module imported, wherever the import stands."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


def parse(file: Path) -> Module:
    """Read and parse one file of the package."""
    text = file.read_text()
    return Module(file.relative_to(PACKAGE).as_posix(), text, ast.parse(text))


MODULES = [parse(file) for file in sorted(PACKAGE.rglob("*.py"))]
