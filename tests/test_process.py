"""What all sessions of one process share, in whatever thread their event loops run."""

import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from krakenio.process import KeyUse


@pytest.fixture
def hasty() -> Generator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
def test_no_nonce_is_given_to_two_threads() -> None:
    """C1: Kraken refuses one that it has seen."""
    use = KeyUse()

    def take(count: int) -> list[int]:
        return [use.nonce(0) for _ in range(count)]

    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(take, [5_000] * 8))
    assert len({nonce for each in given for nonce in each}) == 40_000
