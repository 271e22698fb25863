"""Bound the steps of connecting by one deadline."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from krakenio.errors import Disconnected

CONNECT_TIMEOUT = 10.0
"""Seconds that DNS, TCP, TLS and the upgrade may take together (contract E3)."""

T = TypeVar("T")


async def bounded(step: Callable[[], Awaitable[T]], deadline: float, what: str) -> T:
    """Run one step of connecting until `deadline`, in the loop's clock."""
    with anyio.CancelScope(deadline=deadline):
        return await step()
    raise Disconnected(f"{what} took more than {CONNECT_TIMEOUT:g} s")
