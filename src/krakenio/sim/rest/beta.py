"""Answer the paths of Funding (Beta): bare objects without an envelope, problem documents where something is wrong.

Source: rest-endpoints §6, rest-auth §2.5 (nonce in a header, path and query signed), errors.md §8.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

import msgspec

from krakenio.sim.accounts.access import Key
from krakenio.sim.accounts.account import decimals
from krakenio.sim.accounts.vault import Move, method_of
from krakenio.sim.clock import micros
from krakenio.sim.connections.http import Answer, Request
from krakenio.sim.core import Core
from krakenio.sim.markets.listing import Asset
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.beta_addresses import (
    add_address,
    addresses,
    change_address,
    claim,
    coin_of,
    deposit_addresses,
    remove_address,
    saved_address,
)
from krakenio.sim.rest.beta_pages import Row, page
from krakenio.sim.rest.funding import FEE, MINIMUM, send
from krakenio.sim.rest.params import asset as asset_of
from krakenio.sim.wire import decode, encode, fixed, sane

PREFIX = "/funding/"
COINS = ("BTC", "ETH", "USD")
_PROBLEMS = {
    "EAPI:Invalid key": (401, "InvalidKey"),
    "EAPI:Invalid signature": (401, "InvalidSignature"),
    "EAPI:Invalid nonce": (401, "InvalidNonce"),
    "EGeneral:Permission denied": (403, "PermissionDenied"),
    "EFunding:Too many addresses": (400, "TooManyDepositAddresses"),
}

Args = Mapping[str, Any]
_NO_LIMITS: list[object] = []


@dataclass(frozen=True, slots=True)
class Route:
    """Hold one path: its verb, its form, who may call it, and what answers."""

    verb: str
    path: str
    act: Callable[[Core, Key, Args], object]
    permission: str = "query-funds"


def serve(core: Core, request: Request) -> Answer:
    """Answer a request to a path under /funding/."""
    for route in ROUTES:
        match = re.fullmatch(PREFIX + route.path, request.path)
        if match is not None and route.verb == request.method:
            return _answer(core, request, route, {name: unquote(value) for name, value in match.groupdict().items()})
    return Answer(404, encode({"error": ["EGeneral:Unknown method"]}))


def _answer(core: Core, request: Request, route: Route, named: dict[str, str]) -> Answer:
    try:
        nonce = {"nonce": request.headers.get("api-nonce", "")}
        key = core.access.authenticate(request.headers, request.target, request.body, nonce)
        key.require(route.permission)
        args = {**dict(parse_qsl(request.query)), **_body(request), **named}
        core.log("rest", f"{route.verb} {request.path}", args)
        return Answer(200, encode(route.act(core, key, args)), accepted=True)
    except Refused as refused:
        status, name = _PROBLEMS.get(refused.error, (400, "InvalidArguments"))
        problem = {"type": f"tag:kraken.com,2025:{name}", "title": name, "detail": refused.error}
        return Answer(status, encode(problem), "application/problem+json")


def _body(request: Request) -> dict[str, Any]:
    if not request.body:
        return {}
    try:
        body = decode(request.body)
    except msgspec.DecodeError as error:
        raise Refused("EAPI:Bad request") from error
    if not isinstance(body, dict):
        raise Refused("EAPI:Bad request")
    return cast("dict[str, Any]", body)


def _coins(core: Core, args: Args) -> list[Asset]:
    name = args.get("asset[name]")
    return [asset_of(core, name)] if name else [asset_of(core, coin) for coin in COINS]


def _asset(coin: Asset) -> dict[str, str]:
    return {"class": "currency", "name": coin.id}


def _amount(coin: Asset, amount: Decimal) -> dict[str, object]:
    return {"asset": _asset(coin), "amount": fixed(amount, decimals(coin.id))}


def _rebased(coin: Asset, amount: Decimal) -> dict[str, object]:
    return {"asset_amount": _amount(coin, amount), "rebase_multiplier": "rebased"}


def networks(core: Core, _key: Key, _args: Args) -> object:
    """Return one network an asset."""
    rows = [{"network_id": f"network-{coin.id}", "name": method_of(coin.id)} for coin in _coins(core, {})]
    return {"network_groups": [], "networks": rows}


def methods(core: Core, _key: Key, args: Args) -> object:
    """Return one way an asset."""
    rows = [Row(f"method-{coin.id}", _method(coin), coin.id) for coin in _coins(core, args)]
    return page(core, rows, args, "methods", 10_000)


def _method(coin: Asset) -> dict[str, object]:
    return {
        "asset": _asset(coin),
        "method_id": f"method-{coin.id}",
        "method_name": method_of(coin.id),
        "minimum_amount": format(MINIMUM, "f"),
        "maximum_amount": None,
        "fees": {"base": _amount(coin, FEE), "percentage": "0", "included": False},
        "network": {"network_id": f"network-{coin.id}", "network_name": method_of(coin.id)},
    }


def assets(core: Core, _key: Key, _args: Args) -> object:
    """Return what can be moved."""
    return {"currency": [{"name": coin.id} for coin in _coins(core, {})], "tokenized_asset": []}


def fees(core: Core, _key: Key, args: Args) -> object:
    """Return the fee of a method for an amount that includes it, unless that is said to be without."""
    coin, amount = coin_of(core, args["method_id"]), _decimal(args.get("amount", "1"))
    gross = amount + FEE if args.get("fee_included") == "false" else amount
    return {
        "fee": _amount(coin, FEE),
        "gross_amount": _amount(coin, gross),
        "net_amount": _amount(coin, gross - FEE),
        "fee_details": {"base_fee": _amount(coin, FEE), "fee_percentage": "0"},
        "withdrawal_fee_token": "simulated",
    }


def deposit_limits(core: Core, _key: Key, args: Args) -> object:
    """Return no limit."""
    return {"deposit_limits": [{"method_id": f"method-{asset_of(core, args['asset']).id}", "limits": _NO_LIMITS}]}


def withdrawal_limits(core: Core, key: Key, args: Args) -> object:
    """Return what the balance allows."""
    coin = asset_of(core, args["asset"])
    left = _amount(coin, key.account.available(coin.id))
    row = {"method_id": f"method-{coin.id}", "maximum_amount": left, "maximum_reason": "balance", "limits": _NO_LIMITS}
    return {"available_balance": left, "withdrawal_limits": [row]}


def deposits(core: Core, key: Key, args: Args) -> object:
    """Return deposits, newest first."""
    rows = [_moved(core, move, "deposit_id", "failure") for move in reversed(key.account.vault.deposits)]
    return page(core, rows, args, "deposits")


def withdrawals(core: Core, key: Key, args: Args) -> object:
    """Return withdrawals, newest first."""
    rows = [_moved(core, move, "withdrawal_id", "failed") for move in reversed(key.account.vault.withdrawals)]
    return page(core, rows, args, "withdrawals")


def withdraw(core: Core, key: Key, args: Args) -> object:
    """Withdraw to a saved address, which must be the one that is expected, if any."""
    saved = saved_address(key, args)
    if not {"scope", "fee"} <= args.keys():
        raise Refused("EGeneral:Invalid arguments:scope")
    if args.get("expected_address") not in {None, saved.address}:
        raise Refused("Invalid withdrawal address")
    try:
        gross = _gross(_decimal(args["amount"]["asset_amount"]["amount"]), args["fee"])
    except (KeyError, TypeError, AttributeError) as error:
        raise Refused("EGeneral:Invalid arguments:amount") from error
    coin = asset_of(core, saved.asset)
    move = send(core, key, coin, gross, saved)
    return {
        "withdrawal_id": move.refid,
        "net_amount": _rebased(coin, move.amount),
        "gross_amount": _rebased(coin, gross),
        "fee": _rebased(coin, move.fee),
        "approval_request_id": None,
    }


def _gross(amount: Decimal, fee: Mapping[str, Any]) -> Decimal:
    """Return an amount with its fee, which it may include; refuses a fee above the most that is wanted."""
    current: Mapping[str, Any] = fee.get("current_fee") or {}
    if "max_fee" in current and _decimal(current["max_fee"]["asset_amount"]["amount"]) < FEE:
        raise Refused("EFunding:Max fee exceeded")
    return amount if fee["fee_included"] else amount + FEE


def _moved(core: Core, move: Move, name: str, failed: str) -> Row:
    coin = asset_of(core, move.asset)
    status = failed if move.canceled else "success" if move.settled(core.clock()) else "pending"
    row = {name: move.refid, "method_id": f"method-{coin.id}", "status": status, "create_time": micros(move.time)}
    shown = {**row, "amount": _amount(coin, move.amount), "fee": _amount(coin, move.fee)}
    return Row(move.refid, shown, coin.id, status, move.time)


def _decimal(value: object) -> Decimal:
    try:
        found = Decimal(str(value))
    except ArithmeticError as error:
        raise Refused("EGeneral:Invalid arguments:amount") from error
    if not sane(found) or found <= 0:
        raise Refused("EGeneral:Invalid arguments:amount")
    return found


_WAY = "(?P<direction>deposit|withdraw)"
ROUTES = (
    Route("GET", "v1/networks", networks),
    Route("GET", f"v1/methods/{_WAY}", methods),
    Route("GET", f"v1/assets/{_WAY}", assets),
    Route("GET", "v1/fees/(?P<method_id>[^/]+)", fees),
    Route("GET", "v1/limits/deposit/(?P<asset_class>[^/]+)/(?P<asset>[^/]+)", deposit_limits),
    Route("GET", "v1/limits/withdrawal/(?P<asset_class>[^/]+)/(?P<asset>[^/]+)", withdrawal_limits),
    Route("PUT", "v1/deposit/address", claim, "add-funds"),
    Route("GET", "v2/deposit/addresses", deposit_addresses),
    Route("GET", "v1/addresses", addresses),
    Route("POST", "v1/addresses", add_address, "add-withdraw-address"),
    Route("PUT", "v1/addresses/(?P<address_id>[^/]+)", change_address, "update-withdraw-address"),
    Route("DELETE", "v1/addresses/(?P<address_id>[^/]+)", remove_address, "update-withdraw-address"),
    Route("GET", "v1/deposits", deposits),
    Route("GET", "v1/withdrawals", withdrawals),
    Route("POST", "v1/withdrawals", withdraw, "withdraw-funds"),
)
"""Every path, with the permission that it asks for (rest-auth §5)."""
