"""The loops that every async test runs on: in, a name such as "trio-virtual"; out, how AnyIO starts it."""

import importlib.util
from collections.abc import Callable
from typing import Any

from tests.virtual import asyncio_options, trio_options

Backend = tuple[str, dict[str, Any]]

BACKENDS: dict[str, Callable[[], Backend]] = {
    "trio": lambda: ("trio", {}),
    "asyncio": lambda: ("asyncio", {}),
    "uvloop": lambda: ("asyncio", {"use_uvloop": True}),
    "trio-virtual": lambda: ("trio", trio_options()),
    "asyncio-virtual": lambda: ("asyncio", asyncio_options()),
}
VIRTUAL = ("trio-virtual", "asyncio-virtual")
REAL = ("trio", "asyncio", "uvloop") if importlib.util.find_spec("uvloop") else ("trio", "asyncio")
