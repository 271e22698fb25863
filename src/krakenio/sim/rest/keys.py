"""Answer what a key is and which wallets there are. Source: rest-endpoints §3, rest-auth §5."""

from krakenio.sim.accounts.access import Key
from krakenio.sim.core import Core
from krakenio.sim.rest.params import Params

WALLET = "WX6V-SIMU-LATE-DONE"
"""The one wallet of an account."""


def get_api_key_info(_core: Core, key: Key, _params: Params) -> object:
    """Describe the key, in the spelling of the documentation's example."""
    return {
        "apiKeyName": "simulated",
        "apiKey": key.api_key,
        "nonce": str(key.nonce),
        "nonceWindow": 0,
        "permissions": list(key.permissions),
        "iban": "AA00 SIMU LATE DONE",
        "validUntil": "0",
        "queryFrom": "0",
        "queryTo": "0",
        "createdTime": "1795338000",
        "modifiedTime": "1795338000",
        "ipAllowlist": [""],
        "lastUsed": None,
    }


def list_wallet_accounts(_core: Core, _key: Key, _params: Params) -> object:
    """Return the one wallet."""
    flags = {"user_defined": False, "active": True}
    row = {"account_id": WALLET, "flags": flags, "status": "active", "type": "main", "name": None}
    return {"accounts": [row], "cursor": {"next": None}}
