"""Earn: offers, and what is allocated to them. Source: docs.kraken.com, rest-api, Earn."""

from typing import Annotated, TypedDict, Unpack

from krakenio.models import EarnAllocations, EarnPending, EarnStrategies
from krakenio.rest.chapter import Chapter
from krakenio.rest.checks import between
from krakenio.rest.methods import Method, or_none, read, read_json, write
from krakenio.rest.parameters import Flag, Number, Several, Text


class AllocationParams(TypedDict):
    """Name a strategy, and the amount in its asset."""

    strategy_id: Text
    amount: Number


class StrategyParams(TypedDict):
    """Name a strategy."""

    strategy_id: Text


class StrategiesParams(TypedDict, total=False):
    """Ask for offers for `asset`, or of some kinds of locks."""

    asset: Text
    lock_type: Several
    ascending: Flag
    cursor: Text
    limit: Annotated[int, between(1, 1000)]


class AllocationsParams(TypedDict, total=False):
    """Ask for what is allocated; converted to USD by default."""

    ascending: Flag
    converted_asset: Text
    hide_zero_allocations: Flag


ALLOCATE: Method[bool | None] = write("Earn/Allocate", or_none(bool), AllocationParams)
DEALLOCATE: Method[bool | None] = write("Earn/Deallocate", or_none(bool), AllocationParams)
ALLOCATE_STATUS = read("Earn/AllocateStatus", EarnPending, StrategyParams)
DEALLOCATE_STATUS = read("Earn/DeallocateStatus", EarnPending, StrategyParams)
STRATEGIES = read_json("Earn/Strategies", EarnStrategies, StrategiesParams)  # a form of `lock_type` is not documented
ALLOCATIONS = read("Earn/Allocations", EarnAllocations, AllocationsParams)


class Earn(Chapter):
    """Earn on what lies idle; needs keys. Allocating takes its time: ask for the status until it is not pending."""

    async def allocate(self, **params: Unpack[AllocationParams]) -> bool | None:
        """Begin to allocate; one operation for each strategy at a time."""
        return await self._perform(ALLOCATE, params)

    async def deallocate(self, **params: Unpack[AllocationParams]) -> bool | None:
        """Begin to take back."""
        return await self._perform(DEALLOCATE, params)

    async def allocate_status(self, **params: Unpack[StrategyParams]) -> EarnPending:
        """Return whether allocating still runs; what went wrong is raised."""
        return await self._perform(ALLOCATE_STATUS, params)

    async def deallocate_status(self, **params: Unpack[StrategyParams]) -> EarnPending:
        """Return whether taking back still runs; what went wrong is raised."""
        return await self._perform(DEALLOCATE_STATUS, params)

    async def strategies(self, **params: Unpack[StrategiesParams]) -> EarnStrategies:
        """Return the offers."""
        return await self._perform(STRATEGIES, params)

    async def allocations(self, **params: Unpack[AllocationsParams]) -> EarnAllocations:
        """Return what is allocated, and what it earned."""
        return await self._perform(ALLOCATIONS, params)
