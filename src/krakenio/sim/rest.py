"""Answer REST: a request's bytes go in, Kraken's envelope comes out. `ENDPOINTS` is the one table of what exists.

Source: rest-endpoints.md, rest-conventions §1-2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import parse_qsl

import msgspec

from krakenio.sim import rest_account, rest_books, rest_history, rest_market, rest_trading
from krakenio.sim.access import Key
from krakenio.sim.core import Core
from krakenio.sim.http import Answer, Request
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import decode, encode

Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Hold one endpoint: who may call it, what a call costs, what answers it."""

    act: Callable[[Core, Key, Params], object]
    permissions: tuple[str, ...]
    cost: int = 1


_QUERY = ("query-open-trades", "query-closed-trades")
_CANCEL = ("modify-trades", "close-trades")
PUBLIC: dict[str, Callable[[Core, Params], object]] = {
    "Time": rest_market.time,
    "SystemStatus": rest_market.system_status,
    "Assets": rest_market.assets,
    "AssetPairs": rest_market.asset_pairs,
    "Ticker": rest_market.ticker,
    "MaintenanceSchedule": rest_market.maintenance_schedule,
    "Depth": rest_books.depth,
    "Trades": rest_history.trades,
    "OHLC": rest_history.ohlc,
}
ENDPOINTS: dict[str, Endpoint] = {
    "Balance": Endpoint(rest_account.balance, ("query-funds",)),
    "BalanceEx": Endpoint(rest_account.balance_ex, ("query-funds",)),
    "Level3": Endpoint(rest_books.level3, ("query-open-trades",)),
    "OpenOrders": Endpoint(rest_account.open_orders, ("query-open-trades",)),
    "ClosedOrders": Endpoint(rest_account.closed_orders, ("query-closed-trades",)),
    "QueryOrders": Endpoint(rest_account.query_orders, _QUERY),
    "AddOrder": Endpoint(rest_trading.add_order, ("modify-trades",), 0),
    "CancelOrder": Endpoint(rest_trading.cancel_order, _CANCEL, 0),
    "CancelAll": Endpoint(rest_trading.cancel_all, _CANCEL),
    "CancelAllOrdersAfter": Endpoint(rest_trading.cancel_all_orders_after, _CANCEL),
    "GetWebSocketsToken": Endpoint(rest_trading.get_websockets_token, ("create-ws-token",)),
}
"""Permissions: rest-auth §5 (one of them is needed). Costs: limits.md §C, 0 where the engine's counter counts."""


def name_of(request: Request) -> str:
    """Return the endpoint's name, `Balance`, for logs and faults."""
    return request.path.rpartition("/")[2]


def serve(core: Core, request: Request) -> Answer:
    """Return the answer to a request; refusals come with status 200 like all of Kraken's own."""
    kind, name = _route(request)
    try:
        result = _public(core, request, name) if kind == "public" else _private(core, request, name)
    except Refused as refused:
        return envelope(refused.error, status=404 if refused.error == UNKNOWN else 200)
    return Answer(200, encode({"error": [], "result": result}), accepted=True)


UNKNOWN = "EGeneral:Unknown method"


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
    params = _body(request)
    core.log("rest", name, params)
    key = core.access.authenticate(request.headers, request.target, request.body, params)
    key.require(*endpoint.permissions)
    if not key.counter.admits(endpoint.cost):
        raise Refused("EAPI:Rate limit exceeded")
    if rule := core.faults.take("reject", "rest", name):
        raise Refused(str(rule.value))
    return endpoint.act(core, key, params)


def _body(request: Request) -> Params:
    """Read a form or JSON; of a JSON body the nonce may be a string or a number (rest-auth §2.2)."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        body = decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("EAPI:Bad request") from error
    if not isinstance(body, dict):
        raise Refused("EAPI:Bad request")
    return {name: _text(name, value) for name, value in cast("dict[str, object]", body).items()}


def _text(name: str, value: object) -> str:
    """Return a JSON value as it would stand in a form; no endpoint here takes lists or objects."""
    if isinstance(value, (list, dict)):
        raise Refused(f"EGeneral:Invalid arguments:{name}")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
