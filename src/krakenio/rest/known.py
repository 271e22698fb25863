"""Name what Kraken's API has, for the escape hatch: a path or a name goes in, a `Call` that knows its nature comes out.

Pure. Source: docs.kraken.com, rest-api (October 2026). A path that is not named here is sent as it is, once.
"""

import re
from collections.abc import Mapping

import msgspec

from krakenio.errors import InvalidRequest
from krakenio.rest.methods import PRIVATE, PUBLIC, Call
from krakenio.rest.parameters import Value, anything

MARKET = (
    "Time",
    "SystemStatus",
    "MaintenanceSchedule",
    "Assets",
    "AssetPairs",
    "Ticker",
    "OHLC",
    "Depth",
    "GroupedBook",
    "Trades",
    "Spread",
    "PreTrade",
    "PostTrade",
)
READS = (
    "Level3",
    "Balance",
    "BalanceEx",
    "CreditLines",
    "TradeBalance",
    "OpenOrders",
    "ClosedOrders",
    "QueryOrders",
    "OrderAmends",
    "TradesHistory",
    "QueryTrades",
    "OpenPositions",
    "Ledgers",
    "QueryLedgers",
    "TradeVolume",
    "ExportStatus",
    "RetrieveExport",
    "GetApiKeyInfo",
    "ListWalletAccounts",
    "GetWebSocketsToken",
    "DepositMethods",
    "DepositStatus",
    "WithdrawMethods",
    "WithdrawAddresses",
    "WithdrawInfo",
    "WithdrawStatus",
    "Earn/AllocateStatus",
    "Earn/DeallocateStatus",
    "Earn/Strategies",
    "Earn/Allocations",
)
WRITES = (
    "AddOrder",
    "AmendOrder",
    "EditOrder",
    "AddOrderBatch",
    "CancelOrder",
    "CancelAll",
    "CancelAllOrdersAfter",
    "CancelOrderBatch",
    "AddExport",
    "RemoveExport",
    "DepositAddresses",
    "Withdraw",
    "WithdrawCancel",
    "WalletTransfer",
    "CreateSubaccount",
    "AccountTransfer",
    "Earn/Allocate",
    "Earn/Deallocate",
)
JSON_ONLY = ("AddOrderBatch", "CancelOrderBatch", "Level3")

_PATHS = {name: PUBLIC + name for name in MARKET} | {name: PRIVATE + name for name in (*READS, *WRITES)}
_REPEATABLE = frozenset(_PATHS[name] for name in (*MARKET, *READS))
_JSON = frozenset(_PATHS[name] for name in JSON_ONLY)
_PATH = re.compile(r"/0/(?:public|private)/[A-Za-z0-9]+(?:/[A-Za-z0-9]+)*(?:\?[!-~]*)?")
_OURS = ("nonce", "otp")


def call_of(path: str, params: Mapping[str, object]) -> Call[msgspec.Raw]:
    """Make a call of any path; its result stays raw. Raises `InvalidRequest`."""
    whole = _PATHS.get(path, path)
    plain = whole.partition("?")[0]
    if not _PATH.fullmatch(whole):
        raise InvalidRequest(_wrong(path))
    values = {name: _allowed(name, value) for name, value in params.items()}
    private = whole.startswith(PRIVATE)
    nested = any(_holds_objects(value) for value in values.values())
    if nested and not private:
        message = f"{whole}: a query has no place for lists of dicts"
        raise InvalidRequest(message)
    return Call(whole, msgspec.Raw, values, plain in _REPEATABLE, nested or plain in _JSON)


def _wrong(path: str) -> str:
    if path.strip("/").startswith(("funding", "0/")):
        return f"call({path!r}): paths must begin with /0/public/ or /0/private/, such as '/0/private/Balance'"
    return f"call({path!r}): not a known name; pass a whole path such as '/0/public/Time' or '/0/private/Balance'"


def _allowed(name: object, value: object) -> Value:
    if not isinstance(name, str) or not name:
        message = f"a parameter's name must be text that is not empty, not {type(name).__name__}"
        raise InvalidRequest(message)
    if name in _OURS:
        message = f"krakenio sets {name!r} itself: leave it out"
        raise InvalidRequest(message)
    return anything(value, name)


def _holds_objects(value: Value) -> bool:
    """Tell whether a form cannot say it: a list of anything but scalars."""
    if isinstance(value, str | bool | int):
        return False
    if isinstance(value, Mapping):
        return any(_holds_objects(each) for each in value.values())
    return any(not isinstance(each, str | bool | int) for each in value)
