"""Answer Earn: money moves into a strategy and back, each way within a minute.

It leaves what one trades with at once, and is back there when its way has ended; meanwhile it is in a wallet of Earn.
Source: rest-endpoints §8; assets have their altnames, as captured in 2025.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from krakenio.sim.accounts.access import Key
from krakenio.sim.accounts.account import Account, decimals
from krakenio.sim.accounts.vault import SETTLES_AFTER, Allocation
from krakenio.sim.clock import SECOND
from krakenio.sim.core import Core
from krakenio.sim.markets.wallets import SPOT, into_earn, out_of_earn
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.account import short_name
from krakenio.sim.rest.params import Params, asset, is_true, needed, positive, refuse
from krakenio.sim.rest.worth import worth
from krakenio.sim.wire import fixed

STRATEGIES = {"ESSIMU-FLEX0-000ETH": ("ETH", "instant"), "ESSIMU-BOND0-000ADA": ("ADA", "bonded")}
"""The offers: asset and kind of lock."""
WALLETS: Mapping[str, str] = {"instant": "flexible", "bonded": "bonded"}
"""The wallet in which a kind of lock keeps its money."""
LOCKS = ("flex", "bonded", "timed", "instant")
PERIODS: Mapping[str, Mapping[str, object]] = {
    "bonded": {
        "bonding_period": SETTLES_AFTER // SECOND,
        "bonding_period_variable": False,
        "bonding_rewards": False,
        "unbonding_period": SETTLES_AFTER // SECOND,
        "unbonding_period_variable": False,
        "unbonding_rewards": False,
        "exit_queue_period": 0,
    }
}
"""How long money takes into a lock and out of it, where that is bound."""
MINIMUM = Decimal("0.01")


def allocate(core: Core, key: Key, params: Params) -> object:
    """Begin to move money into a strategy."""
    allocation, amount = _allocation(core, key, params), _amount(params)
    if amount > key.account.available(allocation.asset):
        raise Refused("EEarnings:Insufficient funds:Insufficient funds to complete the (de)allocation request")
    _transfer(core, key.account, allocation, amount)
    return _begin(core, allocation, amount)


def deallocate(core: Core, key: Key, params: Params) -> object:
    """Begin to move money back."""
    allocation, amount = _allocation(core, key, params), _amount(params)
    if amount > allocation.amount:
        raise Refused("EEarnings:Insufficient funds:Insufficient funds to complete the (de)allocation request")
    begun = _begin(core, allocation, -amount)
    core.at(allocation.ends, partial(_settle, core, key.account, allocation), "sim: a deallocation")
    return begun


def allocate_status(core: Core, key: Key, params: Params) -> object:
    """Tell whether money is on its way in."""
    return {"pending": _allocation(core, key, params, busy=True).moving > 0}


def deallocate_status(core: Core, key: Key, params: Params) -> object:
    """Tell whether money is on its way back."""
    return {"pending": _allocation(core, key, params, busy=True).moving < 0}


def strategies(core: Core, _key: Key, params: Mapping[str, Any]) -> object:
    """Return the offers, filtered by asset, by any of its names, and by kinds of lock.

    These come as JSON, as a comma list, repeated (python-kraken-sdk) or as JSON in a form's field (kraken-cli).
    """
    wanted = asset(core, params["asset"]).id if params.get("asset") else None
    locks = params.get("lock_type") or LOCKS
    kinds = locks.strip("[]").replace('"', "").split(",") if isinstance(locks, str) else locks
    if not set(map(str, kinds)) <= set(LOCKS):
        raise refuse("lock_type")
    found = [(name, *offer) for name, offer in STRATEGIES.items() if wanted in {None, offer[0]} and offer[1] in kinds]
    return {"items": [_strategy(*each) for each in found], "next_cursor": None}


def allocations(core: Core, key: Key, params: Params) -> object:
    """Return what lies where, and what it is worth in one currency."""
    for each in key.account.vault.earning.values():
        _settle(core, key.account, each)
    hidden = is_true(params, "hide_zero_allocations")
    found = [each for each in key.account.vault.earning.values() if each.amount or each.moving or not hidden]
    unit = asset(core, params.get("converted_asset") or "USD").id
    total = sum((worth(core, each.amount, each.asset, unit) for each in found), Decimal(0))
    return {
        "converted_asset": params.get("converted_asset") or "USD",
        "total_allocated": fixed(total, decimals(unit)),
        "total_rewarded": fixed(Decimal(0), decimals(unit)),
        "items": [_held(core, each, unit) for each in found],
        "next_cursor": None,
    }


def _allocation(core: Core, key: Key, params: Params, *, busy: bool = False) -> Allocation:
    name = needed(params, "strategy_id")[0]
    if name not in STRATEGIES:
        raise Refused("EGeneral:Invalid arguments:Invalid strategy ID")
    found = key.account.vault.earning.setdefault(name, Allocation(name, STRATEGIES[name][0]))
    _settle(core, key.account, found)
    if found.moving and not busy:
        raise Refused("EEarnings:Busy:Another (de)allocation for the same strategy is in progress")
    return found


def _amount(params: Params) -> Decimal:
    amount = positive(params, "amount")
    if amount < MINIMUM:
        raise Refused("EEarnings:Below min:(De)allocation operation amount less than minimum")
    return amount


def _begin(core: Core, allocation: Allocation, amount: Decimal) -> bool:
    allocation.moving, allocation.since = amount, core.clock()
    return True


def _settle(core: Core, account: Account, allocation: Allocation) -> None:
    """Let a running operation end when its time has come; what left the strategy is back in the spot wallet then."""
    moved = allocation.settle(core.clock())
    if moved < 0:
        _transfer(core, account, allocation, moved)


def _transfer(core: Core, account: Account, allocation: Allocation, amount: Decimal) -> None:
    """Move an amount into the strategy's wallet, or a negative one out of it: two entries with one `ref_id`."""
    wallet, ref_id = WALLETS[STRATEGIES[allocation.strategy][1]], core.ids.make("E")
    causes = into_earn(wallet) if amount > 0 else out_of_earn(wallet)
    for cause in causes:
        core.book(account, ref_id, allocation.asset, (amount if cause.wallet != SPOT else -amount, Decimal(0)), cause)


def _strategy(name: str, asset: str, lock: str) -> dict[str, object]:
    return {
        "id": name,
        "asset": short_name(asset),
        "lock_type": {"type": lock, "payout_frequency": 604_800, **PERIODS.get(lock, {})},
        "apr_estimate": {"low": "1.0000", "high": "3.0000"},
        "user_min_allocation": str(MINIMUM),
        "user_cap": None,
        "allocation_fee": "0.0000",
        "deallocation_fee": "0.0000",
        "auto_compound": {"type": "enabled"},
        "yield_source": {"type": "staking"},
        "can_allocate": True,
        "can_deallocate": True,
        "allocation_restriction_info": [],
    }


def _held(core: Core, allocation: Allocation, unit: str) -> dict[str, object]:
    amounts: dict[str, object] = {"total": _both(core, allocation.amount, allocation.asset, unit)}
    if allocation.moving:
        amounts["pending"] = _both(core, allocation.moving, allocation.asset, unit)
    return {
        "strategy_id": allocation.strategy,
        "native_asset": short_name(allocation.asset),
        "amount_allocated": amounts,
        "total_rewarded": _both(core, Decimal(0), allocation.asset, unit),
    }


def _both(core: Core, amount: Decimal, native: str, unit: str) -> dict[str, object]:
    converted = worth(core, amount, native, unit)
    return {"native": fixed(amount, decimals(native)), "converted": fixed(converted, decimals(unit))}
