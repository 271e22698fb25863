"""Say an order request in the words of REST: a method and parameters of WebSocket v2 go in, a call of REST comes out.

And back: what REST answers becomes the reply that the WebSocket would have given. Source: rest-api, Trading.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from krakenio.errors import InvalidRequest
from krakenio.messages import Reply, Result
from krakenio.numbers import plain
from krakenio.rest import trading
from krakenio.rest.methods import Call, Method
from krakenio.symbols import is_tokenized

Params = Mapping[str, Any]

_SAME = ("cl_ord_id", "deadline", "validate", "reduce_only")
_RENAMED = {"order_qty": "volume", "display_qty": "displayvol", "order_userref": "userref", "side": "type"}
_AMENDED = ("cl_ord_id", "order_qty", "display_qty", "post_only", "deadline")
_NOT_HERE = {
    "margin": "REST wants a leverage in numbers: call s.rest.trading.add_order(leverage=...)",
    "sender_sub_id": "REST has no such field",
}


def call_of(method: str, params: Params) -> Call[Any]:
    """Return the call that does the same; raises `InvalidRequest` for what REST cannot do."""
    theirs, say = _THEIRS[method]
    return theirs.call(say(params))


def reply_of(method: str, params: Params, result: Any) -> Reply:  # noqa: ANN401 - each method has its own
    """Return the reply that the WebSocket would have given."""
    if method == "batch_add":
        pairs = zip(params["orders"], result.orders, strict=False)
        rows = [_named(row, order_id=told.txid, error=told.error) for row, told in pairs]
        return Reply(method, success=True, result=rows)
    if method in {"batch_cancel", "cancel_all"}:
        return Reply(method, success=True, orders_cancelled=result.count)
    if method == "cancel_all_orders_after":
        times = Result(current_time=result.current_time, trigger_time=result.trigger_time)
        return Reply(method, success=True, result=times)
    if method == "amend_order":
        row = _named(params, order_id=params.get("order_id"), amend_id=result.amend_id)
        return Reply(method, success=True, result=row)
    if method == "cancel_order":
        (field, (name,)), *_ = params.items()
        return Reply(method, success=True, result=Result(**{field: name}))
    return Reply(method, success=True, result=_named(params, order_id=result.order_id))


def _named(params: Params, **told: str | None) -> Result:
    return Result(cl_ord_id=params.get("cl_ord_id"), order_userref=params.get("order_userref"), **told)  # type: ignore[arg-type]


def _add(params: Params) -> dict[str, Any]:
    return {**_order(params), **_market(params["symbol"])}


def _batch(params: Params) -> dict[str, Any]:
    shared = {name: params[name] for name in ("deadline", "validate") if name in params}
    return {"orders": [_order(row) for row in params["orders"]], **_market(params["symbol"]), **shared}


def _order(params: Params) -> dict[str, Any]:
    """Say the fields of one order."""
    for name, hint in _NOT_HERE.items():
        if params.get(name):
            message = f'{name} cannot go via="rest": {hint}'
            raise InvalidRequest(message)
    said = {name: params[name] for name in _SAME if name in params}
    said |= {theirs: params[ours] for ours, theirs in _RENAMED.items() if ours in params}
    said |= {"ordertype": params["order_type"], **_prices(params), **_times(params)}
    if "stp_type" in params:
        said["stptype"] = params["stp_type"].replace("_", "-")
    if "cash_order_qty" in params:
        said["volume"] = params["cash_order_qty"]
    if flags := _flags(params):
        said["oflags"] = flags
    if "conditional" in params:
        said["close"] = _close(params["conditional"])
    return said


def _prices(params: Params) -> dict[str, Any]:
    """Say trigger and limit: the trigger is `price` where there is one, and the limit then `price2`."""
    limit = _limit(params)
    if "triggers" not in params:
        return limit
    triggers: Params = params["triggers"]
    said = {"price": _price(triggers["price"], triggers.get("price_type", "static"))} if "price" in triggers else {}
    said |= {"trigger": triggers["reference"]} if "reference" in triggers else {}
    return said | ({"price2": limit["price"]} if limit else {})


def _close(close: Params) -> dict[str, Any]:
    said, limit = {"ordertype": close.get("order_type", "")}, _limit(close)
    if "trigger_price" not in close:
        return said | limit
    said["price"] = _price(close["trigger_price"], close.get("trigger_price_type", "static"))
    return said | ({"price2": limit["price"]} if limit else {})


def _limit(params: Params) -> dict[str, Any]:
    if "limit_price" not in params:
        return {}
    usual = "quote" if str(params.get("order_type", "")).startswith("trailing") else "static"
    return {"price": _price(params["limit_price"], params.get("limit_price_type", usual))}


def _price(value: Decimal, kind: str) -> Decimal | str:
    """Say a price, or an offset: with its sign, in percent or in the quote currency."""
    if kind == "static":
        return value
    return f"{'-' if value < 0 else '+'}{plain(abs(value))}{'%' if kind == 'pct' else ''}"


def _times(params: Params) -> dict[str, Any]:
    said = {"timeinforce": params["time_in_force"].upper()} if "time_in_force" in params else {}
    for ours, theirs in (("effective_time", "starttm"), ("expire_time", "expiretm")):
        if ours in params:
            said[theirs] = int(datetime.fromisoformat(params[ours]).timestamp())
    return said


def _flags(params: Params) -> list[str]:
    fees = {"base": ["fcib"], "quote": ["fciq"]}.get(params.get("fee_preference", ""), [])
    post, cash = ["post"] if params.get("post_only") else [], ["viqc"] if "cash_order_qty" in params else []
    return [*fees, *post, *cash]


def _market(symbol: str) -> dict[str, Any]:
    return {"pair": symbol} | ({"asset_class": "tokenized_asset"} if is_tokenized(symbol) else {})


def _amend(params: Params) -> dict[str, Any]:
    said = {name: params[name] for name in _AMENDED if name in params}
    said |= {theirs: params[ours] for ours, theirs in (("order_id", "txid"), ("symbol", "pair")) if ours in params}
    for name in ("limit_price", "trigger_price"):
        if name in params:
            said[name] = _price(params[name], params.get(f"{name}_type", "static"))
    return said


def _cancel(params: Params) -> dict[str, Any]:
    (field, names), *_ = params.items()
    return {"txid" if field == "order_id" else field: names[0]}


def _cancel_batch(params: Params) -> dict[str, Any]:
    said = {"orders": params["orders"]} if params["orders"] else {}
    return said | ({"cl_ord_ids": params["cl_ord_id"]} if "cl_ord_id" in params else {})


_THEIRS: Mapping[str, tuple[Method[Any], Callable[[Params], dict[str, Any]]]] = {
    "add_order": (trading.ADD_ORDER, _add),
    "amend_order": (trading.AMEND_ORDER, _amend),
    "cancel_order": (trading.CANCEL_ORDER, _cancel),
    "cancel_all": (trading.CANCEL_ALL, dict),
    "cancel_all_orders_after": (trading.CANCEL_ALL_ORDERS_AFTER, dict),
    "batch_add": (trading.ADD_ORDER_BATCH, _batch),
    "batch_cancel": (trading.CANCEL_ORDER_BATCH, _cancel_batch),
}
"""REST's method for one of the WebSocket, and what turns the parameters into its."""
