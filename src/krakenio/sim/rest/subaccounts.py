"""Answer for subaccounts, which are names here, and sinks of money. Source: rest-endpoints §7."""

from decimal import Decimal

from krakenio.sim.accounts.access import Key
from krakenio.sim.core import Core
from krakenio.sim.markets.wallets import TRANSFER
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.params import Params, asset, needed, positive, refuse


def create_subaccount(_core: Core, key: Key, params: Params) -> object:
    """Make a subaccount."""
    name, mail = needed(params, "username", "email")
    if "@" not in mail or name in key.account.vault.subaccounts:
        raise refuse("email" if "@" not in mail else "username")
    key.account.vault.subaccounts.append(name)
    return True


def account_transfer(core: Core, key: Key, params: Params) -> object:
    """Move money out to a subaccount."""
    coin, amount = asset(core, needed(params, "asset")[0]), positive(params, "amount")
    needed(params, "from", "to")
    if amount > key.account.available(coin.id):
        raise Refused("EFunding:Insufficient funds")
    transfer_id = core.ids.make("TO")
    core.book(key.account, transfer_id, coin.id, (-amount, Decimal(0)), TRANSFER)
    return {"transfer_id": transfer_id, "status": "complete"}
