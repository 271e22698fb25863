"""Know which permissions each method needs: names go in, what is missing comes out. Pure.

Source: docs.kraken.com, rest-api, the reference page of each endpoint (2026-08).
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from krakenio.errors import InvalidRequest

Ways = tuple[frozenset[str], ...]
"""Sets of permissions, each of which is enough."""


def _all(*permissions: str) -> Ways:
    return (frozenset(permissions),)


def _any(*permissions: str) -> Ways:
    return tuple(frozenset({permission}) for permission in permissions)


_QUERY = _any("query-open-trades", "query-closed-trades")
_CANCEL = _any("modify-trades", "close-trades")
_NONE: Ways = (frozenset(),)

NEEDS: Mapping[str, Ways] = {
    **dict.fromkeys(
        ("Balance", "BalanceEx", "CreditLines", "TradeVolume", "WalletTransfer", "Earn/Allocations"),
        _all("query-funds"),
    ),
    **dict.fromkeys(("TradeBalance", "OpenOrders", "OpenPositions", "Level3"), _all("query-open-trades")),
    **dict.fromkeys(("ClosedOrders", "TradesHistory", "QueryTrades"), _all("query-closed-trades")),
    **dict.fromkeys(("QueryOrders", "OrderAmends"), _QUERY),
    **dict.fromkeys(("Ledgers", "QueryLedgers"), _all("query-ledger")),
    **dict.fromkeys(("AddExport", "ExportStatus", "RetrieveExport", "RemoveExport"), _all("export-data")),
    **dict.fromkeys(("GetApiKeyInfo", "ListWalletAccounts", "Earn/Strategies"), _NONE),
    "GetWebSocketsToken": _all("create-ws-token"),
    "AddOrder": _all("modify-trades"),
    **dict.fromkeys(("AmendOrder", "CancelOrder", "CancelAll", "CancelAllOrdersAfter", "CancelOrderBatch"), _CANCEL),
    **dict.fromkeys(("EditOrder", "AddOrderBatch"), _all("modify-trades", "close-trades")),
    "DepositMethods": _all("query-funds", "add-funds"),
    **dict.fromkeys(("DepositAddresses", "DepositStatus"), _all("query-funds")),
    **dict.fromkeys(
        ("WithdrawMethods", "WithdrawAddresses", "WithdrawInfo"), _all("query-funds", "withdraw-funds")
    ),
    **dict.fromkeys(("Withdraw", "WithdrawCancel", "CreateSubaccount", "AccountTransfer"), _all("withdraw-funds")),
    "WithdrawStatus": _any("withdraw-funds", "query-ledger"),
    **dict.fromkeys(("Earn/Allocate", "Earn/Deallocate"), _all("earn-funds")),
    **dict.fromkeys(("Earn/AllocateStatus", "Earn/DeallocateStatus"), _any("earn-funds", "query-funds")),
}
"""By Kraken's name of each signed method."""

_OVER_WEBSOCKET = {
    "add_order": "AddOrder",
    "amend_order": "AmendOrder",
    "edit_order": "EditOrder",
    "cancel_order": "CancelOrder",
    "cancel_all": "CancelAll",
    "cancel_all_orders_after": "CancelAllOrdersAfter",
    "batch_add": "AddOrderBatch",
    "batch_cancel": "CancelOrderBatch",
}
"""What asks for the same over REST: Kraken documents the permissions there alone."""


def missing(methods: Sequence[str], held: Iterable[str]) -> dict[str, str]:
    """Return, by method, the permissions that a key lacks for it; where several ways lead there, those of the nearest.

    Raises `InvalidRequest` for a name that Kraken does not have.
    """
    has = frozenset(held)
    lacking = {name: min((sorted(way - has) for way in _ways(name)), key=len) for name in methods}
    return {name: " and ".join(words) for name, words in lacking.items() if words}


def needed(method: str) -> str:
    """Return the permissions that a method takes, by its path or its name on WebSockets; empty where not known."""
    name = _OVER_WEBSOCKET.get(method, method.removeprefix("/0/private/"))
    ways = NEEDS.get(name, ())
    return " or ".join(" and ".join(sorted(way)) for way in ways)


def _ways(name: str) -> Ways:
    if name in NEEDS:
        return NEEDS[name]
    near = get_close_matches(name, NEEDS, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    message = f"{name!r} is no signed method of Kraken's API, such as 'AddOrder'{hint}"
    raise InvalidRequest(message)
