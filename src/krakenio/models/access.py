"""Keys and wallets: `result` of GetApiKeyInfo and ListWalletAccounts (docs.kraken.com, rest-api)."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import msgspec
from msgspec import field

from krakenio.errors import DecodeError
from krakenio.models.account import Cursor
from krakenio.models.mending import mended
from krakenio.wire import Wire

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


class ApiKeyInfo(Wire, frozen=True, gc=False):
    """`result` of GetApiKeyInfo: what a key may do. `permissions` are Kraken's words, such as `query-funds`.

    `nonce`: the last one; `nonce_window`: how far nonces may lie behind it. `iban`: the account's public id. Times are
    Unix seconds, 0 where not set. `ip_allowlist`: empty if any address may use it.
    """

    api_key_name: str = ""
    api_key: str = ""
    nonce: int | None = None
    nonce_window: int | None = None
    permissions: list[str] = field(default_factory=list[str])
    iban: str | None = None
    valid_until: Decimal = Decimal(0)
    query_from: Decimal = Decimal(0)
    query_to: Decimal = Decimal(0)
    created_time: Decimal = Decimal(0)
    modified_time: Decimal = Decimal(0)
    last_used: Decimal | None = None
    ip_allowlist: list[str] = field(default_factory=list[str])

    def __repr__(self) -> str:
        """Show its name and what it may do, not the key."""
        return f"ApiKeyInfo({self.api_key_name!r}, permissions={self.permissions})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to the printers that ask for it."""
        return [("api_key_name", self.api_key_name), ("permissions", self.permissions)]


def api_key_info(answer: Mapping[str, Any]) -> ApiKeyInfo:
    """Read either spelling: the documentation's example is in camel case, its schema and captures are not."""
    plain = {_CAPITAL.sub("_", name).lower(): value for name, value in answer.items() if value is not None}
    plain["ip_allowlist"] = [address for address in plain.get("ip_allowlist") or () if address]
    try:
        return cast("ApiKeyInfo", mended(plain, ApiKeyInfo))
    except msgspec.ValidationError as error:
        message = f"a key's description does not decode: {error}"
    raise DecodeError(message)


class WalletFlags(Wire, frozen=True, gc=False):
    """Whether a wallet was made by the user, and whether it is in use."""

    user_defined: bool | None = None
    active: bool | None = None


class WalletAccount(Wire, frozen=True, gc=False):
    """One wallet: its `account_id` is what other calls take; `status` is such as `active`, `type` such as `spot`."""

    account_id: str
    status: str | None = None
    type: str | None = None
    name: str | None = None
    flags: WalletFlags | None = None


class WalletAccounts(Wire, frozen=True, gc=False):
    """`result` of ListWalletAccounts."""

    accounts: list[WalletAccount] = field(default_factory=list[WalletAccount])
    cursor: Cursor | None = None
