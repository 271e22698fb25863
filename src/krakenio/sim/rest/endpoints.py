"""Answer REST: a request's bytes go in, Kraken's envelope comes out. `ENDPOINTS` is the one table of what exists.

Source: rest-endpoints.md, rest-conventions §1-2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from krakenio.sim.accounts.access import Key
from krakenio.sim.connections.http import Answer, Request
from krakenio.sim.core import Core
from krakenio.sim.refusal import Refused
from krakenio.sim.rest import (
    account,
    activity,
    beta,
    body,
    books,
    earn,
    exports,
    funding,
    history,
    keys,
    market,
    subaccounts,
    trading,
    transparency,
    worth,
)
from krakenio.sim.wire import encode

Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Hold one endpoint: what answers it, who may call it (one of `permissions`, all of `also`), what a call costs.

    `lists`: the parameters that may be lists. `joined`: the comma list that JSON may write as a list.
    """

    act: Callable[[Core, Key, Any], object]
    permissions: tuple[str, ...] = ()
    cost: int = 1
    also: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    joined: str = ""


_QUERY = ("query-open-trades", "query-closed-trades")
_CANCEL = ("modify-trades", "close-trades")
_FUNDS, _LEDGER, _CLOSED, _OPEN = ("query-funds",), ("query-ledger",), ("query-closed-trades",), ("query-open-trades",)
_WITHDRAW, _EXPORT, _EARN = ("withdraw-funds",), ("export-data",), ("earn-funds",)
PUBLIC: dict[str, Callable[[Core, Params], object]] = {
    "Time": market.time,
    "SystemStatus": market.system_status,
    "Assets": market.assets,
    "AssetPairs": market.asset_pairs,
    "Ticker": market.ticker,
    "MaintenanceSchedule": market.maintenance_schedule,
    "Depth": books.depth,
    "Trades": history.trades,
    "OHLC": history.ohlc,
    "Spread": transparency.spread,
    "GroupedBook": transparency.grouped_book,
    "PreTrade": transparency.pre_trade,
    "PostTrade": transparency.post_trade,
}
ENDPOINTS: dict[str, Endpoint] = {
    "Balance": Endpoint(account.balance, _FUNDS),
    "BalanceEx": Endpoint(account.balance_ex, _FUNDS),
    "CreditLines": Endpoint(activity.credit_lines, _FUNDS),
    "TradeBalance": Endpoint(worth.trade_balance, _OPEN),
    "Level3": Endpoint(books.level3, _OPEN),
    "OpenOrders": Endpoint(account.open_orders, _OPEN),
    "ClosedOrders": Endpoint(account.closed_orders, _CLOSED),
    "QueryOrders": Endpoint(account.query_orders, _QUERY),
    "OrderAmends": Endpoint(activity.order_amends, _QUERY),
    "TradesHistory": Endpoint(activity.trades_history, _CLOSED, 2),
    "QueryTrades": Endpoint(activity.query_trades, _CLOSED),
    "OpenPositions": Endpoint(activity.open_positions, _OPEN),
    "Ledgers": Endpoint(activity.ledgers, _LEDGER, 2, joined="asset"),
    "QueryLedgers": Endpoint(activity.query_ledgers, _LEDGER),
    "TradeVolume": Endpoint(worth.trade_volume, _FUNDS, joined="pair"),
    "AddExport": Endpoint(exports.add_export, _EXPORT),
    "ExportStatus": Endpoint(exports.export_status, _EXPORT),
    "RetrieveExport": Endpoint(exports.retrieve_export, _EXPORT),
    "RemoveExport": Endpoint(exports.remove_export, _EXPORT),
    "GetApiKeyInfo": Endpoint(keys.get_api_key_info),
    "ListWalletAccounts": Endpoint(keys.list_wallet_accounts),
    "AddOrder": Endpoint(trading.add_order, ("modify-trades",), 0),
    "AmendOrder": Endpoint(trading.amend_order, _CANCEL, 0),
    "EditOrder": Endpoint(trading.edit_order, ("modify-trades",), 0, ("close-trades",)),
    "AddOrderBatch": Endpoint(trading.add_order_batch, ("modify-trades",), 0, ("close-trades",), ("orders",)),
    "CancelOrder": Endpoint(trading.cancel_order, _CANCEL, 0),
    "CancelOrderBatch": Endpoint(trading.cancel_order_batch, _CANCEL, 0, lists=("orders", "cl_ord_ids")),
    "CancelAll": Endpoint(trading.cancel_all, _CANCEL),
    "CancelAllOrdersAfter": Endpoint(trading.cancel_all_orders_after, _CANCEL),
    "GetWebSocketsToken": Endpoint(trading.get_websockets_token, ("create-ws-token",)),
    "DepositMethods": Endpoint(funding.deposit_methods, _FUNDS, 1, ("add-funds",)),
    "DepositAddresses": Endpoint(funding.deposit_addresses, _FUNDS),
    "DepositStatus": Endpoint(funding.deposit_status, _FUNDS),
    "WithdrawMethods": Endpoint(funding.withdraw_methods, _FUNDS, 1, _WITHDRAW),
    "WithdrawAddresses": Endpoint(funding.withdraw_addresses, _FUNDS, 1, _WITHDRAW),
    "WithdrawInfo": Endpoint(funding.withdraw_info, _FUNDS, 1, _WITHDRAW),
    "Withdraw": Endpoint(funding.withdraw, _WITHDRAW),
    "WithdrawStatus": Endpoint(funding.withdraw_status, _WITHDRAW + _LEDGER),
    "WithdrawCancel": Endpoint(funding.withdraw_cancel, _WITHDRAW),
    "WalletTransfer": Endpoint(funding.wallet_transfer, _FUNDS),
    "CreateSubaccount": Endpoint(subaccounts.create_subaccount, _WITHDRAW),
    "AccountTransfer": Endpoint(subaccounts.account_transfer, _WITHDRAW),
    "Earn/Allocate": Endpoint(earn.allocate, _EARN),
    "Earn/Deallocate": Endpoint(earn.deallocate, _EARN),
    "Earn/AllocateStatus": Endpoint(earn.allocate_status, _EARN + _FUNDS),
    "Earn/DeallocateStatus": Endpoint(earn.deallocate_status, _EARN + _FUNDS),
    "Earn/Strategies": Endpoint(earn.strategies, lists=("lock_type",)),
    "Earn/Allocations": Endpoint(earn.allocations, _FUNDS),
}
"""Permissions: rest-auth §5. Costs: limits.md §C, 0 where the engine's counter counts."""


def name_of(request: Request) -> str:
    """Return the endpoint's name, `Balance` or `Earn/Allocate`, for logs and faults."""
    return request.path.removeprefix("/0/public/").removeprefix("/0/private/")


def serve(core: Core, request: Request) -> Answer:
    """Return the answer to a request; refusals come with status 200 like all of Kraken's own."""
    if request.path.startswith(beta.PREFIX):
        return beta.serve(core, request)
    kind, name = _route(request)
    try:
        result = _public(core, request, name) if kind == "public" else _private(core, request, name)
    except Refused as refused:
        return envelope(_spelt(refused.error), status=404 if refused.error == UNKNOWN else 200)
    if isinstance(result, bytes):  # the zip of RetrieveExport has no envelope
        return Answer(200, result, "application/octet-stream", accepted=True)
    return Answer(200, encode({"error": [], "result": result}), accepted=True)


UNKNOWN = "EGeneral:Unknown method"


_SPELLINGS = {"expire_time": "expiretm", "post_only": "oflags", "stp_type": "stptype"}
"""What REST calls the fields whose rules are the WebSocket's too."""


def _spelt(error: str) -> str:
    """Return a refusal that names the field as REST does (errors.md §4)."""
    kind, _, name = error.rpartition(":")
    return f"{kind}:{_SPELLINGS[name]}" if name in _SPELLINGS else error


def envelope(error: str, status: int = 200) -> Answer:
    """Return a refusal."""
    return Answer(status, encode({"error": [error]}))


def _route(request: Request) -> tuple[Literal["public", "private"], str]:
    if request.path.startswith("/0/public/"):
        return "public", request.path.removeprefix("/0/public/")
    return "private", request.path.removeprefix("/0/private/") if request.path.startswith("/0/private/") else ""


def _public(core: Core, request: Request, name: str) -> object:
    act = PUBLIC.get(name)
    if act is None or request.method != "GET":  # POST on public paths was removed on 2024-01-01 (rest-auth §1)
        raise Refused(UNKNOWN)
    params = dict(parse_qsl(request.query, keep_blank_values=True))
    core.log("rest", name, params)
    if rule := core.faults.take("reject", "rest", name):
        raise Refused(str(rule.value))
    return act(core, params)


def _private(core: Core, request: Request, name: str) -> object:
    endpoint = ENDPOINTS.get(name)
    if endpoint is None or request.method != "POST":
        raise Refused(UNKNOWN)
    core.access.known(request.headers)
    fields = body.said(request)  # after the key: a body that cannot be read holds no nonce to sign
    core.log("rest", name, fields)
    words = {field: body.word(fields, field) for field in ("nonce", "otp")}
    key = core.access.authenticate(request.headers, request.target, request.body, words)
    key.require_all(endpoint.permissions, *((each,) for each in endpoint.also))
    if not key.counter.admits(endpoint.cost):
        raise Refused("EAPI:Rate limit exceeded")
    if rule := core.faults.take("reject", "rest", name):
        raise Refused(str(rule.value))
    _check_wallet(request)
    return endpoint.act(core, key, body.read(request, fields, endpoint.lists, endpoint.joined))


def _check_wallet(request: Request) -> None:
    """Take no wallet but the one that there is; it is named in the query (rest-auth §2.4)."""
    wallet = dict(parse_qsl(request.query)).get("account_id", keys.WALLET)
    if wallet != keys.WALLET:
        raise Refused("EGeneral:Invalid arguments:account_id")
