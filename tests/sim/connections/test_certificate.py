"""The extra that TLS on loopback needs: what is said without it, and what works without it."""

import sys
from typing import Literal

import pytest

from krakenio import sim


async def test_without_trustme_tls_names_the_extra_and_what_works_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs trustme: install the extra `sim`, or pass tls=False") as told:
        await sim.open_exchange().__aenter__()
    assert told.value.name == "trustme"


@pytest.mark.parametrize(("transport", "tls"), [("tcp", False), ("memory", True)])
async def test_without_trustme_plain_sockets_and_memory_work(
    monkeypatch: pytest.MonkeyPatch,
    transport: Literal["tcp", "memory"],
    tls: bool,  # noqa: FBT001 - a row
) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    async with sim.open_exchange(transport=transport, tls=tls) as exchange:
        assert exchange.ssl_context is None
