"""Keep addresses by Funding (Beta): those to deposit to are claimed, those to withdraw to are saved under a name.

Source: rest-endpoints §6, errors.md §6 and §8.
"""

from collections.abc import Mapping
from typing import Any

from krakenio.sim.accounts.access import Key
from krakenio.sim.accounts.vault import Saved, method_of
from krakenio.sim.core import Core
from krakenio.sim.markets.listing import Asset
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.beta_pages import Row, page
from krakenio.sim.rest.funding import new_address
from krakenio.sim.rest.params import asset as asset_of

Args = Mapping[str, Any]


def coin_of(core: Core, text: object) -> Asset:
    """Return the asset of a method's or network's id."""
    return asset_of(core, str(text).partition("-")[2])


def claim(core: Core, key: Key, args: Args) -> object:
    """Make a deposit address."""
    address = new_address(core, key, coin_of(core, args.get("method_id")))
    return {"address_details": {"crypto": {"address": address}}}


def deposit_addresses(core: Core, key: Key, args: Args) -> object:
    """Return the deposit addresses."""
    every = [(coin, address) for coin, known in key.account.vault.addresses.items() for address in known]
    details = [(coin, {"id": name, "address_details": {"crypto": {"address": name}}}) for coin, name in every]
    rows = [Row(str(row["id"]), {**row, "method_id": f"method-{coin}"}, coin) for coin, row in details]
    return page(core, rows, args, "addresses")


def addresses(core: Core, key: Key, args: Args) -> object:
    """Return the saved addresses."""
    saved = key.account.vault.saved.values()
    return page(core, [Row(each.address_id, _address(each), each.asset) for each in saved], args, "addresses")


def _address(saved: Saved) -> dict[str, object]:
    return {
        "address_id": saved.address_id,
        "scope": {"method_id": f"method-{saved.asset}"},
        "address_details": {"crypto": {"address": saved.address}},
        "name": saved.key,
        "description": saved.description,
        "verified": True,
    }


def add_address(core: Core, key: Key, args: Args) -> object:
    """Save an address; its name is what the older calls know it by."""
    try:
        (scope,) = args["scope"].values()
        name, address = args["name"], args["address_details"]["crypto"]["address"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("EGeneral:Invalid arguments") from error
    coin = coin_of(core, scope)
    _check_name(key, name)
    saved = Saved(name, coin.id, method_of(coin.id), address, core.ids.make("A"), args.get("description", ""))
    key.account.vault.saved[name] = saved
    return {"address_id": saved.address_id, "verified": True}


def change_address(_core: Core, key: Key, args: Args) -> object:
    """Rename a saved address."""
    saved, name = saved_address(key, args), args.get("name")
    if name is not None and name != saved.key:
        _check_name(key, name)
    del key.account.vault.saved[saved.key]
    saved.key = name or saved.key
    saved.description = args.get("description", saved.description)
    key.account.vault.saved[saved.key] = saved
    return {"verified": True}


def remove_address(_core: Core, key: Key, args: Args) -> object:
    """Forget a saved address."""
    del key.account.vault.saved[saved_address(key, args).key]
    return {"result": True}


def _check_name(key: Key, name: str) -> None:
    """Refuse a name that another address has: the older calls know addresses by their names."""
    if name in key.account.vault.saved:
        raise Refused("EFunding:Duplicate withdraw key")


def saved_address(key: Key, args: Args) -> Saved:
    """Return the saved address that an id means."""
    for saved in key.account.vault.saved.values():
        if saved.address_id == args.get("address_id"):
            return saved
    raise Refused("EGeneral:Invalid arguments:address_id")
