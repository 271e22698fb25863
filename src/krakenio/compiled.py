"""Find the loops that are there twice: in Python, and compiled where krakenio was installed with a C compiler at hand.

A compiled one takes the usual case and leaves all else to Python, so nothing depends on it but speed (`native/`).
"""

import os
from collections.abc import Callable
from typing import Any

VERSION = 1
"""What `native/module.c` says of itself: a module left behind by another version of krakenio is passed over."""

_PURE = "0"


def compiled(name: str) -> Callable[..., Any] | None:
    """Return a compiled loop; None where there is none, or where `KRAKENIO_COMPILE=0` asks for none."""
    if os.environ.get("KRAKENIO_COMPILE") == _PURE:
        return None
    try:
        from krakenio import _native  # noqa: PLC0415  # pyright: ignore[reportMissingModuleSource] - it need not be there
    except ImportError:
        return None
    return getattr(_native, name) if getattr(_native, "VERSION", None) == VERSION else None


def is_compiled() -> bool:
    """Tell whether this krakenio uses its compiled loops."""
    return compiled("take_run") is not None
