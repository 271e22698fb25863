"""Tell Kraken's order types apart: a type goes in, what orders of it have comes out.

Source: add_order in Kraken's WebSocket v2 reference.
"""

from functools import lru_cache

_remembered = lru_cache(maxsize=64)  # each order asks a dozen times, on its way out


@_remembered
def is_limited(kind: str) -> bool:
    """Tell whether orders of a type have a limit."""
    return kind in {"limit", "iceberg"} or kind.endswith("-limit")


@_remembered
def is_triggered(kind: str) -> bool:
    """Tell whether orders of a type wait for a price."""
    return kind.startswith(("stop-loss", "take-profit", "trailing-stop"))


@_remembered
def is_trailing(kind: str) -> bool:
    """Tell whether the trigger of orders of a type moves with the market."""
    return kind.startswith("trailing-stop")


@_remembered
def usual_limit_type(kind: str) -> str:
    """Return what the limit of orders of a type is where nothing is said of it."""
    return "quote" if is_trailing(kind) else "static"
