"""Answer Earn: money moves into a strategy and back, each way within a minute. Source: rest-endpoints §8."""

from decimal import Decimal

from krakenio.sim.access import Key
from krakenio.sim.accounts import decimals
from krakenio.sim.core import Core
from krakenio.sim.refusal import Refused
from krakenio.sim.rest_account import rest_name
from krakenio.sim.rest_params import Params, is_true, needed, positive
from krakenio.sim.vault import Allocation
from krakenio.sim.wire import fixed

STRATEGIES = {"ESSIMU-FLEX0-000ETH": ("ETH", "instant"), "ESSIMU-BOND0-000ADA": ("ADA", "bonded")}
"""The offers: asset and kind of lock."""


def allocate(core: Core, key: Key, params: Params) -> object:
    """Begin to move money into a strategy."""
    allocation, amount = _allocation(core, key, params), positive(params, "amount")
    if amount > key.account.available(allocation.asset):
        raise Refused("EEarnings:Insufficient funds:Insufficient funds to complete the (de)allocation request")
    key.account.book(core.ids.make("E"), allocation.asset, -amount, Decimal(0), core.clock(), "earn")
    return _begin(core, allocation, amount)


def deallocate(core: Core, key: Key, params: Params) -> object:
    """Begin to move money back."""
    allocation, amount = _allocation(core, key, params), positive(params, "amount")
    if amount > allocation.amount:
        raise Refused("EEarnings:Insufficient funds:Insufficient funds to complete the (de)allocation request")
    key.account.book(core.ids.make("E"), allocation.asset, amount, Decimal(0), core.clock(), "earn")
    return _begin(core, allocation, -amount)


def allocate_status(core: Core, key: Key, params: Params) -> object:
    """Tell whether money is on its way in."""
    return {"pending": _allocation(core, key, params, busy=True).moving > 0}


def deallocate_status(core: Core, key: Key, params: Params) -> object:
    """Tell whether money is on its way back."""
    return {"pending": _allocation(core, key, params, busy=True).moving < 0}


def strategies(_core: Core, _key: Key, params: Params) -> object:
    """Return the offers, filtered by asset."""
    found = [
        (name, asset, lock) for name, (asset, lock) in STRATEGIES.items() if params.get("asset") in {None, asset}
    ]
    return {"items": [_strategy(*each) for each in found], "next_cursor": None}


def allocations(core: Core, key: Key, params: Params) -> object:
    """Return what lies where; here everything converts into 0 of anything, since only amounts matter."""
    for each in key.account.vault.earning.values():
        each.settle(core.clock())
    hidden = is_true(params, "hide_zero_allocations")
    found = [each for each in key.account.vault.earning.values() if each.amount or each.moving or not hidden]
    zero = "0.0000"
    return {
        "converted_asset": params.get("converted_asset", "USD"),
        "total_allocated": zero,
        "total_rewarded": zero,
        "items": [_held(each) for each in found],
        "next_cursor": None,
    }


def _allocation(core: Core, key: Key, params: Params, *, busy: bool = False) -> Allocation:
    name = needed(params, "strategy_id")[0]
    if name not in STRATEGIES:
        raise Refused("EGeneral:Invalid arguments:Invalid strategy ID")
    found = key.account.vault.earning.setdefault(name, Allocation(name, STRATEGIES[name][0]))
    found.settle(core.clock())
    if found.moving and not busy:
        raise Refused("EEarnings:Busy:Another (de)allocation for the same strategy is in progress")
    return found


def _begin(core: Core, allocation: Allocation, amount: Decimal) -> bool:
    allocation.moving, allocation.since = amount, core.clock()
    return True


def _strategy(name: str, asset: str, lock: str) -> dict[str, object]:
    return {
        "id": name,
        "asset": rest_name(asset),
        "lock_type": {"type": lock, "payout_frequency": 604_800},
        "apr_estimate": {"low": "1.0000", "high": "3.0000"},
        "user_min_allocation": "0.01",
        "user_cap": None,
        "allocation_fee": "0.0000",
        "deallocation_fee": "0.0000",
        "auto_compound": {"type": "enabled"},
        "yield_source": {"type": "staking"},
        "can_allocate": True,
        "can_deallocate": True,
        "allocation_restriction_info": [],
    }


def _held(allocation: Allocation) -> dict[str, object]:
    places = decimals(allocation.asset)
    total = {"native": fixed(allocation.amount, places), "converted": "0.0000"}
    amounts: dict[str, object] = {"total": total}
    if allocation.moving:
        amounts["pending"] = {"native": fixed(allocation.moving, places), "converted": "0.0000"}
    return {
        "strategy_id": allocation.strategy,
        "native_asset": rest_name(allocation.asset),
        "amount_allocated": amounts,
        "total_rewarded": {"native": fixed(allocation.amount * 0, places), "converted": "0.0000"},
    }
